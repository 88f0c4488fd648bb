"""The colours of speakers can be read as text on every ground, and told apart by lightness."""

from __future__ import annotations

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


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it, 0 to 1."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def lightness(colour: str) -> float:
    """CIE L*, 0 to 100."""
    share = luminance(colour)
    return 116 * share ** (1 / 3) - 16 if share > 0.008856 else 903.3 * share


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
