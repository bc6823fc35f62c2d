// Of my page: taking everything along, and leaving for good.
import { call, open, session } from "./api.js";
import { busy, download, h } from "./dom.js";
import { field, onSend } from "./fields.js";
import { t } from "./i18n.js";
import { sentence, toast } from "./speak-up.js";

export const leaveCards = (user) => [takeAlong(), leave(user)];

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
    location.replace("./");
  });
  return h(
    "section",
    { class: "card stack tight" },
    h("h2", {}, t("me.delete")),
    h("p", { class: "soft" }, t("me.delete_words")),
    form,
  );
}
