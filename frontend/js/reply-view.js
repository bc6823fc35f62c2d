// One reply on the page: growing while it is written, with its buttons and notes when it has ended.
import { h } from "./dom.js";
import { length } from "./form-model.js";
import { Flow, GrowingMarkdown } from "./growing.js";
import { number, t } from "./i18n.js";
import { icon } from "./icons.js";
import { replyActions } from "./reply-actions.js";

export class ReplyView {
  /**
   * @param {object} reply as the API gives it
   * @param {{assistant: any, mark: ((element: HTMLElement) => void) | undefined, asked: number | null,
   *   retry: (view: ReplyView) => void}} context
   */
  constructor(reply, context) {
    this.context = context;
    this.body = h("div", { class: "markdown", lang: context.assistant?.speech_language }); // it always answers in it
    this.foot = h("div", { class: "reply-foot" });
    const thinking = h("p", { class: "thinking" }, h("span", { class: "spinner" }), t("reply.thinking"));
    this.count = context.assistant?.slug === "cover-letter" ? letterCount(context.asked) : null;
    this.element = h(
      "li",
      { class: "reply", "aria-label": t("reply.of") },
      h("span", { class: "face", "aria-hidden": "true" }, icon(context.assistant?.icon ?? "chat")),
      h("div", { class: "said" }, thinking, this.body, this.count?.element ?? "", this.foot),
    );
    this.markdown = new GrowingMarkdown(this.body, context.mark);
    this.flow = new Flow((text) => this.#draw(text));
    this.update(reply, { isLast: false });
  }

  /** The reply as it is now; the last one of a conversation can be tried again. */
  update(reply, { isLast = this.isLast } = {}) {
    Object.assign(this, { reply, isLast, text: reply.content });
    this.element.classList.toggle("writing", reply.status === "writing");
    if (reply.status === "writing") return this.#wait();
    this.flow.stop();
    this.element.classList.remove("waiting");
    this.markdown.end(reply.content);
    this.count?.show(reply.content);
    const onRetry = isLast ? () => this.context.retry(this) : null;
    // innerText: the lines as they are laid out.
    const textOf = () => this.body.innerText.trim();
    const context = { assistant: this.context.assistant, textOf, onRetry };
    return this.foot.replaceChildren(...this.#notes(), replyActions(reply, context));
  }

  /** More of the text. */
  grow(text) {
    this.text += text;
    this.element.classList.remove("waiting");
    this.flow.set(this.text);
  }

  /** What could not be drawn while nobody looked. */
  catchUp() {
    if (this.reply.status === "writing") this.flow.set(this.text);
  }

  /** Nothing more is heard of it: as it stands, and no longer marked as being written. */
  rest() {
    this.flow.stop();
    this.element.classList.remove("writing", "waiting");
    this.#draw(this.text);
  }

  #draw(text) {
    this.markdown.show(text);
    this.count?.show(text);
  }

  #wait() {
    this.element.classList.toggle("waiting", !this.text);
    this.foot.replaceChildren();
    if (this.text) this.#draw(this.text);
  }

  #notes() {
    const { status, error_code: code, finish_reason: reason, transcript_trimmed: isTrimmed } = this.reply;
    const notes = [];
    if (status === "stopped") notes.push(note("stop", t(this.reply.content ? "reply.stopped" : "reply.stopped_empty")));
    if (status === "failed")
      notes.push(note("warning", t(`reply.failed_${code ?? "assistant_unavailable"}`), "problem"));
    if (status === "complete" && reason === "length") notes.push(note("info", t("reply.cut_short")));
    if (isTrimmed) notes.push(note("info", t("reply.trimmed")));
    return notes;
  }
}

const note = (name, words, kind = "") => h("p", { class: `note ${kind}` }, icon(name), h("span", {}, words));

/** A live count beside a reply; `asked` is the length asked for. */
function letterCount(asked) {
  const element = h("p", { class: "letters", role: "group", "aria-label": t("letters.label") });
  const show = (text) => {
    const words = text.trim();
    const all = length(words);
    const bare = length(words.replace(/\s/gu, ""));
    element.hidden = !all;
    element.replaceChildren(
      h("strong", {}, t("letters.with_spaces", { count: number(all) })),
      h("span", {}, t("letters.without_spaces", { count: number(bare) })),
      ...(asked ? [h("span", { class: all > asked ? "over" : "" }, t("letters.asked", { count: number(asked) }))] : []),
    );
  };
  show("");
  return { element, show };
}
