"""The second step of staff: turning it on, and the log-in with it, over the admin's own pages."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import qrcode
from django.contrib.sessions.models import Session as WebSession
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice
from qrcode.image.svg import SvgPathFillImage

from accounts.tests.staff import CODE, ENROLMENT, NEW_CODES, PASSWORD, REFUSED, REMOVAL, STATE, App, Staff, at_once

CODES_AT_FIRST = 10


def test_the_whole_way_from_the_link_to_a_log_in_with_two_steps(root: Staff) -> None:
    assert root.log_in().headers["Location"] == "/admin/"
    assert f'href="{STATE}"' in root.get("/admin/").text
    assert root.get(STATE).headers["Location"] == ENROLMENT
    response = root.enrol()
    assert response.status_code == 200
    assert len(set(root.recovery_codes)) == CODES_AT_FIRST
    assert root.is_in()
    assert "Recovery codes left: 10." in root.get(STATE).text
    assert root.submit("/admin/logout/").status_code == 200
    assert not root.is_in()

    assert root.log_in().status_code == 302
    assert not root.is_in()
    page = root.get("/admin/", follow_redirects=True)
    assert page.url.path == CODE
    assert "six digits" in page.text
    assert root.code(root.app.code()).headers["Location"] == "/admin/"
    assert root.is_in()


def test_it_goes_on_to_the_page_that_was_wanted(enrolled: Staff) -> None:
    wanted = "/admin/accounts/user/?q=a&o=1"
    enrolled.log_in(next=wanted)
    page = enrolled.get(wanted, follow_redirects=True)
    assert (page.url.path, parse_qs(page.url.query.decode())) == (CODE, {"next": [wanted]})
    assert enrolled.submit(str(page.url), code=enrolled.app.code()).headers["Location"] == wanted


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_it_goes_on_to_no_other_site(enrolled: Staff, elsewhere: str) -> None:
    enrolled.log_in()
    page = enrolled.get("/admin/login/", params={"next": elsewhere}).headers["Location"]
    assert enrolled.submit(page, code=enrolled.app.code()).headers["Location"] == "/admin/"


def test_the_qr_code_says_the_same_as_the_text(root: Staff) -> None:
    root.log_in()
    secret = root.secret().replace(" ", "")
    address = f"otpauth://totp/Haru%3Aroot%40example.com?secret={secret}&algorithm=SHA1&digits=6&period=30&issuer=Haru"
    drawn = qrcode.make(address, image_factory=SvgPathFillImage).to_string(encoding="unicode")
    assert drawn in root.get(ENROLMENT).text
    assert len(secret) == 32
    assert "://" not in re.sub(r'xmlns="[^"]+"|xmlns:svg="[^"]+"', "", root.get(ENROLMENT).text)  # nothing is fetched


def test_a_wrong_code_turns_nothing_on_and_the_secret_stays(root: Staff) -> None:
    root.log_in()
    secret = root.secret()
    for code in (App(secret).wrong_code(), "", "１２３４５６", "abcd-efgh"):
        assert root.submit(ENROLMENT, code=code).status_code == 200
    assert not TOTPDevice.objects.exists()
    assert root.secret() == secret
    assert root.enrol().status_code == 200


def test_a_secret_belongs_to_the_log_in_that_was_shown_it(root: Staff, staff_browser: Any) -> None:
    thief = staff_browser("Root")
    thief.log_in()
    root.log_in()
    assert (known := thief.secret()) != root.secret()
    root.enrol()
    assert not thief.is_in()
    assert thief.get(ENROLMENT).headers["Location"] == STATE
    assert thief.code(App(known).code()).status_code == 200
    assert not thief.is_in()


def test_of_many_who_enrol_at_once_one_does(root: Staff, staff_browser: Any) -> None:
    browsers = [root, *(staff_browser("Root") for _ in range(5))]
    apps = []
    for browser in browsers:
        browser.log_in()
        apps.append(App(browser.secret()))
    pairs = zip(browsers, apps, strict=True)
    responses = at_once(*(lambda b=b, a=a: b.submit(ENROLMENT, code=a.code()) for b, a in pairs))
    assert sum("Recovery codes</h1>" in response.text for response in responses) == 1
    assert TOTPDevice.objects.count() == 1
    assert sum(browser.is_in() for browser in browsers) == 1


def test_an_enrolled_secret_is_shown_nowhere_again(root: Staff) -> None:
    root.log_in()
    root.enrol()
    key = TOTPDevice.objects.get().key
    assert WebSession.objects.exists()
    assert not [session for session in WebSession.objects.all() if key in str(session.get_decoded())]
    assert root.get(ENROLMENT).headers["Location"] == STATE
    assert root.submit(ENROLMENT, code=root.app.code()).headers["Location"] == STATE
    for page in (STATE, NEW_CODES, REMOVAL, f"/admin/accounts/user/{root.user.pk}/change/"):
        assert key not in root.get(page).text


def test_half_a_log_in_lasts_ten_minutes_and_a_whole_one_has_another_key(enrolled: Staff) -> None:
    enrolled.log_in()
    half = enrolled.cookies["sessionid"]
    ends = WebSession.objects.get(pk=half).expire_date
    assert 590 < (ends - timezone.now()).total_seconds() <= 600
    enrolled.code(enrolled.app.code())
    whole = enrolled.cookies["sessionid"]
    assert whole != half
    assert not WebSession.objects.filter(pk=half).exists()
    assert (WebSession.objects.get(pk=whole).expire_date - timezone.now()).days >= 13


def test_half_a_log_in_that_is_over_wants_the_password_again(enrolled: Staff) -> None:
    enrolled.log_in()
    WebSession.objects.update(expire_date=timezone.now())
    response = enrolled.code(enrolled.app.code())
    assert urlsplit(response.headers["Location"]).path == "/admin/login/"


def test_a_new_password_log_in_in_the_same_browser_wants_a_new_code(enrolled: Staff) -> None:
    enrolled.log_in()
    enrolled.code(enrolled.app.code())
    form = {"username": "root@example.com", "password": PASSWORD, "next": "/admin/"}
    assert enrolled.submit("/admin/login/", **form).status_code == 302
    assert not enrolled.is_in()


def test_one_can_log_out_half_way(enrolled: Staff) -> None:
    enrolled.log_in()
    assert enrolled.submit("/admin/logout/").status_code == 200
    assert urlsplit(enrolled.get(CODE).headers["Location"]).path == "/admin/login/"


@pytest.mark.parametrize("page", [CODE, ENROLMENT, NEW_CODES, REMOVAL])
def test_without_the_forms_own_token_nothing_is_taken(enrolled: Staff, page: str) -> None:
    enrolled.log_in()
    assert enrolled.post(page, data={"code": enrolled.app.code()}).status_code == 403


def test_no_page_with_a_secret_is_kept_by_a_browser(root: Staff) -> None:
    root.log_in()
    responses = [root.get(ENROLMENT), root.enrol(), root.get(STATE)]
    assert all("no-store" in response.headers["Cache-Control"] for response in responses)


def test_the_pages_speak_korean(root: Staff) -> None:
    root.headers["Accept-Language"] = "ko"
    root.log_in()
    page = root.get(ENROLMENT).text
    assert "2단계 로그인 켜기" in page
    assert "휴대전화의 인증 앱으로" in page
    refused = root.submit(ENROLMENT, code="abcd-efgh").text
    assert "코드가 틀렸거나 이미 사용되었습니다." in refused
    assert REFUSED not in refused
