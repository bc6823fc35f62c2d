// The side of the chat: a new conversation, those that are pinned, and the latest.
import { conversations } from "./conversations.js";
import { $, busy, h, keepFocus } from "./dom.js";
import { pick, t } from "./i18n.js";
import { icon } from "./icons.js";
import { failed, sentence, toast } from "./speak-up.js";
import { hearOf } from "./storage.js";

export class Rooms {
  /** @param {(slug: string) => any} assistantOf an assistant that was loaded */
  constructor(assistantOf) {
    this.assistantOf = assistantOf;
    this.list = $("#room-list");
    this.groups = [
      { name: "rooms.pinned", narrow: { pinned: "true" }, pages: 1 },
      { name: "rooms.latest", narrow: { pinned: "false" }, pages: 1 },
    ];
    this.turn = 0;
    hearOf("conversations", () => this.load());
    hearOf("reply", () => this.load());
  }

  /** Asks for the pages that were opened so far; what stands there stays until the newest answer has come. */
  async load() {
    const mine = ++this.turn;
    if (!this.list.hasChildNodes()) this.list.replaceChildren(...[1, 2, 3].map(() => h("div", { class: "skeleton" })));
    try {
      const found = await Promise.all(this.groups.map(({ narrow, pages }) => conversations(narrow, pages)));
      if (mine === this.turn) this.#show(found);
    } catch (error) {
      if (mine === this.turn) this.list.replaceChildren(failed(error, () => this.load()));
    }
  }

  #show(found) {
    const sections = this.groups.map((group, nth) => this.#section(group, found[nth]));
    const empty = h("p", { class: "soft small empty" }, t("rooms.empty"));
    const parts = sections.some(Boolean) ? sections.filter(Boolean) : [empty];
    keepFocus(this.list, () => this.list.replaceChildren(...parts));
    this.mark();
  }

  #section(group, { results, more }) {
    if (!results.length) return null;
    const title = h("h2", { class: "small soft" }, t(group.name));
    const section = h("section", {}, title, ...results.map((one) => this.#item(one)));
    this.#offerMore(group, section, more);
    return section;
  }

  #offerMore(group, section, more) {
    if (!more) return;
    const button = h("button", { type: "button", class: "quiet wide", onclick: () => busy(button, add) }, t("more"));
    const add = async () => {
      const page = await more().catch((error) => toast(sentence(error)));
      if (!page || !button.isConnected) return;
      group.pages += 1;
      const added = page.results.map((one) => this.#item(one));
      const goesOn = button === document.activeElement;
      button.replaceWith(...added);
      this.#offerMore(group, section, page.more);
      this.mark();
      if (goesOn) added[0]?.focus();
    };
    section.append(button);
  }

  #item({ id, title, assistant, writing }) {
    const made = this.assistantOf(assistant);
    const words = title || pick(made?.name) || t("conversation.untitled");
    return h(
      "a",
      { class: "room", href: `#/conversation/${id}`, title: words },
      icon(made?.icon ?? "chat"),
      h("span", {}, words),
      writing && h("span", { class: "spinner", role: "img", "aria-label": t("reply.thinking") }),
    );
  }

  /** Marks the one that is open. */
  mark() {
    for (const room of this.list.querySelectorAll(".room")) {
      if (room.hash === location.hash) room.setAttribute("aria-current", "page");
      else room.removeAttribute("aria-current");
    }
  }
}
