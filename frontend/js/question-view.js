// One question on the page: its words, or the one line of a form.
import { h } from "./dom.js";
import { pick, t } from "./i18n.js";
import { icon } from "./icons.js";

/** @param {{onEdit: ((inputs: object) => void)}} context */
export function questionView(question, { onEdit }) {
  const isForm = Boolean(question.summary);
  const words = isForm ? pick(question.summary) : question.content;
  return h(
    "li",
    { class: `question ${isForm ? "form" : ""}`, "aria-label": t("question.of") },
    h("p", { class: "bubble" }, words),
    isForm &&
      h(
        "button",
        { type: "button", class: "quiet small", onclick: () => onEdit(question.inputs) },
        icon("pencil"),
        t("question.edit_form"),
      ),
  );
}
