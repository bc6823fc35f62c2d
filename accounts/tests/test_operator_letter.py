"""The operator hears once a local day that the service's calls are nearly used, by mail and in the log."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from accounts import outbox
from accounts.models import WaitingLetter
from accounts.tests.mailbox import Mailbox, text_of
from chat import service_cap
from chat.models import ServiceUsage
from chat.quota import local_day

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=ZoneInfo("Asia/Seoul"))
OPERATOR = "operator@example.com"


@pytest.fixture
def capped(settings: Any, transactional_db: None) -> Any:
    settings.SERVICE_DAILY_LIMIT, settings.OPERATOR_EMAIL = 11, OPERATOR
    return settings


@pytest.fixture
def no_postman(monkeypatch: pytest.MonkeyPatch) -> None:
    """Letters stay to be counted: the server of other tests, in this process, takes none."""
    monkeypatch.setattr(outbox, "take", lambda: None)


def use(calls: int, now: datetime = NOON) -> None:
    ServiceUsage.objects.update_or_create(day=local_day(now), defaults={"calls": calls})


def test_nothing_is_said_before_four_fifths_are_used(capped: Any) -> None:
    assert not service_cap.tell_if_near(NOON)
    use(8)
    assert not service_cap.tell_if_near(NOON)
    assert not WaitingLetter.objects.exists()


def test_it_is_said_once_a_local_day(capped: Any, no_postman: None) -> None:
    use(9)
    assert service_cap.tell_if_near(NOON)
    use(11)
    assert not service_cap.tell_if_near(NOON + timedelta(hours=1))
    assert WaitingLetter.objects.count() == 1
    use(9, NOON + timedelta(days=1))
    assert service_cap.tell_if_near(NOON + timedelta(days=1))


def test_of_many_processes_that_look_at_once_one_says_it(capped: Any, no_postman: None) -> None:
    use(10)

    def look(_: int) -> bool:
        try:
            return service_cap.tell_if_near(NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(look, range(8))) == 1
    assert WaitingLetter.objects.count() == 1


def test_without_an_address_the_log_says_it_alone(capped: Any, caplog: pytest.LogCaptureFixture) -> None:
    capped.OPERATOR_EMAIL = ""
    use(10)
    assert service_cap.tell_if_near(NOON)
    assert "near its cap" in caplog.text
    assert not WaitingLetter.objects.exists()


@pytest.mark.parametrize(("language", "subject"), [("ko", "[하루] 오늘의 호출을"), ("en", "[Haru] Today's calls")])
def test_the_mail_says_how_many_there_are(
    capped: Any, server: Any, mailbox: Mailbox, language: str, subject: str
) -> None:
    capped.LANGUAGE_CODE = language
    use(9)
    assert service_cap.tell_if_near(NOON)
    mail = mailbox.to(OPERATOR)
    assert str(mail["Subject"]).strip().startswith(subject)
    assert "11" in text_of(mail)
    assert "SERVICE_DAILY_LIMIT" in text_of(mail)
    assert "http" not in text_of(mail)
