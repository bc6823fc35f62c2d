// Forms that the page itself has (log-in, sign-up, my page): their fields, their errors, their sending.
import { busy, h, iconButton } from "./dom.js";
import { t } from "./i18n.js";
import { alertBox, sentence } from "./speak-up.js";

/** A labelled input with room for help and an error. */
export function field(name, label, { help, type = "text", id = `field-${name}`, ...properties } = {}) {
  const described = [help && `${id}-help`, `${id}-problem`].filter(Boolean).join(" ");
  const input = h("input", { id, name, type, "aria-describedby": described, ...properties });
  return h(
    "div",
    { class: "field", dataset: { field: name } },
    h("label", { for: id }, label),
    type === "password" ? withEye(input) : input,
    help && h("p", { class: "help", id: `${id}-help` }, help),
    h("p", { class: "problem", id: `${id}-problem` }),
  );
}

/** A new password and the same once more; `properties` are the first one's. */
export const newPassword = (label, properties = {}) => {
  const both = { type: "password", autocomplete: "new-password", required: true, maxlength: 128 };
  return [
    field("password", label, { help: t("signup.password_help"), ...both, ...properties }),
    field("password_confirm", t("signup.confirm"), both),
  ];
};

/** A password that can be looked at. */
function withEye(input) {
  const eye = iconButton("eye", t("show_password"), {
    class: "quiet icon-only",
    "aria-pressed": "false",
    onclick: () => {
      const isShown = input.type === "text";
      input.type = isShown ? "password" : "text";
      eye.setAttribute("aria-pressed", String(!isShown));
    },
  });
  return h("div", { class: "password" }, input, eye);
}

/**
 * Sends a form by `work(values)`; errors stand at their fields, the rest above; nothing typed is lost.
 * @param {HTMLFormElement} form
 * @param {(values: Record<string, string>) => Promise<void>} work
 */
export function onSend(form, work) {
  form.noValidate = true;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    showErrors(form, faults(form));
    if (form.querySelector("[aria-invalid=true]")) return focusFirst(form);
    const button = form.querySelector("button:not([type=button])");
    await busy(button, () => work(Object.fromEntries(new FormData(form)))).catch((error) => refuse(form, error));
    return undefined;
  });
}

function faults(form) {
  const { password, password_confirm: again } = form.elements;
  const empty = [...form.elements].filter((input) => input.required && !input.value.trim());
  return {
    ...(again && again.value !== password.value && { password_confirm: [t("signup.differs")] }),
    ...Object.fromEntries(empty.map((input) => [input.name, [t("form.required")]])),
  };
}

function refuse(form, error) {
  const rest = showErrors(form, error.errors ?? {});
  if (!Object.keys(error.errors ?? {}).length || rest.length) {
    form.prepend(alertBox(rest.join(" ") || sentence(error)));
  }
  focusFirst(form);
}

/** Writes {name: [texts]} at their fields; the texts that no field has are given back. */
export function showErrors(form, errors) {
  form.querySelector(":scope > .notice.problem")?.remove();
  for (const place of form.querySelectorAll("[data-field]")) write(place, errors[place.dataset.field]);
  const names = new Set([...form.querySelectorAll("[data-field]")].map((place) => place.dataset.field));
  return Object.entries(errors).flatMap(([name, texts]) => (names.has(name) ? [] : texts));
}

function write(place, texts) {
  place.querySelector(".problem").textContent = texts?.join(" ") ?? "";
  const invalid = String(Boolean(texts?.length));
  for (const input of place.querySelectorAll("input, textarea, fieldset")) input.setAttribute("aria-invalid", invalid);
}

const focusFirst = (form) => form.querySelector("[aria-invalid=true]:not(fieldset)")?.focus();
