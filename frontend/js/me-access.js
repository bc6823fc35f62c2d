// Of my page: the ways in: linked providers, and the log-ins that live.
import { call, get } from "./api.js";
import { busy, h, keepFocus } from "./dom.js";
import { moment, pick, t } from "./i18n.js";
import { goTo, providers } from "./social.js";
import { ask, failed, sentence, toast } from "./speak-up.js";

export const accessCards = (user) => [linked(user), logIns()];

const button = (words, work, properties = {}) =>
  h(
    "button",
    {
      type: "button",
      ...properties,
      onclick: ({ currentTarget }) => busy(currentTarget, work).catch((error) => toast(sentence(error))),
    },
    words,
  );

/** The operator's providers, linked or not; no card where there are none. */
function linked(user) {
  const section = h("section", { class: "card stack tight", hidden: true });
  const show = (found) => {
    section.hidden = !found.length;
    section.replaceChildren(
      h("h2", {}, t("me.providers")),
      h("div", {}, ...found.map((provider) => line(provider, found))),
    );
  };
  const line = ({ id, name }, found) => {
    const isLinked = user.providers.includes(id);
    const unlink = async () => {
      await call("DELETE", `accounts/social/${id}/`);
      user.providers = user.providers.filter((one) => one !== id);
      toast(t("me.unlinked"));
      show(found);
    };
    const act = isLinked ? button(t("me.unlink"), unlink) : button(t("me.link"), () => goTo(id, "me.html"));
    return h(
      "div",
      { class: "line-item" },
      h("div", {}, pick(name), " ", isLinked ? h("span", { class: "tag" }, t("me.linked")) : ""),
      act,
    );
  };
  providers().then(show);
  return section;
}

function logIns() {
  const list = h("div", {}, h("div", { class: "skeleton" }));
  const load = async () => {
    try {
      const sessions = await get("accounts/sessions/");
      const others = sessions.some(({ current }) => !current);
      const all = others && h("div", { class: "row" }, button(t("me.end_others"), endOthers, { class: "danger" }));
      keepFocus(list, () => list.replaceChildren(...sessions.map(line), all || ""));
    } catch (error) {
      list.replaceChildren(failed(error, load));
    }
  };
  const end = async (path) => {
    await call("DELETE", path);
    toast(t("me.ended"));
    await load();
  };
  const endOthers = async () => {
    if (await ask({ title: t("me.end_others"), yes: t("me.end"), danger: true })) await end("accounts/sessions/");
  };
  const line = ({ id, device, last_seen_at: seen, current }) =>
    h(
      "div",
      { class: "line-item" },
      h(
        "div",
        {},
        h("p", {}, device || t("me.unknown_device"), " ", current ? h("span", { class: "tag" }, t("me.this_one")) : ""),
        h("p", { class: "soft small" }, t("me.last_seen", { when: moment(seen) })),
      ),
      current ? "" : button(t("me.end"), () => end(`accounts/sessions/${id}/`)),
    );
  load();
  return h("section", { class: "card stack tight" }, h("h2", {}, t("me.sessions")), list);
}
