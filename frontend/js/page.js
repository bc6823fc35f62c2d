// What every page does first: its texts, icons, header and footer; and who may be here.
import { showAnnouncements } from "./announcements.js";
import { session } from "./api.js";
import { showAccount } from "./header.js";
import { fill } from "./i18n.js";
import { placeIcons } from "./icons.js";
import { showSwitches } from "./switches.js";

/** Sets a page up; `for` is "members", "guests" or "all". False when the visitor is on the way to another page. */
export function begin({ for: whom = "all" } = {}) {
  fill();
  placeIcons();
  if (whom === "members" && !session.isLoggedIn) return leave(loginAddress());
  if (whom === "guests" && session.isLoggedIn) return leave(nextAddress());
  session.onChange((what) => {
    if (whom === "members" && what === "ended") leave(loginAddress());
    else if (whom === "guests" && what === "started") leave(nextAddress());
  });
  showAccount();
  showSwitches();
  showAnnouncements();
  return true;
}

function leave(address) {
  location.replace(address);
  return false;
}

/** The log-in, which brings back to here. */
export function loginAddress() {
  const here = location.pathname.split("/").pop() + location.search + location.hash;
  return `login.html?next=${encodeURIComponent(here)}`;
}

/** Where `?next=` leads, if that is a page of ours; else the chat. */
export function nextAddress() {
  const next = new URLSearchParams(location.search).get("next") ?? "";
  const url = new URL(next || "chat.html", location.href);
  const isOurs = url.origin === location.origin && !/[\\]|^\/\//.test(next);
  return isOurs ? url.pathname + url.search + url.hash : "chat.html";
}
