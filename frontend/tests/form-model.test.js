// An assistant's form as values.
import assert from "node:assert/strict";
import { test } from "node:test";
import { amount, fault, faults, fieldOf, grouped, initial, inputs, length } from "../js/form-model.js";

const field = (name, type, more = {}) => ({
  name,
  type,
  required: true,
  min: null,
  max: null,
  step: null,
  max_length: null,
  options: [],
  ...more,
});
const STYLE = field("style", "choice", { options: [{ value: "food" }, { value: "city" }] });
const TRANSPORT = field("transport", "choices", { options: [{ value: "taxi" }, { value: "public" }] });
const PEOPLE = field("people", "integer", { min: 1, max: 20, step: 1 });
const BUDGET = field("budget_krw", "integer", { min: 100_000, max: 100_000_000, step: 100_000 });
const START = field("start_time", "time", { min: "06:00", max: "23:00" });
const DAY = field("departure_date", "date", { min: "2026-03-01" });
const WISH = field("request", "textarea", { required: false, max_length: 5 });
const ALL = [STYLE, TRANSPORT, PEOPLE, BUDGET, START, DAY, WISH];

test("an empty form has a value for every field", () => {
  assert.deepEqual(initial(ALL), {
    style: "",
    transport: [],
    people: "",
    budget_krw: "",
    start_time: "",
    departure_date: "",
    request: "",
  });
});

test("an example fills it, and what no longer fits is left out", () => {
  const values = initial(ALL, { style: "gone", transport: ["taxi", "boat"], people: 2, request: null, other: 1 });
  assert.deepEqual([values.style, values.transport, values.people, values.request], ["", ["taxi"], "2", ""]);
});

test("what is needed and empty is a fault, blanks are empty, optional fields may be", () => {
  assert.equal(fault(STYLE, "").key, "form.required");
  assert.equal(fault(TRANSPORT, []).key, "form.required");
  assert.equal(fault(PEOPLE, "  ").key, "form.required");
  assert.equal(fault(WISH, ""), null);
});

test("bounds, steps and whole numbers", () => {
  const said = [
    ["0", "form.too_small"],
    ["21", "form.too_large"],
    ["2.5", "form.not_whole"],
    ["two", "form.not_whole"],
  ];
  for (const [value, key] of said) assert.equal(fault(PEOPLE, value).key, key, value);
  assert.equal(fault(PEOPLE, "20"), null);
  assert.deepEqual(fault(BUDGET, "150000"), { key: "form.not_in_steps", values: { step: 100_000 } });
  assert.equal(fault(BUDGET, "1500000"), null);
  const odd = { ...PEOPLE, min: 1, max: 9, step: 2 }; // counted from the least, as the API and the browser do
  assert.equal(fault(odd, "3"), null);
  assert.equal(fault(odd, "4").key, "form.not_in_steps");
});

test("times and dates within their bounds", () => {
  assert.equal(fault(START, "05:59").key, "form.too_early");
  assert.equal(fault(START, "23:01").key, "form.too_late");
  assert.equal(fault(START, "06:00"), null);
  assert.equal(fault(DAY, "2026-02-28").key, "form.too_early");
});

test("lengths are counted in characters, as the API does", () => {
  assert.equal(length("하루👩‍👩‍👧"), 7);
  assert.equal(fault(WISH, "😀😀😀😀😀"), null);
  assert.deepEqual(fault(WISH, "😀😀😀😀😀😀"), { key: "form.too_long", values: { most: 5 } });
});

test("all faults by name", () => {
  assert.deepEqual(Object.keys(faults(ALL, initial(ALL))), [
    "style",
    "transport",
    "people",
    "budget_krw",
    "start_time",
    "departure_date",
  ]);
});

test("whole numbers are sent as numbers, empty fields not at all", () => {
  const values = { ...initial(ALL), style: "food", transport: ["taxi"], people: "2", request: " " };
  assert.deepEqual(inputs(ALL, values), { style: "food", transport: ["taxi"], people: 2 });
});

test("an error of the API finds its field", () => {
  assert.equal(fieldOf("inputs.return_date"), "return_date");
  assert.equal(fieldOf("inputs.transport.0"), "transport");
  assert.equal(fieldOf("content"), "content");
});

test("amounts are grouped for reading", () => {
  assert.deepEqual(["", "100", "1500000"].map(grouped), ["", "100", "1,500,000"]);
});

test("an amount may be written with 만 and 억", () => {
  const typed = ["150만", "150만원", "1만 5,000", "1억", "1억 2,000만 5", "1,500,000원", "만", "", "abc"];
  const digits = ["1500000", "1500000", "15000", "100000000", "120000005", "1500000", "", "", ""];
  assert.deepEqual(typed.map(amount), digits);
});
