// Questions and replies at the API: asking, coming back, stopping, rating.
import { call, isPassing, newKey, open } from "./api.js";
import { keptHere, PENDING, read } from "./storage.js";
import { hear, pauseMs } from "./stream.js";

const KEY_KEPT_MS = 24 * 3_600_000; // how long the API knows an Idempotency-Key
const SSE = { Accept: "text/event-stream" };

/**
 * A question on its way, one a conversation, kept until the API has it: asked again with the same key it is the same
 * question, as long as it is fresh.
 */
export const pending = {
  of: (conversation) => read(keptHere, PENDING + conversation),
  keep: (question) => keptHere.set(PENDING + question.conversation, JSON.stringify(question)),
  clear: ({ conversation, key }) => pending.of(conversation)?.key === key && keptHere.remove(PENDING + conversation),
  isFresh: ({ at }) => Date.now() - at < KEY_KEPT_MS,
};

/**
 * Asks, and hears the reply to its end.
 * @param {{path: string, body?: object, key: string, at: number, conversation: string}} question
 * @param {{onEvent: Function, onLine?: Function, signal: AbortSignal}} ears
 */
export async function askAndHear(question, { onEvent, onLine, signal }) {
  pending.keep(question);
  const headers = { ...SSE, "Idempotency-Key": question.key };
  try {
    await hear({
      ask: () => open("POST", question.path, { body: question.body, headers, signal }),
      ...comingBack(signal),
      onEvent: (event) => {
        pending.clear(question);
        onEvent(event);
      },
      onLine,
    });
  } catch (error) {
    if (error.name !== "AbortError") pending.clear(question);
    throw error;
  }
}

/** Hears a reply that is being written already, from the character after those that are there. */
export function comeBack(reply, { onEvent, onLine, signal }) {
  const at = { reply: reply.id, lastId: String([...reply.content].length) };
  return hear({ ask: null, at, ...comingBack(signal), onEvent, onLine });
}

function comingBack(signal) {
  return {
    resume: (reply, lastId) =>
      open("GET", `chat/messages/${reply}/stream/`, { headers: { ...SSE, "Last-Event-ID": lastId }, signal }),
    isPassing,
    pause: (tries) => untilBetter(pauseMs(tries), signal),
  };
}

/** The pause, cut short when the network or the reader comes back. */
function untilBetter(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const over = new AbortController();
    const end = (settle) => {
      clearTimeout(timer);
      over.abort();
      settle();
    };
    const timer = setTimeout(() => end(resolve), milliseconds);
    window.addEventListener("online", () => end(resolve), over);
    signal.addEventListener("abort", () => end(() => reject(signal.reason)), over);
  });
}

export const message = (id) => call("GET", `chat/messages/${id}/`);

/** Ends the model's call; `{reply, quota}`, also for a reply that has ended. */
export const stop = (id) => call("POST", `chat/messages/${id}/stop/`);

/** What to ask for another reply to the same question. */
export const retryOf = (reply, conversation) => ({
  path: `chat/messages/${reply}/retry/`,
  key: newKey(),
  at: Date.now(),
  conversation,
});

/** A question to a conversation; `body` is {content} or {inputs}. */
export const questionTo = (conversation, body) => ({
  path: `chat/conversations/${conversation}/messages/`,
  body,
  key: newKey(),
  at: Date.now(),
  conversation,
});

/** What the member has said of a reply, and what came of a report. */
export const feedback = (id) => call("GET", `chat/messages/${id}/feedback/`);

/** Rates a reply, with a comment or as a report; `rating` null takes it back. */
export function rate(id, rating, more = {}) {
  const path = `chat/messages/${id}/feedback/`;
  return rating ? call("PUT", path, { body: { rating, ...more } }) : call("DELETE", path);
}
