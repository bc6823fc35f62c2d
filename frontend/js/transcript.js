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

  /** Brings the newest page of a conversation here up to date, whatever came meanwhile; its messages, oldest first. */
  async load(id) {
    const asked = new Set(this.#views.keys());
    const page = await newestMessages(id);
    this.#forget(asked, page);
    const messages = page.results.toReversed();
    const since = [...this.list.children].find(({ dataset }) => !asked.has(dataset.id)) ?? null;
    page.results.reduce((next, message) => this.#place(message, next), since);
    return messages;
  }

  /** Drops what the newest page no longer holds; all, when it does not reach back to what is here. */
  #forget(asked, { results, more }) {
    const held = new Set(results.map(({ id }) => id));
    const here = [...this.list.children].map(({ dataset }) => dataset.id).filter((id) => asked.has(id));
    const first = here.findIndex((id) => held.has(id));
    for (const id of first < 0 ? here : here.slice(first)) if (!held.has(id)) this.drop(id);
    if (first >= 0) return;
    this.#more = more;
    this.#watch();
  }

  /** Puts a message of a page before the next one, or brings the one that is there up to date; its element. */
  #place(message, next) {
    const known = this.#views.get(message.id);
    const isHeard = this.list.ariaBusy === "true" && known?.view?.reply.status === "writing";
    if (!known) this.list.insertBefore(this.#made(message), next);
    else if (!isHeard && JSON.stringify(known.view?.reply) !== JSON.stringify(message)) known.view?.update(message);
    return this.#views.get(message.id).element;
  }

  /** Looks anew whether older ones are wanted. */
  #watch() {
    this.watcher.unobserve(this.above);
    this.watcher.observe(this.above);
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
      this.#watch();
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
    element.dataset.id = message.id;
    this.#views.set(message.id, { element, view });
    return element;
  }

  view(id) {
    return this.#views.get(id)?.view;
  }

  get replies() {
    return [...this.#views.values()].filter(({ view }) => view).map(({ view }) => view);
  }

  /** The other replies to the same question. */
  earlier(reply) {
    return this.replies.filter((view) => view.reply.question === reply.question && view.reply.id !== reply.id);
  }

  /** The earlier replies are hidden while another is written, gone when it has text. */
  setEarlier(reply, { hidden }) {
    for (const view of this.earlier(reply)) view.element.hidden = hidden;
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
