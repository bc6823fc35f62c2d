// How long a letter is, with and without spaces, as Korean application forms count.
import { h } from "./dom.js";
import { length } from "./form-model.js";
import { number, t } from "./i18n.js";

/** A live count beside a reply; `asked` is the length asked for. */
export function letterCount(asked) {
  const element = h("p", { class: "letters", role: "group", "aria-label": t("letters.label") });
  const show = (text) => {
    const words = text.trim();
    const all = length(words);
    const bare = length(words.replace(/\s/gu, ""));
    element.replaceChildren(
      h("strong", {}, t("letters.with_spaces", { count: number(all) })),
      h("span", {}, t("letters.without_spaces", { count: number(bare) })),
      ...(asked ? [h("span", { class: all > asked ? "over" : "" }, t("letters.asked", { count: number(asked) }))] : []),
    );
  };
  show("");
  return { element, show };
}
