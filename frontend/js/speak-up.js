// Telling a person something: a line that passes, a question to answer, an error that stays.
import { LoggedOut, Unreachable } from "./api.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";

const TOAST_MS = 3500;
const toasts = h("div", { class: "toasts", role: "status" });

/** A line at the foot of the page that goes by itself. */
export function toast(words) {
  if (!toasts.isConnected) document.body.append(toasts);
  const line = h("div", {}, words);
  toasts.append(line);
  setTimeout(() => line.remove(), TOAST_MS);
}

/** An error as a sentence for people. */
export function sentence(error) {
  if (error instanceof Unreachable) return navigator.onLine ? t("problem.unreachable") : t("problem.offline");
  if (error instanceof LoggedOut) return t("problem.logged_out");
  return error.status ? error.message : t("problem.unexpected");
}

/** An error that stays where it belongs, as an alert. */
export function alertBox(words, ...more) {
  return h(
    "div",
    { class: "notice problem", role: "alert" },
    icon("warning"),
    h("div", {}, h("p", {}, words), ...more),
  );
}

/** A refusal of what was asked for; where somebody can do something about it, with the way there. */
export function refusal(error, words = sentence(error)) {
  const isUnconfirmed = error.code === "email_unverified";
  return alertBox(words, isUnconfirmed && h("p", {}, h("a", { href: "me.html" }, t("problem.confirm_email"))));
}

/** What was asked for is not there, or not any more. */
export const gone = () => alertBox(t("conversation.gone"), h("p", {}, h("a", { href: "#/" }, t("conversation.new"))));

/** A failed load: what went wrong, and a way to try again. */
export function failed(error, again) {
  return alertBox(
    sentence(error),
    h("p", { class: "row" }, h("button", { type: "button", onclick: again }, t("again"))),
  );
}

/**
 * A dialog with a form; resolves with the form's values, or null when it was left.
 * @param {{title: string, words?: string, body?: Node[], yes: string, danger?: boolean}} what
 */
export function ask({ title, words, body = [], yes, danger = false }) {
  const cancel = h("button", { type: "button", onclick: () => dialog.close() }, t("cancel"));
  const confirm = h("button", { class: danger ? "main danger" : "main" }, yes);
  const form = h(
    "form",
    { method: "dialog", class: "stack" },
    h("h2", { id: "dialog-title" }, title),
    words && h("p", { class: "soft" }, words),
    ...body,
    h("div", { class: "row end" }, cancel, confirm),
  );
  const dialog = h("dialog", { "aria-labelledby": "dialog-title" }, form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    let answer = null;
    form.addEventListener("submit", () => {
      answer = Object.fromEntries(new FormData(form));
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
  });
}

/** A dialog with one line to type; resolves with it, or null. */
export async function askLine({ title, label, value = "", yes, max = 100 }) {
  const input = h("input", { id: "dialog-line", name: "line", value, required: true, maxlength: max, autofocus: true });
  input.addEventListener("focus", () => input.select());
  const body = [h("div", { class: "field" }, h("label", { for: "dialog-line" }, label), input)];
  const answer = await ask({ title, body, yes });
  return answer?.line.trim() || null;
}

const announcer = h("p", { class: "unseen", role: "status" });

/** Says a sentence to screen readers only. */
export function announce(words) {
  if (!announcer.isConnected) document.body.append(announcer);
  announcer.textContent = words;
}
