"""Plots as plain SVG, drawn here: bars that stand on each other, or lines; one figure a day."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, log10
from typing import Any

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 720, 170, 52, 22, 8
GAP = 0.25  # of a day's width, between bars
Series = tuple[Any, Sequence[float | None]]  # its name, and a figure a day, None where there is none


@dataclass(frozen=True)
class Mark:
    """A bar, or a point of a line."""

    x: float
    y: float
    width: float
    height: float
    words: str


@dataclass(frozen=True)
class Drawn:
    """One series: its bars, or its line as pieces of `points`."""

    name: Any
    number: int
    marks: list[Mark]
    lines: list[str]


@dataclass(frozen=True)
class Plot:
    """What the template needs; `ticks` are (y, words), `dates` (x, words)."""

    title: Any
    series: list[Drawn]
    ticks: list[tuple[float, str]]
    dates: list[tuple[float, str]]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    floor: int = HEIGHT - BOTTOM


def top_of(most: float) -> float:
    """A round number at or above the largest: 1, 2 or 5 times a power of ten."""
    if most <= 0:
        return 1
    power = 10.0 ** int(log10(most) - (0 if most >= 1 else 1))
    return next(step * power for step in (1, 2, 5, 10, 20) if step * power >= most)


def scaled(top: float) -> Callable[[float], float]:
    return lambda figure: round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * figure / top, 1)


def axes(title: Any, days: Sequence[date], drawn: list[Drawn], top: float, say: Callable[[float], str]) -> Plot:
    height, step = scaled(top), (WIDTH - LEFT) / len(days)
    places = range(0, len(days), max(1, ceil(len(days) / 7)))
    dates = [(round(LEFT + step * (place + 0.5), 1), f"{days[place].month}/{days[place].day}") for place in places]
    return Plot(title, drawn, [(height(figure), words) for words, figure in ticks_of(top, say).items()], dates)


def ticks_of(top: float, say: Callable[[float], str]) -> dict[str, float]:
    """Nothing, all of a round number, and about half of it where that is as round and has words of its own."""
    ends = {say(0): 0, say(top): top}
    middle = top * (0.4 if f"{top:e}".startswith("5") else 0.5)
    return {say(middle): middle} | ends


def bars(title: Any, days: Sequence[date], series: Sequence[Series], say: Callable[[float], str]) -> Plot:
    """The series of each day on top of each other."""
    top = top_of(max(sum(figures[n] or 0 for _name, figures in series) for n in range(len(days))))
    height, step, drawn = scaled(top), (WIDTH - LEFT) / len(days), []
    stood = [0.0] * len(days)
    for number, (name, figures) in enumerate(series):
        marks = []
        for place, figure in enumerate(figures):
            if figure:
                y, under = height(stood[place] + figure), height(stood[place])
                stood[place] += figure
                x = round(LEFT + step * (place + GAP / 2), 1)
                words = f"{days[place]} · {name}: {say(figure)}"
                marks.append(Mark(x, y, round(step * (1 - GAP), 1), round(under - y, 1), words))
        drawn.append(Drawn(name, number, marks, []))
    return axes(title, days, drawn, top, say)


def lines(title: Any, days: Sequence[date], series: Sequence[Series], say: Callable[[float], str]) -> Plot:
    """A line each, broken where a day has no figure."""
    top = top_of(max((figure or 0 for _name, figures in series for figure in figures), default=0))
    height, step, drawn = scaled(top), (WIDTH - LEFT) / len(days), []
    for number, (name, figures) in enumerate(series):
        pieces: list[list[str]] = [[]]
        marks = []
        for place, figure in enumerate(figures):
            if figure is None:
                pieces.append([])
                continue
            x, y = round(LEFT + step * (place + 0.5), 1), height(figure)
            pieces[-1].append(f"{x},{y}")
            marks.append(Mark(x, y, 0, 0, f"{days[place]} · {name}: {say(figure)}"))
        drawn.append(Drawn(name, number, marks, [" ".join(piece) for piece in pieces if len(piece) > 1]))
    return axes(title, days, drawn, top, say)
