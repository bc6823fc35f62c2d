"""Keyboard and scrolling: a composed syllable is never sent, and the page never fights the reader."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from frontend.tests.browser.conftest import Visitor

PLACE = "document.querySelector('#scroller').scrollTop"
COMPOSING = """(options) => {
  const box = document.querySelector("#message");
  box.value = "안녕하세요";
  box.dispatchEvent(new Event("input", {bubbles: true}));
  const event = new KeyboardEvent("keydown", {key: "Enter", bubbles: true, cancelable: true, isComposing: options.isComposing});
  if (options.keyCode) Object.defineProperty(event, "keyCode", {value: options.keyCode});
  box.dispatchEvent(event);
  return event.defaultPrevented;
}"""


def test_enter_that_ends_a_korean_syllable_sends_nothing(minji: Visitor) -> None:
    page = minji.page
    minji.begin()
    assert page.evaluate(COMPOSING, {"isComposing": True}) is False
    assert page.evaluate(COMPOSING, {"isComposing": False, "keyCode": 229}) is False
    expect(page.locator("#message")).to_have_value("안녕하세요")
    expect(page.locator(".question")).to_have_count(0)
    assert page.evaluate(COMPOSING, {"isComposing": False}) is True
    expect(page.locator(".question .bubble")).to_have_text("안녕하세요")


def test_an_amount_is_grouped_when_its_syllable_is_whole(minji: Visitor) -> None:
    page = minji.page
    minji.begin("singapore-trip")
    field = page.locator("#form-budget_krw")
    field.focus()
    page.keyboard.type("15")
    keyboard = page.context.new_cdp_session(page)
    for syllable in ("ㅁ", "마", "만"):
        keyboard.send("Input.imeSetComposition", {"text": syllable, "selectionStart": 1, "selectionEnd": 1})
        assert field.input_value() == f"15{syllable}"
    keyboard.send("Input.insertText", {"text": "만"})
    expect(field).to_have_value("150,000")
    page.keyboard.type("0")
    expect(field).to_have_value("1,500,000")
    keyboard.send("Input.imeSetComposition", {"text": "ㄱ", "selectionStart": 1, "selectionEnd": 1})
    keyboard.send("Input.insertText", {"text": "가"})
    expect(field).to_have_value("1,500,000")
    page.reload()
    expect(field).to_have_value("1,500,000")


def test_a_double_click_sends_once_and_stops_nothing(minji: Visitor) -> None:
    page = minji.page
    minji.begin()
    for count, words in enumerate(("첫째", "둘째"), start=1):
        page.fill("#message", f"{words} [[words=20]] [[over=2]]")
        page.dblclick(".send", delay=30)
        expect(page.locator(".reply .actions")).to_have_count(count)
        expect(page.locator(".question")).to_have_count(count)
        expect(page.locator(".reply .note")).to_have_count(0)
    minji.ask("셋째 [[words=200]] [[over=20]]")
    expect(minji.last_reply.locator(".markdown")).to_contain_text("연습용")
    page.wait_for_timeout(600)
    page.click(".send.stopping")
    expect(minji.last_reply.locator(".note")).to_have_text("여기서 멈췄어요.")


def test_a_second_press_on_try_again_leaves_the_reply_alone(minji: Visitor) -> None:
    page = minji.page
    minji.begin()
    minji.ask_and_wait("길게 [[words=100]] [[over=4]]")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/retry/") else None)
    minji.last_reply.get_by_role("button", name="다시 답변받기").dblclick()
    expect(page.locator(".reply:not([hidden]).writing .markdown")).to_contain_text("연습용")
    expect(page.locator(".send")).to_have_class(re.compile("stopping"))
    assert len(asked) == 1
    expect(minji.last_reply.locator(".actions")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_shift_enter_breaks_the_line(minji: Visitor) -> None:
    minji.begin()
    minji.page.fill("#message", "한 줄")
    minji.page.press("#message", "Shift+Enter")
    minji.page.type("#message", "두 줄")
    minji.page.press("#message", "Enter")
    expect(minji.page.locator(".question .bubble")).to_have_text("한 줄\n두 줄")


def settled_place(page: Page) -> float:
    """Where the conversation is scrolled to, as soon as it is the same twice."""
    places = [page.evaluate(PLACE)]
    for _ in range(10):
        page.wait_for_timeout(200)
        places.append(page.evaluate(PLACE))
        if places[-1] == places[-2]:
            break
    return float(places[-1])


def test_the_page_follows_only_a_reader_who_is_at_the_end(minji: Visitor) -> None:
    page = minji.page
    minji.begin()
    minji.ask("길게 [[words=700]] [[over=14]]")
    bottom = "(() => { const s = document.querySelector('#scroller'); return s.scrollHeight - s.scrollTop - s.clientHeight })()"
    expect(page.locator(".markdown h2")).to_have_count(4)
    assert page.evaluate(bottom) < 80
    page.mouse.move(640, 300)
    page.mouse.wheel(0, -300)
    page.wait_for_function(f"{bottom} > 200")
    place = settled_place(page)
    page.wait_for_timeout(1200)
    assert page.evaluate(PLACE) == place
    page.click("#newest")
    page.wait_for_timeout(900)
    assert page.evaluate(bottom) < 80
    expect(page.locator("#newest")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(minji.last_reply.locator(".actions")).to_be_visible()


def test_begin_and_end_of_a_reply_are_said_once(minji: Visitor) -> None:
    page = minji.page
    minji.begin()
    page.evaluate(
        """() => { globalThis.said = []; new MutationObserver(() => {
          const words = document.querySelector("p.unseen[role=status]")?.textContent;
          if (words && said.at(-1) !== words) said.push(words);
        }).observe(document.body, {childList: true, subtree: true, characterData: true}); }"""
    )
    minji.ask_and_wait("안녕 [[words=40]] [[over=2]]")
    assert page.evaluate("said") == ["답변을 쓰기 시작했어요.", "답변이 도착했어요."]
    expect(page.locator(".transcript")).to_have_attribute("aria-busy", "false")


def test_copies_are_markdown_and_of_a_letter_plain_text(minji: Visitor) -> None:
    page = minji.page
    minji.begin()
    minji.ask_and_wait("안녕")
    minji.last_reply.get_by_role("button", name="복사").click()
    assert "**" in page.evaluate("navigator.clipboard.readText()")
    minji.begin("cover-letter")
    minji.fill_example()
    page.click(".new-form button.main")
    expect(minji.last_reply.locator(".actions")).to_be_visible()
    expect(page.locator(".letters")).to_have_text(re.compile(r"공백 포함 \d+자.*공백 제외 \d+자.*700자"))
    minji.last_reply.get_by_role("button", name="복사").click()
    assert "**" not in page.evaluate("navigator.clipboard.readText()")


def test_thumbs_and_reports_reach_the_api(minji: Visitor) -> None:
    page = minji.page
    minji.begin()
    minji.ask_and_wait("안녕 [[words=3]]")
    up = minji.last_reply.get_by_role("button", name="좋아요")
    up.click()
    expect(up).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(up).to_have_attribute("aria-pressed", "true")
    minji.last_reply.get_by_role("button", name="신고하기").click()
    expect(page.locator("dialog")).to_contain_text("운영진이 이 질문과 답변을 보게 돼요")
    page.fill("#report-comment", "틀린 말이에요")
    with page.expect_request("**/feedback/") as sent:
        page.locator("dialog button.main").click()
    assert sent.value.post_data_json == {"rating": "down", "comment": "틀린 말이에요", "report": True}
    minji.last_reply.get_by_role("button", name="신고하기").click()
    expect(page.get_by_role("dialog")).to_contain_text("운영진이 살펴보고 있어요")
    page.keyboard.press("Escape")
    expect(page.locator(".toasts")).to_contain_text("신고했어요")
    for thumb in ("아쉬워요", "좋아요"):
        with page.expect_response(lambda answer: answer.request.method == "PUT") as given:
            minji.last_reply.get_by_role("button", name=thumb).click()
        assert (given.value.json()["report"], given.value.json()["comment"]) == (True, "틀린 말이에요")


def test_the_coach_gives_its_feedback_when_it_is_asked_to_end(minji: Visitor) -> None:
    page = minji.page
    minji.begin("english-coach")
    minji.fill_example()
    page.click("[data-field=feedback] label:has([value=end])")
    page.click(".new-form button.main")
    expect(minji.last_reply.locator(".actions")).to_be_visible()
    expect(minji.last_reply.get_by_role("button", name="소리 내어 읽기")).to_be_visible()
    expect(page.locator(".mic")).to_be_visible()
    page.click(".closing")
    expect(page.locator(".question .bubble").last).to_contain_text("Please give me my feedback now.")


def test_a_room_has_the_name_it_was_given(minji: Visitor) -> None:
    page = minji.page
    minji.begin("english-friend")
    minji.fill_example()
    page.fill("#room-name", "보리네 거실")
    page.click(".new-form button.main")
    expect(page.locator(".conversation-head h1")).to_have_text("보리네 거실")
    expect(page.locator(".room[aria-current]")).to_contain_text("보리네 거실")


def test_a_tap_on_the_room_that_is_open_closes_the_list(visit: Callable[..., Visitor]) -> None:
    visitor = visit(size="phone")
    visitor.join()
    visitor.begin()
    visitor.ask_and_wait("안녕 [[words=3]] [[over=0]]")
    page = visitor.page
    page.get_by_role("button", name="대화 목록").click()
    expect(page.locator("#rooms")).to_be_visible()
    page.locator("#room-list .room").click()
    expect(page.locator("#rooms")).to_be_hidden()
    expect(page.locator(".reply")).to_have_count(1)
