"""The client of the event stream that the documentation shows: it works, wherever the bytes are cut."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from chat.tests.asking import new_conversation

CLIENT = settings.BASE_DIR / "docs" / "sse-client.js"
WIRE = (
    'event: start\nid: 0\ndata: {"reply":{"id":"r"}}\n\n: keep-alive\n\n'
    'event: delta\nid: 3\ndata: {"text":"가: 🙂"}\n\n'
)

CUTS = """
import { events } from %(client)s;
const wire = new TextEncoder().encode(%(wire)s);
for (let at = 0; at <= wire.length; at += 1) {
  const parts = [wire.slice(0, at), wire.slice(at)];
  const stream = new ReadableStream({ pull(c) { parts.length ? c.enqueue(parts.shift()) : c.close(); } });
  const found = [];
  for await (const event of events(stream)) found.push(event);
  console.log(JSON.stringify(found));
}
"""
ASKS = """
import { ask } from %(client)s;
const [seen, token] = [[], async () => %(token)s];
await ask(%(api)s, token, %(conversation)s, { content: "[[words=4]] [[over=0]] hi" }, (event) => seen.push(event));
console.log(JSON.stringify(seen));
"""

# A server whose line is cut after the first word, and that then says `statuses` before it goes on; tokens are numbers.
COMES_BACK = """
import { ask } from "./client.mjs";
const statuses = %(statuses)s, wire = %(wire)s, calls = [], seen = [];
globalThis.setTimeout = (work) => queueMicrotask(work);
globalThis.fetch = async (url, { headers }) => {
  calls.push([url.split("/").at(-2), headers.Authorization, headers["Last-Event-ID"] ?? null]);
  const status = calls.length === 1 ? 200 : (statuses.shift() ?? 200);
  const body = status !== 200 ? '{"code": "refused"}' : calls.length === 1 ? wire
    : 'event: done\\nid: 4\\ndata: {"reply":{"id":"r"}}\\n\\n';
  return new Response(body, { status });
};
let tokens = 0;
const token = async (stale) => (stale === undefined && tokens ? tokens : (tokens += 1));
await ask("api", token, "c", { content: "hi" }, ({ event }) => seen.push(event));
console.log(JSON.stringify([seen, calls]));
"""


def node(tmp_path: Path, script: str) -> list[str]:
    """The lines that a module prints; without node there is nothing to test with."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    (tmp_path / "client.mjs").write_text(CLIENT.read_text())
    (tmp_path / "script.mjs").write_text(script)
    done = subprocess.run(["node", "script.mjs"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.splitlines()


def test_it_is_forty_lines_at_most() -> None:
    assert len(CLIENT.read_text().splitlines()) <= 40


def test_events_survive_being_cut_anywhere(tmp_path: Path) -> None:
    found = node(tmp_path, CUTS % {"client": json.dumps("./client.mjs"), "wire": json.dumps(WIRE)})
    expected = [
        {"event": "start", "id": "0", "data": {"reply": {"id": "r"}}},
        {"event": "delta", "id": "3", "data": {"text": "가: 🙂"}},
    ]
    assert len(found) == len(WIRE.encode()) + 1
    assert all(json.loads(line) == expected for line in found)


def test_it_asks_a_real_server_and_hears_the_whole_reply(tmp_path: Path, alice: Any, server: Any) -> None:
    values = {
        "client": "./client.mjs",
        "api": f"{server.url}/api/v1",
        "token": alice.headers["Authorization"].removeprefix("Bearer "),
        "conversation": new_conversation(alice),
    }
    (line,) = node(tmp_path, ASKS % {name: json.dumps(value) for name, value in values.items()})
    seen = json.loads(line)
    assert [seen[0]["event"], seen[-1]["event"]] == ["start", "done"]
    text = "".join(event["data"].get("text", "") for event in seen)
    assert text == seen[-1]["data"]["reply"]["content"]


HEARD = ["start", "delta"]


@pytest.mark.parametrize(
    ("statuses", "last", "tokens"),
    [
        ([], "done", [1, 1]),
        ([502, 503, 429, 504], "done", [1] * 6),
        ([401], "done", [1, 1, 2]),
        ([503, 401, 502, 401], "done", [1, 1, 1, 2, 2, 3]),
        ([401, 401], "refused", [1, 1, 2]),
        ([404], "refused", [1, 1]),
    ],
)
def test_it_comes_back_into_a_reply_it_knows(tmp_path: Path, statuses: list[int], last: str, tokens: list[int]) -> None:
    (line,) = node(tmp_path, COMES_BACK % {"statuses": statuses, "wire": json.dumps(WIRE)})
    seen, calls = json.loads(line)
    assert seen == [*HEARD, last]
    places = [("messages", None)] + [("stream", "3")] * (len(tokens) - 1)
    assert calls == [[name, f"Bearer {token}", at] for (name, at), token in zip(places, tokens, strict=True)]
