"""Names of the method's choices as a reader of a report knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sanfu.index.tracing import aggregator_text
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sanfu.index.method import Method
    from sanfu.index.weights import Weighting

NORMALISER_NAMES: Mapping[str, Text] = {
    "minmax": Text("极差标准化", "min-max"),
    "zscore": Text("标准分", "z-score"),
    "robust_z": Text("稳健标准分", "robust z-score"),
    "rank": Text("名次", "rank"),
    "percentile_rank": Text("百分位名次", "percentile rank"),
    "borda": Text("Borda 计分", "Borda"),
    "exponential_rank": Text("名次的指数变换", "exponential of the rank"),
    "goalposts": Text("固定上下限", "goalposts"),
    "distance_to_target": Text("到目标的距离", "distance to target"),
    "distance_to_maximum": Text("到最高值的距离", "distance to the maximum"),
    "distance_to_reference": Text("到参照单元的距离", "distance to a reference unit"),
    "fraction_of_maximum": Text("占最高值的比", "fraction of the maximum"),
    "scaled": Text("线性缩放", "linear scaling"),
    "efficacy": Text("功效系数", "efficacy coefficient"),
    "quantile": Text("分位数", "quantile"),
    "categorical": Text("分档赋分", "categorical"),
    "ampi": Text("AMPI 标准化", "AMPI"),
    "none": Text("不归一化", "none"),
}
WEIGHT_NAMES: Mapping[str, Text] = {
    "declared": Text("体系所列权重", "as declared"),
    "equal": Text("等权", "equal"),
    "votes": Text("专家打分", "expert votes"),
    "ahp": Text("层次分析法（AHP）", "AHP"),
    "entropy": Text("熵权法", "entropy"),
    "critic": Text("CRITIC", "CRITIC"),
    "standard_deviation": Text("标准差", "standard deviation"),
    "variation": Text("变异系数", "coefficient of variation"),
    "gini": Text("基尼系数", "Gini"),
    "merec": Text("MEREC", "MEREC"),
    "pca": Text("主成分", "principal component"),
    "factor": Text("因子分析", "factor analysis"),
    "optimised": Text("按相关优化", "correlation-optimised"),
    "combined": Text("组合赋权", "combined"),
}

STEP_NAMES: Mapping[str, Text] = {
    "raw": Text("原值", "figure"),
    "screen": Text("筛选后", "screened"),
    "denominate": Text("除以分母", "denominated"),
    "impute": Text("填补后", "imputed"),
    "transform": Text("变换后", "transformed"),
    "treat": Text("离群值处理后", "treated"),
    "normalise": Text("标准化", "normalised"),
    "cell": Text("单元格", "cell"),
}
FACT_NAMES: Mapping[str, Text] = {
    "consistency": Text("一致性比率 CR", "consistency ratio CR"),
    "objective": Text("目标函数值", "objective"),
    "at_start": Text("优化前的值", "objective at the start"),
}


def weighting_text(weighting: Weighting) -> Text:
    """Say the rule that a node's weights come from, and what it measured."""
    name = WEIGHT_NAMES.get(weighting.method, Text(weighting.method, weighting.method))
    facts = [
        (FACT_NAMES.get(key) or WEIGHT_NAMES.get(key) or Text(key, key), f"{value:.4g}")
        for key, value in weighting.facts.items()
    ]
    if not facts:
        return name
    zh = "，".join(f"{key.zh}={value}" for key, value in facts)
    en = ", ".join(f"{key.en}={value}" for key, value in facts)
    return Text(f"{name.zh}（{zh}）", f"{name.en} ({en})")


def method_text(method: Method) -> Text:
    """Say normalisation, weights and aggregation in one line."""
    scaled = NORMALISER_NAMES.get(method.normalise.method)
    scaled = scaled or Text(method.normalise.method, method.normalise.method)
    rule = method.weights.method
    weighed = WEIGHT_NAMES.get(rule) or Text(rule, rule)
    joined = aggregator_text(method.aggregate)
    return Text(
        f"{scaled.zh}、{weighed.zh}、{joined.zh}",
        f"{scaled.en} normalisation, {weighed.en} weights, {joined.en}",
    )
