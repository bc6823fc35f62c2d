// Shows of each field of an assistant's form only what its type has; without this script everything is shown.
const OF_TYPE = {
  text: ["max_length"],
  textarea: ["max_length"],
  integer: ["min", "max", "step"],
  date: ["min", "not_before", "max_days"],
  time: ["min", "max", "after"],
  choice: ["options"],
  choices: ["options"],
};
const ALL = new Set(Object.values(OF_TYPE).flat());

function fit(type) {
  const row = type.closest(".desk-field");
  for (const name of ALL) {
    const input = row.querySelector(`[name$="-${name}"]`);
    const hasValue = input.value !== "";
    input.closest(".desk-cell").hidden = !OF_TYPE[type.value].includes(name) && !hasValue;
  }
}

document.addEventListener("DOMContentLoaded", () => {
  for (const type of document.querySelectorAll('#desk-fields select[name$="-type"]')) {
    fit(type);
    type.addEventListener("change", () => fit(type));
  }
});
