"""What the operator says reaches everybody, in both languages, from one time to another."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.utils import timezone

from accounts.tests.staff import Staff
from config.desk.models import Announcement

HOUR = timedelta(hours=1)


def say(text: str, *, starts: timedelta = -HOUR, ends: timedelta | None = None, level: str = "info") -> Announcement:
    now = timezone.now()
    until = None if ends is None else now + ends
    return Announcement.objects.create(
        text_ko=f"{text} 한국어", text_en=text, level=level, starts_at=now + starts, ends_at=until
    )


def test_nobody_needs_to_log_in(nobody: httpx.Client) -> None:
    said = say("Hello", ends=HOUR, level="warning")
    (shown,) = nobody.get("announcements/").json()
    assert shown.keys() == {"id", "text", "level", "until"}
    assert (shown["id"], shown["level"]) == (str(said.pk), "warning")
    assert shown["text"] == {"ko": "Hello 한국어", "en": "Hello"}
    assert shown["until"]


def test_only_those_of_now_are_shown_warnings_first_then_the_newest(nobody: httpx.Client) -> None:
    say("later", starts=HOUR)
    say("over", starts=-2 * HOUR, ends=-HOUR)
    say("old", starts=-3 * HOUR)
    say("new")
    say("beware", starts=-4 * HOUR, level="warning")
    assert [one["text"]["en"] for one in nobody.get("announcements/").json()] == ["beware", "new", "old"]


def form(**changes: str) -> dict[str, str]:
    return {
        "text_ko": "점검합니다.",
        "text_en": "Maintenance.",
        "level": "info",
        "starts_at_0": "2026-03-01",
        "starts_at_1": "09:00",
        "ends_at_0": "",
        "ends_at_1": "",
    } | changes


def test_a_moderator_announces_changes_and_takes_back(mod: Staff, nobody: httpx.Client) -> None:
    assert mod.submit("/admin/desk/announcement/add/", **form()).status_code == 302
    page = f"/admin/desk/announcement/{Announcement.objects.get().pk}"
    assert mod.submit(f"{page}/change/", **form(text_en="Soon over.")).status_code == 302
    assert [one["text"]["en"] for one in nobody.get("announcements/").json()] == ["Soon over."]
    assert "shown now" in mod.get("/admin/desk/announcement/").text
    assert "Soon over." in mod.get(f"{page}/delete/").text  # called by its words, not by a number
    assert mod.submit(f"{page}/delete/", post="yes").status_code == 302
    assert nobody.get("announcements/").json() == []


def test_a_word_that_another_mends_meanwhile_brings_nothing_back(mod: Staff, nobody: httpx.Client) -> None:
    said = say("Helo", starts=-2 * HOUR)
    page = f"/admin/desk/announcement/{said.pk}/change/"
    open_page = mod.shown(page)
    mod.change(page, ends_at_0="2026-03-01", ends_at_1="09:00", starts_at_0="2026-02-01", level="warning")
    assert mod.submit(page, **open_page | {"text_en": "Hello"}).status_code == 302
    said.refresh_from_db()
    assert (said.text_en, said.level) == ("Hello", "warning")
    assert nobody.get("announcements/").json() == []


@pytest.mark.parametrize(
    "wrong", [{"text_en": ""}, {"text_ko": " "}, {"ends_at_0": "2026-03-01", "ends_at_1": "09:00"}]
)
def test_half_an_announcement_is_not_taken(mod: Staff, wrong: dict[str, str]) -> None:
    assert "errorlist" in mod.submit("/admin/desk/announcement/add/", **form(**wrong)).text
    assert not Announcement.objects.exists()


def test_its_words_are_shown_as_they_stand(mod: Staff) -> None:
    say("<script>alert(1)</script>")
    assert "<script>alert" not in mod.get("/admin/desk/announcement/", params={"q": "script"}).text


def test_one_query_tells_them(nobody: httpx.Client, django_assert_num_queries: Any) -> None:
    say("a")
    say("b")
    with django_assert_num_queries(1):
        list(Announcement.objects.showing())
