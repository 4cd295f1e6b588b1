"""What two results side by side offer to a report: as first published, as revised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sanfu.language import Text
from sanfu.report.blocks import Table, TableColumn
from sanfu.report.facts import Derived, Fact
from sanfu.report.material import Item, Material

if TYPE_CHECKING:
    from sanfu.index.compare import Comparison
    from sanfu.report.blocks import Inline
    from sanfu.report.facts import Facts, Show


def comparison_material(found: Comparison) -> Material:
    """Offer a comparison: ``comparison.…``."""

    def told(value: float | str | None, show: Show, decimals: int = 1) -> Fact:
        trace = Derived(
            str(Text("修订：两次结果并列", "revisions: two results side by side")),
            str(
                Text(
                    "按同一体系各算一次；变动 = 现 − 原；相关为 Spearman 秩相关系数",
                    "worked out once each by the same framework; change = now − before; "
                    "correlation is Spearman's",
                )
            ),
            (
                (str(Text("原", "before")), found.before),
                (str(Text("现", "now")), found.after),
                (str(Text("地区数", "regions")), str(found.frame.height)),
            ),
        )
        return Fact(value, show, decimals, trace, "comparison")

    def said(_: Item | None, facts: Facts) -> list[str]:
        return [f"{{{facts.add('comparison.words', told(str(found.in_words()), 'words'))}}}"]

    def table(_: Item | None, facts: Facts) -> Table:
        rows: list[tuple[Inline, ...]] = []
        for place, row in enumerate(found.frame.iter_rows(named=True)):
            cells: list[Inline] = [row["unit"]]
            for name, show in (
                ("rank_before", "rank"),
                ("rank_after", "rank"),
                ("rank_change", "signed"),
                ("score_before", "number"),
                ("score_after", "number"),
                ("score_change", "signed"),
            ):
                decimals = 0 if name.startswith("rank") else 2
                fact = told(row[name], show, decimals)  # type: ignore[arg-type]
                cells.append(facts.print(facts.add(f"comparison.{place}.{name}", fact)))
            rows.append(tuple(cells))
        columns = (
            TableColumn(str(Text("地区", "region")), "left", 1.6),
            TableColumn(str(Text("原名次", "rank before")), "right"),
            TableColumn(str(Text("现名次", "rank now")), "right"),
            TableColumn(str(Text("上升", "gained")), "right", 0.8),
            TableColumn(str(Text("原得分", "score before")), "right"),
            TableColumn(str(Text("现得分", "score now")), "right"),
            TableColumn(str(Text("变动", "change")), "right", 0.8),
        )
        caption = Text(
            f"修订表：{found.before} → {found.after}", f"revisions: {found.before} → {found.after}"
        )
        return Table(str(caption), columns, tuple(rows))

    return Material(
        facts={
            "comparison.before": Fact(found.before),
            "comparison.after": Fact(found.after),
            "comparison.correlation": told(found.correlation, "number", 3),
        },
        tables={"comparison.table": table},
        sentences={"comparison.summary": said},
    )
