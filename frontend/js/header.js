// What stands around every page: who is logged in above; language, light and dark below.
import { call, get, LoggedOut, session } from "./api.js";
import { $, busy, h, iconButton } from "./dom.js";
import { language, speak, t } from "./i18n.js";
import { icon } from "./icons.js";
import { drafts, kept, read } from "./storage.js";

const MEMBER = "haru.member"; // the last known nickname, so that the header stands still while the API is asked

let asked = null;

/** The member as the API knows them now; asked once a page. */
export function member() {
  asked ??= get("accounts/me/").then((user) => {
    kept.set(MEMBER, JSON.stringify({ nickname: user.nickname }));
    return user;
  });
  return asked;
}

/** Shows who is logged in, and follows it. */
export function showAccount() {
  draw();
  session.onChange((what) => {
    asked = null;
    if (what === "ended") {
      kept.remove(MEMBER);
      drafts.clear();
    }
    draw();
  });
}

async function draw() {
  const account = $("#account");
  document.documentElement.dataset.member = session.isLoggedIn ? "yes" : "no";
  if (!session.isLoggedIn) return account.replaceChildren(...guestLinks());
  account.replaceChildren(...memberLinks(read(kept, MEMBER)?.nickname ?? ""));
  try {
    const user = await member();
    greet(user.nickname);
  } catch (error) {
    if (!(error instanceof LoggedOut) && error.status !== 403) return undefined; // unreachable: what is shown stays
    if (error.status === 403) session.end();
  }
  return undefined;
}

function guestLinks() {
  return [
    h("a", { class: "button quiet", href: "login.html" }, t("nav.login")),
    h("a", { class: "button main", href: "signup.html" }, t("nav.signup")),
  ];
}

function memberLinks(nickname) {
  return [
    h("p", { class: "who" }, h("span", {}, nickname && t("nav.welcome", { nickname }))),
    h(
      "a",
      { class: "button quiet icon-only", href: "me.html", "aria-label": t("nav.me"), title: t("nav.me") },
      icon("person"),
    ),
    iconButton("logout", t("nav.logout"), {
      class: "quiet log-out",
      onclick: ({ currentTarget }) => busy(currentTarget, logOut),
    }),
  ];
}

/** The nickname, anew after it was changed. */
export function greet(nickname) {
  kept.set(MEMBER, JSON.stringify({ nickname }));
  const line = document.querySelector("#account .who span");
  if (line) line.textContent = t("nav.welcome", { nickname });
}

/** Ends this log-in at the API and here; an API that is away is no reason to stay logged in here. */
async function logOut() {
  await call("POST", "accounts/logout/", { body: { refresh: session.refreshToken } }).catch(() => null);
  session.end();
  location.assign("./");
}

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
