// The browser's own ears and voice. What is said may go to the browser's maker; it never goes to us but as text.
import { iconButton } from "./dom.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";
import { toast } from "./speak-up.js";

const Recognition = globalThis.SpeechRecognition ?? globalThis.webkitSpeechRecognition;
const voice = globalThis.speechSynthesis;

/** A microphone that writes what it hears behind what stands in a text box. */
export function microphone(language, box) {
  let hearing = null;
  const button = iconButton("mic", t("speech.listen"), {
    class: "quiet icon-only mic",
    "aria-pressed": "false",
    onclick: toggle,
  });

  function toggle() {
    if (!Recognition) return toast(t("speech.no_ears"));
    if (hearing) return hearing.stop();
    hearing = Object.assign(new Recognition(), { lang: language, continuous: true, interimResults: true });
    const before = box.value && !/\s$/.test(box.value) ? `${box.value} ` : box.value;
    hearing.onresult = ({ results }) => write(before + [...results].map(([best]) => best.transcript).join(""));
    hearing.onerror = ({ error }) => toast(t(error === "not-allowed" ? "speech.forbidden" : "speech.failed"));
    hearing.onend = () => {
      hearing = null;
      show(false);
    };
    hearing.start();
    return show(true);
  }

  function write(text) {
    box.value = text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function show(isOn) {
    button.setAttribute("aria-pressed", String(isOn));
    button.title = t(isOn ? "speech.listening" : "speech.listen");
    button.setAttribute("aria-label", button.title);
  }

  return button;
}

/** A button that reads a text aloud, and stops. */
export function readAloud(language, textOf) {
  return iconButton("speaker", t("speech.read"), {
    class: "quiet icon-only",
    "aria-pressed": "false",
    onclick: ({ currentTarget }) => {
      if (!voice) return toast(t("speech.no_voice"));
      const isReading = currentTarget.getAttribute("aria-pressed") === "true";
      voice.cancel();
      return isReading ? undefined : say(language, textOf(), currentTarget);
    },
  });
}

function say(language, text, button) {
  const words = Object.assign(new SpeechSynthesisUtterance(text), { lang: language });
  words.voice = voice.getVoices().find((one) => one.lang.replace("_", "-") === language) ?? null;
  const show = (isOn) => {
    button.setAttribute("aria-pressed", String(isOn));
    button.replaceChildren(icon(isOn ? "stop" : "speaker"));
  };
  words.onend = words.onerror = () => show(false);
  show(true);
  voice.speak(words);
}
