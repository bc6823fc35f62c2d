"""The report: tables of medians, what is wanted beside what was measured, and bars as SVG; measures nothing."""

import platform
import statistics
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from html import escape
from importlib.metadata import version
from pathlib import Path

Key = tuple[str, str]  # scenario and measure
PLOTS: tuple[tuple[str, Key], ...] = (
    ("cpu", ("1000 streams", "CPU a stream, ms")),
    ("memory", ("1000 streams", "memory, MB")),
    ("first-word", ("300 streams", "first word p50, ms")),
    ("answers", ("answers without streaming", "answers a second")),
    ("lists", ("list, 20 of 1000", "a second")),
)
BAR, GAP, LEFT, WIDTH = 22, 10, 220, 720


@dataclass
class Results:
    """Every figure of every run: by scenario and measure, then by system."""

    found: dict[Key, dict[str, list[float]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))

    def add(self, scenario: str, system: str, figures: dict[str, float]) -> None:
        for measure, figure in figures.items():
            self.found[scenario, measure][system].append(figure)

    def median(self, scenario: str, measure: str, system: str) -> float:
        """NaN where it was not measured."""
        figures = self.found.get((scenario, measure), {}).get(system)
        return statistics.median(figures) if figures else float("nan")


def said(figure: float) -> str:
    if figure != figure:
        return "–"
    return f"{figure:,.0f}" if abs(figure) >= 100 or figure == int(figure) else f"{figure:.1f}"


def cell(figures: list[float] | None) -> str:
    """The median, and where runs differ the least and the most."""
    if not figures:
        return "–"
    middle = said(statistics.median(figures))
    return middle if min(figures) == max(figures) else f"{middle} ({said(min(figures))}–{said(max(figures))})"


def tables(results: Results) -> str:
    """A table a scenario: measures down, systems across."""
    scenarios = dict.fromkeys(scenario for scenario, _measure in results.found)
    return "\n\n".join(table(results, scenario) for scenario in scenarios)


def table(results: Results, scenario: str) -> str:
    rows = {measure: systems for (name, measure), systems in results.found.items() if name == scenario}
    systems = list(dict.fromkeys(system for found in rows.values() for system in found))
    lines = [f"### {scenario}", "", row("", systems), "|---|" + "---:|" * len(systems)]
    return "\n".join([*lines, *(row(name, (cell(found.get(s)) for s in systems)) for name, found in rows.items())])


def row(first: str, others: Iterable[str]) -> str:
    return f"| {' | '.join([first, *others])} |"


@dataclass(frozen=True)
class Want:
    """Something promised: its words, what was measured, and whether that is enough; NaN is not measured."""

    words: str
    figure: float
    bound: float
    at_most: bool

    @property
    def verdict(self) -> str:
        if self.figure != self.figure:
            return "not measured"
        return "yes" if (self.figure <= self.bound if self.at_most else self.figure >= self.bound) else "**no**"


def wants(results: Results) -> list[Want]:
    """What Haru promises of itself, measured against the same run's other systems."""

    def of(scenario: str, measure: str, system: str = "Haru") -> float:
        return results.median(scenario, measure, system)

    thousand = {m: of("1000 streams", m) for m in ("failed", "CPU a stream, ms", "memory, MB")}
    added = [
        of("1000 streams", m) - of("1000 streams", m, "model") for m in ("first word p50, ms", "first word p99, ms")
    ]
    lite = {m: of("1000 streams", m, "LiteLLM") / thousand[m] for m in ("CPU a stream, ms", "memory, MB")}
    asked = [of("answers without streaming", "answers a second", s) for s in ("Haru", "LiteLLM")]
    alone = of("list, 20 of 1000", "a second")
    return [
        Want("1,000 streams: failed", thousand["failed"], 0, True),
        Want("1,000 streams: added to the first word, p50, ms", added[0], 90, True),
        Want("1,000 streams: added to the first word, p99, ms", added[1], 450, True),
        Want("1,000 streams: CPU a stream, ms", thousand["CPU a stream, ms"], 10, True),
        Want("1,000 streams: memory, MB", thousand["memory, MB"], 300, True),
        Want("2,000 streams: failed", of("2000 streams", "failed"), 0, True),
        Want("LiteLLM's CPU a stream, times ours", lite["CPU a stream, ms"], 4, False),
        Want("LiteLLM's memory, times ours", lite["memory, MB"], 3.5, False),
        Want("answers a second, times LiteLLM's", asked[0] / asked[1], 1.5, False),
        Want(
            "lists, times those of sync workers", alone / of("list, 20 of 1000", "a second", "sync workers"), 3, False
        ),
        Want("lists of 100,000, times those of 1,000", of("list, 20 of 100000", "a second") / alone, 0.85, False),
        Want("lists while 300 streams run, times those alone", of("list beside 300 streams", "of alone"), 0.75, False),
        Want(
            "opening 1,000 messages, times opening 10",
            of("conversation of 1000", "a second") / of("conversation of 10", "a second"),
            0.85,
            False,
        ),
    ]


def verdicts(results: Results) -> str:
    """What is wanted, a line each."""
    lines = [row("", ["measured", "wanted", "reached"]), "|---|---:|---:|---|"]
    for want in wants(results):
        bound = f"{'≤' if want.at_most else '≥'} {want.bound:g}"
        figure = "–" if want.figure != want.figure else f"{want.figure:.2f}" if want.bound < 10 else said(want.figure)
        lines.append(row(want.words, [figure, bound, want.verdict]))
    return "\n".join(lines)


def bars(results: Results, key: Key) -> str:
    """One measure of all systems as horizontal bars; light and dark by the reader's own setting."""
    medians = {system: statistics.median(figures) for system, figures in results.found.get(key, {}).items()}
    most = max(medians.values(), default=1) or 1
    height = len(medians) * (BAR + GAP) + GAP
    parts = []
    for number, (system, figure) in enumerate(medians.items()):
        y, width = GAP + number * (BAR + GAP), max(2, (WIDTH - LEFT - 90) * figure / most)
        middle = y + BAR * 0.7
        parts.append(f'<text x="{LEFT - 10}" y="{middle:.0f}" text-anchor="end">{escape(system)}</text>')
        parts.append(f'<rect x="{LEFT}" y="{y}" width="{width:.0f}" height="{BAR}" rx="3"/>')
        parts.append(f'<text x="{LEFT + width + 8:.0f}" y="{middle:.0f}">{said(figure)}</text>')
    style = "text{font:14px system-ui,sans-serif;fill:#444}rect{fill:#3a7d6b}"
    dark = "@media (prefers-color-scheme:dark){text{fill:#ddd}rect{fill:#6fb8a4}}"
    title = escape(", ".join(key))
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">'
    return f"{opening}<title>{title}</title><style>{style}{dark}</style>{''.join(parts)}</svg>\n"


def machine() -> str:
    """Where it was measured."""
    info = Path("/proc/cpuinfo").read_text()
    name = next((line.partition(": ")[2] for line in info.splitlines() if line.startswith("model name")), "unknown")
    names = ("django", "djangorestframework", "gunicorn", "uvicorn", "openai", "psycopg2-binary")
    packages = ", ".join(f"{name} {version(name)}" for name in names)
    return (
        f"{date.today().isoformat()}, {info.count('processor	:')} processors ({name}), "
        f"Linux {platform.release().split('-')[0]}, Python {platform.python_version()}, {packages}."
    )


def write(results: Results, runs: int, folder: Path) -> None:
    """`benchmarks.md` with its plots, whole."""
    plots = folder / "benchmarks"
    plots.mkdir(exist_ok=True)
    pictures = []
    for name, key in PLOTS:
        (plots / f"{name}.svg").write_text(bars(results, key))
        pictures.append(f"**{': '.join(key)}**\n\n![{', '.join(key)}](benchmarks/{name}.svg)")
    text = (folder / "benchmarks.head.md").read_text()
    body = [text.strip(), machine() + f" {runs} runs: the median, and in brackets the least and the most."]
    body += ["## What is wanted, and what was reached", verdicts(results), "## Plots", *pictures]
    (folder / "benchmarks.md").write_text("\n\n".join([*body, "## All figures", tables(results)]) + "\n")
