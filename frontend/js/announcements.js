// What the operator has to say now; each can be put away for this visit.
import { callAsAnybody } from "./api.js";
import { $, h, iconButton } from "./dom.js";
import { pick, t } from "./i18n.js";
import { keptHere } from "./storage.js";

const PUT_AWAY = "haru.put-away.";

/** None of it is worth an error: a page without announcements is a page. */
export async function showAnnouncements() {
  const found = await callAsAnybody("GET", "announcements/").catch(() => null);
  const all = Array.isArray(found) ? found : (found?.results ?? []);
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
    { class: `announcement ${level === "warning" || level === "error" ? "warning" : ""}`, role: "status" },
    h("p", {}, typeof text === "string" ? text : pick(text)),
    iconButton("close", t("close"), { class: "quiet icon-only", onclick: putAway }),
  );
}
