// A conversation that is open: its title, its transcript, its composer, and what happens between them.
import { Asking } from "./asking.js";
import { Composer } from "./composer.js";
import { ConversationHead } from "./conversation-menu.js";
import { conversation as fetched } from "./conversations.js";
import { h } from "./dom.js";
import { pick, t } from "./i18n.js";
import { pending, questionTo, retryOf } from "./messages.js";
import { placeMarker } from "./places.js";
import { loadQuota } from "./quota.js";
import { failed, gone, refusal, toast } from "./speak-up.js";
import { drafts } from "./storage.js";
import { Transcript } from "./transcript.js";

export class ConversationView {
  /**
   * @param {{conversation: any, assistant: any, desk: {stage: HTMLElement, dock: HTMLElement, follower: any},
   *   go: (hash: string) => void, onChange: () => void}} parts
   */
  constructor(parts) {
    Object.assign(this, parts);
    const { assistant, conversation, desk } = parts;
    this.life = new AbortController();
    const { signal } = this.life;
    this.context = {
      assistant,
      mark: assistant?.cards && placeMarker(assistant.cards),
      asked: null,
      retry: (view) => this.#retry(view),
    };
    this.head = new ConversationHead({
      conversation,
      assistant,
      onChange: () => this.onChange(),
      onRemove: () => this.#removed(),
    });
    this.transcript = new Transcript({
      follower: desk.follower,
      context: this.context,
      onEdit: (inputs) => this.#edit(inputs),
    });
    this.trouble = h("div", { class: "trouble" });
    this.composer = new Composer({
      draft: conversation.id,
      assistant,
      onSend: (text) => {
        this.composer.clear();
        this.send({ content: text });
      },
      onStop: () => this.stop(),
      signal,
    });
    this.asking = new Asking({
      transcript: this.transcript,
      conversation,
      onState: (isWriting) => {
        this.composer.isWriting = isWriting;
      },
      onLine: (isCut) => this.composer.showLine(isCut),
      onEnd: (reply) => this.#ended(reply),
      onWithdrawn: () => {
        this.catchUp();
        loadQuota().catch(() => null); // it was given back
      },
      signal,
    });
    desk.stage.replaceChildren(h("div", { class: "column" }, this.head.element, this.transcript.element));
    desk.dock.replaceChildren(h("div", { class: "column" }, this.trouble, this.composer.element));
  }

  /** Loads what was said, and goes on with what is being written or was on its way. */
  async load() {
    const waiting = pending.of(this.conversation.id); // as it was left, before anything is sent from here
    try {
      const messages = await this.transcript.load(this.conversation.id);
      if (this.life.signal.aborted) return;
      this.knowForm(messages.find(({ inputs }) => inputs)?.inputs);
      this.transcript.markLast();
      this.desk.follower.toEnd();
      this.#goOn(messages, waiting);
    } catch (error) {
      this.transcript.element.append(failed(error, () => this.go(location.hash)));
    }
  }

  /** Hears what is being written; asks what was on its way, or gives back its words where that is not to be done again. */
  #goOn(messages, waiting) {
    this.asking.resume(messages);
    if (!waiting) return;
    if (!this.asking.isBusy && pending.isFresh(waiting)) this.#ask(waiting);
    else {
      pending.clear(waiting);
      const words = waiting.body?.content;
      if (words && !messages.some(({ content }) => content === words)) this.composer.restore(words);
    }
  }

  /** Asks with a new key; `body` is {content} or {inputs}. What is refused before it counted is thrown or shown. */
  send(body, { onRefused } = {}) {
    return this.#ask(questionTo(this.conversation.id, body), onRefused);
  }

  async #ask(question, onRefused = (error) => this.#refused(error, question.body)) {
    if (this.asking.isBusy) return;
    this.trouble.replaceChildren();
    if (question.body) this.#showAtOnce(question.body.content ?? t("question.sending"));
    this.desk.follower.toEnd();
    try {
      await this.asking.ask(question);
    } catch (error) {
      const isAccepted = !this.sketch?.isConnected; // the question itself stands there
      this.sketch?.remove();
      await (isAccepted ? this.#refused(error) : onRefused(error));
    }
  }

  async #refused(error, body) {
    if (body?.content) this.composer.restore(body.content);
    if (error.code === "daily_limit_reached") return; // the composer says so, with the time
    const isGone = error.status === 404 && !body; // another device has another reply by now, or the API kept none
    if (isGone && (await this.catchUp())) toast(t("reply.has_failed"));
    else this.trouble.replaceChildren(refusal(error, error.errors?.content?.join(" ")));
    if (error.status === 409) this.catchUp();
    if (error.status === 404) this.refresh();
  }

  /** The question stands there before the API has it. */
  #showAtOnce(words) {
    this.sketch = h("li", { class: "question sketch" }, h("p", { class: "bubble" }, words));
    this.transcript.list.append(this.sketch);
    this.asking.onStart = () => this.sketch?.remove();
  }

  #retry(view) {
    this.composer.focus(); // what was pressed goes
    this.#ask(retryOf(view.reply.id, this.conversation.id));
  }

  #edit(inputs) {
    drafts.set(`form.${this.conversation.assistant}`, inputs);
    this.go(`#/assistant/${this.conversation.assistant}`);
  }

  stop() {
    return this.asking.stop();
  }

  async #ended(reply) {
    if (document.hidden) document.title = t("title.ended", { title: this.title });
    this.onChange();
    if (!this.conversation.title || reply.status === "complete") await this.refresh();
  }

  /** The conversation as the API has it now; its title may be new. */
  async refresh() {
    const now = await fetched(this.conversation.id).catch(
      (error) => error.status === 404 && this.trouble.replaceChildren(gone()),
    );
    if (this.life.signal.aborted) return;
    if (now) Object.assign(this.conversation, now);
    this.head.show();
  }

  /** Another tab or device asked here: shows what is new, and leaves a reply alone that is heard; whether it could. */
  async catchUp() {
    if (this.asking.isBusy) return false;
    const messages = await this.transcript.load(this.conversation.id).catch(() => null);
    if (!messages || this.life.signal.aborted) return false;
    this.transcript.markLast();
    this.asking.resume(messages);
    return true;
  }

  get title() {
    return this.head.title;
  }

  #removed() {
    drafts.set(this.conversation.id, null);
    this.onChange();
    this.go("#/");
  }

  /** What the form said: the length of a letter, and whether the coach has a button that asks for feedback. */
  knowForm(inputs) {
    this.context.asked = Number(inputs?.length) || null;
    const words = this.assistant?.closing_message;
    if (!words || inputs?.feedback !== "end") return;
    this.composer.offer(t("coach.close"), () => this.send({ content: pick(words) }));
  }

  close() {
    this.life.abort();
    this.asking.leave();
    this.transcript.close();
  }
}
