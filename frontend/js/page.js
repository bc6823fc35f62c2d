// What every page does first: its texts, icons, header, announcements and footer; and who may be here.
import { callAsAnybody, session } from "./api.js";
import { $, h, iconButton } from "./dom.js";
import { showAccount, showSwitches } from "./header.js";
import { fill, pick, t } from "./i18n.js";
import { placeIcons } from "./icons.js";
import { keptHere } from "./storage.js";

/** Sets a page up; `for` is "members", "guests" or "all". False when the visitor is on the way to another page. */
export function begin({ for: whom = "all" } = {}) {
  leaveWhatIsOver();
  fill();
  placeIcons();
  if (whom === "members" && !session.isLoggedIn) return leave(loginAddress());
  if (whom === "guests" && session.isLoggedIn) return leave(nextAddress());
  session.onChange((what) => {
    if (whom === "members" && what === "ended") leave(loginAddress());
    else if (whom === "guests" && what === "started") leave(nextAddress());
  });
  skipInPlace();
  showAccount();
  showSwitches();
  showAnnouncements();
  return true;
}

/** The link over the header moves the focus alone: the address names what the chat shows. */
function skipInPlace() {
  $(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    $("#main").focus();
  });
}

/** A page that the browser kept as it was for the way back is not shown to anybody else. */
function leaveWhatIsOver() {
  const mine = session.id;
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted || session.id === mine) return;
    document.body.hidden = true;
    location.reload();
  });
}

function leave(address) {
  location.replace(address);
  return false;
}

/** The log-in, which brings back to here. */
function loginAddress() {
  const here = location.pathname.split("/").pop() + location.search + location.hash;
  return `login.html?next=${encodeURIComponent(here)}`;
}

/** Where `?next=` leads, if that is a page of ours; else the chat. */
export function nextAddress() {
  const next = new URLSearchParams(location.search).get("next") ?? "";
  const url = new URL(next || "chat.html", location.href);
  const isOurs = url.origin === location.origin && !/[\\]|^\/\//.test(next);
  return isOurs ? url.href : "chat.html"; // whole: a path may begin with "//", another site's name
}

const PUT_AWAY = "haru.put-away.";

/** None of it is worth an error: a page without announcements is a page. */
async function showAnnouncements() {
  const all = await callAsAnybody("GET", "announcements/").catch(() => []);
  const fresh = all.filter(({ id }) => !keptHere.get(PUT_AWAY + id));
  $("#announcements").replaceChildren(...fresh.map(line));
}

function line({ id, text, level }) {
  const putAway = ({ currentTarget }) => {
    keptHere.set(PUT_AWAY + id, "1");
    currentTarget.parentElement.remove();
  };
  return h(
    "div",
    { class: `announcement ${level === "warning" ? level : ""}`, role: "status" },
    h("p", {}, pick(text)),
    iconButton("close", t("close"), { class: "quiet icon-only", onclick: putAway }),
  );
}
