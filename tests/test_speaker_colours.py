"""The colours of speakers can be read as text on every ground, and told apart by everybody."""

from __future__ import annotations

import math
import re
from itertools import combinations

import pytest

from tests.processes import ROOT

TOKENS = dict(
    re.findall(r"--([a-z0-9-]+): light-dark\((.*?)\);", (ROOT / "static/css/tokens.css").read_text()),
)
THEMES = ["light", "dark"]
SPEAKERS = [f"speaker-{number}" for number in range(1, 9)]


def colours(theme: str) -> dict[str, str]:
    return {name: pair.split(", ")[THEMES.index(theme)] for name, pair in TOKENS.items()}


def linear(colour: str) -> list[float]:
    """Linear red, green and blue, 0 to 1."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it, 0 to 1."""
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def lightness(colour: str) -> float:
    """CIE L*, 0 to 100."""
    share = luminance(colour)
    return 116 * share ** (1 / 3) - 16 if share > 0.008856 else 903.3 * share


# Machado, Oliveira and Fernandes 2009: what people see who lack one kind of cones, in linear RGB.
SIGHTS = {
    "all": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "no blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
# Ottosson 2020: from linear RGB to cones, and from their cube roots to Oklab.
TO_CONES = [
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
]
TO_OKLAB = [
    [0.2104542553, 0.7936177850, -0.0040720468],
    [1.9779984951, -2.4285922050, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.8086757660],
]


def times(matrix: list[list[float]], vector: list[float]) -> list[float]:
    return [sum(factor * part for factor, part in zip(line, vector, strict=True)) for line in matrix]


def see(colour: str, sight: str) -> list[float]:
    """The colour in Oklab, as somebody with that sight has it."""
    seen = [min(1.0, max(0.0, part)) for part in times(SIGHTS[sight], linear(colour))]
    return times(TO_OKLAB, [math.cbrt(part) for part in times(TO_CONES, seen)])


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("theme", THEMES)
def test_speakers_can_be_told_apart_by_everybody(theme: str, sight: str) -> None:
    known = {speaker: see(colours(theme)[speaker], sight) for speaker in SPEAKERS}
    apart = 0.12 if sight == "all" else 0.08  # 0.02 is about what can just be seen side by side.
    alike = {
        (one, other): round(distance, 3)
        for one, other in combinations(SPEAKERS, 2)
        if (distance := math.dist(known[one], known[other])) < apart
    }
    assert alike == {}


@pytest.mark.parametrize("theme", THEMES)
def test_speakers_can_be_read_on_every_ground(theme: str) -> None:
    known = colours(theme)
    low = {
        (speaker, ground): round(ratio, 2)
        for speaker in SPEAKERS
        for ground in ("paper", "raised")
        if (ratio := contrast(known[speaker], known[ground])) < 4.5
    }
    assert low == {}


@pytest.mark.parametrize("theme", THEMES)
def test_speakers_differ_in_lightness(theme: str) -> None:
    known = colours(theme)
    levels = sorted(lightness(known[speaker]) for speaker in SPEAKERS)
    assert levels[-1] - levels[0] > 20
    close = [
        pair for pair in combinations(SPEAKERS, 2) if abs(lightness(known[pair[0]]) - lightness(known[pair[1]])) < 2
    ]
    assert close == []
