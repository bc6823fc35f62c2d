"""The six forms, to the letter: what is taken at each bound, what is refused beyond it, and where it is said."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.utils.translation import override

from chat.assistants import definition, forms


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with override("en"):
        yield


TODAY = date(2026, 3, 1)
FORMS = {made["slug"]: made for made in definition.load_files()}
GOOD: dict[str, dict[str, Any]] = {
    "singapore-trip": {
        "group": "mixed",
        "style": "food",
        "transport": ["public", "taxi"],
        "departure_date": "2026-03-01",
        "return_date": "2026-03-14",
        "people": 2,
        "budget_krw": 1_500_000,
        "request": "칠리크랩",
    },
    "english-coach": {"mode": "interview", "topic": "barista", "level": "beginner", "feedback": "end"},
    "date-course": {
        "place": "서울시",
        "season": "spring",
        "start_time": "06:00",
        "end_time": "23:00",
        "transport": "walk",
        "request": "",
    },
    "cover-letter": {
        "company": "하루",
        "role": "개발자",
        "career": "new",
        "question": "지원 동기",
        "strengths": "꾸준함",
        "length": "700",
        "tone": "sincere",
    },
    "english-friend": {"friend": "bori"},
}


def errors_of(slug: str, **changes: Any) -> dict[str, list[str]]:
    inputs = {name: value for name, value in (GOOD[slug] | changes).items() if value is not ...}
    try:
        forms.validate(FORMS[slug]["fields"], inputs, today=TODAY, max_chars=8000)
    except forms.FormErrors as refused:
        return refused.errors
    return {}


def test_there_are_six_in_their_order() -> None:
    assert list(FORMS) == [*GOOD, "free-chat"]
    assert FORMS["free-chat"]["fields"] == []


@pytest.mark.parametrize("slug", FORMS)
def test_every_definition_is_without_a_fault(slug: str) -> None:
    assert definition.check(FORMS[slug]) == []


@pytest.mark.parametrize("slug", GOOD)
def test_a_good_form_is_taken_as_it_is_and_in_the_contracts_order(slug: str) -> None:
    clean = forms.validate(FORMS[slug]["fields"], GOOD[slug], today=TODAY, max_chars=8000)
    assert list(clean.items()) == list(GOOD[slug].items())


@pytest.mark.parametrize("slug", GOOD)
@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_example_fills_the_form(slug: str, language: str) -> None:
    example = forms.public_example(FORMS[slug], today=TODAY)
    assert example
    forms.validate(FORMS[slug]["fields"], example[language], today=TODAY, max_chars=8000)


CHOICES = {
    ("singapore-trip", "group"): ["male", "female", "mixed", "undisclosed"],
    ("singapore-trip", "style"): ["nature", "city", "food", "luxury", "value", "children"],
    ("singapore-trip", "transport"): ["public", "rental_car", "taxi", "ride_hailing"],
    ("english-coach", "mode"): ["interview", "conversation"],
    ("english-coach", "level"): ["beginner", "intermediate", "advanced"],
    ("english-coach", "feedback"): ["each", "end", "none"],
    ("date-course", "season"): ["spring", "summer", "autumn", "winter"],
    ("date-course", "transport"): ["walk", "public", "car"],
    ("cover-letter", "career"): ["new", "experienced"],
    ("cover-letter", "length"): ["500", "700", "1000", "1500"],
    ("cover-letter", "tone"): ["sincere", "confident", "plain", "creative"],
    ("english-friend", "friend"): ["bori", "barista", "officer", "neighbour"],
}


@pytest.mark.parametrize(("where", "values"), CHOICES.items())
def test_the_choices_are_the_contracts(where: tuple[str, str], values: list[str]) -> None:
    slug, name = where
    field = next(field for field in FORMS[slug]["fields"] if field["name"] == name)
    assert [option["value"] for option in field["options"]] == values
    assert field["type"] == ("choices" if name == "transport" and slug == "singapore-trip" else "choice")


@pytest.mark.parametrize(
    ("slug", "changes"),
    [
        ("singapore-trip", {"return_date": "2026-03-01"}),
        ("singapore-trip", {"people": 1}),
        ("singapore-trip", {"people": 20}),
        ("singapore-trip", {"budget_krw": 100_000}),
        ("singapore-trip", {"budget_krw": 100_000_000}),
        ("singapore-trip", {"request": "가" * 1000}),
        ("singapore-trip", {"request": ...}),
        ("singapore-trip", {"transport": ["rental_car"]}),
        ("english-coach", {"topic": "가" * 100}),
        ("date-course", {"place": "가" * 50}),
        ("date-course", {"request": "가" * 500}),
        ("date-course", {"start_time": "22:59", "end_time": "23:00"}),
        ("cover-letter", {"company": "가" * 100, "role": "가" * 100, "question": "가" * 500, "strengths": "가" * 2000}),
    ],
)
def test_at_the_bound_it_is_taken(slug: str, changes: dict[str, Any]) -> None:
    assert errors_of(slug, **changes) == {}


@pytest.mark.parametrize(
    ("slug", "changes", "field"),
    [
        ("singapore-trip", {"departure_date": "2026-02-28"}, "departure_date"),
        ("singapore-trip", {"departure_date": "2026-03-05", "return_date": "2026-03-04"}, "return_date"),
        ("singapore-trip", {"return_date": "2026-03-15"}, "return_date"),
        ("singapore-trip", {"return_date": "20260305"}, "return_date"),
        ("singapore-trip", {"return_date": "2026-02-30"}, "return_date"),
        ("singapore-trip", {"return_date": 5}, "return_date"),
        ("singapore-trip", {"people": 0}, "people"),
        ("singapore-trip", {"people": 21}, "people"),
        ("singapore-trip", {"people": "2"}, "people"),
        ("singapore-trip", {"people": 2.0}, "people"),
        ("singapore-trip", {"people": True}, "people"),
        ("singapore-trip", {"budget_krw": 150_000}, "budget_krw"),
        ("singapore-trip", {"budget_krw": 0}, "budget_krw"),
        ("singapore-trip", {"budget_krw": 100_100_000}, "budget_krw"),
        ("singapore-trip", {"request": "가" * 1001}, "request"),
        ("singapore-trip", {"request": {}}, "request"),
        ("singapore-trip", {"request": False}, "request"),
        ("singapore-trip", {"request": "\x00"}, "request"),
        ("singapore-trip", {"request": "\ud800"}, "request"),
        ("singapore-trip", {"transport": []}, "transport"),
        ("singapore-trip", {"transport": "taxi"}, "transport"),
        ("singapore-trip", {"transport": ["taxi", "boat"]}, "transport"),
        ("singapore-trip", {"transport": [["taxi"]]}, "transport"),
        ("singapore-trip", {"group": "MIXED"}, "group"),
        ("singapore-trip", {"group": ...}, "group"),
        ("singapore-trip", {"group": ["mixed"]}, "group"),
        ("singapore-trip", {"model": "gpt-9"}, "model"),
        ("english-coach", {"topic": "   "}, "topic"),
        ("english-coach", {"topic": "가" * 101}, "topic"),
        ("english-coach", {"topic": 5}, "topic"),
        ("date-course", {"place": "가" * 51}, "place"),
        ("date-course", {"request": "가" * 501}, "request"),
        ("date-course", {"start_time": "05:59"}, "start_time"),
        ("date-course", {"end_time": "23:01"}, "end_time"),
        ("date-course", {"end_time": "9:30"}, "end_time"),
        ("date-course", {"start_time": "10:00", "end_time": "10:00"}, "end_time"),
        ("date-course", {"start_time": "10:00", "end_time": "09:00"}, "end_time"),
        ("cover-letter", {"company": "가" * 101}, "company"),
        ("cover-letter", {"question": "가" * 501}, "question"),
        ("cover-letter", {"strengths": "가" * 2001}, "strengths"),
        ("cover-letter", {"length": 700}, "length"),
    ],
)
def test_beyond_the_bound_it_is_refused_at_its_field(slug: str, changes: dict[str, Any], field: str) -> None:
    assert list(errors_of(slug, **changes)) == [field]


@pytest.mark.parametrize(
    ("least", "day", "said"),
    [
        ("today", "2026-02-28", "This must be today or later."),
        ("today+7", "2026-03-07", "This must be 2026-03-08 or later."),
        ("2026-12-24", "2026-12-23", "This must be 2026-12-24 or later."),
    ],
)
def test_a_day_that_is_too_early_is_told_the_first_one(least: str, day: str, said: str) -> None:
    field = {"name": "day", "type": "date", "required": True, "min": least}
    with override("en"), pytest.raises(forms.FormErrors) as refused:
        forms.validate([field], {"day": day}, today=TODAY, max_chars=10)
    assert refused.value.errors == {"day": [said]}


def test_all_errors_are_told_at_once() -> None:
    found = errors_of("singapore-trip", people=0, group="x", return_date="soon", extra=1)
    assert set(found) == {"people", "group", "return_date", "extra"}


@pytest.mark.parametrize("raw", [None, [], "x", 5])
def test_a_form_that_is_no_object_is_refused_as_a_whole(raw: object) -> None:
    with pytest.raises(forms.FormErrors) as refused:
        forms.validate(FORMS["english-friend"]["fields"], raw, today=TODAY, max_chars=8000)
    assert list(refused.value.errors) == [""]


def test_the_whole_form_has_a_bound_too() -> None:
    with pytest.raises(forms.FormErrors) as refused:
        forms.validate(FORMS["cover-letter"]["fields"], GOOD["cover-letter"], today=TODAY, max_chars=10)
    assert list(refused.value.errors) == [""]


def test_texts_are_composed_and_trimmed_and_choices_put_in_order() -> None:
    clean = forms.validate(
        FORMS["singapore-trip"]["fields"],
        GOOD["singapore-trip"] | {"request": "  \u1112\u1161\u1105\u116e ", "transport": ["taxi", "public", "taxi"]},
        today=TODAY,
        max_chars=8000,
    )
    assert clean["request"] == "하루"
    assert clean["transport"] == ["public", "taxi"]


def test_the_shown_form_has_the_contracts_keys_and_a_real_date() -> None:
    shown = {field["name"]: field for field in forms.public_fields(FORMS["singapore-trip"]["fields"], today=TODAY)}
    assert set(shown["people"]) == {
        *("name", "type", "label", "help", "placeholder", "required"),
        *("min", "max", "step", "max_length", "options"),
    }
    assert (shown["people"]["min"], shown["people"]["max"]) == (1, 20)
    assert shown["budget_krw"]["step"] == 100_000
    assert shown["departure_date"]["min"] == "2026-03-01"


def broken(**changes: Any) -> list[str]:
    return definition.check(FORMS["english-coach"] | changes)


def test_a_broken_definition_is_told_in_words() -> None:
    fields = FORMS["english-coach"]["fields"]
    assert definition.check([])
    assert broken(fields="x")
    assert broken(max_input_chars=8001) == ["max_input_chars is no whole number from 1 to 8000."]
    assert "max_input_chars is no whole number from 1 to 4000." in broken(max_input_chars=4001, fields=[])
    assert "example.ko: The form may hold 5 characters in all." in broken(max_input_chars=5)
    assert broken(name={"ko": "이름"})
    assert broken(max_output_tokens=0)
    assert broken(fields=[*fields, fields[0]])
    assert broken(fields=[{**fields[0], "type": "colour"}, *fields[1:]])
    assert broken(fields=[{**fields[0], "options": []}, *fields[1:]])
    assert broken(fields=[{**fields[0], "not_before": "topic"}, *fields[1:]])
    assert broken(title_template={"ko": "$nobody", "en": "x"}) == [
        "title_template.ko names nobody, which is no input of this form."
    ]
    assert broken(title_template={"ko": "5$", "en": "x"})
