// Our attractions of Singapore as cards: filtered, searched, with a link to a map. No log-in needed.
import { callAsAnybody } from "./api.js";
import { $, h } from "./dom.js";
import { language, number, pick, t } from "./i18n.js";
import { icon } from "./icons.js";
import { begin } from "./page.js";
import { labels } from "./place-labels.js";
import { failed } from "./speak-up.js";

let cards = [];

/** A map on another site: opened only when it is asked for. */
const mapOf = ({ latitude, longitude }) =>
  `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=17/${latitude}/${longitude}`;

const spoken = ({ name, text, number: place, area, kind }) =>
  [name.ko, name.en, text.ko, text.en, place, pick(labels.area[area]), pick(labels.kind[kind])]
    .join(" ")
    .replace(/\s/g, "") // 마리나 베이 is found by 마리나베이 as well
    .toLocaleLowerCase();

function card(place) {
  const name = pick(place.name);
  const other = place.name[language === "ko" ? "en" : "ko"];
  const near = cards.filter(({ bundle, number: one }) => bundle === place.bundle && one !== place.number);
  return h(
    "li",
    { class: "place-card", id: String(place.number), tabindex: "-1" },
    h("p", { class: "place-number", "aria-hidden": "true" }, place.number),
    h("h2", {}, h("span", { class: "unseen" }, `${place.number}. `), name),
    h("p", { class: "small soft", lang: language === "ko" ? "en" : "ko" }, other),
    h("p", {}, pick(place.text)),
    near.length > 0 &&
      h(
        "p",
        { class: "small soft" },
        `${t("attractions.near")}: `,
        ...near.flatMap((one, index) => [index ? ", " : "", link(one)]),
      ),
    h(
      "p",
      { class: "place-foot small" },
      h("span", { class: "tag" }, pick(labels.area[place.area]) || place.area),
      h("span", { class: "tag plain-tag" }, pick(labels.kind[place.kind]) || place.kind),
      h(
        "a",
        {
          href: mapOf(place),
          target: "_blank",
          rel: "noopener noreferrer nofollow",
          "aria-label": t("attractions.map_of", { name }),
        },
        icon("map"),
        t("attractions.map"),
      ),
    ),
  );
}

const link = (place) => h("a", { href: `#${place.number}` }, `${place.number}\u00a0${pick(place.name)}`);

function show() {
  const { q, area, kind } = Object.fromEntries(new FormData($("#filters")));
  const words = q.toLocaleLowerCase().trim().split(/\s+/).filter(Boolean);
  const fits = (place) =>
    (!area || place.area === area) &&
    (!kind || place.kind === kind) &&
    words.every((word) => spoken(place).includes(word));
  let count = 0;
  for (const place of cards) {
    const isShown = fits(place);
    document.getElementById(place.number).hidden = !isShown;
    count += isShown ? 1 : 0;
  }
  $("#count").textContent = count ? t("attractions.count", { count: number(count) }) : t("attractions.none");
}

/** The card that the address names, whatever the filters say. */
function goToNamed() {
  const named = document.getElementById(location.hash.slice(1));
  if (!named?.matches(".place-card")) return;
  if (named.hidden) {
    $("#filters").reset();
    show();
  }
  named.scrollIntoView({ block: "center" });
  named.focus({ preventScroll: true });
}

function offer(select, kind) {
  const used = [...new Set(cards.map((place) => place[kind]))];
  select.append(...used.map((slug) => h("option", { value: slug }, pick(labels[kind][slug]) || slug)));
}

async function load() {
  $("#cards").replaceChildren(...Array.from({ length: 6 }, () => h("li", { class: "skeleton tall" })));
  try {
    cards = (await callAsAnybody("GET", "chat/assistants/singapore-trip/")).cards ?? [];
    $("#words").textContent = t("attractions.words", { count: number(cards.length) });
    offer($("#area"), "area");
    offer($("#kind"), "kind");
    $("#cards").replaceChildren(...cards.map(card));
    show();
    goToNamed();
  } catch (error) {
    $("#cards").replaceChildren(h("li", {}, failed(error, load)));
  } finally {
    $("#cards").setAttribute("aria-busy", "false");
  }
}

begin();
$("#filters").addEventListener("input", show);
$("#filters").addEventListener("submit", (event) => event.preventDefault());
addEventListener("hashchange", goToNamed);
load();
