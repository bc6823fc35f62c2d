// The two switches of the footer: language, and light or dark.
import { $, iconButton } from "./dom.js";
import { language, speak, t } from "./i18n.js";
import { kept } from "./storage.js";

const THEMES = ["auto", "light", "dark"];
const ICONS = { auto: "auto", light: "sun", dark: "moon" };

export function showSwitches() {
  const other = language === "ko" ? "en" : "ko";
  const languages = iconButton("globe", t("foot.other_language"), {
    class: "quiet",
    lang: other,
    onclick: () => speak(other),
  });
  $("#switches").replaceChildren(languages, themeButton());
}

const theme = () => document.documentElement.dataset.theme ?? "auto";

function themeButton() {
  const words = t(`foot.theme_${theme()}`);
  return iconButton(ICONS[theme()], words, { class: "quiet", onclick: ({ currentTarget }) => turn(currentTarget) });
}

function turn(button) {
  const next = THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length];
  if (next === "auto") {
    delete document.documentElement.dataset.theme;
    kept.remove("haru.theme");
  } else {
    document.documentElement.dataset.theme = next;
    kept.set("haru.theme", next);
  }
  const fresh = themeButton();
  button.replaceWith(fresh);
  fresh.focus();
}
