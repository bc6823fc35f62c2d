// A Markdown text that grows: what is settled stays as it is, only the last blocks are rendered anew.
import { blocks, rendered } from "./markdown.js";

const OPEN_BLOCKS = 2; // a list goes on after an empty line, a heading gets its underline: the last two may change

export class GrowingMarkdown {
  #settled = ""; // text whose blocks are final
  #open = []; // the blocks after it: [{raw, element}]

  /** @param {(element: HTMLElement) => void} finish what is done to each block once it is rendered */
  constructor(element, finish = () => {}) {
    this.element = element;
    this.finish = finish;
  }

  /** Shows a text, which begins with the one shown before. */
  show(text) {
    const fresh = visible(blocks(text.slice(this.#settled.length)));
    this.#redraw(fresh);
    while (this.#open.length > OPEN_BLOCKS) this.#settled += this.#open.shift().raw;
  }

  /** Shows the final text, whatever was shown before. */
  end(text) {
    const all = visible(blocks(text));
    const isSame = text.startsWith(this.#settled) && !/^\[[^\]]+\]:/m.test(text);
    if (isSame) return this.show(text);
    this.#settled = "";
    this.#open = [];
    this.element.replaceChildren();
    return this.#redraw(all);
  }

  #redraw(fresh) {
    let same = 0;
    while (same < fresh.length && this.#open[same]?.raw === fresh[same].raw) same += 1;
    for (const gone of this.#open.splice(same)) gone.element.remove();
    for (const { raw, token } of fresh.slice(same)) {
      const element = document.createElement("div");
      element.append(rendered(token));
      this.finish(element);
      this.element.append(element);
      this.#open.push({ raw, element });
    }
  }
}

/** Blocks with something to see; the empty lines between them belong to the one before. */
function visible(all) {
  const shown = [];
  for (const { raw, token } of all) {
    if (token.type !== "space") shown.push({ raw, token });
    else if (shown.length) shown.at(-1).raw += raw;
    else shown.push({ raw, token });
  }
  return shown;
}

/** Lets a text flow in evenly, frame by frame, however unevenly it comes. */
export class Flow {
  #shown = 0;
  #text = "";
  #frame = 0;

  /** @param {(text: string) => void} show */
  constructor(show) {
    this.show = show;
    this.isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  set(text) {
    this.#text = text;
    if (document.hidden) return; // drawn when it is looked at again
    this.#frame ||= requestAnimationFrame(() => this.#step());
  }

  #step() {
    this.#frame = 0;
    const backlog = this.#text.length - this.#shown;
    if (backlog <= 0) return;
    const share = this.isCalm ? backlog : Math.max(2, Math.ceil(backlog / 9));
    this.#shown = wholeCharacter(this.#text, this.#shown + share);
    this.show(this.#text.slice(0, this.#shown));
    if (this.#shown < this.#text.length) this.set(this.#text);
  }

  /** No more frames: whoever ends shows the rest. */
  stop() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }
}

/** Never between the two halves of one character. */
function wholeCharacter(text, end) {
  const code = text.charCodeAt(end - 1);
  return code >= 0xd800 && code <= 0xdbff ? end + 1 : end;
}
