"""The steps that fill, treat and normalise; see `sanfu.index.steps`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

import numpy as np
import polars as pl

from sanfu.errors import InputError
from sanfu.index import impute as filling
from sanfu.index.moments import is_constant
from sanfu.index.normalise import depends_on_spread
from sanfu.index.normalise_panel import normalise_panel
from sanfu.index.steps import Run, Step
from sanfu.index.treat import treat
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from sanfu.index.method import ImputeRule, TreatRule
    from sanfu.index.method_normalise import Normalise
    from sanfu.index.moments import Array


def run_impute(run: Run) -> None:
    """Fill what is missing, by the method's rule or the indicator's own."""
    figures, of = run.figures, run.framework.indicators
    usual = run.framework.method.impute
    rules = [of[code].impute or usual for code in figures.codes]
    if all(rule is None or rule.method == "none" for rule in rules):
        return
    values = figures.values.copy(order="K")
    groups: dict[str, tuple[ImputeRule, list[int]]] = {}
    for column, rule in enumerate(rules):
        if rule is not None and rule.method != "none":
            groups.setdefault(rule.model_dump_json(), (rule, []))[1].append(column)
    for rule, columns in groups.values():
        filled = _fill(run, rule, columns)
        if filled.ndim == 3:
            run.draws = np.repeat(values[None], len(filled), axis=0)
            run.draws[:, :, columns] = filled
            filled = filled.mean(axis=0)
        if len(columns) == values.shape[1]:
            values = filled
        else:
            values[:, columns] = filled
    marks, meaning = _marks(run, values, groups)
    left = np.isnan(values).sum(axis=0)
    for column in np.flatnonzero(left).tolist():
        code = figures.codes[column]
        rule = rules[column]
        if rule is not None and rule.method != "none":
            run.find(
                "impute",
                "still-missing",
                "warning",
                code,
                Text(
                    f"指标“{run.framework.label(code).zh}”填补后仍有 {left[column]} 个缺失",
                    f"“{run.framework.label(code).en}” still lacks {left[column]} after filling",
                ),
            )
    count = int(np.count_nonzero(marks))
    methods = _methods(groups)
    run.step(
        Step(
            "impute",
            Text(
                f"填补 {count} 个缺失值（{methods}）", f"Filled {count} missing figures ({methods})"
            ),
            figures.with_values(values),
            marks,
            meaning,
        )
    )


def _methods(groups: Mapping[str, tuple[ImputeRule, list[int]]]) -> str:
    return "、".join(sorted({rule.method for rule, _ in groups.values()}))


def _marks(
    run: Run, values: Array, groups: Mapping[str, tuple[ImputeRule, list[int]]]
) -> tuple[NDArray[np.int8], tuple[tuple[int, Text], ...]]:
    """Mark what was filled; what was taken from another year says from which."""
    figures, methods = run.figures, _methods(groups)
    marks = (np.isnan(figures.values) & ~np.isnan(values)).astype(np.int8)
    meaning = [(1, Text(f"填补（{methods}）", f"filled ({methods})"))]
    for rule, columns in groups.values():
        if rule.method not in ("latest", "constant") or figures.years is None:
            continue
        own = marks[:, columns] == 1
        given = np.where(np.isnan(figures.values[:, columns]), np.nan, figures.years[:, None])
        taken = _from_other_years(run, rule, given)  # the years themselves, filled alike
        for year in np.unique(taken[own]).astype(int).tolist():
            meaning.append(
                (len(meaning) + 1, Text(f"填补（取自 {year} 年）", f"filled (from {year})"))
            )
            rows, places = np.nonzero(own & (taken == year))
            marks[rows, np.asarray(columns)[places]] = len(meaning)
    return marks, tuple(meaning)


def _fill(run: Run, rule: ImputeRule, columns: list[int]) -> Array:
    figures = run.figures
    whole = len(columns) == figures.values.shape[1]
    x = figures.values if whole else figures.values[:, columns]
    statistic: Literal["mean", "median"] = "median" if "median" in rule.method else "mean"
    match rule.method:
        case "mean" | "median" | "group_mean" | "group_median":
            return _fill_by_year(run, rule, x, statistic)
        case "row_mean" | "row_median":
            full = filling.impute_row(
                figures.values,
                run.directions(),
                _neighbourhoods(run, rule.within),
                statistic=statistic,
                normalise_first=rule.normalise_first,
            )
            return np.asarray(full[:, columns])
        case "value":
            return np.asarray(np.where(np.isnan(x), float(rule.value or 0), x))
        case "latest" | "constant" | "linear" | "linear_constant":
            return _from_other_years(run, rule, x)
        case "em":
            return filling.impute_em(x, iterations=rule.iterations, seed=rule.seed)
        case "multiple":
            return filling.impute_multiple(x, draws=rule.draws, seed=rule.seed)
        case "nearest":
            return filling.impute_nearest(x, neighbours=rule.neighbours)
        case _:
            return x


def _from_other_years(run: Run, rule: ImputeRule, x: Array) -> Array:
    years = run.figures.years
    if years is None:
        raise InputError(
            Text(
                f"填补方法 {rule.method} 需要年份列",
                f"imputation {rule.method} needs a column of years",
            )
        )
    return filling.impute_panel(
        x,
        run.figures.units.tolist(),
        years.tolist(),
        method=cast("filling.FromYears", rule.method),
        max_years=rule.max_years,
        count_points=run.parity == "COINr",
    )


def _fill_by_year(
    run: Run, rule: ImputeRule, x: Array, statistic: Literal["mean", "median"]
) -> Array:
    figures, result = run.figures, x.copy(order="K")
    parts = figures.year_rows() if rule.over == "year" else [np.arange(len(x))]
    if rule.group is not None and rule.group not in figures.others.columns:
        known = ", ".join(figures.others.columns)
        raise InputError(
            Text(
                f"数据中没有分组列“{rule.group}”；其余列有：{known}",
                f"the figures have no group column “{rule.group}”; others: {known}",
            )
        )
    for rows in parts:
        if len(rows) == len(x) and rule.group is not None:
            groups = figures.others.get_column(rule.group).cast(pl.String).to_list()
            return filling.impute_group(x, groups, statistic=statistic)
        if rule.group is None:
            result[rows] = filling.impute_column(x[rows], statistic=statistic)
        else:
            groups = figures.others.get_column(rule.group)[rows].cast(pl.String).to_list()
            result[rows] = filling.impute_group(x[rows], groups, statistic=statistic)
    return result


def _neighbourhoods(run: Run, within: str | None) -> list[list[int]]:
    codes = run.figures.codes
    if within is None:
        return [list(range(len(codes)))]
    framework = run.framework
    if within == "parent":
        nodes = [node for node in framework.order() if set(framework.children(node)) & set(codes)]
        sets = [[c for c in framework.children(node) if c in codes] for node in nodes]
    else:
        heights = framework.heights()
        nodes = [node for node in framework.order() if str(heights[node]) == str(within)]
        sets = [[c for c in framework.below(node) if c in codes] for node in nodes]
    return [[codes.index(code) for code in members] for members in sets if members]


def run_treat(run: Run) -> None:
    """Treat outliers, by the method's rule or the indicator's own."""
    figures, of = run.figures, run.framework.indicators
    usual = run.framework.method.treat
    rules: list[TreatRule | None] = []
    for code in figures.codes:
        own = of[code].treat
        rules.append(None if own == "none" else (own or usual))
    if all(rule is None for rule in rules):
        return
    values, marks = figures.values.copy(order="K"), np.zeros_like(figures.values, dtype=np.int8)
    groups: dict[str, tuple[TreatRule, list[int]]] = {}
    for column, rule in enumerate(rules):
        if rule is not None:
            groups.setdefault(rule.model_dump_json(), (rule, []))[1].append(column)
    tables = []
    for rule, columns in groups.values():
        by_year = rule.over == "year" or run.parity == "COINr"
        tables += [
            _treat_block(run, rule, rows, columns, values, marks, by_year=by_year)
            for rows in (figures.year_rows() if by_year else [np.arange(len(values))])
        ]
    table = pl.concat(tables)
    treated = int((table.get_column("stage") > 0).sum())
    run.step(
        Step(
            "treat",
            Text(f"离群值：处理 {treated} 列", f"Outliers: {treated} columns treated"),
            figures.with_values(values),
            marks,
            (
                (1, Text("从上端拉回", "pulled in from above")),
                (-1, Text("从下端拉回", "pulled in from below")),
                (2, Text("已变换", "transformed")),
            ),
            table,
        )
    )


def _treat_block(
    run: Run,
    rule: TreatRule,
    rows: NDArray[np.int64],
    columns: list[int],
    values: Array,
    marks: NDArray[np.int8],
    *,
    by_year: bool,
) -> pl.DataFrame:
    figures = run.figures
    whole = len(rows) == len(values) and len(columns) == values.shape[1]
    block = np.ix_(rows, np.asarray(columns))
    done = treat(figures.values if whole else figures.values[block], rule, parity=run.parity)
    if whole:
        values[...], marks[...] = done.x, done.marks
    else:
        values[block], marks[block] = done.x, done.marks
    codes = [figures.codes[column] for column in columns]
    for place in np.flatnonzero(~done.passed):
        code = codes[place]
        run.find(
            "treat",
            "still-skewed",
            "warning",
            code,
            Text(
                f"指标“{run.framework.label(code).zh}”处理后仍偏态"
                f"（偏度 {done.skew[1, place]:.2f}，峰度 {done.kurtosis[1, place]:.2f}）",
                f"“{run.framework.label(code).en}” is still skewed after treatment "
                f"(skewness {done.skew[1, place]:.2f}, kurtosis {done.kurtosis[1, place]:.2f})",
            ),
        )
    year = None if figures.years is None or not by_year else int(figures.years[rows[0]])
    return pl.DataFrame(
        {
            "indicator": codes,
            "year": pl.Series([year] * len(codes), dtype=pl.Int64),
            "stage": done.stage.astype(np.int64),
            "skew_before": done.skew[0],
            "kurtosis_before": done.kurtosis[0],
            "skew_after": done.skew[1],
            "kurtosis_after": done.kurtosis[1],
            "points": (np.abs(done.marks) == 1).sum(axis=0),
            "passed": done.passed,
        }
    )


def run_normalise(run: Run) -> None:
    """Bring all indicators to one scale, larger being better; leave out those without spread."""
    figures, of = run.figures, run.framework.indicators
    usual = run.framework.method.normalise
    groups: dict[str, tuple[Normalise, list[int]]] = {}
    for column, code in enumerate(figures.codes):
        rule = of[code].normalise or usual
        groups.setdefault(rule.model_dump_json(), (rule, []))[1].append(column)
    values = np.empty_like(figures.values)
    directions, units = run.directions(), figures.units.tolist()
    stays = np.ones(len(figures.codes), dtype=bool)
    for rule, columns in groups.values():
        whole = len(columns) == len(figures.codes)
        x = figures.values if whole else figures.values[:, columns]
        flat = _constant_columns(run, rule, x, columns)
        scaled = normalise_panel(
            x,
            rule,
            directions[columns],
            years=figures.years,
            units=units if rule.method == "distance_to_reference" else None,
            goalposts=run.goalposts[columns],
            target=run.targets[columns],
            parity=run.parity,
        )
        if whole:
            values = scaled
        else:
            values[:, columns] = scaled
        _same_scores(run, x, scaled, columns)
        stays[[column for column, gone in zip(columns, flat, strict=True) if gone]] = False
    names = "、".join(sorted({rule.method for rule, _ in groups.values()}))
    after = figures.with_values(values)
    if not stays.all():
        after = after.keep(stays)
        run.narrow(stays)
    run.step(
        Step("normalise", Text(f"归一化：{names}", f"Normalised: {names}"), after),
    )


def _constant_columns(run: Run, rule: Normalise, x: Array, columns: list[int]) -> NDArray[np.bool_]:
    """Find the columns that leave the index for want of spread, each with a finding."""
    scored = not depends_on_spread(rule)
    there = (~np.isnan(x)).sum(axis=0)
    empty = np.asarray(there == 0)
    flat = is_constant(x) & ~empty & ((there > 1) | (not scored))
    for place in np.flatnonzero(flat):
        code = run.figures.codes[columns[place]]
        label = run.framework.label(code)
        value = float(np.nanmax(x[:, place]))
        what = {
            "scored": Text("给所有单元同样的分", "gives every unit the same score"),
            "drop": Text("已移出指数", "left out of the index"),
            "middle": Text("所有单元取中间分", "every unit gets the middle score"),
            "refuse": Text("按规定不予计算", "the run is refused, as declared"),
        }["scored" if scored else rule.constant]
        text = Text(
            f"指标“{label.zh}”所有单元都是 {value:g}，没有区分度，{what.zh}",
            f"“{label.en}” is {value:g} for every unit and tells nothing apart; {what.en}",
        )
        if scored:
            run.find("normalise", "constant-column", "note", code, text)
            continue
        if rule.constant == "refuse":
            raise InputError(text)
        run.find("normalise", "constant-column", "warning", code, text)
    gone = _say_empty(run, columns, empty)
    if scored:
        return gone
    _year_constants(run, rule, x, columns)
    return gone | flat if rule.constant == "drop" else gone


def _same_scores(run: Run, x: Array, scaled: Array, columns: list[int]) -> None:
    """Say which figures differ while their scores do not: goalposts or classes that miss them."""
    told = (~np.isnan(scaled)).sum(axis=0) > 1
    for place in np.flatnonzero(is_constant(scaled) & ~is_constant(x) & told):
        code = run.figures.codes[columns[place]]
        label = run.framework.label(code)
        score = float(np.nanmax(scaled[:, place]))
        run.find(
            "normalise",
            "same-score",
            "warning",
            code,
            Text(
                f"指标“{label.zh}”的数值不同，归一化后却都是 {score:g}；请核对上下限、目标或分档",
                f"the figures of “{label.en}” differ but all normalise to {score:g}; "
                "check its goalposts, target or classes",
            ),
        )


def _year_constants(run: Run, rule: Normalise, x: Array, columns: list[int]) -> None:
    if rule.over != "year" or run.figures.years is None:
        return
    for rows in run.figures.year_rows():
        for place in np.flatnonzero(is_constant(x[rows]) & ~is_constant(x)):
            code = run.figures.codes[columns[place]]
            label, year = run.framework.label(code), run.figures.years[rows[0]]
            run.find(
                "normalise",
                "constant-in-year",
                "warning",
                code,
                Text(
                    f"指标“{label.zh}”在 {year} 年各单元相同，该年不计分",
                    f"“{label.en}” is the same for all in {year}; it has no score in that year",
                ),
            )


def _say_empty(run: Run, columns: list[int], empty: NDArray[np.bool_]) -> NDArray[np.bool_]:
    for place in np.flatnonzero(empty):
        code = run.figures.codes[columns[place]]
        label = run.framework.label(code)
        run.find(
            "normalise",
            "empty-column",
            "warning",
            code,
            Text(f"指标“{label.zh}”没有任何数据，已移出", f"“{label.en}” has no data; left out"),
        )
    return empty
