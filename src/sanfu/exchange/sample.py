"""A sample event to learn and test with: 40 needs and 30 providers, synthetic and labelled so.

The subjects touch what the firms of the sample registry make, so that ``shanghai()``'s firms
answer them; hosts and providers carry no real name, and their codes begin, in the organisation
part, with ``TT``.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sanfu.content import Declaration, content_path, read_declaration
from sanfu.exchange.cells import read_targets
from sanfu.exchange.needs import Board, Condition, Cooperation, Need, Openness
from sanfu.exchange.offers import Offer, join_offers, offer_frame, offers_from_ledger
from sanfu.registry.uscc import with_check

if TYPE_CHECKING:
    import polars as pl

_WAN = 1_000_000  # 万元 in fen
_DISTRICTS = ("浦东新区", "闵行区", "嘉定区", "松江区", "杨浦区", "宝山区", "奉贤区", "青浦区")


class _Subject(Declaration):
    title: str
    problem: str
    target: str
    industry: str


class _Service(Declaration):
    board: Board
    title: str
    scope: str


class _Sample(Declaration):
    id: str
    version: int
    hosts: tuple[str, ...]
    places: tuple[str, ...]
    subjects: tuple[_Subject, ...]
    services: tuple[_Service, ...]


@cache
def _sample() -> _Sample:
    return read_declaration(content_path("exchange", "sample.yaml"), _Sample)


class SampleEvent(NamedTuple):
    """Needs of large firms and services of providers, all synthetic."""

    needs: list[Need]
    providers: list[Offer]

    def offers(
        self,
        firms: pl.DataFrame,
        titles: pl.DataFrame | None = None,
        figures: pl.DataFrame | None = None,
    ) -> pl.DataFrame:
        """Put the firms of a ledger, as capabilities, beside the providers' services."""
        return join_offers(
            [offers_from_ledger(firms, titles, figures), offer_frame(self.providers)]
        )


def sample_event(seed: int = 7, *, start: dt.date = dt.date(2026, 5, 6)) -> SampleEvent:
    """Make a sample event of 40 needs and 30 providers.

    Parameters
    ----------
    seed
        The same seed gives the same event.
    start
        The day on which the needs are published.

    Returns
    -------
    SampleEvent
        Everything in it is synthetic. Some needs are confidential, some unnamed, and a few have
        the faults that `check_needs` is there to find.
    """
    sample = _sample()
    rng = np.random.default_rng(seed)
    subjects = [sample.subjects[at] for at in rng.permutation(len(sample.subjects))]
    hosts = rng.integers(len(sample.hosts), size=len(subjects))
    needs = [
        _need(number, subject, sample, int(host), start, rng)
        for number, (subject, host) in enumerate(zip(subjects, hosts, strict=True), start=1)
    ]
    providers = [
        Offer(
            id=f"P{number:02d}",
            kind="service",
            firm=f"provider-{number:02d}",
            name=f"示例服务机构{number:02d}",
            board=service.board,
            title=f"{service.title}（示例）",
            scope=service.scope,
            district=str(rng.choice(_DISTRICTS)),
            capacity=int(rng.integers(4, 21)),
            audience="专精特新与创新型中小企业",
            price="示例价格，面议",
            synthetic=True,
        )
        for number, service in enumerate(sample.services, start=1)
    ]
    return SampleEvent(needs, providers)


def _need(
    number: int,
    subject: _Subject,
    sample: _Sample,
    host: int,
    start: dt.date,
    rng: np.random.Generator,
) -> Need:
    name = sample.hosts[host]
    opens: list[Openness] = ["public", "matched", "confidential"]
    modes: list[Cooperation] = ["commission", "joint", "transfer", "purchase"]
    openness = opens[int(rng.choice(3, p=[0.7, 0.2, 0.1]))]
    least = int(rng.integers(3, 40)) * 10 * _WAN
    has_budget = rng.random() < 0.9
    latin = subject.title.isascii()
    place = str(rng.choice(sample.places))
    wish = Condition(kind="district", values=(str(rng.choice(_DISTRICTS)),), hard=False)
    tier = Condition(kind="tier", values=("srdi", "little-giant"), hard=bool(rng.random() < 0.4))
    own = f"host-{host:02d}"
    return Need(
        id=f"N{number:02d}",
        title=subject.title,
        problem=subject.problem if latin else f"{subject.problem}，用于{place}。",
        targets=read_targets(subject.target),
        targets_text=subject.target,
        industry=subject.industry,
        firm=own,
        firm_name=f"{name}有限公司（示例）",
        short_name=name,
        uscc=with_check(f"91310000TT00000{host:02d}"),
        group=name,
        district=str(rng.choice(_DISTRICTS)),
        contact="示例联系人",
        phone="021-00000000",
        unnamed=bool(rng.random() < 0.2),
        budget_least=least if has_budget else None,
        budget_most=least * 2 if has_budget else None,
        payment="分期支付（示例）",
        deadline=start + dt.timedelta(days=int(rng.integers(180, 900))),
        cooperation=(modes[int(rng.integers(len(modes)))],),
        ip_term="协商（示例）",
        conditions=(tier, wish),
        openness=openness,
        published=start,
        valid_until=start + dt.timedelta(days=365),
        owner=f"示例专员{int(rng.integers(1, 4))}",
        event="示例对接会",
        synthetic=True,
    )
