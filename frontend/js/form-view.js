// An assistant's form on the page, drawn from the API's description.
import { h } from "./dom.js";
import { amount, faults, fieldOf, grouped, initial, inputs, length } from "./form-model.js";
import { number, pick, t } from "./i18n.js";

/** Fields of a form with their values; `onChange` after each change. */
export class FormView {
  /** @param {{fields: any[], values: object, onChange: (values: object) => void}} parts */
  constructor({ fields, values, onChange }) {
    Object.assign(this, { fields, onChange });
    this.values = initial(fields, values);
    this.element = h("div", { class: "stack fields" });
    this.#draw();
  }

  /** Other values: an example, an earlier form. */
  fill(values) {
    this.values = initial(this.fields, values);
    this.#draw();
    this.onChange(this.values);
  }

  /** What to send; null, with the errors shown, where something is wrong. */
  read() {
    const wrong = faults(this.fields, this.values);
    this.show(Object.fromEntries(Object.entries(wrong).map(([name, { key, values }]) => [name, [said(key, values)]])));
    return Object.keys(wrong).length ? null : inputs(this.fields, this.values);
  }

  /** Errors {field: [texts]} at their fields, the first one focused; the texts no field has are given back. */
  show(errors) {
    const byField = Object.fromEntries(Object.entries(errors).map(([path, texts]) => [fieldOf(path), texts]));
    for (const place of this.element.children) {
      const texts = byField[place.dataset.field];
      place.querySelector(".problem").textContent = texts?.join(" ") ?? "";
      const invalid = place.matches("fieldset") ? [place] : place.querySelectorAll("input, textarea");
      for (const input of invalid) input.setAttribute("aria-invalid", String(Boolean(texts)));
    }
    this.element.querySelector("fieldset[aria-invalid=true] input, [aria-invalid=true]:not(fieldset)")?.focus();
    const names = this.fields.map(({ name }) => name);
    return Object.entries(byField).flatMap(([name, texts]) => (names.includes(name) ? [] : texts));
  }

  #draw() {
    this.element.replaceChildren(...this.fields.map((field) => this.#drawn(field)));
  }

  #drawn(field) {
    const isChoice = field.type === "choice" || field.type === "choices";
    const id = `form-${field.name}`;
    const label = [pick(field.label), field.required ? null : h("span", { class: "optional" }, t("form.optional"))];
    const help = pick(field.help) ? [h("p", { class: "help", id: `${id}-help` }, pick(field.help))] : [];
    const problem = h("p", { class: "problem", id: `${id}-problem` });
    const about = { class: `field ${field.type}`, dataset: { field: field.name } };
    if (!isChoice) {
      return h("div", about, h("label", { for: id }, ...label), this.#input(field, id), ...help, problem);
    }
    const role = field.type === "choice" ? "radiogroup" : "group";
    const group = { ...about, role, "aria-describedby": describedBy(field, id) };
    return h("fieldset", group, h("legend", {}, ...label), ...help, this.#choices(field), problem);
  }

  #choices(field) {
    const isOne = field.type === "choice";
    const chosen = [this.values[field.name]].flat();
    const option = ({ value, label }) => {
      const change = ({ target }) =>
        this.#set(field, isOne ? value : toggled(this.values[field.name], value, target.checked));
      const input = h("input", { type: isOne ? "radio" : "checkbox", name: field.name, value, onchange: change });
      input.checked = chosen.includes(value);
      return h("label", {}, input, pick(label));
    };
    return h("div", { class: "choices" }, ...field.options.map(option));
  }

  #input(field, id) {
    const properties = {
      id,
      name: field.name,
      placeholder: pick(field.placeholder) || null,
      "aria-describedby": describedBy(field, id),
      "aria-required": field.required ? "true" : null,
      oninput: ({ target }) => this.#set(field, target.value),
      value: this.values[field.name],
    };
    if (field.type === "textarea") return this.#counted(field, h("textarea", { rows: 3, ...properties }));
    if (field.type === "integer") return this.#amount(field, properties);
    const bounds = { min: field.min, max: field.max };
    return h("input", {
      type: field.type,
      ...(field.type === "text" ? { autocomplete: "off" } : bounds),
      ...properties,
    });
  }

  /** Small numbers are stepped, large ones grouped as they are typed. */
  #amount(field, properties) {
    if (field.max !== null && field.max < 1000) {
      return h("input", {
        type: "number",
        inputmode: "numeric",
        min: field.min,
        max: field.max,
        step: field.step,
        ...properties,
      });
    }
    // A syllable that is being composed is the keyboard's: its text is touched when it is whole.
    const group = ({ target, isComposing }) => {
      const digits = amount(target.value);
      this.#set(field, digits);
      if (isComposing) return;
      const after = target.value.length - target.selectionEnd;
      target.value = grouped(digits);
      target.setSelectionRange(target.value.length - after, target.value.length - after);
    };
    return h("input", {
      type: "text",
      autocomplete: "off",
      ...properties,
      inputmode: "numeric",
      value: grouped(this.values[field.name]),
      oninput: group,
      oncompositionend: group,
    });
  }

  #counted(field, area) {
    if (!field.max_length) return area;
    const count = h("span", { class: "length" });
    const show = () => {
      count.textContent = `${number(length(area.value))} / ${number(field.max_length)}`;
    };
    area.addEventListener("input", show);
    show();
    return h("div", { class: "stack tight" }, area, count);
  }

  #set(field, value) {
    this.values[field.name] = value;
    const place = this.element.querySelector(`[data-field="${field.name}"]`);
    place.querySelector(".problem").textContent = "";
    for (const input of [place, ...place.querySelectorAll("[aria-invalid]")]) input.removeAttribute("aria-invalid");
    this.onChange(this.values);
  }
}

const describedBy = (field, id) => `${pick(field.help) ? `${id}-help ` : ""}${id}-problem`;

const toggled = (values, value, isOn) => (isOn ? [...values, value] : values.filter((one) => one !== value));

const said = (key, values) =>
  t(
    key,
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, typeof value === "number" ? number(value) : value]),
    ),
  );
