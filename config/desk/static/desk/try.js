// The trial of an assistant: asks for the answer with what stands in the form, and shows it as it comes.
const form = document.getElementById("desk-try");
const [ask, stop, state, text] = ["desk-ask", "desk-stop", "desk-state", "desk-text"].map((id) => document.getElementById(id));
let ending = null;

function show(line) {
  const part = JSON.parse(line);
  if (part.text) {
    text.append(part.text);
    state.textContent = "";
  } else if (part.end) {
    const tokens = part.tokens.map((count) => count ?? "?").join(" → ");
    state.textContent = `${part.end} · ${tokens} ${form.dataset.tokens} · ${part.seconds} ${form.dataset.seconds}`;
  } else {
    state.textContent = `${form.dataset.unavailable} (${part.failed})`;
  }
}

async function read(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    const lines = (rest + (value ?? "")).split("\n");
    rest = lines.pop();
    lines.filter(Boolean).forEach(show);
    if (done) return;
  }
}

async function tryIt() {
  ending = new AbortController();
  document.getElementById("desk-answer").hidden = stop.hidden = false;
  ask.disabled = true;
  text.textContent = "";
  state.textContent = form.dataset.waiting;
  try {
    const response = await fetch(form.dataset.answer, { method: "POST", body: new FormData(form), signal: ending.signal });
    if (response.ok) await read(response);
    else state.textContent = (await response.json()).detail;
  } catch (error) {
    state.textContent = error.name === "AbortError" ? "" : form.dataset.unavailable;
  }
  stop.hidden = true;
  ask.disabled = false;
}

ask.addEventListener("click", tryIt);
stop.addEventListener("click", () => ending.abort());
