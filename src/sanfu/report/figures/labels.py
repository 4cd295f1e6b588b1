"""Where labels find room beside their points."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sanfu.report.figures.grammar import width_of

if TYPE_CHECKING:
    from collections.abc import Sequence


class Box(NamedTuple):
    """A rectangle in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Tell whether the two overlap."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def place_labels(
    points: Sequence[tuple[float, float]],
    words: Sequence[str],
    *,
    width: float,
    height: float,
    size: float = 11,
    centred: bool = False,
) -> list[Box | None]:
    """Find a place beside each point for its label, so that none meets a point or another label.

    Eight places a point are tried in turn (Imhof 1975), nearest first and then further out; points
    with fewest neighbours last. None where no place is free: the label is then left out. With
    `centred`, as on a map, the label may stand on its point.
    """
    dots = [] if centred else [Box(x - 4, y - 4, x + 4, y + 4) for x, y in points]
    ways = [(1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (-1, -1), (1, 1), (-1, 1)]
    near = [sum(abs(x - a) < 60 and abs(y - b) < 20 for a, b in points) for x, y in points]
    placed: list[Box | None] = [None] * len(points)
    for i in sorted(range(len(points)), key=lambda i: (-near[i], i)):
        x, y = points[i]
        w, h = width_of(words[i], size) + 2, size + 2
        for far in (0, 10, 20):
            for dx, dy in [(0, 0), *ways] if centred and not far else ways:
                left = x + dx * (7 + far) - (w if dx < 0 else w / 2 if dx == 0 else 0)
                top = (
                    y
                    + dy * ((7 if dx == 0 else 5) + far)
                    - (h if dy < 0 else h / 2 if dy == 0 else 0)
                )
                box = Box(left, top, left + w, top + h)
                inside = left >= 0 and box.right <= width and top >= 0 and box.bottom <= height
                taken = [dot for j, dot in enumerate(dots) if j != i]
                taken += [other for other in placed if other is not None]
                if inside and not any(box.meets(other) for other in taken):
                    placed[i] = box
                    break
            if placed[i] is not None:
                break
    return placed
