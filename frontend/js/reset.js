// Password reset: asking for the link, and, with the link's token in the fragment, setting a new password.
import { callAsAnybody } from "./api.js";
import { $, h } from "./dom.js";
import { field, newPassword, onSend } from "./fields.js";
import { t } from "./i18n.js";
import { begin } from "./page.js";
import { brought } from "./storage.js";

const token = brought().get("token");

function say(words) {
  $("#form").replaceWith(h("p", { class: "notice", role: "status" }, words));
  $("#words").remove();
}

function askForLink(form) {
  form.append(
    field("email", t("signup.email"), { type: "email", autocomplete: "username", required: true }),
    h("button", { class: "main wide large" }, t("reset.send")),
  );
  onSend(form, async (values) => {
    await callAsAnybody("POST", "accounts/password/reset/", values);
    say(t("reset.sent"));
  });
}

function askForPassword(form) {
  $("#words").textContent = t("reset.new_words");
  form.append(...newPassword(t("reset.new")), h("button", { class: "main wide large" }, t("reset.change")));
  onSend(form, async (values) => {
    await callAsAnybody("POST", "accounts/password/reset/confirm/", { token, ...values });
    say(t("reset.done"));
  });
}

begin();
if (token) askForPassword($("#form"));
else askForLink($("#form"));
