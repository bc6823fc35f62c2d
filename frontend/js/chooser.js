// Where a conversation begins: which assistant.
import { h } from "./dom.js";
import { pick, t } from "./i18n.js";
import { icon } from "./icons.js";
import { quotaLine } from "./quota.js";

/** The assistants as cards; `signal` ends the quota's line. */
export function chooser(assistants, signal) {
  const cards = assistants.map((assistant) =>
    h(
      "li",
      {},
      h(
        "a",
        { class: "assistant-card", href: `#/assistant/${assistant.slug}` },
        h("span", { class: "face" }, icon(assistant.icon)),
        h("strong", {}, pick(assistant.name)),
        h("span", { class: "soft" }, pick(assistant.description)),
      ),
    ),
  );
  return h(
    "div",
    { class: "column chooser" },
    h("h1", { tabindex: "-1" }, t(greetingKey(new Date().getHours()))),
    h("p", { class: "soft" }, t("chooser.words")),
    h("ul", { class: "plain assistant-cards" }, ...cards),
    quotaLine(signal),
  );
}

function greetingKey(hour) {
  if (hour < 5 || hour >= 22) return "chooser.night";
  if (hour < 12) return "chooser.morning";
  return hour < 18 ? "chooser.afternoon" : "chooser.evening";
}
