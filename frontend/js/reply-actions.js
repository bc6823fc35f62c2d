// The buttons under a reply: copy, read aloud, thumbs, report, print, another one.
import { busy, h, iconButton } from "./dom.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";
import { feedback, rate } from "./messages.js";
import { ask, sentence, toast } from "./speak-up.js";
import { readAloud } from "./speech.js";

const PRINTED = new Set(["singapore-trip", "date-course"]);

/**
 * @param {object} reply as the API gives it
 * @param {{assistant: any, textOf: () => string, onRetry: (() => void) | null}} context
 */
export function replyActions(reply, { assistant, textOf, onRetry }) {
  const language = assistant?.speech_language;
  return h(
    "div",
    { class: "actions" },
    reply.content && copyButton(reply, assistant, textOf),
    reply.content && language && readAloud(language, textOf, reply.id),
    reply.content && thumbs(reply),
    reply.content && iconButton("flag", t("reply.report"), { class: "quiet icon-only", onclick: () => report(reply) }),
    reply.content &&
      PRINTED.has(assistant?.slug) &&
      iconButton("print", t("reply.print"), { class: "quiet icon-only", onclick: () => print() }),
    onRetry &&
      iconButton("retry", `${t("reply.retry")} · ${t("composer.uses")}`, { class: "quiet another", onclick: onRetry }),
  );
}

/** A letter is copied as plain text, since application forms know no Markdown; the rest as it was written. */
function copyButton(reply, assistant, textOf) {
  const text = () => (assistant?.slug === "cover-letter" ? textOf() : reply.content);
  const copy = async ({ currentTarget: button }) => {
    await navigator.clipboard.writeText(text());
    button.replaceChildren(icon("check"));
    toast(t("copied"));
    setTimeout(() => button.replaceChildren(icon("copy")), 1500);
  };
  return iconButton("copy", t("copy"), { class: "quiet icon-only", onclick: copy });
}

function thumbs(reply) {
  let rating = reply.rating;
  const buttons = ["up", "down"].map((one) =>
    iconButton(one, t(`reply.${one}`), {
      class: "quiet icon-only",
      onclick: ({ currentTarget }) => busy(currentTarget, () => turn(one)),
    }),
  );
  const show = () => {
    for (const [index, one] of ["up", "down"].entries())
      buttons[index].setAttribute("aria-pressed", String(rating === one));
  };
  async function turn(one) {
    try {
      const { comment, report: isReported } = await feedback(reply.id); // a report stays, and its words
      const wanted = rating === one && !isReported ? null : one;
      await rate(reply.id, wanted, { comment, report: isReported });
      rating = wanted;
      show();
      if (wanted) toast(t("reply.thanks"));
    } catch (error) {
      toast(sentence(error));
    }
  }
  show();
  return h("span", { class: "thumbs", role: "group", "aria-label": t("reply.rate") }, ...buttons);
}

/** What a report shows to whom; once it was made, how it stands. */
async function wordsOfReport(reply) {
  const { report: isMade, outcome } = await feedback(reply.id).catch(() => ({}));
  if (!isMade) return t("reply.report_words");
  if (!outcome?.result) return t("reply.report_waits");
  return [t(outcome.result === "acted" ? "reply.report_acted" : "reply.report_no_fault"), outcome.text]
    .join(" ")
    .trim();
}

async function report(reply) {
  const comment = h("textarea", { id: "report-comment", name: "comment", maxlength: 1000, autofocus: true });
  const body = [h("div", { class: "field" }, h("label", { for: "report-comment" }, t("reply.report_why")), comment)];
  const answer = await ask({
    title: t("reply.report"),
    words: await wordsOfReport(reply),
    body,
    yes: t("reply.report_send"),
  });
  if (!answer) return;
  const more = answer.comment.trim() ? { comment: answer.comment.trim() } : {};
  try {
    await rate(reply.id, "down", { ...more, report: true });
    toast(t("reply.reported"));
  } catch (error) {
    toast(sentence(error));
  }
}
