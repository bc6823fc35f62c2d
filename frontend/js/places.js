// Numbers of attractions in a plan: those of our list lead to their card, others are marked as unknown.
import { h } from "./dom.js";
import { pick, t } from "./i18n.js";

const NUMBER = /\[(\d{1,4})\](?!\()/g;

/** A function that marks the numbers below an element. */
export function placeMarker(cards) {
  const byNumber = new Map(cards.map((card) => [String(card.number), card]));
  return (element) => {
    for (const text of textsOf(element)) mark(text, byNumber);
  };
}

function textsOf(element) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const text = walker.currentNode;
    if (text.data.search(NUMBER) >= 0 && !text.parentElement.closest("code, pre, a")) found.push(text);
  }
  return found;
}

function mark(text, byNumber) {
  const parts = [];
  let end = 0;
  for (const found of text.data.matchAll(NUMBER)) {
    parts.push(text.data.slice(end, found.index), chip(found[1], byNumber.get(found[1])));
    end = found.index + found[0].length;
  }
  text.replaceWith(...parts, text.data.slice(end));
}

function chip(number, card) {
  if (!card)
    return h(
      "span",
      { class: "place unknown", title: t("place.unknown") },
      number,
      h("span", { class: "unseen" }, t("place.unknown")),
    );
  const name = pick(card.name);
  return h(
    "a",
    {
      class: "place",
      href: `attractions.html#${number}`,
      target: "_blank",
      title: name,
      "aria-label": t("place.open", { number, name }),
    },
    number,
  );
}
