// Making elements; text is always text here, never markup.
import { icon } from "./icons.js";

/**
 * An element: `h("button", {class: "main", onclick: send, "aria-label": "…"}, "Send")`.
 * A property that is null or false is left out; true stands alone; what begins with `on` is a listener.
 * @param {string} tag
 * @param {Record<string, any>} [properties]
 * @param {...(Node | string | number | null | false | undefined)} children
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) set(element, name, value);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function set(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "value") element.value = value;
  else if (name === "dataset") Object.assign(element.dataset, value);
  else element.setAttribute(name, value === true ? "" : value);
}

/** A button with an icon and words; words alone are shown to screen readers when it is `icon-only`. */
export function iconButton(name, words, properties = {}) {
  const isBare = /\bicon-only\b/.test(properties.class ?? "");
  const label = isBare ? { "aria-label": words, title: words } : {};
  return h("button", { type: "button", ...label, ...properties }, icon(name), isBare ? null : h("span", {}, words));
}

/** The first element that matches; a page without it is a mistake, so it fails loudly. */
export function $(selector, root = document) {
  const element = root.querySelector(selector);
  if (!element) throw new Error(`The page has no ${selector}`);
  return element;
}

/** Runs what a button starts: busy and deaf to more clicks until it ends, however it ends. */
export async function busy(button, work) {
  if (button.getAttribute("aria-busy") === "true") return undefined;
  button.setAttribute("aria-busy", "true");
  try {
    return await work();
  } finally {
    button.removeAttribute("aria-busy");
  }
}

/** Draws anew what stands in `place`; a focus in it goes to the same link, else to what stands where it was. */
export function keepFocus(place, draw) {
  const all = () => [...place.querySelectorAll("a, button")];
  const focused = document.activeElement;
  const at = all().indexOf(focused);
  draw();
  if (at < 0 || focused.isConnected) return;
  const now = all();
  const same = now.find(({ href }) => href && href === focused.href);
  (same ?? now[Math.min(at, now.length - 1)] ?? $("#main")).focus({ preventScroll: true });
}

/** Offers a file the browser has in memory. */
export function download(blob, name) {
  const url = URL.createObjectURL(blob);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
