"""What our server writes as events both clients read, the page's and the documentation's; tried by hypothesis."""

import base64
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from chat.streams import KEEP_ALIVE, Event

CLIENTS = {"the page": "frontend/js/stream.js", "the documentation": "docs/sse-client.js"}
# Reads cases (bytes and where they are cut) from its input, writes the events of each.
SCRIPT = """
import { readFileSync } from "node:fs";
import { events } from "./client.mjs";
for (const { wire, cuts } of JSON.parse(readFileSync(0, "utf8"))) {
  const bytes = Buffer.from(wire, "base64");
  const parts = [0, ...cuts].map((at, i) => new Uint8Array(bytes.subarray(at, cuts[i] ?? bytes.length)));
  const stream = new ReadableStream({ pull(c) { parts.length ? c.enqueue(parts.shift()) : c.close(); } });
  const found = [];
  for await (const event of events(stream)) found.push(event);
  console.log(JSON.stringify(found));
}
"""
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    ["\n\n", "data: x", "\r\n\r\n", ": ", "event: done\n\n", "\u2028", "\x85", "가나다 🙂", "", "\\n\\n"]
)
events = st.builds(
    Event,
    st.sampled_from(["start", "delta", "done", "error"]),
    st.integers(0, 100_000),
    st.dictionaries(texts, texts, max_size=3),
)


def cases() -> list[dict[str, Any]]:
    """Streams of ours with a keep-alive here and there, and where the network cuts them."""
    made: list[dict[str, Any]] = []

    @bounds(max_examples=150, derandomize=True, deadline=None, database=None)
    @given(st.lists(events | st.none(), max_size=6), st.lists(st.integers(0, 5_000), max_size=10))
    def tried(sent: list[Event | None], places: list[int]) -> None:
        wire = b"".join(event.encode() if event else KEEP_ALIVE for event in sent)
        expected = [{"event": event.name, "id": str(event.id), "data": event.data} for event in sent if event]
        cuts = sorted(place % (len(wire) + 1) for place in places)
        made.append({"wire": base64.b64encode(wire).decode(), "cuts": cuts, "expected": expected})

    tried()
    return made


@pytest.mark.parametrize("client", CLIENTS.values(), ids=list(CLIENTS))
def test_events_come_as_they_were_sent_wherever_they_are_cut(tmp_path: Path, client: str) -> None:
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    (tmp_path / "client.mjs").write_text((settings.BASE_DIR / client).read_text())
    (tmp_path / "script.mjs").write_text(SCRIPT)
    tried = cases()
    done = subprocess.run(
        ["node", "script.mjs"], cwd=tmp_path, input=json.dumps(tried), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.split("\n")[:-1]]
    assert len(found) == len(tried) >= 100
    for one, came in zip(tried, found, strict=True):
        assert came == one["expected"]
