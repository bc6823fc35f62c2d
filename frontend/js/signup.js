// The sign-up page.
import { callAsAnybody, session } from "./api.js";
import { $, h } from "./dom.js";
import { field, newPassword, onSend, showErrors } from "./fields.js";
import { t } from "./i18n.js";
import { begin, nextAddress } from "./page.js";
import { showProviders } from "./social.js";

/** Asked for only where the operator wants one, which the API says when it is missing. */
function askForCode(form) {
  if (form.elements.code) return;
  form.lastElementChild.before(
    field("code", t("signup.code"), { help: t("signup.code_help"), required: true, autocomplete: "off" }),
  );
}

async function signUp(values) {
  try {
    session.start(await callAsAnybody("POST", "accounts/signup/", values));
  } catch (error) {
    if (error.errors?.code) askForCode($("#form"));
    if (error.code === "email_taken") error.errors = { email: [error.message] };
    throw error;
  }
}

if (begin({ for: "guests" })) {
  const form = $("#form");
  form.append(
    field("email", t("signup.email"), {
      type: "email",
      autocomplete: "username",
      required: true,
      inputmode: "email",
      maxlength: 254,
    }),
    field("nickname", t("signup.nickname"), {
      help: t("signup.nickname_help"),
      autocomplete: "nickname",
      required: true,
      maxlength: 30,
    }),
    ...newPassword(t("signup.password")),
    h("button", { class: "main wide large" }, t("signup.send")),
  );
  const [one, other] = [form.elements.password, form.elements.password_confirm];
  other.addEventListener("change", () => {
    if (one.value && other.value && one.value !== other.value)
      showErrors(form, { password_confirm: [t("signup.differs")] });
  });
  // While it is typed: were it cleared when the field is left, the button would move away from under the click.
  form.addEventListener("input", () => {
    if (other.ariaInvalid === "true" && one.value === other.value) showErrors(form, {});
  });
  onSend(form, signUp);
  $("#other").search = location.search;
  showProviders($("#social"), nextAddress());
}
