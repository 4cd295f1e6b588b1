"""Made-up unified social credit codes: right in form and check characters, of no real firm.

Position 1-2 ``91``; 3-8 the registering authority; 9-17 an organisation code beginning ``TT``
(legal letters, never met in real codes) with its own check character (GB 11714-1997); 18 the check
character of GB 32100-2015.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_WEIGHTS = np.array([pow(3, i, 31) for i in range(17)])
_ORGANISATION_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])
_ROOM = 31**6
_STRIDE = 610_000_019  # shares no factor with 31, so serial numbers scatter without meeting
_VALUES = np.zeros(128, np.int64)
_VALUES[[ord(c) for c in ALPHABET]] = np.arange(31)
_LETTER_VALUES = np.zeros(128, np.int64)
_LETTER_VALUES[[ord(c) for c in LETTERS]] = np.arange(36)
_ASCII = np.array([ord(c) for c in ALPHABET], np.uint32)


def synthetic_usccs(serials: NDArray[np.int64], divisions: NDArray[np.str_]) -> NDArray[np.str_]:
    """Make one code for each serial number (n,) under its six-digit division (n,)."""
    n = len(serials)
    characters = np.zeros((n, 18), np.uint32)
    characters[:, 0:2] = [ord("9"), ord("1")]
    characters[:, 2:8] = divisions.astype("U6").view(np.uint32).reshape(n, 6)
    characters[:, 8:10] = ord("T")
    scattered = (serials.astype(np.int64) * _STRIDE + 12_345_678) % _ROOM
    for position in range(6):
        characters[:, 10 + position] = _ASCII[scattered % 31]
        scattered //= 31
    sums = _LETTER_VALUES[characters[:, 8:16]] @ _ORGANISATION_WEIGHTS
    check = (11 - sums % 11) % 11
    characters[:, 16] = np.where(check == 10, ord("X"), ord("0") + check)
    last = (31 - _VALUES[characters[:, :17]] @ _WEIGHTS % 31) % 31
    characters[:, 17] = _ASCII[last]
    return characters.view("U18").ravel()
