// The archive: every conversation, searched by its words and narrowed by assistant and place.
import { assistants } from "./assistants.js";
import { conversationMenu } from "./conversation-menu.js";
import { conversations } from "./conversations.js";
import { $, busy, h, keepFocus } from "./dom.js";
import { pick, t, when } from "./i18n.js";
import { icon } from "./icons.js";
import { begin } from "./page.js";
import { failed, sentence, toast } from "./speak-up.js";
import { hearOf } from "./storage.js";

const TYPING_PAUSE_MS = 250;
const TABS = {
  all: { words: t("archive.tab_all"), narrow: {} },
  pinned: { words: t("archive.tab_pinned"), narrow: { pinned: "true" } },
  archived: { words: t("archive.tab_archived"), narrow: { archived: "true" } },
};

let tab =
  new URLSearchParams(location.search).get("tab") in TABS ? new URLSearchParams(location.search).get("tab") : "all";
let known = [];
let pages = 1;
let turn = 0;

/** What the form says, as the API's query. */
function narrow() {
  const { q, assistant } = Object.fromEntries(new FormData($("#search")));
  return { ...TABS[tab].narrow, ...(q.trim() && { q: q.trim() }), ...(assistant && { assistant }) };
}

/** Begins at the first page of what is asked for now. */
function search() {
  pages = 1;
  return load();
}

/** Asks and shows the pages opened so far; an answer that comes after a newer question is dropped. */
async function load() {
  const mine = ++turn;
  $("#results").setAttribute("aria-busy", "true");
  try {
    const page = await conversations(narrow(), pages);
    if (mine !== turn) return;
    const rows = page.results.length ? page.results.map(item) : [nothing()];
    keepFocus($("#results"), () => $("#results").replaceChildren(...rows));
    after(page);
    sayHowMany();
  } catch (error) {
    if (mine !== turn) return;
    $("#results").replaceChildren(h("li", {}, failed(error, load)));
    after({});
  } finally {
    $("#results").setAttribute("aria-busy", "false");
  }
}

function after({ more }) {
  const mine = turn;
  const next = async () => {
    const page = await more().catch((error) => toast(sentence(error)));
    if (!page || mine !== turn) return;
    pages += 1;
    const added = page.results.map(item);
    const goesOn = $("#more").contains(document.activeElement);
    $("#results").append(...added);
    after(page);
    sayHowMany();
    if (goesOn) added[0]?.querySelector("a").focus();
  };
  const onclick = ({ currentTarget }) => busy(currentTarget, next);
  $("#more").replaceChildren(more ? h("button", { type: "button", class: "wide", onclick }, t("more")) : "");
}

function sayHowMany() {
  $("#count").textContent = t("archive.count", { count: $("#results").querySelectorAll(".result").length });
}

function item(conversation) {
  const assistant = known.find(({ slug }) => slug === conversation.assistant);
  const title = conversation.title || pick(assistant?.name) || t("conversation.untitled");
  const about = [pick(assistant?.name), when(conversation.last_message_at)].filter(Boolean).join(" · ");
  const menu = conversationMenu(conversation, { onChange: load, onRemove: load });
  return h(
    "li",
    { class: "result" },
    h("span", { class: "face", "aria-hidden": "true" }, icon(assistant?.icon ?? "chat")),
    h(
      "a",
      { href: `chat.html#/conversation/${conversation.id}` },
      h("strong", {}, title),
      h("span", { class: "soft small" }, about),
    ),
    conversation.pinned &&
      h("span", { class: "pinned", role: "img", "aria-label": t("archive.tab_pinned") }, icon("pin")),
    menu,
  );
}

function nothing() {
  const isSearch = Boolean(narrow().q);
  const start = h("a", { class: "button main", href: "chat.html" }, t("archive.start"));
  return h(
    "li",
    { class: "empty-state" },
    icon(isSearch ? "search" : "archive"),
    h("p", {}, t(isSearch ? "archive.not_found" : "archive.none")),
    isSearch ? null : start,
  );
}

function showTabs() {
  const button = ([name, { words }]) => {
    const choose = () => {
      tab = name;
      showTabs();
      search();
      $(`#tabs [data-tab=${name}]`).focus();
    };
    return h(
      "button",
      { type: "button", class: "quiet", "aria-pressed": String(tab === name), dataset: { tab: name }, onclick: choose },
      words,
    );
  };
  $("#tabs").replaceChildren(...Object.entries(TABS).map(button));
}

async function start() {
  $("#results").replaceChildren(...[1, 2, 3, 4].map(() => h("li", { class: "skeleton" })));
  showTabs();
  known = await assistants().catch(() => []);
  $("#assistant").append(...known.map(({ slug, name }) => h("option", { value: slug }, pick(name))));
  $("#q").value = new URLSearchParams(location.search).get("q") ?? "";
  let timer;
  $("#search").addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, TYPING_PAUSE_MS);
  });
  $("#search").addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });
  hearOf("conversations", load);
  load();
}

if (begin({ for: "members" })) start();
