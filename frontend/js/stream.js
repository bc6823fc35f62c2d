// Bytes to events, and hearing a reply to its end over as many connections as it takes. Knows no DOM and no address.

const SILENCE_MS = 45_000; // the server says something at least every 15 s; three times that is a dead line
const LONGEST_PAUSE_MS = 15_000;

/** The line is dead or was cut; the reply goes on without us. */
export class Cut extends Error {}

/**
 * Server-sent events {event, id, data}, `data` parsed, wherever the bytes are cut.
 * @param {ReadableStream<Uint8Array>} bytes
 */
export async function* events(bytes, silenceMs = SILENCE_MS) {
  const reader = bytes.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await inTime(reader.read(), silenceMs);
      if (done) return;
      const blocks = (rest + decoder.decode(value, { stream: true })).split(/\r?\n\r?\n/);
      rest = blocks.pop();
      for (const block of blocks) {
        const event = parsed(block);
        if (event) yield event;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** One block of lines as an event; null for a comment. */
function parsed(block) {
  const event = { event: "message", id: null, data: "" };
  for (const line of block.split(/\r?\n/)) {
    const [, name, value] = line.match(/^([^:]*):? ?(.*)$/s);
    if (name === "data") event.data += event.data ? `\n${value}` : value;
    else if (name === "event" || name === "id") event[name] = value;
  }
  return event.data ? { ...event, data: JSON.parse(event.data) } : null;
}

function inTime(promise, milliseconds) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Cut("silence")), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** How long to wait before coming back: 0.5 s, doubled each time, at most 15 s, never all clients at once. */
export function pauseMs(tries, random = Math.random) {
  return Math.min(LONGEST_PAUSE_MS, 500 * 2 ** tries) * (0.75 + random() / 2);
}

const isLine = (error) => error instanceof Cut || error instanceof TypeError || error.name === "NetworkError";

/**
 * Hears a reply to its last event, coming back whenever the line is cut.
 * @param {object} line
 * @param {(() => Promise<Response>) | null} line.ask opens the first stream; asked again, it must mean the same
 * @param {(reply: string, lastId: string) => Promise<Response>} line.resume comes back into a reply
 * @param {(event: {event: string, id: string, data: any}) => void} line.onEvent
 * @param {(error: Error) => boolean} line.isPassing whether trying again may help
 * @param {(tries: number) => Promise<void>} line.pause
 * @param {(isCut: boolean) => void} [line.onLine]
 * @param {{reply: string, lastId: string}} [line.at] where to begin instead of asking
 */
export async function hear({ ask, resume, onEvent, isPassing, pause, onLine = () => {}, at }) {
  const place = { tries: 0, ...at };
  const isForUs = (error) => isLine(error) || (isPassing(error) && (place.reply || !error.status));
  for (;;) {
    try {
      const response = place.reply ? await resume(place.reply, place.lastId) : await ask();
      onLine(false);
      if (await heardToTheEnd(response.body, place, onEvent)) return;
    } catch (error) {
      // What the API refuses is for people, unless it only asks for a moment before we come back.
      if (!isForUs(error)) throw error;
    }
    onLine(true);
    await pause(place.tries++);
  }
}

/** Passes on one line's events and notes where to come back to; false when the line ended before the reply. */
async function heardToTheEnd(bytes, place, onEvent) {
  for await (const event of events(bytes)) {
    Object.assign(place, { tries: 0, reply: place.reply ?? event.data.reply?.id, lastId: event.id });
    onEvent(event);
    if (event.event === "done" || event.event === "error") return true;
  }
  return false;
}
