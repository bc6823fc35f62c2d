// The chat page: which view the address asks for, and what the views share.
import { assistants } from "./assistants.js";
import { chooser } from "./chooser.js";
import { ConversationView } from "./conversation-view.js";
import { conversation as fetched } from "./conversations.js";
import { $, h } from "./dom.js";
import { pick, t } from "./i18n.js";
import { NewView } from "./new-view.js";
import { begin } from "./page.js";
import { loadQuota } from "./quota.js";
import { Rooms } from "./rooms.js";
import { Follower } from "./scroll.js";
import { failed, gone } from "./speak-up.js";
import { hearOf } from "./storage.js";

let view = null;
let turn = 0; // a view that comes late must not replace a newer one
let rooms = null;
let desk = null;

/** Opens what the address names: `#/conversation/{id}`, `#/assistant/{slug}`, else the choice of assistants. */
async function route() {
  const mine = ++turn;
  const [, what, name] = location.hash.split("/");
  if (what === "conversation" && view?.conversation?.id === name) return;
  leave();
  $("#rooms").hidePopover?.();
  rooms.mark();
  try {
    const all = await assistants();
    const found = what === "conversation" ? await fetched(name) : null;
    if (mine !== turn) return;
    const chosen = all.find(({ slug }) => slug === (found ? found.assistant : name));
    if (found) await openConversation(found, chosen);
    else if (what === "assistant" && chosen) openNew(chosen);
    else openChooser(all);
  } catch (error) {
    if (mine === turn) desk.stage.replaceChildren(h("div", { class: "column" }, trouble(error)));
  }
}

function trouble(error) {
  if (error.status !== 404) return failed(error, route);
  return gone();
}

function leave() {
  view?.close();
  view = null;
  desk.dock.replaceChildren();
  desk.newest.hidden = true;
}

function go(hash) {
  if (location.hash === hash) {
    leave();
    route();
  } else location.hash = hash;
}

function openChooser(all) {
  document.title = t("title.of", { title: t("nav.chat") });
  const life = new AbortController();
  view = { close: () => life.abort() };
  desk.stage.replaceChildren(chooser(all, life.signal));
  desk.follower.toStart();
  focusHeading();
}

function openNew(chosen) {
  document.title = t("title.of", { title: pick(chosen.name) });
  view = new NewView({ assistant: chosen, desk, openNew: (...first) => firstQuestion(chosen, ...first) });
  if (view.composer) view.composer.focus();
  else focusHeading();
}

async function openConversation(found, chosen) {
  const opened = shown(found, chosen);
  view = opened;
  await opened.load();
  if (view === opened) opened.composer.focus();
}

const shown = (found, chosen) =>
  new ConversationView({ conversation: found, assistant: chosen, desk, go, onChange: () => rooms.load() });

/**
 * Asks the first question of a conversation that was just made; its view stays only when it was accepted. Who goes
 * elsewhere before that is not brought back: the question goes on when its conversation is opened, and stays a draft.
 */
async function firstQuestion(chosen, made, body, onAccepted) {
  const before = { view, children: [...desk.stage.childNodes], dock: [...desk.dock.childNodes] };
  const fresh = shown(made, chosen);
  fresh.knowForm(body.inputs);
  let refusal = null;
  const over = fresh.send(body, { onRefused: (error) => (refusal = error) });
  const accepted = new Promise((resolve) => {
    fresh.asking.onStart = () => resolve(true);
  });
  view = fresh;
  const isAccepted = await Promise.race([accepted, over.then(() => false)]);
  if (refusal && view === fresh) {
    fresh.close();
    view = before.view;
    desk.stage.replaceChildren(...before.children);
    desk.dock.replaceChildren(...before.dock);
    view.composer?.focus();
    throw refusal;
  }
  if (isAccepted) onAccepted();
  before.view.close();
  rooms.load();
  if (view !== fresh) return;
  history.replaceState(null, "", `#/conversation/${made.id}`);
  fresh.sketch?.remove();
  fresh.composer.focus();
  fresh.refresh(); // it has its name now
}

function focusHeading() {
  desk.stage.querySelector("h1")?.focus({ preventScroll: true });
}

function stopOnEscape({ key }) {
  if (key === "Escape" && !document.querySelector("dialog[open], :popover-open")) view?.stop?.();
}

/** The mark that a reply has come goes when it is looked at; another device may have asked meanwhile. */
function lookAgain() {
  if (document.hidden) return;
  if (view?.title) document.title = t("title.of", { title: view.title });
  view?.catchUp?.();
  view?.refresh?.();
  rooms.load();
  loadQuota().catch(() => null);
}

async function start() {
  desk = { stage: $("#stage"), dock: $("#dock"), newest: $("#newest") };
  desk.follower = new Follower($("#scroller"), desk.stage, desk.newest);
  const all = await assistants().catch(() => []);
  rooms = new Rooms((slug) => all.find((one) => one.slug === slug));
  rooms.load();
  loadQuota().catch(() => null);
  addEventListener("hashchange", route);
  addEventListener("keydown", stopOnEscape);
  $("#rooms").addEventListener("click", ({ target }) => target.closest("a") && $("#rooms").hidePopover?.());
  document.addEventListener("visibilitychange", lookAgain);
  hearOf("conversations", () => view?.refresh?.());
  hearOf("reply", ({ conversation }) => view?.conversation?.id === conversation && view.catchUp());
  await route();
}

if (begin({ for: "members" })) start();
