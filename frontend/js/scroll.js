// Following the newest words, but only while the reader is there.
const NEAR_PX = 64;

export class Follower {
  #isAtEnd = true;
  #isOn = false;
  #top = 0;

  /**
   * @param {HTMLElement} scroller what scrolls
   * @param {HTMLElement} content what grows in it
   * @param {HTMLElement} button leads to the newest
   */
  constructor(scroller, content, button) {
    Object.assign(this, { scroller, button });
    scroller.addEventListener("scroll", () => this.#look(), { passive: true });
    // A turn of the wheel upwards is a wish, even before it has moved far.
    scroller.addEventListener("wheel", ({ deltaY }) => deltaY < 0 && this.#isScrollable() && this.#set(false), {
      passive: true,
    });
    new ResizeObserver(() => this.#isOn && this.#isAtEnd && this.toEnd()).observe(content);
    new ResizeObserver(() => this.#isOn && this.#isAtEnd && this.toEnd()).observe(scroller);
    button.addEventListener("click", () => this.toEnd({ smooth: true }));
  }

  #isScrollable() {
    return this.scroller.scrollHeight > this.scroller.clientHeight + NEAR_PX;
  }

  /** Near the end is following; moving up ends it; on the way down nothing changes yet. */
  #look() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    if (scrollHeight - scrollTop - clientHeight < NEAR_PX) this.#set(true);
    else if (scrollTop < this.#top) this.#set(false);
    this.#top = scrollTop;
  }

  #set(isAtEnd) {
    this.#isAtEnd = isAtEnd;
    this.button.hidden = isAtEnd || !this.#isOn;
  }

  /** To the newest, and on with it. */
  toEnd({ smooth = false } = {}) {
    this.#isOn = true;
    this.#set(true);
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior: smooth && !isCalm ? "smooth" : "instant" });
  }

  /** To the top of something that is read from there. */
  toStart() {
    this.#isOn = false;
    this.#set(true);
    this.scroller.scrollTo({ top: 0, behavior: "instant" });
  }

  /** Adds something above without moving what is read. */
  keeping(work) {
    const { scrollHeight, scrollTop } = this.scroller;
    work();
    this.scroller.scrollTop = scrollTop + this.scroller.scrollHeight - scrollHeight;
  }
}
