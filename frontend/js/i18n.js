// The language, its texts, and how it writes dates and numbers.
import { kept } from "./storage.js";

/** @type {"ko" | "en"} */
export const language = document.documentElement.lang === "en" ? "en" : "ko";

// Only the texts of one's own language are fetched, which early.js has asked for already. What the HTML files say they
// say in Korean: those texts come only where they are to be replaced.
const isForeign = "filling" in document.documentElement.dataset;
const PARTS = ["", "-pages", ...(isForeign ? ["-prose"] : [])];
const modules = await Promise.all(PARTS.map((part) => import(`./texts/${language}${part}.js`)));
const catalogue = Object.assign({}, ...modules.map((module) => module.default));

/** The text of a key, with `{name}` filled in. */
export function t(key, values = {}) {
  const text = catalogue[key];
  if (text === undefined) throw new Error(`No text for ${key}`);
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** One's own language of a bilingual text of the API. */
export const pick = (text) => text?.[language] ?? "";

/** Another language: kept, and the page is made anew in it. What was typed is kept as a draft. */
export function speak(other) {
  kept.set("haru.language", other);
  location.reload();
}

/** Says in another language what the HTML says: every `data-text`, `data-label` and `data-placeholder`. */
export function fill() {
  if (!isForeign) return;
  const root = document.documentElement;
  for (const element of root.querySelectorAll("[data-text]")) element.textContent = t(element.dataset.text);
  for (const element of root.querySelectorAll("[data-label]"))
    element.setAttribute("aria-label", t(element.dataset.label));
  for (const element of root.querySelectorAll("[data-placeholder]"))
    element.placeholder = t(element.dataset.placeholder);
  delete root.dataset.filling;
}

const LOCALES = { ko: "ko-KR", en: "en-GB" };
const formats = (options) => new Intl.DateTimeFormat(LOCALES[language], options);
const DAY = formats({ dateStyle: "medium" });
const TIME = formats({ hour: "numeric", minute: "2-digit" });
const MOMENT = formats({ dateStyle: "medium", timeStyle: "short" });

export const day = (iso) => DAY.format(new Date(iso));
export const moment = (iso) => MOMENT.format(new Date(iso));
export const number = (value) => value.toLocaleString(LOCALES[language]);

/** Today the time, earlier the day. */
export function when(iso) {
  const date = new Date(iso);
  return date.toDateString() === new Date().toDateString() ? TIME.format(date) : DAY.format(date);
}
