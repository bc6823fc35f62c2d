// The log-in page.
import { callAsAnybody, session } from "./api.js";
import { $, h } from "./dom.js";
import { field, onSend } from "./fields.js";
import { t } from "./i18n.js";
import { begin, nextAddress } from "./page.js";
import { showProviders } from "./social.js";

if (begin({ for: "guests" })) {
  const form = $("#form");
  if (location.search.includes("next=")) form.before(h("p", { class: "soft" }, t("login.first")));
  form.append(
    field("email", t("signup.email"), { type: "email", autocomplete: "username", required: true, inputmode: "email" }),
    field("password", t("signup.password"), {
      type: "password",
      autocomplete: "current-password",
      required: true,
      maxlength: 128,
    }),
    h("button", { class: "main wide large" }, t("login.send")),
  );
  onSend(form, async (values) => session.start(await callAsAnybody("POST", "accounts/login/", values)));
  $("#other").search = location.search;
  showProviders($("#social"), nextAddress());
}
