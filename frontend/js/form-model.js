// An assistant's form as values: what stands in it at first, what is wrong with it, what is sent. No DOM.

/**
 * @typedef {{name: string, type: "text" | "textarea" | "integer" | "date" | "time" | "choice" | "choices",
 *   required: boolean, min: any, max: any, step: number | null, max_length: number | null,
 *   options: {value: string}[]}} Field
 */

/** Characters as the API counts them: code points. */
export const length = (text) => [...text].length;

const EMPTY = { choices: () => [] };
const valuesOf = (field) => field.options.map((option) => option.value);

/** The values to begin with: those given (an example, a draft, an earlier form) where they still fit, else empty. */
export function initial(fields, given = {}) {
  return Object.fromEntries(fields.map((field) => [field.name, fitting(field, given?.[field.name])]));
}

function fitting(field, value) {
  const empty = EMPTY[field.type]?.() ?? "";
  if (value === undefined || value === null) return empty;
  if (field.type === "choice") return valuesOf(field).includes(value) ? value : empty;
  if (field.type === "choices")
    return Array.isArray(value) ? value.filter((one) => valuesOf(field).includes(one)) : empty;
  return String(value);
}

const isEmpty = (value) => (Array.isArray(value) ? value.length === 0 : value.trim() === "");

/**
 * The first thing wrong with a value, as {key, values} of a text, or null. The API says the rest.
 * @param {Field} field
 */
export function fault(field, value) {
  if (isEmpty(value)) return field.required ? { key: "form.required", values: {} } : null;
  if (field.max_length && length(value) > field.max_length) {
    return { key: "form.too_long", values: { most: field.max_length } };
  }
  if (field.type === "integer") return integerFault(field, value);
  if (field.min !== null && value < field.min) return { key: "form.too_early", values: { least: field.min } };
  if (field.max !== null && value > field.max) return { key: "form.too_late", values: { most: field.max } };
  return null;
}

function integerFault({ min, max, step }, value) {
  if (!/^-?\d+$/.test(value.trim())) return { key: "form.not_whole", values: {} };
  const whole = Number(value);
  if (min !== null && whole < min) return { key: "form.too_small", values: { least: min } };
  if (max !== null && whole > max) return { key: "form.too_large", values: { most: max } };
  if (step > 1 && (whole - (min ?? 0)) % step) return { key: "form.not_in_steps", values: { step } };
  return null;
}

/** Every fault, {name: {key, values}}. */
export function faults(fields, values) {
  const found = fields.map((field) => [field.name, fault(field, values[field.name])]);
  return Object.fromEntries(found.filter(([, one]) => one));
}

/** What the API takes: whole numbers as numbers, and nothing for what was left empty. */
export function inputs(fields, values) {
  const filled = fields.filter((field) => !isEmpty(values[field.name]));
  return Object.fromEntries(
    filled.map(({ name, type }) => [name, type === "integer" ? Number(values[name]) : values[name]]),
  );
}

/** The field an error of the API belongs to: `inputs.return_date` is `return_date`. */
export const fieldOf = (path) => path.replace(/^inputs\./, "").split(".")[0];

/** Typed digits of an amount, grouped for reading: 1500000 → 1,500,000. */
export const grouped = (digits) => digits.replace(/\B(?=(\d{3})+(?!\d))/g, ",");

/** The digits of a typed amount, also as Koreans write it: 150만 → 1500000, 1억 → 100000000. */
export const amount = (typed) => {
  const bare = typed.replace(/[^\d억만]/g, "");
  const [, eok = 0, man = 0, rest] = /^(?:(\d+)억)?(?:(\d+)만)?(\d*)/.exec(bare);
  return eok || man ? String(Number(eok) * 1e8 + Number(man) * 1e4 + Number(rest)) : rest;
};
