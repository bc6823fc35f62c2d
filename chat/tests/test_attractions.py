"""Our attractions: a list without gaps, bundles that lose no place and stay small, and a text that fits a prompt."""

import re
from collections import Counter
from itertools import combinations
from typing import Any

import pytest

from chat.assistants import attractions, definition
from chat.assistants.attractions import Place

LANGUAGES = ["ko", "en"]
STYLES = list(attractions.FAVOURED_KINDS)
BUNDLE_LINE = re.compile(r"^(?:묶음|Bundle) (\d+) \(")
NUMBER = re.compile(r"\[(\d+)\]")


def place(number: int, latitude: float, longitude: float, area: str = "here") -> Place:
    text = {"ko": "글", "en": "text"}
    return Place(number, text, area, "food", latitude, longitude, text)


def trip(days: int = 1, style: str = "food") -> dict[str, Any]:
    return {"departure_date": "2026-03-01", "return_date": f"2026-03-{days:02}", "style": style}


def listed(text: str) -> list[int]:
    """The bundles' numbers in a text, in its order."""
    return [int(found[1]) for line in text.splitlines() if (found := BUNDLE_LINE.match(line))]


def test_about_a_hundred_places_are_numbered_without_a_gap() -> None:
    numbers = [place.number for place in attractions.places()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert 95 <= len(numbers) <= 110


def test_every_place_has_its_own_names_and_a_line_in_both_languages() -> None:
    for language in LANGUAGES:
        names = Counter(place.name[language] for place in attractions.places())
        assert [name for name, times in names.items() if times > 1 or not name.strip()] == []
        assert all(10 <= len(place.text[language]) <= 120 for place in attractions.places())


def test_korean_texts_are_korean_and_english_ones_have_no_hangul() -> None:
    for place in attractions.places():
        assert re.search("[가-힣]", place.text["ko"])
        assert not re.search("[가-힣]", place.name["en"] + place.text["en"])


def test_every_place_lies_in_singapore() -> None:
    for place in attractions.places():
        assert 1.15 < place.latitude < 1.48
        assert 103.6 < place.longitude < 104.1


def test_coordinates_are_written_with_five_decimals() -> None:
    lines = (attractions.FOLDER / "singapore_attractions.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert [line for line in lines if not re.search(r",1\.\d{5},103\.\d{5},", line)] == []


def test_every_area_and_kind_has_a_label_and_every_label_is_used() -> None:
    assert {place.area for place in attractions.places()} == set(attractions.labels()["area"])
    assert {place.kind for place in attractions.places()} == set(attractions.labels()["kind"])


def test_every_kind_that_a_style_looks_for_exists() -> None:
    assert set().union(*attractions.FAVOURED_KINDS.values()) <= set(attractions.labels()["kind"])


def test_the_styles_are_those_of_the_form() -> None:
    trip_form = next(made for made in definition.load_files() if made["slug"] == "singapore-trip")
    style = next(field for field in trip_form["fields"] if field["name"] == "style")
    assert [option["value"] for option in style["options"]] == STYLES


@pytest.mark.parametrize(
    ("one", "other", "kilometres"),
    [
        ((0.0, 0.0), (0.0, 1.0), 111.195),  # a degree on the equator
        ((0.0, 0.0), (90.0, 0.0), 10_007.557),  # a quarter of a meridian
        ((0.0, 0.0), (0.0, 180.0), 20_015.115),
        ((1.3644, 103.9915), (37.4602, 126.4407), 4_618.0),  # Changi to Incheon
        ((1.3, 103.8), (1.3, 103.8), 0.0),
    ],
)
def test_distances_are_along_the_great_circle(
    one: tuple[float, float], other: tuple[float, float], kilometres: float
) -> None:
    here, there = place(1, *one), place(2, *other)
    assert attractions.distance_km(here, there) == pytest.approx(kilometres, rel=0.002)
    assert attractions.distance_km(there, here) == attractions.distance_km(here, there)


def test_every_place_is_in_exactly_one_bundle() -> None:
    numbers = [place.number for bundle in attractions.bundles() for place in bundle]
    assert sorted(numbers) == [place.number for place in attractions.places()]


def test_every_bundle_has_one_to_five_places_and_is_at_most_five_kilometres_wide() -> None:
    for bundle in attractions.bundles():
        assert 1 <= len(bundle) <= 5
        assert all(attractions.distance_km(one, other) <= 5.0 for one, other in combinations(bundle, 2))


def test_a_bundle_across_areas_can_be_walked() -> None:
    for bundle in attractions.bundles():
        if len({place.area for place in bundle}) > 1:
            assert attractions.width_km(bundle) <= 1.5


def test_few_places_stand_alone_and_most_bundles_are_compact() -> None:
    shared = [bundle for bundle in attractions.bundles() if len(bundle) > 1]
    assert len(attractions.bundles()) - len(shared) <= 3
    assert sum(attractions.width_km(bundle) <= 2.0 for bundle in shared) >= len(shared) / 2


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Bundles a few places of the test's own: `only(place(1, …), …)` gives their numbers."""

    def bundled(*some: Place) -> list[list[int]]:
        monkeypatch.setattr(attractions, "places", lambda: some)
        made = attractions.bundles.__wrapped__()
        return [[place.number for place in bundle] for bundle in made]

    return bundled


def test_places_that_are_too_far_apart_stay_apart(only: Any) -> None:
    assert only(place(1, 1.0, 103.0), place(2, 1.0, 103.0449)) == [[1, 2]]  # 4.99 km
    assert only(place(1, 1.0, 103.0), place(2, 1.0, 103.0451)) == [[1], [2]]  # 5.01 km


def test_neighbours_of_another_area_are_joined_within_a_walk_only(only: Any) -> None:
    assert only(place(1, 1.0, 103.0), place(2, 1.0, 103.013, "there")) == [[1, 2]]
    assert only(place(1, 1.0, 103.0), place(2, 1.0, 103.014, "there")) == [[1], [2]]


def test_the_own_area_comes_first(only: Any) -> None:
    some = [place(n, 1.0, 103.0 + n / 10_000) for n in range(1, 6)]
    assert only(*some, place(6, 1.0, 103.0001, "there")) == [[1, 2, 3, 4, 5], [6]]


def test_a_sixth_place_begins_another_bundle(only: Any) -> None:
    made = only(*(place(n, 1.0, 103.0 + n / 10_000) for n in range(1, 7)))
    assert sorted(map(len, made))[-1] <= 5
    assert sum(map(len, made)) == 6


def test_the_order_of_the_file_does_not_matter(only: Any) -> None:
    everywhere = attractions.places()
    assert only(*everywhere) == only(*reversed(everywhere))


def test_a_card_has_what_the_contract_names_and_nothing_else() -> None:
    cards = attractions.cards()
    assert [card["number"] for card in cards] == [place.number for place in attractions.places()]
    for card in cards:
        assert list(card) == ["number", "name", "area", "kind", "latitude", "longitude", "text", "bundle"]
        assert set(card["name"]) == set(card["text"]) == {"ko", "en"}
    assert {card["bundle"] for card in cards} == set(range(1, len(attractions.bundles()) + 1))


def test_whoever_changes_a_card_changes_only_their_own_copy() -> None:
    attractions.cards()[0]["name"]["ko"] = "바뀐 이름"
    assert attractions.cards()[0]["name"]["ko"] != "바뀐 이름"


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("days", [1, 3, 6, 7, 10, 14])
def test_the_prompts_list_is_bounded_and_enough_for_every_day(style: str, language: str, days: int) -> None:
    text = attractions.bundles_text(trip(days, style), language, max_chars=6000)
    heading = text.splitlines()[0]
    assert len(text) <= 6000
    stated_days, per_day = map(int, re.findall(r"\d+", heading))
    assert stated_days == days
    assert len(listed(text)) >= days * per_day + 5  # a choice is left, also for later changes


@pytest.mark.parametrize(("days", "per_day"), [(1, 3), (6, 3), (7, 2), (10, 2), (11, 1), (14, 1)])
def test_longer_trips_take_fewer_bundles_a_day(days: int, per_day: int) -> None:
    for language in LANGUAGES:
        heading = attractions.bundles_text(trip(days), language, max_chars=6000).splitlines()[0]
        assert re.findall(r"\d+", heading) == [str(days), str(per_day)]


@pytest.mark.parametrize("max_chars", [0, 10, 200, 1000, 3000])
def test_a_small_bound_cuts_at_whole_lines(max_chars: int) -> None:
    whole = attractions.bundles_text(trip(14), "ko", max_chars=6000)
    cut = attractions.bundles_text(trip(14), "ko", max_chars=max_chars)
    assert len(cut) <= max_chars
    assert whole.startswith(cut)
    if max_chars >= 200:
        assert cut.splitlines() == whole.splitlines()[: len(cut.splitlines())]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_line_has_all_places_of_its_bundle_by_number_and_name(language: str) -> None:
    lines = attractions.bundles_text(trip(14), language, max_chars=6000).splitlines()[1:]
    for line in lines:
        found = BUNDLE_LINE.match(line)
        assert found
        bundle = attractions.bundles()[int(found[1]) - 1]
        assert [int(number) for number in NUMBER.findall(line)] == [place.number for place in bundle]
        for place in bundle:
            assert f"[{place.number}] {place.name[language]} (" in line


@pytest.mark.parametrize("style", STYLES)
def test_the_style_decides_what_comes_first(style: str) -> None:
    first = attractions.bundles()[attractions.ranked(style)[0] - 1]
    last = attractions.bundles()[attractions.ranked(style)[-1] - 1]
    favoured = attractions.FAVOURED_KINDS[style]
    assert sum(place.kind in favoured for place in first) > sum(place.kind in favoured for place in last)
    assert sorted(attractions.ranked(style)) == list(range(1, len(attractions.bundles()) + 1))


@pytest.mark.parametrize("inputs", [{}, {"style": ["food"]}, {"departure_date": "soon", "return_date": None}])
def test_a_form_without_dates_or_style_still_gets_a_list(inputs: dict[str, Any]) -> None:
    assert len(listed(attractions.bundles_text(inputs, "ko", max_chars=6000))) >= 12


def test_width_is_that_of_the_farthest_two() -> None:
    row = (place(1, 1.0, 103.0), place(2, 1.0, 103.01), place(3, 1.0, 103.02))
    assert attractions.width_km(row) == attractions.distance_km(row[0], row[2])
    assert attractions.width_km(row[:1]) == 0.0
