// The language, its texts, and how it writes dates and numbers.
import { kept } from "./storage.js";
import en from "./texts/en.js";
import enPages from "./texts/en-pages.js";
import ko from "./texts/ko.js";
import koPages from "./texts/ko-pages.js";

const CATALOGUES = { ko: { ...ko, ...koPages }, en: { ...en, ...enPages } };

/** @type {"ko" | "en"} */
export const language = document.documentElement.lang === "en" ? "en" : "ko";

/** The text of a key, with `{name}` filled in. */
export function t(key, values = {}) {
  const text = CATALOGUES[language][key];
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

/** Fills in every `data-text`, `data-label` and `data-placeholder` below an element. */
export function fill(root = document.documentElement) {
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
