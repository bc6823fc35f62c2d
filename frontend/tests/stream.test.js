// Bytes to events, wherever they are cut; and a reply heard to its end over several lines.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Cut, events, hear, pauseMs } from "../js/stream.js";

const encoder = new TextEncoder();
const TEXT = [
  'event: start\nid: 0\ndata: {"reply":{"id":"r1"}}\n\n',
  ": keep-alive\n\n",
  'event: delta\nid: 4\ndata: {"text":"하루 👩‍👩‍👧"}\n\n',
  'event: done\nid: 5\ndata: {"reply":{"id":"r1","content":"하루"}}\n\n',
].join("");

function streamOf(...chunks) {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(typeof chunk === "string" ? encoder.encode(chunk) : chunk);
      controller.close();
    },
  });
}

async function all(stream, silence) {
  const found = [];
  for await (const event of events(stream, silence)) found.push(event);
  return found;
}

test("events come whole from one piece of bytes", async () => {
  const found = await all(streamOf(TEXT));
  assert.deepEqual(
    found.map(({ event, id }) => [event, id]),
    [
      ["start", "0"],
      ["delta", "4"],
      ["done", "5"],
    ],
  );
  assert.equal(found[1].data.text, "하루 👩‍👩‍👧");
});

test("they are the same wherever the bytes are cut, also within a character", async () => {
  const whole = await all(streamOf(TEXT));
  const bytes = encoder.encode(TEXT);
  for (let cut = 1; cut < bytes.length; cut += 1) {
    assert.deepEqual(await all(streamOf(bytes.slice(0, cut), bytes.slice(cut))), whole);
  }
});

test("they are the same byte by byte, and with carriage returns", async () => {
  const whole = await all(streamOf(TEXT));
  assert.deepEqual(await all(streamOf(...[...encoder.encode(TEXT)].map((byte) => Uint8Array.of(byte)))), whole);
  assert.deepEqual(await all(streamOf(TEXT.replaceAll("\n", "\r\n"))), whole);
});

test("data over several lines is joined, an unfinished event is no event", async () => {
  const found = await all(
    streamOf('event: delta\nid: 2\ndata: {"text":\ndata: "a"}\n\nevent: delta\nid: 3\ndata: {"te'),
  );
  assert.deepEqual(found, [{ event: "delta", id: "2", data: { text: "a" } }]);
});

test("a silent line counts as cut", async () => {
  const silent = new ReadableStream({ start() {} });
  await assert.rejects(all(silent, 20), Cut);
});

const response = (...chunks) => ({ body: streamOf(...chunks) });
const START = 'event: start\nid: 0\ndata: {"reply":{"id":"r1"}}\n\n';
const delta = (id, text) => `event: delta\nid: ${id}\ndata: ${JSON.stringify({ text })}\n\n`;
const DONE = 'event: done\nid: 5\ndata: {"reply":{"id":"r1"}}\n\n';
class Away extends Error {}

function line(asks, resumes, { at } = {}) {
  const heard = [];
  const seen = { heard, resumed: [], pauses: [], cuts: [] };
  const next = (answers) => {
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const over = hear({
    ask: async () => next(asks),
    resume: async (reply, id) => {
      seen.resumed.push([reply, id]);
      return next(resumes);
    },
    onEvent: ({ event, data }) => heard.push(data.text ?? event),
    onLine: (isCut) => seen.cuts.push(isCut),
    isPassing: (error) => error instanceof Away || error.status === 503,
    pause: async (tries) => seen.pauses.push(tries),
    at,
  });
  return { over, ...seen };
}

test("a cut line is come back to after the last event, and no word is lost or doubled", async () => {
  const heard = line([response(START, delta(1, "a"), delta(2, "b"))], [response(delta(4, "cd")), response(DONE)]);
  await heard.over;
  assert.deepEqual(heard.heard, ["start", "a", "b", "cd", "done"]);
  assert.deepEqual(heard.resumed, [
    ["r1", "2"],
    ["r1", "4"],
  ]);
});

test("a question that did not get through is asked again, with growing pauses", async () => {
  const heard = line([new Away(), new TypeError("network"), response(START, DONE)], []);
  await heard.over;
  assert.deepEqual(
    [heard.heard, heard.pauses],
    [
      ["start", "done"],
      [0, 1],
    ],
  );
});

test("a refused question is not asked again", async () => {
  const refusal = Object.assign(new Error("no"), { status: 429 });
  await assert.rejects(line([refusal], []).over, refusal);
  const draining = Object.assign(new Error("no"), { status: 503 });
  await assert.rejects(line([draining], []).over, draining);
});

test("a server that is away for a moment is waited for when coming back", async () => {
  const draining = Object.assign(new Error("no"), { status: 503 });
  const heard = line([response(START)], [draining, new Away(), response(DONE)]);
  await heard.over;
  assert.deepEqual(heard.heard, ["start", "done"]);
  assert.equal(heard.cuts.includes(true), true);
  assert.equal(heard.cuts.at(-1), false);
});

test("a reply that is gone ends the hearing", async () => {
  const gone = Object.assign(new Error("gone"), { status: 404 });
  await assert.rejects(line([response(START)], [gone]).over, gone);
});

test("one can begin in the middle of a reply", async () => {
  const heard = line([], [response(delta(9, "rest"), DONE)], { at: { reply: "r9", lastId: "5" } });
  await heard.over;
  assert.deepEqual([heard.heard, heard.resumed], [["rest", "done"], [["r9", "5"]]]);
});

test("pauses grow, and end at a bound", () => {
  const pauses = [0, 1, 2, 3, 20].map((tries) => pauseMs(tries, () => 0.5));
  assert.deepEqual(pauses, [500, 1000, 2000, 4000, 15_000]);
});
