"""Booths of service providers: who has one, and which firms come to it for what helps them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sanfu.exchange.meetings.event import Host, Room, Table, Wish

if TYPE_CHECKING:
    from collections.abc import Collection

    from sanfu.exchange.meetings.event import Event
    from sanfu.exchange.services import Suggestions

HALL = Room(id="S", name="服务展区 / Booths")
GAP_POINTS, PILLAR_POINTS = 40, 20
"""What both sides want the meeting, until they say themselves how much they do; ours."""


def booth_ids(event: Event) -> frozenset[str]:
    """Give the hosts of an event who have a booth."""
    return frozenset(host.id for host in event.hosts if host.room == HALL.id)


class Booths:
    """Providers who help firms with what they are short of.

    Parameters
    ----------
    services
        Suggested services; ``who`` is a firm's id. None: there are no booths.
    askers
        Parties who sit at tables themselves, and cannot come to a booth.

    Attributes
    ----------
    providers, firms
        Id → name; the firms in the order of the suggestions.
    """

    def __init__(self, services: Suggestions | None, askers: Collection[str]) -> None:
        self.providers: dict[str, str] = {}
        self.firms: dict[str, str] = {}
        self.synthetic = False
        self._points: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
        if services is None:
            return
        offers = {row["offer"]: row for row in services.offers.iter_rows(named=True)}
        for row in services.frame.iter_rows(named=True):
            offer = offers.get(row["offer"] or "")
            if offer is None or row["who"] in askers:
                continue
            provider = offer["firm"] or offer["offer"]
            self.providers[provider] = offer["name"] or offer["title"] or provider
            self.firms[row["who"]] = row["who_name"] or row["who"]
            self.synthetic = self.synthetic or bool(offer["synthetic"])
            about = str(services.about(row["rule"]))
            points = PILLAR_POINTS if row["gap"] is None else GAP_POINTS
            held = self._points[provider, row["who"]]
            held[about] = max(points, held.get(about, 0))

    def wishes(self, guests: Collection[str]) -> tuple[Wish, ...]:
        """Give the wishes of those who come; they say what helps, not what a firm is short of."""
        return tuple(
            Wish(
                host=provider,
                guest=firm,
                host_points=max(about.values()),
                guest_points=max(about.values()),
                about="；".join(about),
            )
            for (provider, firm), about in sorted(self._points.items())
            if firm in guests
        )

    def hosts(self, wishes: Collection[Wish]) -> tuple[tuple[Host, ...], tuple[Table, ...]]:
        """Give the providers to whom somebody wishes to come, each with its booth."""
        wanted = sorted({wish.host for wish in wishes})
        return (
            tuple(Host(id=one, name=self.providers[one], room=HALL.id) for one in wanted),
            tuple(
                Table(id=f"{HALL.id}{number:02d}", room=HALL.id, host=one)
                for number, one in enumerate(wanted, start=1)
            ),
        )
