"""Run the audit: the eleven checks of the JRC's practice on one built index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sanfu.errors import InputError
from sanfu.index.audit.compensation import check_compensation
from sanfu.index.audit.context import check_context
from sanfu.index.audit.data_checks import check_coverage, check_outliers
from sanfu.index.audit.model import Audit, Check
from sanfu.index.audit.robust import check_leave_one_out, check_sensitivity, check_uncertainty
from sanfu.index.audit.scene import Scene
from sanfu.index.audit.size import check_size
from sanfu.index.audit.structure import check_correlations, check_dimensions, check_importance
from sanfu.index.audit.thresholds import THRESHOLDS, Thresholds
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sanfu.index.result import Index

CHECKS: tuple[Callable[[Scene], Check], ...] = (
    check_coverage,
    check_outliers,
    check_size,
    check_correlations,
    check_dimensions,
    check_importance,
    check_uncertainty,
    check_sensitivity,
    check_leave_one_out,
    check_compensation,
    check_context,
)


def audit_index(
    index: Index,
    *,
    year: int | None = None,
    thresholds: Thresholds = THRESHOLDS,
    size: Sequence[str] = (),
    group: str | None = None,
    income: str | None = None,
    previous: Index | None = None,
    choices: Any = None,
    replicates: int = 1000,
    sobol: int = 512,
    seed: int = 1,
    progress: Callable[[str], None] | None = None,
) -> Audit:
    """Ask the eleven questions of a composite index, and answer in plain language.

    Parameters
    ----------
    index
        A built index.
    year
        The year looked at; the last if nothing is said.
    thresholds
        What counts as noteworthy, each with its source.
    size
        Columns of the figures that hold size (population, firms); by default the declared
        denominators, or the number of firms where figures were computed from a ledger.
    group, income
        A column of groups, and one of income per head, for check 11.
    previous
        The edition before.
    choices
        What the robustness analysis varies; by default what a JRC audit usually does.
    replicates, sobol, seed
        Simulations, base sample of the Sobol design (0 leaves check 8 out), and their seed.
    progress
        Called with each check's question before it runs.

    Returns
    -------
    Audit
        ``.checks``, ``.findings``, ``.in_words()``, ``.to_excel(path)``.

    Raises
    ------
    InputError
        No such year, or a named column is not among the figures.

    References
    ----------
    OECD/JRC (2008), Handbook on Constructing Composite Indicators; JRC audits of the Global
    Innovation Index.
    """
    when = None
    if index.years is not None:
        known = sorted({int(y) for y in index.years})
        when = known[-1] if year is None else year
        if when not in known:
            shown = ", ".join(str(y) for y in known)
            raise InputError(Text(f"没有 {when} 年；有：{shown}", f"no year {when} in {shown}"))
    _check_columns(index, (*size, *(name for name in (group, income) if name)))
    scene = Scene(
        index,
        when,
        thresholds,
        tuple(size),
        group,
        income,
        previous,
        choices,
        replicates,
        sobol,
        seed,
        progress,
    )
    checks = []
    for run in CHECKS:
        if progress is not None:
            progress(str(run.__doc__ or "").partition(". ")[2].rstrip("."))
        checks.append(run(scene))
    made_from = {
        "framework": f"{index.framework.framework} {index.framework.version}",
        "hash": index.framework.content_hash(),
        "seed": str(seed),
        "replicates": str(replicates),
        "units": str(int(np.sum(~np.isnan(index.scores[scene.rows, -1])))),
    }
    return Audit(index, tuple(checks), thresholds, when, made_from)


def _check_columns(index: Index, names: Sequence[str]) -> None:
    has = index.keys.others.columns
    wrong = [name for name in names if name not in has]
    if wrong:
        known = "、".join(has) or "—"
        raise InputError(
            Text(
                f"数据里没有列：{'、'.join(wrong)}；指标之外的列有：{known}",
                f"no column {', '.join(wrong)}; beside the indicators there are: {known}",
            )
        )
