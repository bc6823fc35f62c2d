// A reply's Markdown as elements: rendered by marked, then, last of all, sanitised by DOMPurify. The only such place.
import { Marked } from "../vendor/marked.js";
import "../vendor/purify.js";
import { h, iconButton } from "./dom.js";
import { t } from "./i18n.js";

const { DOMPurify } = globalThis;
const TOP_DEPTH = 3; // #, ## and ### are all used for the top: the outline goes on below the page's h1 without a gap

const marked = new Marked({
  gfm: true,
  renderer: {
    heading({ tokens, depth }) {
      const level = depth <= TOP_DEPTH ? 2 : 3;
      const words = this.parser.parseInline(tokens);
      return words && `<h${level}>${words}</h${level}>`; // one whose words are still to come is no heading yet
    },
    // A picture would be fetched from elsewhere: its words stay.
    image: ({ text }) => escaped(text),
    checkbox: ({ checked }) => (checked ? "☑ " : "☐ "),
  },
});

const escaped = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

const ALLOWED = {
  ALLOWED_TAGS: (
    "p br hr h1 h2 h3 h4 h5 h6 strong em b i del s code pre kbd sub sup mark blockquote ul ol li a " +
    "table thead tbody tr th td details summary"
  ).split(" "),
  ALLOWED_ATTR: ["href", "title", "start", "align"],
  ALLOWED_URI_REGEXP: /^(?:https?:|mailto:)/i,
  ADD_URI_SAFE_ATTR: ["align", "start"],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
};

/** The blocks of a text, in order: [{raw, token}]; together their `raw` are the text. */
export function blocks(text) {
  try {
    return marked.lexer(text).map((token) => ({ raw: token.raw, token }));
  } catch {
    return [{ raw: text, token: { type: "code", raw: text, text } }]; // thousands of levels: shown as it was written
  }
}

/** One block as elements. */
export function rendered(token) {
  const fragment = DOMPurify.sanitize(marked.parser([token]), ALLOWED);
  for (const link of fragment.querySelectorAll("a")) guard(link);
  for (const table of fragment.querySelectorAll("table")) scrolling(table);
  for (const code of fragment.querySelectorAll("pre")) withCopy(code);
  return fragment;
}

function guard(link) {
  link.rel = "noopener noreferrer nofollow";
  link.target = "_blank";
}

function scrolling(table) {
  const frame = h("div", { class: "table", tabindex: "0", role: "region", "aria-label": t("reply.table") });
  table.replaceWith(frame);
  frame.append(table);
}

function withCopy(code) {
  const copy = async ({ currentTarget }) => {
    await navigator.clipboard.writeText(code.textContent);
    currentTarget.lastChild.textContent = t("copied");
  };
  const frame = h("div", { class: "code" });
  code.replaceWith(frame);
  code.tabIndex = 0;
  frame.append(iconButton("copy", t("copy"), { class: "quiet small", onclick: copy }), code);
}
