"""Sums of contracts that a report prints: those of too few firms, or of one above all, are not."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sanfu.language import Text
from sanfu.report.confidential import broken_rule, parts_of
from sanfu.report.linked import PROTECTION, Withheld

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sanfu.exchange import Funnel
    from sanfu.index import Confidentiality

_YEAR = "year"
Contracts = dict[tuple[str, str], int]


class ContractSums:
    """Sums of contracts by stage and of the year, and which of them are hidden.

    One is hidden where it breaks a rule, or where it and another that holds the same contracts
    and a few more would tell those few by subtraction.
    """

    def __init__(self, found: Funnel, rules: Confidentiality) -> None:
        self.rules = rules
        self.labels = {row["stage"]: row["label"] for row in found.frame.iter_rows(named=True)}
        self.hidden: dict[str, str] = {}
        shown: list[Contracts] = []
        for name in ("contract", "accepted", "supplier", _YEAR):
            own = (
                found.contracts("contract", found.on.year)
                if name == _YEAR
                else found.contracts(name)  # type: ignore[arg-type]
            )
            rule = self._broken(own)
            if not rule and any(self._broken(_rest(own, other)) for other in shown):
                rule = "complementary"
            if rule:
                self.hidden[name] = rule
            else:
                shown.append(own)

    def shows(self, name: str) -> bool:
        """Tell whether the sum of a stage, or of the ``year``, may be printed."""
        return name not in self.hidden

    def withheld(self, *names: str) -> list[Withheld]:
        """List which sums are hidden."""
        year = Text("本年", "the year")
        table = Text("合同额", "contracts")
        return [
            Withheld(
                table, year if name == _YEAR else Text(self.labels[name], self.labels[name]), rule
            )
            for name, rule in self.hidden.items()
            if name in names
        ]

    def _broken(self, contracts: Mapping[tuple[str, str], int]) -> str:
        by: Counter[str] = Counter()
        for (_, party), amount in contracts.items():
            by[party] += amount
        return broken_rule(parts_of(by.values()), self.rules, PROTECTION, counted=False)[0]


def _rest(one: Contracts, other: Contracts) -> Contracts:
    """Give what the larger has beside the smaller; nothing where neither holds the other."""
    small, large = sorted((one, other), key=len)
    if not small.keys() <= large.keys():
        return {}
    return {key: large[key] for key in large.keys() - small.keys()}
