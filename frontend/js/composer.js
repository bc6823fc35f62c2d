// Where one writes: the text box, its draft, the button that sends or stops, and whether the line is cut.
import { h } from "./dom.js";
import { length } from "./form-model.js";
import { number, t } from "./i18n.js";
import { icon } from "./icons.js";
import { duration, onQuota, quotaLine } from "./quota.js";
import { toast } from "./speak-up.js";
import { microphone } from "./speech.js";
import { drafts } from "./storage.js";

const MOST_CHARS = 4000; // of a message, as the API counts
const SECOND_CLICK_MS = 600; // a double click on what sends must not stop what it has sent
const IME_KEY_CODE = 229; // what a key says while a Korean syllable is being composed, also in browsers without isComposing

export class Composer {
  #isWriting = false;
  #stopsFrom = 0;
  #quota = null;

  /**
   * @param {{draft: string, assistant: any, onSend: (text: string) => void, onStop: () => void, signal: AbortSignal}} parts
   *   `onSend` clears the box when it has the words
   */
  constructor({ draft, assistant, onSend, onStop, signal }) {
    Object.assign(this, { draft, onSend, onStop });
    this.box = h("textarea", {
      id: "message",
      rows: 1,
      placeholder: t("composer.placeholder"),
      "aria-label": t("composer.label"),
      enterkeyhint: "send",
      value: drafts.get(draft) ?? "",
      oninput: () => this.#typed(),
      onkeydown: (event) => this.#key(event),
    });
    this.length = h("span", { class: "length", hidden: true });
    this.button = h("button", { type: "submit", class: "main send" });
    const speech = assistant?.speech_language ? microphone(assistant.speech_language, this.box, signal) : null;
    this.line = h("p", { class: "line", role: "status", hidden: true });
    addEventListener("offline", () => this.showLine(true), { signal });
    addEventListener("online", () => this.showLine(false), { signal });
    this.wait = h("p"); // changes every minute: nothing to be read out
    const none = h("div", {}, h("strong", { role: "status" }, t("none.title")), this.wait);
    this.none = h("div", { class: "none-left", hidden: true }, icon("moon"), none);
    this.extra = h("div", { class: "extra" });
    const form = h(
      "form",
      { class: "composer", onsubmit: (event) => this.#submit(event) },
      this.box,
      h("div", { class: "tools" }, speech, this.length, this.button),
    );
    const hint = h("span", { class: "keys" }, t("composer.keys"));
    this.element = h(
      "div",
      {},
      this.line,
      this.none,
      this.extra,
      form,
      h("div", { class: "under" }, quotaLine(signal), hint),
    );
    onQuota((figures) => this.#limit(figures), signal);
    this.#typed();
  }

  /** Ready to type; not where that would bring up a keyboard over half of the screen. */
  focus() {
    if (matchMedia("(hover: hover)").matches) this.box.focus({ preventScroll: true });
  }

  /** While a reply is written the button stops it. */
  set isWriting(value) {
    if (value && !this.#isWriting) this.#stopsFrom = performance.now() + SECOND_CLICK_MS;
    this.#isWriting = value;
    this.#show();
  }

  /** Puts words back that could not be sent, before what was typed since. */
  restore(text) {
    this.box.value = [text, this.box.value].filter((part) => part.trim()).join("\n\n");
    this.#typed();
  }

  showLine(isCut) {
    this.line.hidden = !isCut && navigator.onLine;
    if (!this.line.hidden) this.line.textContent = t(navigator.onLine ? "line.cut" : "line.offline");
  }

  /** One more button, for words that need not be typed. */
  offer(words, onclick) {
    this.offered = h("button", { type: "button", class: "closing", onclick }, words);
    this.extra.replaceChildren(this.offered);
    this.#show();
  }

  clear() {
    this.box.value = "";
    this.#typed();
  }

  #key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === IME_KEY_CODE) return;
    event.preventDefault();
    this.#submit(event);
  }

  #submit(event) {
    event.preventDefault();
    const text = this.box.value.trim();
    if (this.#isWriting) {
      if (event.type === "submit" && event.timeStamp > this.#stopsFrom) this.onStop();
    } else if (length(text) > MOST_CHARS) {
      toast(t("form.too_long", { most: number(MOST_CHARS) }));
    } else if (text && !this.#quota?.isNone) {
      this.box.dispatchEvent(new Event("sent"));
      this.onSend(text);
    }
  }

  #typed() {
    this.box.style.blockSize = "auto";
    this.box.style.blockSize = `${Math.min(this.box.scrollHeight + 2, innerHeight * 0.4)}px`;
    const count = length(this.box.value.trim());
    this.length.hidden = count < MOST_CHARS * 0.8;
    this.length.textContent = `${number(count)} / ${number(MOST_CHARS)}`;
    this.length.classList.toggle("over", count > MOST_CHARS);
    drafts.set(this.draft, this.box.value);
    this.#show();
  }

  #limit(figures) {
    this.#quota = figures;
    this.none.hidden = !figures.isNone || this.#isWriting;
    this.wait.textContent = t("none.words", { duration: duration(figures) });
    this.#show();
  }

  #show() {
    const words = this.#isWriting ? t("composer.stop") : t("composer.send");
    const uses = this.#isWriting || !this.#quota ? null : h("small", {}, t("composer.uses"));
    this.button.replaceChildren(icon(this.#isWriting ? "stop" : "send"), h("span", {}, words), uses ?? "");
    this.button.classList.toggle("stopping", this.#isWriting);
    const count = length(this.box.value.trim());
    const isReady = this.#isWriting || (count && count <= MOST_CHARS && !this.#quota?.isNone);
    this.button.setAttribute("aria-disabled", String(!isReady));
    this.button.title = this.#isWriting || !this.#quota ? words : t("composer.uses_of", this.#quota);
    this.offered?.toggleAttribute("disabled", this.#isWriting);
    this.offered?.toggleAttribute("hidden", Boolean(this.#quota?.isNone));
    if (this.#quota) this.none.hidden = !this.#quota.isNone || this.#isWriting;
  }
}
