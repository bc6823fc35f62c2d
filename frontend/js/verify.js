// Where the link of a confirmation mail leads: its token stands in the fragment.
import { callAsAnybody } from "./api.js";
import { $, h } from "./dom.js";
import { t } from "./i18n.js";
import { begin } from "./page.js";
import { alertBox, failed, sentence } from "./speak-up.js";
import { brought } from "./storage.js";

const token = brought().get("token");

async function confirm() {
  const outcome = $("#outcome");
  if (!token) return outcome.replaceChildren(alertBox(t("verify.no_token")));
  try {
    await callAsAnybody("POST", "accounts/email/verify/", { token });
    const onward = h("p", {}, h("a", { class: "button main", href: "chat.html" }, t("verify.go_on")));
    outcome.replaceChildren(h("p", { class: "notice", role: "status" }, t("verify.done")), onward);
  } catch (error) {
    const isFinal = error.status && error.status < 500;
    outcome.replaceChildren(
      isFinal ? alertBox(error.errors?.token?.join(" ") ?? sentence(error)) : failed(error, confirm),
    );
  }
  return undefined;
}

begin();
confirm();
