"""The microphone and the voice, played by ones that a test can lead: neither outlives what it belongs to."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from frontend.tests.browser.conftest import Visitor

# Ears that hear what `hear(index, text, isFinal)` says, as Chromium tells it, and a voice that reads until it is told to stop.
PLAYED = """
globalThis.ears = [];
globalThis.SpeechRecognition = globalThis.webkitSpeechRecognition = class {
  results = [];
  start() { ears.push(this); this.state = "on"; }
  stop() { this.state = "stopped"; }
  abort() { this.state = "aborted"; this.onerror?.({error: "aborted"}); this.onend?.(); }
};
globalThis.hear = (index, transcript, isFinal = true) => {
  const {results} = ears.at(-1);
  results[index] = Object.assign([{transcript}], {isFinal});
  ears.at(-1).onresult({results, resultIndex: index});
};
globalThis.voice = {spoken: [], now: null};
Object.defineProperty(globalThis, "speechSynthesis", {value: {
  getVoices: () => [],
  speak: (words) => { voice.now = words; voice.spoken.push(words.text); },
  cancel: () => { const was = voice.now; voice.now = null; setTimeout(() => was?.onerror?.({error: "canceled"})); },
}});
"""


@pytest.fixture
def coached(visit: Callable[..., Visitor]) -> Visitor:
    """In a conversation with the coach, who is listened to and spoken with."""
    visitor = visit()
    visitor.context.add_init_script(PLAYED)
    visitor.join()
    visitor.begin("english-coach")
    visitor.fill_example()
    visitor.page.click(".new-form button.main")
    expect(visitor.last_reply.locator(".actions")).to_be_visible()
    return visitor


def box(page: Page) -> str:
    return page.input_value("#message")


def test_what_is_heard_stands_behind_what_was_typed_and_is_corrected_by_hand(coached: Visitor) -> None:
    page = coached.page
    page.fill("#message", "Well,")
    page.click(".mic")
    page.evaluate("hear(0, 'I went', false)")
    page.evaluate("hear(0, 'I went too the sea.')")
    assert box(page) == "Well, I went too the sea."
    page.fill("#message", "Well, I went to the sea.")
    page.evaluate("hear(1, 'It', false)")
    page.evaluate("hear(1, 'It was cold.')")
    assert box(page) == "Well, I went to the sea. It was cold."


def test_what_was_sent_does_not_come_back(coached: Visitor) -> None:
    page = coached.page
    page.click(".mic")
    page.evaluate("hear(0, 'I have been to Busan [[words=3]]', false)")
    page.press("#message", "Enter")
    page.evaluate("hear(0, 'I have been to Busan twice.')")
    expect(page.locator(".question .bubble").last).to_contain_text("I have been to Busan")
    assert box(page) == ""
    assert page.evaluate("ears.at(-1).state") == "aborted"
    expect(page.locator(".mic")).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".toasts > div")).to_have_count(0)
    page.click(".mic")
    page.evaluate("hear(0, 'Next one.')")
    assert box(page) == "Next one."


def test_reading_aloud_can_be_stopped_also_when_another_reply_has_come(coached: Visitor) -> None:
    page = coached.page
    buttons = page.get_by_role("button", name="소리 내어 읽기")
    buttons.click()
    expect(buttons).to_have_attribute("aria-pressed", "true")
    coached.ask_and_wait("And then? [[words=3]]")
    expect(buttons.first).to_have_attribute("aria-pressed", "true")
    buttons.first.click()
    expect(buttons.first).to_have_attribute("aria-pressed", "false")
    assert page.evaluate("[voice.now, voice.spoken.length]") == [None, 1]
    buttons.first.click()
    buttons.last.click()
    page.wait_for_timeout(50)
    expect(buttons.first).to_have_attribute("aria-pressed", "false")
    expect(buttons.last).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("[voice.now.text === voice.spoken[2], voice.spoken.length]") == [True, 3]


def test_both_end_when_the_conversation_is_left(coached: Visitor) -> None:
    page = coached.page
    page.click(".mic")
    coached.last_reply.get_by_role("button", name="소리 내어 읽기").click()
    page.evaluate("location.hash = '#/'")
    expect(page.locator(".assistant-card")).to_have_count(6)
    assert page.evaluate("[ears.at(-1).state, voice.now]") == ["aborted", None]
    expect(page.locator(".toasts > div")).to_have_count(0)


def test_who_always_answers_in_english_is_read_out_by_an_english_voice(coached: Visitor) -> None:
    expect(coached.last_reply.locator(".markdown")).to_have_attribute("lang", "en-US")
