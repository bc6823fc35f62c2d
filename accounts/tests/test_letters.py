"""Mails as a mail server gets them: both languages, text and HTML, one link, nothing that phones home."""

import re
from email.headerregistry import Address
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from accounts import letters
from accounts.models import User, WaitingLetter
from accounts.tests.conftest import PAGE
from accounts.tests.mailbox import TOKEN, Mailbox, html_of, text_of

ALICE, NEW = "alice@example.com", "new@example.com"
PASSWORD = "a quiet harbour"
SUBJECTS = {
    ("ko", "reset"): "[하루] 새 비밀번호 설정",
    ("en", "reset"): "[Haru] Set a new password",
    ("ko", "verify"): "[하루] 이메일 주소를 확인해 주세요",
    ("en", "verify"): "[Haru] Confirm your e-mail address",
    ("ko", "notice"): "[하루] 계정의 이메일 주소 변경 요청",
    ("en", "notice"): "[Haru] Your account is to get another e-mail address",
}
LASTS = {
    ("ko", "reset"): "한 시간 동안 한 번만",
    ("en", "reset"): "once, for an hour",
    ("ko", "verify"): "72시간 동안 한 번만",
    ("en", "verify"): "once, for 72 hours",
}
WHERE = {"reset": f"{PAGE}reset.html#token=", "verify": f"{PAGE}verify.html#token="}


class Page(HTMLParser):
    """What an HTML mail shows, where it leads, and what it would load."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str | None] = []
        self.tags: set[str] = set()
        self.words: list[str] = []
        self.language: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        found = dict(attrs)
        self.language = found.get("lang", self.language)
        if tag == "a":
            self.links.append(found["href"])
        assert not {"src", "srcset", "background", "data", "action"} & set(found)
        assert "url(" not in (found.get("style") or "")

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())


def mail_of(kind: str, language: str, alice: Any, nobody: httpx.Client, mailbox: Mailbox) -> EmailMessage:
    headers = {"Accept-Language": language}
    if kind == "reset":
        nobody.post("accounts/password/reset/", json={"email": ALICE}, headers=headers)
        return mailbox.to(ALICE)
    alice.post("accounts/email/change/", json={"email": NEW, "password": PASSWORD}, headers=headers)
    return mailbox.to(NEW if kind == "verify" else ALICE)


@pytest.mark.parametrize("kind", ["reset", "verify", "notice"])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_mail_speaks_the_language_of_who_asked(
    kind: str, language: str, alice: Any, nobody: httpx.Client, mailbox: Mailbox
) -> None:
    mail = mail_of(kind, language, alice, nobody, mailbox)
    text, page = text_of(mail), Page(html_of(mail))
    assert mail["Subject"].strip() == SUBJECTS[language, kind]
    assert (mail["Content-Language"], page.language) == (language, language)
    assert LASTS.get((language, kind), "") in text
    has_hangul = bool(re.search("[가-힣]", TOKEN.sub("", text)))
    assert has_hangul is (language == "ko")


@pytest.mark.parametrize("kind", ["reset", "verify", "notice"])
def test_text_and_html_say_the_same_and_lead_to_the_page_alone(
    kind: str, alice: Any, nobody: httpx.Client, mailbox: Mailbox
) -> None:
    mail = mail_of(kind, "en", alice, nobody, mailbox)
    text, page = text_of(mail), Page(html_of(mail))
    paragraphs = text.strip().split("\n\n")
    assert set(paragraphs) <= set(page.words)
    assert len(text.splitlines()) < 12
    found = [paragraph for paragraph in paragraphs if "://" in paragraph]
    assert page.links == found
    assert [link.startswith(WHERE[kind]) for link in found] == ([True] if kind in WHERE else [])
    assert page.tags <= set("html head meta title body div p a".split())


def test_a_mail_names_the_service_and_not_this_machine(alice: Any, nobody: httpx.Client, mailbox: Mailbox) -> None:
    mail = mail_of("reset", "en", alice, nobody, mailbox)
    assert mail["From"].addresses == (Address("Haru", addr_spec="haru@haru.example"),)
    assert re.fullmatch(r"<[\w.]+@haru\.example>", mail["Message-ID"])
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"]
    assert mail.get_content_type() == "multipart/alternative"


@pytest.mark.parametrize(
    "nickname", ["Buy at http://evil.example", "<b>x</b>", "x\r\nBcc: all@example.com", "\u202eevil"]
)
def test_a_nickname_is_in_no_part_of_a_mail(alice: Any, nobody: httpx.Client, mailbox: Mailbox, nickname: str) -> None:
    User.objects.filter(pk=alice.user.pk).update(nickname=nickname)
    mail = mail_of("verify", "en", alice, nobody, mailbox)
    for word in ("evil", "<b>x", "all@example.com"):
        assert word not in mail.as_string() + text_of(mail) + html_of(mail)
    assert mail["Bcc"] is None


def test_a_link_never_leads_to_the_host_of_the_request(alice: Any, nobody: httpx.Client, mailbox: Mailbox) -> None:
    headers = {"Host": "localhost:1", "X-Forwarded-Host": "evil.example", "Origin": "https://evil.example"}
    nobody.post("accounts/password/reset/", json={"email": ALICE}, headers=headers)
    assert text_of(mailbox.to(ALICE)).count("://") == text_of(mailbox.to(ALICE)).count(PAGE) == 1


@pytest.mark.parametrize(
    ("fields", "is_written"),
    [({}, True), ({"email_verified_at": "2026-03-01T00:00:00Z"}, False), ({"is_active": False}, False)],
)
def test_a_letter_that_has_lost_its_point_is_not_written(alice: Any, fields: dict[str, Any], is_written: bool) -> None:
    User.objects.filter(pk=alice.user.pk).update(**fields)
    alice.user.refresh_from_db()
    letter = WaitingLetter(kind="verify", email=ALICE, user=alice.user, language="en")
    assert (letters.written(letter) is not None) is is_written
