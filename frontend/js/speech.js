// The browser's own ears and voice. What is said may go to the browser's maker; it never goes to us but as text.
import { iconButton } from "./dom.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";
import { toast } from "./speak-up.js";

const Recognition = globalThis.SpeechRecognition ?? globalThis.webkitSpeechRecognition;
const voice = globalThis.speechSynthesis;

/**
 * A microphone that writes what it hears behind what stands in a text box. What was written by hand meanwhile stays as
 * it is; when the words are sent (the box's event "sent") or `signal` is aborted it is off, and hears nothing more.
 */
export function microphone(language, box, signal) {
  let hearing = null;
  const button = iconButton("mic", t("speech.listen"), {
    class: "quiet icon-only mic",
    "aria-pressed": "false",
    onclick: toggle,
  });
  box.addEventListener("sent", off, { signal });
  signal.addEventListener("abort", off);

  function toggle() {
    if (!Recognition) return toast(t("speech.no_ears"));
    if (hearing) return hearing.stop();
    hearing = ears();
    hearing.start();
    return show(true);
  }

  function ears() {
    const mine = Object.assign(new Recognition(), { lang: language, continuous: true, interimResults: true });
    let [before, taken, heard, written] = ["", 0, 0, null];
    mine.onresult = ({ results }) => {
      if (hearing !== mine) return;
      if (box.value !== written) {
        before = box.value && !/\s$/.test(box.value) ? `${box.value} ` : box.value;
        taken = heard;
      }
      heard = results.length;
      const words = [...results].slice(taken).map(([best]) => best.transcript);
      written = write(before + words.join(""));
    };
    mine.onerror = ({ error }) =>
      hearing === mine && toast(t(error === "not-allowed" ? "speech.forbidden" : "speech.failed"));
    mine.onend = () => hearing === mine && off();
    return mine;
  }

  function off() {
    const was = hearing;
    hearing = null;
    was?.abort();
    show(false);
  }

  function write(text) {
    box.value = text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    return box.value;
  }

  function show(isOn) {
    button.setAttribute("aria-pressed", String(isOn));
    button.title = t(isOn ? "speech.listening" : "speech.listen");
    button.setAttribute("aria-label", button.title);
  }

  return button;
}

let spoken = null; // what is being read aloud: whose words, and how their button shows it

/** A button that reads a text aloud, and stops; one that is made anew for the same words goes on where that was. */
export function readAloud(language, textOf, whose) {
  const button = iconButton("speaker", t("speech.read"), {
    class: "quiet icon-only",
    "aria-pressed": "false",
    onclick: () => {
      if (!voice) return toast(t("speech.no_voice"));
      const isReading = spoken?.whose === whose;
      hush();
      return isReading ? undefined : say(language, textOf(), { whose, show });
    },
  });
  function show(isOn) {
    button.setAttribute("aria-pressed", String(isOn));
    button.replaceChildren(icon(isOn ? "stop" : "speaker"));
  }
  if (spoken?.whose === whose) {
    spoken.show = show;
    show(true);
  }
  return button;
}

function say(language, text, mine) {
  const words = Object.assign(new SpeechSynthesisUtterance(text), { lang: language });
  words.voice = voice.getVoices().find((one) => one.lang.replace("_", "-") === language) ?? null;
  words.onend = words.onerror = () => spoken === mine && hush();
  spoken = Object.assign(mine, { words });
  mine.show(true);
  voice.speak(words);
}

/** Nothing is read aloud any more. */
export function hush() {
  spoken?.show(false);
  spoken = null;
  voice?.cancel();
}

addEventListener("pagehide", hush);
