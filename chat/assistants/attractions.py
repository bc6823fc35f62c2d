"""Our attractions of Singapore: the list, its bundles of near places, the page's cards and the prompt's text."""

import csv
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import combinations
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
EARTH_RADIUS_KM = 6371.0088
BUNDLE_MAX_PLACES = 5
BUNDLE_MAX_KM = 5.0  # within one area
WALKABLE_KM = 1.5  # how wide a bundle of several areas may get

TRIP_BUNDLES = 20  # what a trip holds at most; longer trips take fewer a day
DAY_MAX_BUNDLES = 3
LISTED_MIN = 12
SPARE_BUNDLES = 8  # listed beyond the need, for a choice and for later changes

# Which kinds a travel style of the form looks for; landmarks count a little for everybody.
FAVOURED_KINDS = {
    "nature": {"nature", "beach"},
    "city": {"landmark", "museum", "shopping", "nightlife"},
    "food": {"food", "culture"},
    "luxury": {"shopping", "nightlife", "landmark"},
    "value": {"food", "temple", "nature", "culture"},
    "children": {"family", "nature", "beach"},
}
HEADINGS = {
    "ko": "모두 %d일, 하루에 많아야 %d묶음. 여행 취향에 잘 맞는 묶음부터 적었습니다.",
    "en": "%d days in all, at most %d bundles a day. Those that fit the travel style best come first.",
}
BUNDLE_WORD = {"ko": "묶음", "en": "Bundle"}


@dataclass(frozen=True)
class Place:
    """A line of our list; degrees north and east."""

    number: int
    name: Mapping[str, str]
    area: str
    kind: str
    latitude: float
    longitude: float
    text: Mapping[str, str]


Bundle = tuple[Place, ...]
Merger = tuple[float, tuple[int, ...], Bundle, Bundle]  # kilometres, numbers, the two


@cache
def places() -> tuple[Place, ...]:
    """The list, by number."""
    with (FOLDER / "singapore_attractions.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Place(
                number=int(row["number"]),
                name={"ko": row["name_ko"], "en": row["name_en"]},
                area=row["area"],
                kind=row["kind"],
                latitude=float(row["latitude"]),
                longitude=float(row["longitude"]),
                text={"ko": row["text_ko"], "en": row["text_en"]},
            )
            for row in csv.DictReader(file)
        )


@cache
def labels() -> dict[str, dict[str, dict[str, str]]]:
    """`{area: {slug: {ko, en}}, kind: {slug: {ko, en}}}`."""
    return tomllib.loads((FOLDER / "singapore_labels.toml").read_text(encoding="utf-8"))


def distance_km(one: Place, other: Place) -> float:
    """Along the great circle (haversine)."""
    north, east = radians(other.latitude - one.latitude), radians(other.longitude - one.longitude)
    across = cos(radians(one.latitude)) * cos(radians(other.latitude)) * sin(east / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(sin(north / 2) ** 2 + across)))


def width_km(bundle: Sequence[Place]) -> float:
    """The distance of the two places that are farthest apart."""
    return max((distance_km(one, other) for one, other in combinations(bundle, 2)), default=0.0)


@cache
def bundles() -> tuple[Bundle, ...]:
    """Every place in exactly one bundle: the narrowest merger is made first, until none is left that may be."""
    grown: list[Bundle] = [(place,) for place in places()]
    mergers = [merger for one, other in combinations(grown, 2) if (merger := merged(one, other))]
    while mergers:
        _, _, one, other = min(mergers, key=lambda merger: merger[:2])
        new = by_number(one + other)
        grown = [bundle for bundle in grown if bundle not in (one, other)]
        mergers = [merger for merger in mergers if not any(bundle in (one, other) for bundle in merger[2:])]
        mergers += [merger for bundle in grown if (merger := merged(bundle, new))]
        grown.append(new)
    return tuple(sorted(grown, key=lambda bundle: bundle[0].number))


def merged(one: Bundle, other: Bundle) -> Merger | None:
    """What joining two bundles costs (kilometres, then numbers to settle ties), None where it may not be."""
    together = by_number(one + other)
    if len(together) > BUNDLE_MAX_PLACES:
        return None
    width, is_one_area = width_km(together), len({place.area for place in together}) == 1
    if width > (BUNDLE_MAX_KM if is_one_area else WALKABLE_KM):
        return None
    # Neighbours across areas come after all that an area can do within walking distance.
    return width + (0.0 if is_one_area else WALKABLE_KM), tuple(place.number for place in together), one, other


def by_number(some: Bundle) -> Bundle:
    return tuple(sorted(some, key=lambda place: place.number))


def cards() -> list[dict[str, Any]]:
    """What the page shows of each place, by number; `bundle` counts from 1."""
    bundle_of = {place.number: index for index, bundle in enumerate(bundles(), start=1) for place in bundle}
    return [
        {
            "number": place.number,
            "name": dict(place.name),
            "area": place.area,
            "kind": place.kind,
            "latitude": place.latitude,
            "longitude": place.longitude,
            "text": dict(place.text),
            "bundle": bundle_of[place.number],
        }
        for place in places()
    ]


def bundles_text(inputs: Mapping[str, Any], language: str, *, max_chars: int) -> str:
    """The bundles that suit a trip, a line each, cut at whole lines; never longer than `max_chars` code points."""
    days = trip_days(inputs)
    per_day = max(1, min(DAY_MAX_BUNDLES, TRIP_BUNDLES // days))
    text = HEADINGS[language] % (days, per_day)
    for number in ranked(inputs.get("style"))[: max(LISTED_MIN, days * per_day + SPARE_BUNDLES)]:
        line = "\n" + bundle_line(number, language)
        if len(text) + len(line) > max_chars:
            break
        text += line
    return text[:max_chars]


def trip_days(inputs: Mapping[str, Any]) -> int:
    """Days of the trip, both ends counted; 1 where a form has no such dates."""
    try:
        first, last = (date.fromisoformat(str(inputs[name])) for name in ("departure_date", "return_date"))
    except (KeyError, ValueError):
        return 1
    return max(1, (last - first).days + 1)


def ranked(style: object) -> list[int]:
    """The bundles' numbers, those with most of what the style looks for first."""
    favoured = FAVOURED_KINDS.get(str(style), set())

    def worth(number: int) -> int:
        return sum(2 * (place.kind in favoured) + (place.kind == "landmark") for place in bundles()[number - 1])

    return sorted(range(1, len(bundles()) + 1), key=lambda number: (-worth(number), number))


def bundle_line(number: int, language: str) -> str:
    """`Bundle 10 (Chinatown, 0.3 km): [42] Maxwell Food Centre (food) · …`."""
    bundle = bundles()[number - 1]
    areas = ", ".join(dict.fromkeys(labels()["area"][place.area][language] for place in bundle))
    named = (f"[{place.number}] {place.name[language]} ({labels()['kind'][place.kind][language]})" for place in bundle)
    return f"{BUNDLE_WORD[language]} {number} ({areas}, {width_km(bundle):.1f} km): {' · '.join(named)}"
