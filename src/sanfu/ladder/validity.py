"""Days that the rules count: how long a title is valid, and by when a change is reported.

Counted by python-dateutil: the same day of the later year or month, and its last day where that
month has no such day (29 February, 31 January + 1 month).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from dateutil.relativedelta import relativedelta

if TYPE_CHECKING:
    import datetime as dt

VALID_YEARS = 3
"""A title is valid three years; a passed review adds three (63号文; 工信部企业〔2026〕2号)."""


def years_after(day: dt.date, years: int = VALID_YEARS) -> dt.date:
    """Give the same day `years` later (negative: earlier).

    Examples
    --------
    >>> import datetime as dt
    >>> years_after(dt.date(2024, 2, 29))
    datetime.date(2027, 2, 28)
    """
    return cast("dt.date", day + relativedelta(years=years))


def months_after(day: dt.date, months: int) -> dt.date:
    """Give the same day `months` later (negative: earlier)."""
    return cast("dt.date", day + relativedelta(months=months))


def is_valid(granted: dt.date, expires: dt.date, on: dt.date) -> bool:
    """Say whether a title counts on a day: from its grant through the day on which it expires.

    The lists name the last day (有效期至); the rules are silent on the day itself, so it counts.
    """
    return granted <= on <= expires
