"""The part of `lint` that is about points: bands, cases, maxima and groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sanfu.errors import InputError
from sanfu.formula import Compare, FormulaError, Number, parse_formula
from sanfu.ladder.book import number
from sanfu.ladder.units import kind_of
from sanfu.ladder.values import measure_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from sanfu.formula import Node
    from sanfu.ladder.lint import Lint, Place
    from sanfu.ladder.rulebook import Band, Indicator, Scale


def check_indicator(found: Lint, place: Place, one: Indicator) -> None:
    """Check one indicator: that its bands leave no gap and no overlap and reach its maximum."""
    if one.bands is not None and one.of is not None:
        _scale(found, place, one.of, one.better, one.bands, one)
    for position, scale in enumerate(one.best_of or ()):
        _scale_of(found, (*place, "best_of", position), scale, one)
    if one.cases is not None:
        _cases(found, (*place, "cases"), one)
    if one.each is not None:
        for position, item in enumerate(one.each.items):
            found.formula((*place, "each", "items", position, "when"), item.when, wants="condition")
        reach = one.each.points * len(one.each.items)
        if reach < one.max:
            _short(found, (*place, "max"), reach, one.max)
        found.against_text((*place, "each"), one.text, str(one.each.points))
    if one.per is not None:
        _per(found, (*place, "per"), one)
    if one.given is not None:
        found.measure((*place, "given"), one.given)
        measure = measure_of(one.given)
        if measure is not None and measure.kind != "count":
            found.say(
                (*place, "given"),
                f"直接填写的分数 {one.given} 应是整数（count），它是 {measure.kind}",
                f"points filled in ({one.given}) should be a count; it is {measure.kind}",
            )
    if one.group not in {group.id for group in found.rulebook.groups}:
        known = "、".join(group.id for group in found.rulebook.groups) or "（无）"
        found.say(
            (*place, "group"),
            f"没有分组 {one.group}；有：{known}",
            f"no group {one.group}; there are: {known}",
        )


def check_groups(found: Lint) -> None:
    """Check that maxima add up: indicators to their group, groups to the stated maximum."""
    book = found.rulebook
    for position, group in enumerate(book.groups):
        total = sum(one.max for one in book.indicators if one.group == group.id)
        if total != group.max:
            found.say(
                ("groups", position, "max"),
                f"{group.label.zh}的指标满分合计 {total}，写的是 {group.max}",
                f"the maxima of {group.id} add up to {total}; {group.max} is stated",
            )
    total = sum(one.max for one in book.indicators)
    if book.maximum is not None and total != book.maximum:
        found.say(
            ("maximum",),
            f"全部指标满分合计 {total}，写的是 {book.maximum}",
            f"all maxima add up to {total}; {book.maximum} is stated",
        )
    if book.indicators and book.maximum is None:
        found.say(("rulebook",), "有指标而没有写 maximum（总分）", "`maximum` is not stated")


def _scale_of(found: Lint, place: Place, scale: Scale, one: Indicator) -> None:
    _scale(found, place, scale.of, scale.better, scale.bands, one)


def _scale(
    found: Lint, place: Place, of: str, better: str, bands: Sequence[Band], one: Indicator
) -> None:
    found.formula((*place, "of"), of, wants="number")
    try:
        quantity: Node | None = parse_formula(of)
    except FormulaError:
        quantity = None
    edges: list[Fraction] = []
    for position, band in enumerate(bands):
        here: Place = (*place, "bands", position)
        if band.when is not None:
            found.say(here, "bands 里不能写 when，请用 cases", "`when` belongs in cases")
            continue
        wrong = "to" if better == "higher" else "from"
        if (band.to if better == "higher" else band.from_) is not None:
            right = "from" if better == "higher" else "to"
            found.say(
                (*here, wrong),
                f"better 是 {better}，界应写 {right}",
                f"with better: {better} an edge is written {right}",
            )
        edge = band.from_ or band.to
        if edge is None:
            continue
        value = _edge(found, (*here, wrong if band.from_ is None else "from"), edge, quantity)
        if value is None:
            continue
        out_of_order = edges and (value >= edges[-1] if better == "higher" else value <= edges[-1])
        if out_of_order:
            found.say(
                here,
                f"界 {edge} 不在上一档之后：与上一档重叠，这一档永远取不到",
                f"the edge {edge} is not beyond the band above: they overlap, it is never reached",
            )
        edges.append(value)
        found.against_text(here, one.text, f"{edge} {band.points}")
    _descending(found, (*place, "bands"), bands, one)


def _edge(found: Lint, place: Place, edge: str, quantity: Node | None) -> Fraction | None:
    try:
        literal = number(edge)
    except InputError as wrong:
        found.say(place, wrong.text.zh, wrong.text.en)
        return None
    if quantity is not None and not _fits(quantity, literal):
        found.say(
            place,
            f"界 {edge} 的单位与指标（{kind_of(quantity)}）不符",
            f"the edge {edge} does not fit the quantity, which is {kind_of(quantity)}",
        )
    return literal.value


def _fits(quantity: Node, literal: Number) -> bool:
    wanted, given = kind_of(quantity), literal.kind
    if wanted in ("unknown", given):
        return True
    return {wanted, given} == {"count", "number"} or (given == "number" and not literal.value)


def _descending(found: Lint, place: Place, bands: Sequence[Band], one: Indicator) -> None:
    """Check that points fall from best to worst, end with the rest, and reach the maximum."""
    if bands[-1].rest is None:
        found.say(
            place,
            "最后一档之下没有规定（缺少 rest: true）：有空档",
            "nothing is said below the last band (rest: true is missing): there is a gap",
        )
    for position, band in enumerate(bands[:-1]):
        if band.rest:
            found.say(
                (*place, position),
                "rest 之后的各档永远取不到",
                "the bands after `rest` are never reached",
            )
        if bands[position + 1].points >= band.points:
            found.say(
                (*place, position + 1, "points"),
                f"分数应从高到低：{bands[position + 1].points} 不低于上一档的 {band.points}",
                f"points should fall: {bands[position + 1].points} is not below {band.points}",
            )
    if bands[0].points != one.max:
        _short(found, (*place, 0, "points"), bands[0].points, one.max)


def _cases(found: Lint, place: Place, one: Indicator) -> None:
    cases = one.cases or ()
    seen: dict[str, int] = {}
    above: list[Compare] = []
    for position, case in enumerate(cases):
        here: Place = (*place, position)
        if case.when is None and not case.rest:
            found.say(here, "cases 里应写 when 或 rest", "cases are written with when or rest")
            continue
        if case.when is None:
            continue
        found.formula((*here, "when"), case.when, wants="condition")
        found.against_text(here, one.text, str(case.points))
        if case.when in seen:
            found.say(
                here, f"条件与上面重复，永远取不到：{case.when}", "is never reached: repeated"
            )
        seen[case.when] = position
        covered = _covered(case.when, above)
        if covered:
            found.say(
                here,
                f"上面的条件已包含它，永远取不到：{case.when}",
                f"a condition above covers it, it is never reached: {case.when}",
            )
    _descending(found, place, cases, one)


def _covered(formula: str, above: list[Compare]) -> bool:
    """Tell whether a comparison is wider above: then this one is never reached. Remembers it."""
    try:
        node = parse_formula(formula)
    except FormulaError:
        return False
    if not isinstance(node, Compare) or not isinstance(node.right, Number):
        return False
    wider = any(
        isinstance(other.right, Number)
        and other.left == node.left
        and other.operator == node.operator
        and (
            other.right.value <= node.right.value
            if node.operator in (">=", ">")
            else other.right.value >= node.right.value
        )
        for other in above
    )
    above.append(node)
    return wider


def _per(found: Lint, place: Place, one: Indicator) -> None:
    per = one.per
    if per is None:
        return
    found.formula((*place, "of"), per.of, wants="number")
    if one.max % per.points:
        found.say(
            (*place, "points"),
            f"满分 {one.max} 不是每步 {per.points} 分的整数倍",
            f"the maximum {one.max} is no multiple of {per.points} points a step",
        )
    try:
        quantity = parse_formula(per.of)
    except FormulaError:
        return
    step = _edge(found, (*place, "every"), per.every, quantity)
    if step is not None and step <= 0:
        found.say((*place, "every"), "步长应大于 0", "the step should be above 0")
    found.against_text((*place, "every"), one.text, per.every)


def _short(found: Lint, place: Place, reach: int, stated: int) -> None:
    found.say(
        place,
        f"最多能得 {reach} 分，写的满分是 {stated}",
        f"{reach} points can be reached; the stated maximum is {stated}",
    )
