"""From a form to the prompt: labels instead of codes, a member's words put in once and never read as a template."""

import string
from datetime import date
from typing import Any

import pytest

from chat.assistants import definition, forms, prompts
from chat.tests.test_forms import GOOD

FORMS = {made["slug"]: made for made in definition.load_files()}
LANGUAGES = ["ko", "en"]


@pytest.mark.parametrize("slug", GOOD)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_input_reaches_the_model(slug: str, language: str) -> None:
    used = string.Template(FORMS[slug]["message_template"][language]).get_identifiers()
    assert {field["name"] for field in FORMS[slug]["fields"]} <= set(used)


@pytest.mark.parametrize("slug", GOOD)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_prompt_has_labels_and_no_placeholder_left(slug: str, language: str) -> None:
    made = prompts.message(FORMS[slug], GOOD[slug], language)
    for field in FORMS[slug]["fields"]:
        for option in field.get("options", []):
            if option["value"] == GOOD[slug][field["name"]]:
                assert option["label"][language] in made
    assert "$" not in made


def test_numbers_are_written_for_people() -> None:
    assert "1,500,000" in prompts.message(FORMS["singapore-trip"], GOOD["singapore-trip"], "ko")


def test_what_a_member_typed_stays_as_typed() -> None:
    typed = "$place ${season} $$ {0} %s $attractions"
    made = prompts.message(FORMS["date-course"], GOOD["date-course"] | {"request": typed}, "en")
    assert typed in made


def test_an_empty_request_is_said_to_be_none() -> None:
    inputs = GOOD["date-course"] | {"request": ""}
    assert "없음" in prompts.message(FORMS["date-course"], inputs, "ko")
    assert "none" in prompts.message(FORMS["date-course"], inputs, "en")


def test_the_trip_carries_a_bounded_list_of_attractions() -> None:
    for last_day in ("2026-03-01", "2026-03-14"):
        made = prompts.message(FORMS["singapore-trip"], GOOD["singapore-trip"] | {"return_date": last_day}, "ko")
        assert "[1]" in made or "[2]" in made
        assert len(made) < 9000


@pytest.mark.parametrize(
    ("language", "title"), [("ko", "서울시 봄 데이트 코스"), ("en", "Spring date course in 서울시")]
)
def test_a_date_courses_title_is_place_and_season(language: str, title: str) -> None:
    assert prompts.title(FORMS["date-course"], GOOD["date-course"], language) == title


@pytest.mark.parametrize("slug", GOOD)
def test_title_and_summary_are_one_line_each(slug: str) -> None:
    summary = prompts.summary(FORMS[slug], GOOD[slug])
    assert set(summary) == {"ko", "en"}
    for text in (*summary.values(), prompts.title(FORMS[slug], GOOD[slug], "ko")):
        assert text
        assert "\n" not in text


@pytest.mark.parametrize("slug", FORMS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_system_prompt_holds_nothing_of_a_members(slug: str, language: str) -> None:
    prompt = prompts.system_prompt(FORMS[slug], language)
    assert len(prompt) > 100
    assert "$" not in prompt


@pytest.mark.parametrize("slug", ["english-coach", "english-friend"])
def test_english_assistants_demand_english_in_both_languages(slug: str) -> None:
    for language in LANGUAGES:
        assert "English" in prompts.system_prompt(FORMS[slug], language)
    assert FORMS[slug]["speech_language"] == "en-US"


def test_an_example_is_of_the_future_whenever_it_is_asked_for() -> None:
    example: Any = forms.public_example(FORMS["singapore-trip"], today=date(2030, 1, 1))
    assert example["ko"]["departure_date"] > "2030-01-01"
