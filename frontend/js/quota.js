// What is left today: the one figure of all tabs, and how it is shown.
import { open, session } from "./api.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";
import { isAtMidnight, reading, skew, untilNext } from "./quota-clock.js";
import { hearOf, tell } from "./storage.js";

const SUNS_MOST = 10; // more than fit beside each other are told in figures only

const AFTER_RESET_MS = 2000;

let quota = null;
let timer = null;
let aheadMs = 0; // of the clock here, the API's
let isAsked = false; // after a reset: two seconds later the first time, then once a minute
const listeners = new Set();

/** The figures of the API, from whatever answer brought them. */
export function setQuota(figures, { isNews = true } = {}) {
  if (!figures) return;
  quota = figures;
  if (isNews) tell("quota", { quota });
  tick();
}

hearOf("quota", (data) => setQuota(data.quota, { isNews: false }));

/** Calls back with the reading now and whenever it changes, until `signal` is aborted. */
export function onQuota(listener, signal) {
  listeners.add(listener);
  signal?.addEventListener("abort", () => listeners.delete(listener));
  if (quota) listener(reading(quota, now()));
}

/** Asks the API; at the reset it is asked again. */
export async function loadQuota() {
  if (!session.isLoggedIn) return;
  const response = await open("GET", "chat/quota/");
  const figures = await response.json();
  aheadMs = skew(figures, response.headers.get("RateLimit"), Date.now());
  setQuota(figures, { isNews: false });
}

const now = () => Date.now() + aheadMs;

function tick() {
  clearTimeout(timer);
  const figures = reading(quota, now());
  for (const listener of listeners) listener(figures);
  const wait = figures.isOver && !isAsked ? AFTER_RESET_MS : untilNext(quota, now());
  isAsked = figures.isOver;
  timer = setTimeout(figures.isOver ? again : tick, wait);
}

const again = () => loadQuota().catch(() => tick());

function look() {
  isAsked = false;
  if (quota && !document.hidden) tick();
}
document.addEventListener("visibilitychange", look);

/** "4시간 12분". */
export function duration({ hours, minutes }) {
  if (!hours) return t("quota.minutes", { minutes });
  return minutes ? t("quota.hours_minutes", { hours, minutes }) : t("quota.hours", { hours });
}

/** "자정에 초기화, 4시간 12분 뒤". */
export function resetWords(figures) {
  return t(isAtMidnight(quota) ? "quota.at_midnight" : "quota.resets", { duration: duration(figures) });
}

/** A line that always says what is left. */
export function quotaLine(signal) {
  const line = h("p", { class: "quota", hidden: true });
  onQuota((figures) => {
    const left = h("strong", {}, t("quota.left", figures));
    line.replaceChildren(...suns(figures), h("span", {}, left, ` · ${resetWords(figures)}`));
    line.hidden = false;
  }, signal);
  return line;
}

function suns({ remaining, limit }) {
  if (limit > SUNS_MOST) return [];
  const dots = Array.from({ length: limit }, (_, index) => h("i", { class: index < remaining ? "left" : "" }));
  return [h("span", { class: "suns", "aria-hidden": "true" }, ...dots)];
}
