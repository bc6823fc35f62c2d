// A new conversation with an assistant: its form, or for one without a form the empty transcript.

import { newKey } from "./api.js";
import { Composer } from "./composer.js";
import { begin, remove } from "./conversations.js";
import { busy, h, iconButton } from "./dom.js";
import { FormView } from "./form-view.js";
import { pick, t } from "./i18n.js";
import { icon } from "./icons.js";
import { onQuota, quotaLine, resetWords } from "./quota.js";
import { refusal, sentence } from "./speak-up.js";
import { drafts } from "./storage.js";

const NAMED = "english-friend"; // its conversations are rooms with names of their own

export class NewView {
  /**
   * @param {{assistant: any, desk: any, openNew: (conversation: any, body: object, onAccepted: () => void) => Promise<void>}} parts
   *   `openNew` shows a new conversation and asks its first question; it throws what refuses it
   */
  constructor({ assistant, desk, openNew }) {
    Object.assign(this, { assistant, desk, openNew });
    this.life = new AbortController();
    this.draft = `form.${assistant.slug}`;
    const head = h(
      "div",
      { class: "assistant-head" },
      h("span", { class: "face" }, icon(assistant.icon)),
      h(
        "div",
        {},
        h("h1", { tabindex: "-1" }, pick(assistant.name)),
        h("p", { class: "soft" }, pick(assistant.description)),
      ),
    );
    this.trouble = h("div");
    const hasForm = assistant.fields.length > 0;
    desk.stage.replaceChildren(h("div", { class: "column new" }, head, hasForm ? this.#form() : this.#opening()));
    desk.dock.replaceChildren(hasForm ? "" : h("div", { class: "column" }, this.trouble, this.#composer()));
    desk.follower.toStart();
  }

  // ---------------------------------------------------------------- With a form
  #form() {
    const { fields, example, slug, speech_language: language } = this.assistant;
    this.form = new FormView({
      fields,
      values: drafts.get(this.draft),
      onChange: (values) => drafts.set(this.draft, values),
    });
    const fill = iconButton("spark", t("form.example"), { onclick: () => this.form.fill(pick(example)) });
    this.name = slug === NAMED ? roomName() : null;
    this.button = h("button", { class: "main large" });
    onQuota((figures) => this.#limit(figures), this.life.signal);
    if (!this.button.hasChildNodes()) this.button.append(t("form.ask"));
    return h(
      "form",
      { class: "card stack new-form", novalidate: true, onsubmit: (event) => this.#submit(event) },
      h("div", { class: "row between" }, h("p", { class: "small soft" }, t("form.required_words")), example && fill),
      language && h("p", { class: "notice" }, icon("info"), t("coach.turns")),
      this.form.element,
      this.name,
      this.trouble,
      h("div", { class: "stack tight" }, this.button, quotaLine(this.life.signal)),
    );
  }

  #limit(figures) {
    const words = figures.isNone ? t("none.title", figures) : t("form.ask");
    const small = figures.isNone ? resetWords(figures) : t("composer.uses_of", figures);
    this.button.replaceChildren(h("span", {}, words, h("small", {}, small)));
    this.button.setAttribute("aria-disabled", String(figures.isNone));
    this.isNone = figures.isNone;
  }

  async #submit(event) {
    event.preventDefault();
    this.trouble.replaceChildren();
    const inputs = this.form.read();
    if (!inputs || this.isNone) return;
    const title = this.name?.querySelector("input").value.trim();
    await busy(this.button, () => this.#begin({ inputs }, title));
  }

  // ---------------------------------------------------------------- Without one
  #opening() {
    return h("div", { class: "opening soft" }, icon(this.assistant.icon), h("p", {}, t("free.words")));
  }

  #composer() {
    const { assistant } = this;
    const send = (content) => busy(this.composer.button, () => this.#say(content));
    this.composer = new Composer({
      draft: this.draft,
      assistant,
      onSend: send,
      onStop: () => {},
      signal: this.life.signal,
    });
    return this.composer.element;
  }

  /** The words stay in the box, and so the draft, until they are accepted. */
  async #say(content) {
    this.trouble.replaceChildren();
    this.composer.box.readOnly = true;
    await this.#begin({ content });
    this.composer.box.readOnly = false;
  }

  // ---------------------------------------------------------------- Both
  /** Makes the conversation and asks; one whose first question was refused, or not wanted any more, is not left behind. */
  async #begin(body, title) {
    let made = null;
    const undo = () => made && remove(made.id).catch(() => null);
    try {
      made = await this.#made(title);
      if (this.life.signal.aborted) await undo();
      else await this.openNew(made, body, () => drafts.set(this.draft, null));
    } catch (error) {
      await undo();
      this.refuse(error);
    }
  }

  /** One whose answer was lost on the way is not made twice. */
  async #made(title = "") {
    if (this.attempt?.title !== title) this.attempt = { title, key: newKey() };
    const made = await begin(this.assistant.slug, title, this.attempt.key);
    this.attempt = null;
    return made;
  }

  refuse(error) {
    const rest = this.form?.show(error.errors ?? {}) ?? Object.values(error.errors ?? {}).flat();
    const hasFields = Object.keys(error.errors ?? {}).length > rest.length;
    if (this.composer && error.code === "daily_limit_reached") return; // it says so, with the time
    if (!hasFields || rest.length) this.trouble.replaceChildren(refusal(error, rest.join(" ") || sentence(error)));
  }

  close() {
    this.life.abort();
  }
}

function roomName() {
  return h(
    "div",
    { class: "field" },
    h("label", { for: "room-name" }, t("friend.room"), h("span", { class: "optional" }, t("form.optional"))),
    h("input", { id: "room-name", maxlength: 100, autocomplete: "off", placeholder: t("friend.room_example") }),
  );
}
