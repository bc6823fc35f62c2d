// The side of the chat: a new conversation, those that are pinned, and the latest.
import { conversations } from "./conversations.js";
import { $, busy, h } from "./dom.js";
import { pick, t } from "./i18n.js";
import { icon } from "./icons.js";
import { failed, sentence, toast } from "./speak-up.js";
import { hearOf } from "./storage.js";

export class Rooms {
  /** @param {(slug: string) => any} assistantOf an assistant that was loaded */
  constructor(assistantOf) {
    this.assistantOf = assistantOf;
    this.list = $("#room-list");
    this.turn = 0;
    hearOf("conversations", () => this.load());
    hearOf("reply", () => this.load());
  }

  /** Asks for the first page and the pinned ones; what stands there stays until the newest answer has come. */
  async load() {
    const mine = ++this.turn;
    if (!this.list.hasChildNodes()) this.list.replaceChildren(...[1, 2, 3].map(() => h("div", { class: "skeleton" })));
    try {
      const [pinned, latest] = await Promise.all([
        conversations({ pinned: "true" }),
        conversations({ pinned: "false" }),
      ]);
      if (mine === this.turn) this.#show(pinned.results, latest);
    } catch (error) {
      if (mine === this.turn) this.list.replaceChildren(failed(error, () => this.load()));
    }
  }

  #show(pinned, latest) {
    const parts = [];
    if (pinned.length)
      parts.push(
        group(
          t("rooms.pinned"),
          pinned.map((one) => this.#item(one)),
        ),
      );
    if (latest.results.length)
      parts.push(
        group(
          t("rooms.latest"),
          latest.results.map((one) => this.#item(one)),
        ),
      );
    if (!parts.length) parts.push(h("p", { class: "soft small empty" }, t("rooms.empty")));
    this.list.replaceChildren(...parts);
    this.#offerMore(latest.more);
    this.mark();
  }

  #offerMore(more) {
    if (!more) return;
    const button = h("button", { type: "button", class: "quiet wide", onclick: () => busy(button, add) }, t("more"));
    const add = async () => {
      const page = await more().catch((error) => toast(sentence(error)));
      if (!page || !button.isConnected) return;
      this.list.lastElementChild.before(...page.results.map((one) => this.#item(one)));
      button.remove();
      this.#offerMore(page.more);
      this.mark();
    };
    this.list.append(button);
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

const group = (words, items) => h("section", {}, h("h2", { class: "small soft" }, words), ...items);
