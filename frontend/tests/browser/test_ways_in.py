"""The ways in beside the password, and the way out: providers, mailed links, log-ins on other devices. Nothing is played."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any
from zipfile import ZipFile

import pytest
from playwright.sync_api import Page, expect

from accounts.tests.mailbox import Mailbox
from accounts.tests.providing import CLIENT_SECRET, Running, Standin, fresh_people
from frontend.tests.browser.conftest import PASSWORD, Service, Visitor

NEW_PASSWORD = "another harbour 7"


@pytest.fixture(scope="module")
def box() -> Iterator[Mailbox]:
    box = Mailbox()
    box.controller.start()
    yield box
    box.controller.stop()


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with Running() as running:
        yield running


@pytest.fixture
def standin(running: Running) -> Standin:
    """Kakao, GitHub and Google; another person than the test before is in front of the browser."""
    running.standin.people = fresh_people()
    running.standin.people["kakao"]["id"] = time.time_ns()
    running.standin.people["kakao"]["kakao_account"]["email"] = f"k{time.time_ns()}@kakao.example"
    running.standin.cancels, running.standin.faults = False, {}
    return running.standin


@pytest.fixture(scope="module")
def providing(make_service: Callable[..., Service], running: Running) -> Callable[..., Service]:
    """Makes services where Kakao is set up."""

    def make(**settings: str) -> Service:
        return make_service(
            gunicorn="frontend/tests/browser/gunicorn_with_providers.py",
            PROVIDERS_URL=running.url,
            KAKAO_CLIENT_ID="client-of-kakao",
            KAKAO_CLIENT_SECRET=CLIENT_SECRET,
            SIGNUPS_PER_HOUR="1000",
            **settings,
        )

    return make


@pytest.fixture(scope="module")
def api(providing: Callable[..., Service], box: Mailbox) -> Service:
    """With Kakao, and with mail: who has not confirmed their address cannot ask."""
    return providing(EMAIL_URL=f"smtp://127.0.0.1:{box.port}", EMAIL_VERIFICATION="required")


@pytest.fixture
def visitor(visit: Callable[..., Visitor], api: Service) -> Visitor:
    return visit(url=api.url)


@pytest.fixture
def member(visitor: Visitor) -> Visitor:
    visitor.email = visitor.sign_up()
    return visitor


def by_kakao(page: Page) -> None:
    page.goto("login.html?next=archive.html")
    page.get_by_role("button", name="카카오로 계속하기").click()


def open_link(page: Page, api: Service, box: Mailbox, file: str, email: str, count: int = 1) -> None:
    """Opens the link in a mail, as a mail program does: in a page that is new."""
    page.goto("about:blank")
    page.goto(f"{api.url}/{file}#token={box.token(email, count)}")


# ---------------------------------------------------------------- Providers
def test_a_provider_makes_an_account_and_leads_back(visitor: Visitor, standin: Standin) -> None:
    page = visitor.page
    by_kakao(page)
    expect(page).to_have_url(re.compile("archive.html"))
    expect(page.locator("#account .who")).to_have_text("환영합니다 하루 님")
    visitor.log_out()
    by_kakao(page)
    expect(page.locator("#account .who")).to_have_text("환영합니다 하루 님")


def test_a_provider_that_says_no_is_explained(visitor: Visitor, standin: Standin) -> None:
    page = visitor.page
    standin.cancels = True
    by_kakao(page)
    expect(page.get_by_role("alert")).to_contain_text("취소")
    assert "#" not in page.url
    standin.cancels, standin.faults = False, {"token": "500"}
    by_kakao(page)
    expect(page.get_by_role("alert")).to_contain_text("연결할 수 없어요")


@pytest.mark.parametrize("error", ["state_invalid", "<img src=x onerror=alert(1)>"])
def test_an_error_that_nobody_knows_is_a_log_in_that_expired(visitor: Visitor, error: str) -> None:
    visitor.page.goto(f"#social_error={error}")
    expect(visitor.page.get_by_role("alert")).to_contain_text("만료")


def test_a_code_of_another_browser_is_worth_nothing(visitor: Visitor, standin: Standin) -> None:
    visitor.page.goto("#social_code=stolen")
    expect(visitor.page.get_by_role("alert")).to_contain_text("만료")
    assert "stolen" not in visitor.page.url


def test_a_known_address_is_told_to_log_in_and_link(member: Visitor, standin: Standin) -> None:
    page = member.page
    standin.people["kakao"]["kakao_account"]["email"] = member.email
    member.log_out()
    by_kakao(page)
    expect(page.get_by_role("alert")).to_contain_text("이미")


def test_a_provider_is_linked_and_unlinked_but_never_the_last_way_in(visitor: Visitor, standin: Standin) -> None:
    page = visitor.page
    visitor.sign_up()
    page.goto("me.html")
    page.get_by_role("button", name="연결하기").click()
    expect(page.get_by_role("button", name="연결 끊기")).to_be_visible()
    page.get_by_role("button", name="연결 끊기").click()
    expect(page.locator(".toasts")).to_contain_text("연결을 끊었어요")
    visitor.log_out()
    by_kakao(page)
    expect(page).to_have_url(re.compile("archive.html"))
    page.goto("me.html")
    page.get_by_role("button", name="연결 끊기").click()
    expect(page.locator(".toasts")).not_to_be_empty()
    expect(page.get_by_role("button", name="연결 끊기")).to_be_visible()
    expect(page.locator("#field-now-current")).to_have_count(0)


def test_who_is_new_is_asked_for_the_sign_up_code(
    visit: Callable[..., Visitor], providing: Callable[..., Service], standin: Standin
) -> None:
    visitor = visit(url=providing(SIGNUP_CODE="maple").url)
    page = visitor.page
    by_kakao(page)
    for code in ("oak", "maple"):
        page.get_by_role("dialog").get_by_role("textbox").fill(code)
        page.get_by_role("dialog").get_by_role("button", name="가입하고 시작하기").click()
    expect(page).to_have_url(re.compile("archive.html"))
    visitor.log_out()
    page.goto("signup.html")
    for name in ("email", "nickname", "password", "password_confirm"):
        page.fill(f"[name={name}]", {"email": "m@example.com", "nickname": "m"}.get(name, PASSWORD))
    page.click("form#form button.main")
    expect(page.locator("[data-field=code] .problem")).not_to_be_empty()
    expect(page.locator("[name=email]")).to_have_value("m@example.com")
    page.fill("[name=code]", "maple")
    page.click("form#form button.main")
    expect(page.locator("#account .who")).to_have_text("환영합니다 m 님")


# ---------------------------------------------------------------- Mailed links
def test_a_forgotten_password_is_set_anew_once_by_the_mailed_link(
    member: Visitor, visit: Callable[..., Visitor], api: Service, box: Mailbox
) -> None:
    box.to(member.email)
    other = visit(url=api.url)
    page = other.page
    page.goto("reset.html")
    page.fill("[name=email]", member.email)
    page.click("form#form button.main")
    expect(page.get_by_text("메일을 확인해 주세요")).to_be_visible()
    token = box.token(member.email, 2)
    for words in ("비밀번호를 바꿨어요", "링크"):
        page.goto("about:blank")
        page.goto(f"{api.url}/reset.html#token={token}")
        page.fill("[name=password]", NEW_PASSWORD)
        page.fill("[name=password_confirm]", NEW_PASSWORD)
        assert token not in page.url
        page.click("form#form button.main")
        expect(page.locator("main")).to_contain_text(words)
    page.goto("login.html")
    page.fill("[name=email]", member.email)
    page.fill("[name=password]", NEW_PASSWORD)
    page.click("form#form button.main")
    expect(page.locator(".assistant-card")).to_have_count(6)
    member.page.reload()
    expect(member.page).to_have_url(re.compile("login.html"))


def test_asking_waits_until_the_address_is_confirmed(member: Visitor, api: Service, box: Mailbox) -> None:
    page = member.page
    member.begin()
    member.ask("안녕하세요")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("#message")).to_have_value("안녕하세요")
    box.to(member.email)
    page.get_by_role("link", name="내 정보에서 확인 메일 받기").click()
    page.get_by_role("button", name="확인 메일 받기").click()
    open_link(page, api, box, "verify.html", member.email, 2)
    expect(page.get_by_text("이메일을 확인했어요")).to_be_visible()
    assert "#" not in page.url
    page.get_by_role("link", name="계속하기").click()
    member.begin()
    member.ask_and_wait("안녕하세요")
    page.goto("verify.html")
    expect(page.get_by_role("alert")).to_be_visible()


def test_another_address_takes_effect_when_it_is_confirmed(member: Visitor, api: Service, box: Mailbox) -> None:
    page, new = member.page, f"n{time.time_ns()}@example.com"
    page.goto("me.html")
    page.fill("[name=email]", new)
    page.fill("#field-now-password", "wrong")
    page.get_by_role("button", name="확인 메일 보내기").click()
    expect(page.locator("[data-field=password] .problem").first).not_to_be_empty()
    page.fill("#field-now-password", PASSWORD)
    page.get_by_role("button", name="확인 메일 보내기").click()
    expect(page.get_by_text("메일의 링크를 누르면 바뀌어요")).to_be_visible()
    open_link(page, api, box, "verify.html", new)
    expect(page.get_by_text("이메일을 확인했어요")).to_be_visible()
    page.goto("me.html")
    expect(page.get_by_text(f"지금 주소: {new}")).to_be_visible()


# ---------------------------------------------------------------- My page
def test_log_ins_on_other_devices_are_seen_and_ended(
    member: Visitor, visit: Callable[..., Visitor], api: Service
) -> None:
    others = [visit(url=api.url), visit(url=api.url)]
    for other in others:
        other.page.goto("login.html")
        other.page.fill("[name=email]", member.email)
        other.page.fill("[name=password]", PASSWORD)
        other.page.click("form#form button.main")
        expect(other.page.locator(".assistant-card")).to_have_count(6)
    page = member.page
    page.goto("me.html")
    lines = page.locator(".card", has_text="로그인한 기기").locator(".line-item")
    expect(lines).to_have_count(3)
    expect(lines.filter(has_text="지금 이 기기")).to_have_count(1)
    lines.get_by_role("button", name="로그아웃").first.click()
    expect(lines).to_have_count(2)
    page.get_by_role("button", name="다른 기기 모두 로그아웃").click()
    page.get_by_role("dialog").get_by_role("button", name="로그아웃").click()
    expect(lines).to_have_count(1)
    for other in others:
        other.page.reload()
        expect(other.page).to_have_url(re.compile("login.html"))


def test_a_password_is_changed_by_who_knows_it(member: Visitor) -> None:
    page = member.page
    page.goto("me.html")
    form = page.locator("form", has=page.locator("#field-now-current"))
    form.locator("[name=current]").fill("wrong")
    form.locator("[name=password]").fill(NEW_PASSWORD)
    form.locator("[name=password_confirm]").fill(NEW_PASSWORD)
    form.get_by_role("button", name="비밀번호 바꾸기").click()
    expect(form.locator("[data-field=current] .problem")).not_to_be_empty()
    form.locator("[name=current]").fill(PASSWORD)
    form.get_by_role("button", name="비밀번호 바꾸기").click()
    expect(page.locator(".toasts")).to_contain_text("비밀번호를 바꿨어요")
    page.reload()
    expect(page.locator("#account .who")).to_have_text("환영합니다 민지 님")


def test_a_nickname_is_changed_and_greeted_by(member: Visitor) -> None:
    page = member.page
    page.goto("me.html")
    save = page.locator(".card", has_text="프로필").get_by_role("button", name="저장")
    page.fill("[name=nickname]", "")
    save.click()
    expect(page.locator("[data-field=nickname] .problem")).not_to_be_empty()
    page.fill("[name=nickname]", "새 이름")
    save.click()
    expect(page.locator("#account .who")).to_have_text("환영합니다 새 이름 님")


def test_everything_is_taken_along_and_the_account_is_left_for_good(member: Visitor) -> None:
    page = member.page
    page.goto("me.html")
    with page.expect_download() as saved:
        page.get_by_role("button", name="내려받기").click()
    assert saved.value.suggested_filename == "haru.zip"
    assert any(name.endswith(".json") for name in ZipFile(saved.value.path()).namelist())
    page.fill("#field-leave", "wrong")
    page.get_by_role("button", name="계정 삭제").click()
    expect(page.locator("[data-field=password] .problem").last).not_to_be_empty()
    page.fill("#field-leave", PASSWORD)
    page.get_by_role("button", name="계정 삭제").click()
    expect(page.locator("#account .main")).to_be_visible()
    expect(page.get_by_text("계정과 모든 대화를 지웠어요")).to_be_visible()
    page.goto("login.html")
    page.fill("[name=email]", member.email)
    page.fill("[name=password]", PASSWORD)
    page.click("form#form button.main")
    expect(page.get_by_role("alert")).to_be_visible()


def test_who_guesses_too_often_is_told_when_to_come_back(visit: Callable[..., Visitor], make_service: Any) -> None:
    page = visit(url=make_service(LOGINS_PER_HOUR="2").url).page
    page.goto("login.html")
    for _try in range(3):
        page.fill("[name=email]", "nobody@example.com")
        page.fill("[name=password]", f"wrong {_try}")
        with page.expect_response("**/accounts/login/"):
            page.click("form#form button.main")
    expect(page.get_by_role("alert")).to_contain_text("분")
    expect(page.locator("[name=password]")).to_have_value("wrong 2")


def test_the_first_click_names_what_is_missing_and_what_differs(visit: Callable[..., Visitor]) -> None:
    page = visit().page
    page.goto("signup.html")
    page.fill("[name=email]", "minji@example.com")
    page.fill("[name=password]", PASSWORD)
    page.fill("[name=password_confirm]", "something else")
    place = page.locator("form#form button.main").bounding_box()
    assert place is not None
    page.mouse.click(place["x"] + place["width"] / 2, place["y"] + 5, delay=100)  # as a hand does: no second try
    expect(page.locator("[data-field=nickname] .problem")).to_have_text("필수 항목입니다.")
    expect(page.locator("[data-field=password_confirm] .problem")).to_have_text("두 비밀번호가 서로 다릅니다.")


def test_the_first_click_after_a_mended_password_signs_up(visit: Callable[..., Visitor]) -> None:
    page = visit().page
    page.goto("signup.html")
    page.fill("[name=email]", f"m{time.time_ns()}@example.com")
    page.fill("[name=nickname]", "민지")
    page.fill("[name=password]", PASSWORD)
    page.fill("[name=password_confirm]", "something else")
    button = page.locator("form#form button.main")
    button.click()
    expect(page.get_by_text("두 비밀번호가 서로 다릅니다.")).to_be_visible()
    page.fill("[name=password_confirm]", "")
    page.locator("[name=password_confirm]").press_sequentially(PASSWORD)
    expect(page.get_by_text("두 비밀번호가 서로 다릅니다.")).to_be_hidden()
    place = button.bounding_box()
    assert place is not None
    page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] - 3)  # as a hand does: no second try
    expect(page).to_have_url(re.compile("chat.html"))
