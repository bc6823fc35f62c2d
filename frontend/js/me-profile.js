// Of my page: nickname, e-mail, password.
import { call } from "./api.js";
import { busy, h } from "./dom.js";
import { field, newPassword, onSend } from "./fields.js";
import { greet } from "./header.js";
import { day, t } from "./i18n.js";
import { sentence, toast } from "./speak-up.js";

export const profileCards = (user) => [profile(user), email(user), password(user)];

/** A card with a form; `send` gets the form's values. */
function card(title, words, fields, button, send) {
  const form = h(
    "form",
    { class: "stack", method: "post" },
    ...fields,
    h("div", { class: "row" }, h("button", {}, button)),
  );
  onSend(form, (values) => send(values, form));
  return h("section", { class: "card stack" }, h("h2", {}, title), words, form);
}

function profile(user) {
  const nickname = field("nickname", t("signup.nickname"), {
    value: user.nickname,
    maxlength: 30,
    required: true,
    autocomplete: "nickname",
  });
  return card(
    t("me.profile"),
    h("p", { class: "soft small" }, t("me.joined", { day: day(user.date_joined) })),
    [nickname],
    t("save"),
    async (values) => {
      const { nickname: saved } = await call("PATCH", "accounts/me/", { body: values });
      user.nickname = saved;
      greet(saved);
      toast(t("me.nickname_saved"));
    },
  );
}

function email(user) {
  const state = h("span", { class: "tag" }, t(user.email_verified ? "me.verified" : "me.unverified"));
  const words = h(
    "div",
    { class: "row between soft" },
    h(
      "p",
      {},
      user.email ? t("me.email_words", { email: user.email }) : t("me.email_none"),
      " ",
      user.email ? state : "",
    ),
    user.email && !user.email_verified && again(user.email),
  );
  const fields = [
    field("email", t("me.email_new"), {
      type: "email",
      required: true,
      maxlength: 254,
      autocomplete: "email",
    }),
    ...(user.has_password ? [current("password")] : []),
  ];
  return card(t("me.email"), words, fields, t("me.email_send"), async (values, form) => {
    await call("POST", "accounts/email/change/", { body: values });
    form.replaceWith(h("p", { class: "notice", role: "status" }, t("me.email_sent")));
  });
}

/** The mail that confirms one's own address, once more. */
function again(email) {
  const send = async () => {
    await call("POST", "accounts/email/change/", { body: { email } });
    toast(t("me.email_again_sent"));
  };
  const onclick = ({ currentTarget }) => busy(currentTarget, send).catch((error) => toast(sentence(error)));
  return h("button", { type: "button", onclick }, t("me.email_again"));
}

const current = (name) =>
  field(name, t("me.password_now"), {
    id: `field-now-${name}`,
    type: "password",
    required: true,
    autocomplete: "current-password",
    maxlength: 128,
  });

function password(user) {
  const fields = [
    ...(user.has_password ? [current("current")] : []),
    ...newPassword(t("reset.new"), { id: "field-new-password" }),
  ];
  const title = t(user.has_password ? "me.password_change" : "me.password_set");
  return card(
    t("me.password"),
    h("p", { class: "soft small" }, t("me.password_words")),
    fields,
    title,
    async (values, form) => {
      await call("POST", "accounts/password/change/", { body: values });
      user.has_password = true;
      form.reset();
      toast(t("me.password_saved"));
    },
  );
}
