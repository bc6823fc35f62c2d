// The first page: the six assistants with a sample each; and the landing place of log-ins with a provider.
import { assistants } from "./assistants.js";
import { $, h } from "./dom.js";
import { pick, t } from "./i18n.js";
import { icon } from "./icons.js";
import { blocks, rendered } from "./markdown.js";
import { begin } from "./page.js";
import { placeMarker } from "./places.js";
import { comeBackFromProvider } from "./social.js";
import { alertBox, failed, sentence, toast } from "./speak-up.js";

/** Tabs, one an assistant, and the panel with its sample. */
function show(all) {
  const tabs = all.map((assistant, index) => tab(assistant, index === 0, () => choose(index)));
  const panels = all.map(panel);
  const choose = (chosen) => {
    for (const [index, one] of tabs.entries()) {
      one.setAttribute("aria-selected", String(index === chosen));
      one.tabIndex = index === chosen ? 0 : -1;
      panels[index].hidden = index !== chosen;
    }
  };
  const list = h("div", { class: "tabs", role: "tablist", "aria-labelledby": "six" }, ...tabs);
  list.addEventListener("keydown", ({ key }) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[key];
    if (!step) return;
    const next = (tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length;
    choose(next);
    tabs[next].focus();
  });
  choose(0);
  $("#assistants").replaceChildren(list, ...panels);
}

function tab({ slug, icon: name, name: words, description }, isFirst, onclick) {
  return h(
    "button",
    {
      type: "button",
      role: "tab",
      id: `tab-${slug}`,
      "aria-controls": `sample-${slug}`,
      tabindex: isFirst ? 0 : -1,
      onclick,
    },
    h("span", { class: "face" }, icon(name)),
    h("span", {}, h("strong", {}, pick(words)), h("span", { class: "soft small" }, pick(description))),
  );
}

function panel({ slug, name, sample, cards }) {
  const text = h("div", { class: "markdown" });
  for (const { token } of blocks(pick(sample).trim())) {
    const block = h("div");
    block.append(rendered(token));
    text.append(block);
  }
  if (cards) placeMarker(cards)(text);
  const form = `chat.html#/assistant/${slug}`;
  return h(
    "div",
    { class: "sample", role: "tabpanel", id: `sample-${slug}`, "aria-labelledby": `tab-${slug}`, tabindex: "0" },
    h("p", { class: "small soft" }, `${pick(name)} · ${t("landing.sample")}`),
    text,
    h(
      "p",
      { class: "guest" },
      h("a", { class: "button", href: `signup.html?next=${encodeURIComponent(form)}` }, t("landing.try")),
    ),
    h("p", { class: "member" }, h("a", { class: "button", href: form }, t("landing.try"))),
  );
}

async function load() {
  try {
    show(await assistants());
  } catch (error) {
    $("#assistants").replaceChildren(failed(error, load));
  }
}

/** Says why a log-in with a provider did not work, or goes on to where it was meant to lead. */
async function welcome() {
  try {
    const back = await comeBackFromProvider();
    if (back?.trouble) $("#start").after(alertBox(back.trouble));
    else if (back) location.replace(back.next);
  } catch (error) {
    $("#start").after(alertBox(sentence(error)));
  }
}

begin();
if (location.hash === "#left") toast(t("me.left"));
welcome();
load();
