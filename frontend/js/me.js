// My page: what is left today, the profile, the ways in, taking everything along, and the way out.
import { call, open, session } from "./api.js";
import { $, busy, download, h } from "./dom.js";
import { field, onSend } from "./fields.js";
import { member } from "./header.js";
import { t } from "./i18n.js";
import { accessCards } from "./me-access.js";
import { profileCards } from "./me-profile.js";
import { begin } from "./page.js";
import { loadQuota, quotaLine } from "./quota.js";
import { failed, sentence, toast } from "./speak-up.js";

async function load() {
  const place = $("#me");
  place.replaceChildren(...[1, 2, 3].map(() => h("div", { class: "skeleton" })));
  try {
    const user = await member();
    const today = h("section", { class: "card stack tight" }, h("h2", {}, t("me.today")), quotaLine());
    place.replaceChildren(today, ...profileCards(user), ...accessCards(user), ...leaveCards(user));
    loadQuota().catch(() => null);
  } catch (error) {
    place.replaceChildren(failed(error, () => location.reload()));
  }
}

const leaveCards = (user) => [takeAlong(), leave(user)];

function takeAlong() {
  const save = async () => {
    const response = await open("GET", "accounts/me/export/", { headers: { Accept: "application/zip" } });
    const name = response.headers.get("Content-Disposition")?.match(/filename="([^"]+)"/)?.[1];
    download(await response.blob(), name ?? "haru.zip");
  };
  const start = ({ currentTarget }) => busy(currentTarget, save).catch((error) => toast(sentence(error)));
  return h(
    "section",
    { class: "card stack tight" },
    h("h2", {}, t("me.export")),
    h("p", { class: "soft" }, t("me.export_words")),
    h("div", { class: "row" }, h("button", { type: "button", onclick: start }, t("me.export_get"))),
  );
}

/** Who has a password says it, who has none types their nickname: nobody leaves by one wrong click. */
function leave(user) {
  const confirm = user.has_password
    ? field("password", t("me.delete_password"), {
        id: "field-leave",
        type: "password",
        required: true,
        autocomplete: "current-password",
      })
    : field("confirm", t("me.delete_confirm", { nickname: user.nickname }), {
        id: "field-leave",
        required: true,
        autocomplete: "off",
      });
  const form = h(
    "form",
    { class: "stack", method: "post" },
    confirm,
    h("div", { class: "row" }, h("button", { class: "danger" }, t("me.delete"))),
  );
  onSend(form, async (values) => {
    await call("POST", "accounts/me/deletion/", { body: values });
    session.end();
    location.replace("./#left");
  });
  return h(
    "section",
    { class: "card stack tight" },
    h("h2", {}, t("me.delete")),
    h("p", { class: "soft" }, t("me.delete_words")),
    form,
  );
}

if (begin({ for: "members" })) load();
