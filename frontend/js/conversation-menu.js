// The head of an open conversation, and what one can do with it as a whole: name, pin, archive, save, delete.
import { change, remove, save } from "./conversations.js";
import { h, iconButton, keepFocus } from "./dom.js";
import { pick, t } from "./i18n.js";
import { icon } from "./icons.js";
import { ask, askLine, sentence, toast } from "./speak-up.js";

/** Asks for a name and gives the conversation as it is then, or null. */
export async function rename(conversation) {
  const title = await askLine({
    title: t("conversation.rename"),
    label: t("conversation.name"),
    value: conversation.title,
    yes: t("save"),
  });
  return title ? attempt(() => change(conversation.id, { title })) : null;
}

/** Asks whether to delete for good; whether it was. */
async function removeAfterAsking(conversation) {
  const yes = await ask({
    title: t("conversation.delete"),
    words: t("conversation.delete_words"),
    yes: t("delete"),
    danger: true,
  });
  if (!yes) return false;
  const result = await attempt(async () => {
    await remove(conversation.id);
    return true;
  });
  return Boolean(result);
}

async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    toast(sentence(error));
    return null;
  }
}

/**
 * A button that opens the menu.
 * @param {any} conversation
 * @param {{onChange: (conversation: any) => void, onRemove: () => void}} then
 */
export function conversationMenu(conversation, { onChange, onRemove }) {
  const id = `menu-${conversation.id}`;
  const entry = (name, words, work, danger = "") => {
    const act = async () => {
      list.hidePopover();
      await work();
    };
    return h("button", { type: "button", class: `quiet ${danger}`, onclick: act }, icon(name), h("span", {}, words));
  };
  const set = async (fields, words) => {
    const changed = await attempt(() => change(conversation.id, fields));
    if (changed) {
      toast(words);
      onChange(changed);
    }
  };
  const { pinned, archived } = conversation;
  const list = h(
    "div",
    { id, popover: "auto", class: "menu" },
    entry("pencil", t("conversation.rename"), async () => onChangeIf(await rename(conversation), onChange)),
    entry("pin", t(pinned ? "conversation.unpin" : "conversation.pin"), () =>
      set({ pinned: !pinned }, t(pinned ? "conversation.unpinned" : "conversation.pinned")),
    ),
    entry("archive", t(archived ? "conversation.unarchive" : "conversation.archive"), () =>
      set({ archived: !archived }, t(archived ? "conversation.unarchived" : "conversation.archived")),
    ),
    entry("export", t("conversation.export"), () => attempt(() => save(conversation.id))),
    entry(
      "trash",
      t("conversation.delete"),
      async () => (await removeAfterAsking(conversation)) && onRemove(),
      "danger",
    ),
  );
  const button = iconButton("more", t("conversation.menu"), {
    class: "quiet icon-only",
    "aria-haspopup": "true",
    "aria-expanded": "false",
    onclick: () => open(button, list),
  });
  list.addEventListener("toggle", ({ newState }) => {
    button.setAttribute("aria-expanded", String(newState === "open"));
    if (newState === "closed" && list.contains(document.activeElement)) button.focus();
  });
  return h("span", { class: "menu-holder" }, button, list);
}

const onChangeIf = (changed, onChange) => changed && onChange(changed);

/** Opens beside its button, on the side where there is room. */
function open(button, list) {
  list.showPopover();
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = list;
  list.style.insetInlineStart = `${Math.max(8, Math.min(at.right - width, innerWidth - width - 8))}px`;
  list.style.insetBlockStart = `${at.bottom + height > innerHeight - 8 ? Math.max(8, at.top - height) : at.bottom + 4}px`;
  list.querySelector("button").focus();
}

/** Its name, also on the tab, and its menu. */
export class ConversationHead {
  /**
   * @param {{conversation: any, assistant: any, onChange: () => void, onRemove: () => void}} parts
   *   `conversation` is brought up to date in place
   */
  constructor(parts) {
    Object.assign(this, parts);
    this.element = h("div", { class: "conversation-head" });
    this.show();
  }

  get title() {
    return this.conversation.title || pick(this.assistant?.name) || t("conversation.untitled");
  }

  show() {
    if (!document.hidden) document.title = t("title.of", { title: this.title });
    const onChange = (changed) => {
      Object.assign(this.conversation, changed);
      this.show();
      this.onChange();
    };
    const { pinned, archived } = this.conversation;
    const shown = JSON.stringify([this.title, pinned, archived]);
    if (shown === this.shown) return; // an open menu stays open
    this.shown = shown;
    const words = pick(this.assistant?.name);
    const name = this.title === words ? "" : h("p", { class: "soft small" }, words);
    keepFocus(this.element, () =>
      this.element.replaceChildren(
        h("div", {}, h("h1", { tabindex: "-1" }, this.title), name),
        conversationMenu(this.conversation, { onChange, onRemove: this.onRemove }),
      ),
    );
  }
}
