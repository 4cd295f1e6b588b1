"""The aggregate functions of formulas: what each is called, takes and means."""

from __future__ import annotations

from dataclasses import dataclass

from sanfu.language import Text


@dataclass(frozen=True)
class AggregateFunction:
    """One aggregate function of formulas, as the reference page lists it."""

    name: str
    arguments: int
    keywords: tuple[str, ...]
    example: str
    meaning: Text


def _each(*rows: tuple[str, int, tuple[str, ...], str, str, str]) -> dict[str, AggregateFunction]:
    return {row[0]: AggregateFunction(*row[:4], Text(*row[4:])) for row in rows}


FUNCTIONS: dict[str, AggregateFunction] = _each(
    (
        "count",
        0,
        ("where",),
        'count(where=tier == "little-giant")',
        "符合条件的企业数（条件未知的不计）",
        "firms for which the condition holds; unknown is not counted",
    ),
    (
        "share",
        1,
        ("where",),
        "share(rd_expense / revenue >= 3%)",
        "条件成立的企业数 ÷ 条件已知的企业数",
        "firms for which it holds over firms for which it is known",
    ),
    (
        "sum",
        1,
        ("where",),
        "sum(revenue)",
        "合计；有企业而全部缺数则为缺失",
        "total; missing if there are firms and none gave a value",
    ),
    (
        "mean",
        1,
        ("where", "weight"),
        "mean(rd_expense / revenue)",
        "企业的平均（先逐户算，再平均）；可加权",
        "mean over firms of what is computed firm by firm; may be weighted",
    ),
    (
        "ratio",
        2,
        ("where",),
        "ratio(rd_expense, revenue)",
        "合计之比，只用两数都有的企业",
        "ratio of sums over the firms that have both",
    ),
    (
        "trimmed_mean",
        1,
        ("where", "trim"),
        "trimmed_mean(revenue / staff, trim=5%)",
        "两端各去掉 trim 之后的平均",
        "mean without the lowest and highest `trim` of firms",
    ),
    (
        "median",
        1,
        ("where",),
        "median(revenue)",
        "中位数",
        "median",
    ),
    (
        "quantile",
        1,
        ("where", "q"),
        "quantile(revenue, q=90%)",
        "分位数（线性插值）",
        "quantile with linear interpolation",
    ),
    (
        "std",
        1,
        ("where",),
        "std(rd_expense / revenue)",
        "样本标准差（n − 1）",
        "sample standard deviation (n − 1)",
    ),
    (
        "min",
        1,
        ("where",),
        "min(staff)",
        "最小值",
        "smallest",
    ),
    (
        "max",
        1,
        ("where",),
        "max(revenue)",
        "最大值",
        "largest",
    ),
    (
        "growth",
        1,
        (),
        "growth(sum(revenue))",
        "比上一年的增长率：同一公式在上年的值为基数",
        "change against the same formula a year before, as a fraction of it",
    ),
    (
        "matched_growth",
        1,
        ("where",),
        "matched_growth(revenue)",
        "同口径增长：只用两年都有数的企业",
        "growth of the total over the firms that have both years",
    ),
    (
        "hhi",
        1,
        ("where",),
        "hhi(revenue)",
        "赫芬达尔指数：份额平方和，0 到 1",
        "Herfindahl-Hirschman index: sum of squared shares, 0 to 1",
    ),
    (
        "top_share",
        1,
        ("where", "k"),
        "top_share(revenue, k=10)",
        "最大的 k 家占合计的份额",
        "share of the k largest in the total",
    ),
    (
        "distinct",
        1,
        ("where",),
        "distinct(industry)",
        "不同取值的个数（缺失不计）",
        "number of different values; missing is none",
    ),
    (
        "entry_rate",
        0,
        ("where",),
        'entry_rate(where=tier == "municipal-srdi")',
        "本年新符合条件的企业数 ÷ 上年符合条件的企业数",
        "firms that came to meet the condition over those that met it a year before",
    ),
    (
        "exit_rate",
        0,
        ("where",),
        'exit_rate(where=tier == "municipal-srdi")',
        "本年不再符合条件的企业数 ÷ 上年符合条件的企业数",
        "firms that ceased to meet it over those that met it a year before",
    ),
)
"""Every aggregate function; docs/reference/formulas.md lists them."""
