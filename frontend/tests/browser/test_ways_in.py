"""The ways in beside the password: providers, mailed links, log-ins on other devices. The API's answers are played."""

import base64
import hashlib
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from frontend.tests.browser.conftest import Visitor

KAKAO = [{"id": "kakao", "name": {"ko": "카카오", "en": "Kakao"}}]


def play(page: Page, path: str, body: Any = None, *, status: int = 200) -> list[Any]:
    """Answers an address with a body; gives what was sent there."""
    sent: list[Any] = []

    def answer(route: Route) -> None:
        sent.append(route.request.post_data_json if route.request.post_data else None)
        kind = "application/json" if status < 400 else "application/problem+json"
        route.fulfill(status=status, content_type=kind, body="" if body is None else json.dumps(body))

    page.route(f"**/api/v1/accounts/{path}", answer)
    return sent


def from_provider(page: Page, url: str, fragment: str) -> list[str]:
    """Plays a provider that sends back to the page; gives the challenges it was shown."""
    challenges: list[str] = []

    def answer(route: Route) -> None:
        challenges.append(parse_qs(urlsplit(route.request.url).query)["challenge"][0])
        route.fulfill(status=302, headers={"Location": f"{url}/#{fragment}"})

    page.route("**/accounts/social/kakao/start/*", answer)
    return challenges


def test_a_provider_logs_in_and_only_this_tab_can_redeem_its_code(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page
    play(page, "social/", KAKAO)
    challenges = from_provider(page, visitor.url, "social_code=once")
    tokens = {"user": {"nickname": "하늘"}, "access": "a", "refresh": "r"}
    sent = play(page, "social/token/", tokens)
    play(page, "token/refresh/", {"access": "a", "refresh": "r"})
    page.route("**/api/v1/chat/**", lambda route: route.fulfill(json={"results": [], "next": None}))
    page.goto("login.html?next=archive.html")
    page.get_by_role("button", name="카카오로 계속하기").click()
    expect(page).to_have_url(re.compile("archive.html"))
    digest = hashlib.sha256(sent[0]["verifier"].encode()).digest()
    assert sent[0]["code"] == "once"
    assert challenges == [base64.urlsafe_b64encode(digest).decode().rstrip("=")]


@pytest.mark.parametrize(
    ("error", "words"),
    [("cancelled", "취소"), ("state_invalid", "만료"), ("provider_unavailable", "연결할 수 없어요"), ("<b>", "만료")],
)
def test_a_provider_that_says_no_is_explained(visit: Callable[..., Visitor], error: str, words: str) -> None:
    page = visit().page
    page.goto(f"#social_error={error}")
    expect(page.get_by_role("alert")).to_contain_text(words)
    assert "#" not in page.url


def test_a_known_address_is_told_to_log_in_and_link(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page
    play(page, "social/", KAKAO)
    from_provider(page, visitor.url, "social_code=once")
    play(page, "social/token/", {"code": "email_taken", "detail": "이미 가입된 이메일이에요."}, status=409)
    page.goto("login.html")
    page.get_by_role("button", name="카카오로 계속하기").click()
    expect(page.get_by_role("alert")).to_contain_text("이미 가입된 이메일이에요.")


def test_a_forgotten_password_is_set_anew_by_the_mailed_link(visit: Callable[..., Visitor]) -> None:
    page = visit().page
    asked = play(page, "password/reset/", status=202)
    page.goto("reset.html")
    page.fill("[name=email]", "me@example.com")
    page.click("form#form button.main")
    expect(page.get_by_text("메일을 확인해 주세요")).to_be_visible()
    assert asked == [{"email": "me@example.com"}]
    changed = play(page, "password/reset/confirm/", status=204)
    page.goto("about.html")
    page.goto("reset.html#token=secret")
    page.fill("[name=password]", "a quiet harbour")
    page.fill("[name=password_confirm]", "a quiet harbour")
    assert "secret" not in page.url
    page.click("form#form button.main")
    expect(page.get_by_text("비밀번호를 바꿨어요")).to_be_visible()
    assert changed == [{"token": "secret", "password": "a quiet harbour", "password_confirm": "a quiet harbour"}]


def test_an_address_is_confirmed_by_the_mailed_link(visit: Callable[..., Visitor]) -> None:
    page = visit().page
    sent = play(page, "email/verify/", status=204)
    page.goto("verify.html#token=secret")
    expect(page.get_by_text("이메일을 확인했어요")).to_be_visible()
    assert sent == [{"token": "secret"}]
    page.goto("about.html")
    page.goto("verify.html")
    expect(page.get_by_role("alert")).to_be_visible()


def test_my_page_ends_other_log_ins_and_unlinks_providers(minji: Visitor) -> None:
    page = minji.page
    seen = "2026-03-01T09:00:00+09:00"
    sessions = [
        {"id": "1", "device": "Chrome", "created_at": seen, "last_seen_at": seen, "current": True},
        {"id": "2", "device": "", "created_at": seen, "last_seen_at": seen, "current": False},
    ]
    play(page, "sessions/", sessions)
    play(page, "social/", KAKAO)
    ended = play(page, "sessions/2/", status=204)
    unlinked = play(page, "social/kakao/", {"code": "last_way_in", "detail": "하나뿐인 로그인 방법이에요."}, status=409)
    me = {
        "id": "1",
        "email": "a@b.example",
        "email_verified": False,
        "nickname": "민지",
        "date_joined": seen,
        "has_password": False,
        "providers": ["kakao"],
    }
    play(page, "me/", me)
    page.goto("me.html")
    expect(page.locator(".line-item")).to_have_count(3)
    expect(page.get_by_text("지금 이 기기")).to_be_visible()
    page.locator(".line-item", has_text="알 수 없는 기기").get_by_role("button").click()
    expect(page.locator(".toasts")).to_contain_text("로그아웃했어요")
    page.get_by_role("button", name="연결 끊기").click()
    expect(page.locator(".toasts")).to_contain_text("하나뿐인 로그인 방법이에요.")
    assert (len(ended), len(unlinked)) == (1, 1)
    expect(page.locator("#field-now-current")).to_have_count(0)


def test_a_nickname_is_changed_and_greeted_by(minji: Visitor) -> None:
    page = minji.page
    page.goto("me.html")
    page.fill("[name=nickname]", "")
    page.locator(".card", has_text="프로필").get_by_role("button", name="저장").click()
    expect(page.locator("[data-field=nickname] .problem")).not_to_be_empty()
    page.fill("[name=nickname]", "새 이름")
    page.locator(".card", has_text="프로필").get_by_role("button", name="저장").click()
    expect(page.locator("#account .who")).to_have_text("환영합니다 새 이름 님")


def test_a_sign_up_code_is_asked_for_where_it_is_wanted(visit: Callable[..., Visitor]) -> None:
    page = visit().page
    refusal = {"code": "invalid", "detail": "다시 확인해 주세요.", "errors": {"code": ["가입 코드가 맞지 않아요."]}}
    play(page, "signup/", refusal, status=400)
    page.goto("signup.html")
    for name, value in {
        "email": "a@b.example",
        "nickname": "a",
        "password": "12345678a",
        "password_confirm": "12345678a",
    }.items():
        page.fill(f"[name={name}]", value)
    page.click("form#form button.main")
    expect(page.locator("[data-field=code] .problem")).to_have_text("가입 코드가 맞지 않아요.")
    expect(page.locator("[name=email]")).to_have_value("a@b.example")
