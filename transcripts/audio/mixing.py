"""Mixing channels without losing what stands in them with opposite signs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

_LIKE, _OPPOSITE = 0.5, -0.5  # correlations from which channels count as the same, or as each other's opposite
_STEP = 8  # one sample in so many is compared
_LEAKAGE = 1e-4  # below this share of the loudest power a sign does not matter


class ChannelMixer:
    """Mixes blocks of any number of channels into one or two.

    A channel that is the opposite of the loudest (a balanced line on two inputs, a microphone wired the wrong way
    round) is turned over first: their sum would be silence. It stays so until the two are clearly alike again.
    """

    def __init__(self, given: int, wanted: int) -> None:
        self._given, self._wanted = given, wanted
        self._signs = np.ones(given, np.float32)
        self._products = np.zeros((given, given))

    @property
    def has_opposites(self) -> bool:
        """Whether channels were each other's opposite on the whole."""
        return bool((_compare_with_loudest(self._products)[1] <= _OPPOSITE).any())

    def mix(self, block: Samples) -> Samples:
        """From shape (samples, channels) to (channels, samples).

        Two to one by halves; more by 1/sqrt(n), where the plain mean would bury whoever speaks into one of many.
        """
        if self._given == 1:
            return block.T if self._wanted == 1 else np.repeat(block.T, self._wanted, axis=0)
        self._update_signs(block)
        if self._given == self._wanted:
            return (block * self._signs).T if (self._signs < 0).any() else block.T
        shares = self._signs / np.float32(2 if self._given == 2 else np.sqrt(self._given))
        # A product is ten times quicker than a sum of rows.
        return np.repeat((block @ shares)[None, :], self._wanted, axis=0)

    def _update_signs(self, block: Samples) -> None:
        # By the differences between samples: hum and offset, which all channels share, would outweigh speech.
        taken = block[::_STEP]
        with np.errstate(all="ignore"):
            steps = taken[1:] - taken[:-1]
            products = steps.T @ steps
        if not np.isfinite(products).all():
            return
        self._products += products
        loudest, likeness = _compare_with_loudest(products)
        self._signs[likeness >= _LIKE] = self._signs[loudest]
        self._signs[likeness <= _OPPOSITE] = -self._signs[loudest]


def _compare_with_loudest(products: NDArray[np.floating]) -> tuple[int, NDArray[np.floating]]:
    """The loudest channel, and the correlation of each with it; 0 for those that are silent beside it."""
    powers = np.diagonal(products)
    loudest = int(powers.argmax())
    audible = powers > max(float(powers[loudest]) * _LEAKAGE, 1e-9)
    return loudest, np.where(audible, products[loudest], 0.0) / np.sqrt(
        np.where(audible, powers * powers[loudest], 1.0)
    )
