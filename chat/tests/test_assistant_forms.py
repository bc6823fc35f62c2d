"""What a moderator may not make of a definition, told in words and never by a crash; and a form's odd corners."""

from collections.abc import Callable, Iterator
from copy import deepcopy
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
FILES = {made["slug"]: made for made in definition.load_files()}
DATE_COURSE = {"place": "서울", "season": "spring", "start_time": "10:00", "end_time": "12:00", "transport": "walk"}


def checked(slug: str, change: Callable[[dict[str, Any]], object], name: str = "") -> list[str]:
    """The faults of a file's definition, or of one of its fields, after a change."""
    made = deepcopy(FILES[slug])
    change(next(field for field in made["fields"] if field["name"] == name) if name else made)
    return definition.check(made)


@pytest.mark.parametrize(
    ("slug", "name", "change", "fault"),
    [
        ("singapore-trip", "people", {"min": "a"}, "min and max are not whole numbers."),
        ("singapore-trip", "people", {"max": None}, "min and max are not whole numbers."),
        ("singapore-trip", "people", {"min": 21}, "min is above max."),
        ("singapore-trip", "people", {"step": 0}, "step is not a positive whole number."),
        ("singapore-trip", "people", {"max_length": 5}, "max_length means nothing for the type integer."),
        ("singapore-trip", "departure_date", {"min": "soon"}, "min is no day such as today, today+30 or 2026-03-01."),
        ("singapore-trip", "departure_date", {"min": 5}, "min is no day such as today, today+30 or 2026-03-01."),
        (
            "singapore-trip",
            "departure_date",
            {"min": "today+99999"},
            "min is no day such as today, today+30 or 2026-03-01.",
        ),
        ("singapore-trip", "return_date", {"not_before": "nobody"}, "not_before names no date that stands before it."),
        ("singapore-trip", "return_date", {"not_before": "style"}, "not_before names no date that stands before it."),
        ("singapore-trip", "return_date", {"not_before": []}, "not_before names no date that stands before it."),
        (
            "singapore-trip",
            "return_date",
            {"max_days": True},
            "max_days is a positive whole number that goes with not_before.",
        ),
        ("date-course", "end_time", {"after": "season"}, "after names no time that stands before it."),
        ("date-course", "start_time", {"after": "end_time"}, "after names no time that stands before it."),
        ("date-course", "start_time", {"min": "23:30"}, "min is above max."),
        ("date-course", "start_time", {"min": "6am"}, "min and max are not times such as 09:30."),
        ("date-course", "place", {"max_length": -1}, "max_length is not a positive whole number."),
        ("date-course", "place", {"label": {"ko": "장소"}}, "label needs a text in ko and en."),
        ("date-course", "place", {"help": "x"}, "help needs a text in ko and en."),
        ("date-course", "place", {"required": "yes"}, "required is not true or false."),
        ("date-course", "place", {"type": []}, "the type [] is unknown."),
        ("date-course", "season", {"options": [None]}, "options are missing."),
    ],
)
def test_a_fault_of_a_field_is_told_at_the_field(slug: str, name: str, change: dict[str, Any], fault: str) -> None:
    assert f"{name}: {fault}" in checked(slug, lambda field: field.update(change), name)


@pytest.mark.parametrize("value", [[], 5, "", "summer"])
def test_values_of_options_are_texts_and_all_different(value: object) -> None:
    faults = checked("date-course", lambda field: field["options"][0].update(value=value), "season")
    assert faults == ["season: options need a value each, all different."]


def test_an_option_without_a_label_is_told() -> None:
    faults = checked("date-course", lambda field: field["options"][0].pop("label"), "season")
    assert faults == ["season: options need a label in ko and en."]


def test_a_name_that_no_template_can_call_is_told() -> None:
    assert "my place: name is not a word of a-z, 0-9 and _." in checked(
        "date-course", lambda field: field.update(name="my place"), "place"
    )


@pytest.mark.parametrize(
    ("slug", "change", "fault"),
    [
        ("singapore-trip", {"cards": "paris"}, "cards names no list of ours."),
        ("singapore-trip", {"cards": ["x"]}, "cards names no list of ours."),
        ("english-coach", {"closing_message": {"ko": "x"}}, "closing_message needs a text in ko and en."),
        ("english-coach", {"speech_language": 5}, "speech_language is not a text."),
        ("english-coach", {"model": 5}, "model is not a text."),
        ("english-coach", {"max_output_tokens": True}, "max_output_tokens is not a positive whole number."),
        ("english-coach", {"icon": None}, "icon is not a text."),
        ("english-coach", {"sample": {"ko": "", "en": "x"}}, "sample needs a text in ko and en."),
        ("english-coach", {"name": {"ko": "\x00", "en": "x"}}, "A text has a NUL or a lone surrogate."),
        ("english-coach", {"\ud800": 1}, "A text has a NUL or a lone surrogate."),
        ("date-course", {"message_template": None}, "message_template needs a text in ko and en."),
        ("date-course", {"title_template": {"ko": "x", "en": "5$"}}, "title_template.en has a $ that names nothing"),
        (
            "date-course",
            {"message_template": {"ko": "x", "en": "$attractions"}},
            "message_template.en names attraction",
        ),
        (
            "singapore-trip",
            {"title_template": {"ko": "$attractions", "en": "x"}},
            "title_template.ko names attractions",
        ),
        ("date-course", {"example": "x"}, "example is not {ko: inputs, en: inputs}."),
        ("date-course", {"example": {"ko": "x", "en": {}}}, "example is not {ko: inputs, en: inputs}."),
        ("date-course", {"example": {"ko": DATE_COURSE}}, "example needs inputs in ko and en."),
        ("date-course", {"example": {"ko": DATE_COURSE, "en": DATE_COURSE | {"season": "x"}}}, "example.en.season: "),
    ],
)
def test_a_fault_of_a_definition_is_told(slug: str, change: dict[str, Any], fault: str) -> None:
    assert any(told.startswith(fault) for told in checked(slug, lambda made: made.update(change)))


RUBBISH: list[Any] = [None, True, -1, 1.5, "", "x", "$", [], [[]], {}, {"ko": 1}, "today", "9" * 50]


@pytest.mark.parametrize("slug", FILES)
@pytest.mark.parametrize("rubbish", RUBBISH, ids=repr)
def test_rubbish_anywhere_in_a_definition_never_crashes_the_check_or_what_it_lets_pass(slug: str, rubbish: Any) -> None:
    for key in FILES[slug]:
        shown_if_allowed(FILES[slug] | {key: rubbish})
    for index, one in enumerate(FILES[slug]["fields"]):
        for key in {*one, "min", "max", "step", "max_days", "after", "not_before"}:
            fields = [*FILES[slug]["fields"]]
            fields[index] = one | {key: rubbish}
            shown_if_allowed(FILES[slug] | {"fields": fields})


def shown_if_allowed(made: dict[str, Any]) -> None:
    if definition.check(made) == []:
        forms.public_fields(made["fields"], today=TODAY)
        for inputs in (forms.public_example(made, today=TODAY) or {}).values():
            forms.validate(made["fields"], inputs, today=TODAY, max_chars=8000)


@pytest.mark.parametrize("slug", FILES)
def test_a_file_has_a_place_in_the_order_and_a_reasoned_bound(slug: str) -> None:
    made = FILES[slug]
    assert list(FILES).index(slug) + 1 == made["order"]
    text = (definition.FOLDER / f"{slug}.toml").read_text(encoding="utf-8")
    assert next(line for line in text.splitlines() if line.startswith("max_output_tokens")).count("#") == 1


def test_only_the_english_assistants_speak_and_only_the_coach_closes() -> None:
    assert [slug for slug in FILES if "speech_language" in FILES[slug]] == ["english-coach", "english-friend"]
    assert [slug for slug in FILES if "closing_message" in FILES[slug]] == ["english-coach"]
    assert [slug for slug in FILES if "cards" in FILES[slug]] == ["singapore-trip"]


def course(**changes: Any) -> dict[str, Any]:
    return forms.validate(FILES["date-course"]["fields"], DATE_COURSE | changes, today=TODAY, max_chars=8000)


@pytest.mark.parametrize("wrong", [0, False, {}, 1.0])
def test_what_is_empty_only_for_python_is_no_empty_text(wrong: Any) -> None:
    for name in ("place", "request"):
        with pytest.raises(forms.FormErrors) as refused:
            course(**{name: wrong})
        assert list(refused.value.errors) == [name]


@pytest.mark.parametrize("wrong", ["１０:００", "1０:00", "10:0٥", "10:00\n", "24:00", "10:00:00", " 10:00", "10:00Z"])
def test_a_time_is_five_plain_characters(wrong: str) -> None:
    with pytest.raises(forms.FormErrors) as refused:
        course(start_time=wrong)
    assert list(refused.value.errors) == ["start_time"]


def test_length_is_counted_in_code_points_after_composition() -> None:
    assert course(place="e\u0301" * 50)["place"] == "\u00e9" * 50
    with pytest.raises(forms.FormErrors):
        course(place="👍🏿" * 26)  # 52 code points, 26 on the screen


def test_a_later_field_is_not_blamed_for_an_earlier_ones_fault() -> None:
    with pytest.raises(forms.FormErrors) as refused:
        course(start_time="25:00")
    assert list(refused.value.errors) == ["start_time"]


def test_the_last_day_that_there_is_breaks_nothing() -> None:
    inputs = forms.public_example(FILES["singapore-trip"], today=TODAY)
    assert inputs
    days = {"departure_date": "9999-12-31", "return_date": "9999-12-31"}
    clean = forms.validate(FILES["singapore-trip"]["fields"], inputs["ko"] | days, today=TODAY, max_chars=8000)
    assert clean["return_date"] == "9999-12-31"


def test_a_number_beyond_any_column_is_refused_at_its_field() -> None:
    inputs = forms.public_example(FILES["singapore-trip"], today=TODAY)
    assert inputs
    with pytest.raises(forms.FormErrors) as refused:
        forms.validate(
            FILES["singapore-trip"]["fields"], inputs["ko"] | {"people": 10**30}, today=TODAY, max_chars=8000
        )
    assert list(refused.value.errors) == ["people"]
