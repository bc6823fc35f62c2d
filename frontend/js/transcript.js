// The list of what was said: newest page first, older ones above it as one scrolls up.

import { newestMessages } from "./conversations.js";
import { h } from "./dom.js";
import { pick, t } from "./i18n.js";
import { icon } from "./icons.js";
import { ReplyView } from "./reply-view.js";
import { failed } from "./speak-up.js";
import { hush } from "./speech.js";

export class Transcript {
  #views = new Map(); // message id: {element, view?}
  #more = null;

  /** @param {{follower: any, context: object, onEdit: Function}} parts */
  constructor({ follower, context, onEdit }) {
    Object.assign(this, { follower, context, onEdit });
    this.list = h("ol", { class: "plain transcript", "aria-label": t("transcript.label"), "aria-busy": "false" });
    this.above = h("div", { class: "above" });
    this.element = h("div", {}, this.above, this.list);
    this.watcher = new IntersectionObserver(([{ isIntersecting }]) => isIntersecting && this.#older(), {
      rootMargin: "400px 0px 0px",
    });
    this.watcher.observe(this.above);
  }

  /** The newest page of a conversation; its messages, oldest first. */
  async load(id) {
    const page = await newestMessages(id);
    if (this.isEmpty) this.#more = page.more;
    const messages = page.results.toReversed();
    for (const message of messages) this.add(message);
    return messages;
  }

  async #older(more = this.#more) {
    this.#more = null;
    if (!more) return;
    this.above.replaceChildren(h("div", { class: "skeleton" }));
    try {
      const page = await more();
      const fresh = page.results.filter(({ id }) => !this.#views.has(id));
      const older = fresh.toReversed().map((message) => this.#made(message));
      this.follower.keeping(() => {
        this.above.replaceChildren();
        this.list.prepend(...older);
      });
      this.#more = page.more;
      this.watcher.unobserve(this.above);
      this.watcher.observe(this.above);
    } catch (error) {
      this.above.replaceChildren(failed(error, () => this.#older(more)));
    }
  }

  /** Adds a message at the end, or brings the one that is there up to date. */
  add(message) {
    const known = this.#views.get(message.id);
    if (known) known.view?.update(message);
    else this.list.append(this.#made(message));
    return this.#views.get(message.id);
  }

  #made(message) {
    const isReply = message.role === "assistant";
    const view = isReply ? new ReplyView(message, this.context) : null;
    const element = isReply ? view.element : questionView(message, { onEdit: this.onEdit });
    this.#views.set(message.id, { element, view, message });
    return element;
  }

  view(id) {
    return this.#views.get(id)?.view;
  }

  get replies() {
    return [...this.#views.values()].filter(({ view }) => view).map(({ view }) => view);
  }

  get isEmpty() {
    return this.#views.size === 0;
  }

  /** The earlier replies to the same question: hidden while another is written, gone when it has text. */
  setEarlier(reply, { hidden }) {
    for (const view of this.replies) {
      if (view.reply.question === reply.question && view.reply.id !== reply.id) view.element.hidden = hidden;
    }
  }

  drop(id) {
    this.#views.get(id)?.element.remove();
    this.#views.delete(id);
  }

  /** Only the last reply can be tried again. */
  markLast() {
    const all = [...this.list.querySelectorAll(":scope > .reply:not([hidden])")];
    for (const view of this.replies) {
      const isLast = view.element === all.at(-1);
      if (view.isLast !== isLast && view.reply.status !== "writing") view.update(view.reply, { isLast });
    }
  }

  set isBusy(value) {
    this.list.setAttribute("aria-busy", String(value));
  }

  close() {
    hush();
    this.watcher.disconnect();
  }
}

/**
 * A question: its words, or the one line of a form.
 * @param {{onEdit: ((inputs: object) => void)}} context
 */
function questionView(question, { onEdit }) {
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
