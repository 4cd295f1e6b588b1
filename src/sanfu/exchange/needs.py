"""What a need is: the fields of the official calls, and who may see it.

The form itself (《大企业技术创新需求表》, annexed to 工信厅企业函〔2024〕221号) is not at hand;
the fields follow what the municipal calls require of a filing: the problem, its assessment
indicators, the deadline of at most three years, who owns the results, the money and the part
paid to the solver, and what the solver must be.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sanfu.language import Text, joined

Openness = Literal["public", "matched", "confidential"]
"""Anyone may read it; only matched parties; only the owner, officers and parties named by them."""

Cooperation = Literal["commission", "joint", "transfer", "equity", "purchase", "other"]
Comparison = Literal[">=", "<=", "=", ">", "<", "between"]
Board = Literal["digital", "science", "quality", "integration"]
ConditionKind = Literal[
    "district",
    "tier",
    "qualification",
    "industry",
    "board",
    "staff",
    "revenue",
    "capacity",
    "exclude_firm",
    "exclude_group",
]

OPENNESS: dict[Openness, Text] = {
    "public": Text("公开", "public"),
    "matched": Text("仅匹配方可见", "matched parties only"),
    "confidential": Text("保密", "confidential"),
}
COOPERATION: dict[Cooperation, Text] = {
    "commission": Text("委托开发", "commissioned development"),
    "joint": Text("联合攻关", "joint development"),
    "transfer": Text("技术转让", "technology transfer"),
    "equity": Text("作价入股", "equity"),
    "purchase": Text("产品采购", "purchase"),
    "other": Text("其他", "other"),
}
BOARDS: dict[Board, Text] = {
    "digital": Text("数字化赋能", "digital empowerment"),
    "science": Text("科技成果赋智", "science and technology results"),
    "quality": Text("质量标准品牌赋值", "quality, standards and brand"),
    "integration": Text("融通创新", "large and small firms innovate together"),
}
"""The four boards of the services, as the event of 2023 named them."""
CONDITIONS: dict[ConditionKind, Text] = {
    "district": Text("所属区", "district"),
    "tier": Text("称号", "tier"),
    "qualification": Text("资质", "qualification"),
    "industry": Text("行业", "industry"),
    "board": Text("服务板块", "board"),
    "staff": Text("从业人员", "staff"),
    "revenue": Text("营业收入", "revenue"),
    "capacity": Text("可承接数量", "capacity"),
    "exclude_firm": Text("排除企业", "excluded firm"),
    "exclude_group": Text("排除同一集团", "excluded group"),
}


TIERS: dict[str, Text] = {
    "innovative": Text("创新型中小企业", "innovative SME"),
    "tech": Text("科技型中小企业", "technology SME"),
    "srdi": Text("专精特新中小企业", "SRDI SME"),
    "little-giant": Text("专精特新“小巨人”企业", "little giant"),
}


class Record(BaseModel):
    """Base of what is exchanged: frozen, an unknown field is a fault, and it prints no content.

    A need may be confidential; what ends up in a log or a traceback is therefore only its id.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    id: str = Field(min_length=1)

    def __repr__(self) -> str:
        """Give the kind and the id, never the content."""
        return f"{type(self).__name__}(id={self.id!r})"

    __str__ = __repr__

    def __rich_repr__(self) -> Any:
        """Give rich the id only."""
        yield "id", self.id


class Target(BaseModel):
    """One target metric: what is measured, how it compares, the value and its unit."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str
    comparison: Comparison = ">="
    value: str = ""
    """A number as written, ``"0.01"``; two joined by ``~`` for a range."""
    unit: str = ""

    def in_words(self) -> str:
        """Give the metric as a line, such as “堆积密度≥1.80 g/cm³”."""
        sign = {">=": "≥", "<=": "≤", "between": ""}.get(self.comparison, self.comparison)
        return f"{self.name}{sign}{self.value}{' ' if self.unit else ''}{self.unit}"


class Condition(BaseModel):
    """One condition on who may answer.

    A hard one excludes whoever fails it or whose value is not known; a soft one only moves
    whoever meets it up the list.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: ConditionKind
    values: tuple[str, ...] = ()
    """Any of these will do (for exclusions: none of these may be)."""
    least: int | None = None
    """For staff (persons), revenue (fen) and capacity: at least this."""
    most: int | None = None
    """For staff (persons) and revenue (fen): at most this."""
    hard: bool = True

    def label(self) -> Text:
        """Give the condition as a short phrase in both languages."""
        name = CONDITIONS[self.kind]
        parts = [_named(self.kind, value) for value in self.values]
        if self.least is not None:
            parts.append(Text(*[f"≥{_shown(self.kind, self.least)}"] * 2))
        if self.most is not None:
            parts.append(Text(*[f"≤{_shown(self.kind, self.most)}"] * 2))
        told = joined(parts)
        return Text(f"{name.zh}：{told.zh}", f"{name.en}: {told.en}")


def _named(kind: ConditionKind, value: str) -> Text:
    if kind == "tier":
        return TIERS.get(value, Text(value, value))
    if kind == "board":
        return next((name for board, name in BOARDS.items() if board == value), Text(value, value))
    return Text(value, value)


def _shown(kind: ConditionKind, value: int) -> str:
    if kind == "revenue":
        return f"{value / 1_000_000:,.2f} 万元".replace(".00 ", " ")
    return f"{value:,}"


class Need(Record):
    """What a firm asks for.

    Money is in fen. `firm` is the ledger's id of the owner. Where `unnamed` is true, no one but
    the owner and the officers learns who asks.
    """

    title: str = Field(min_length=1)
    problem: str = ""
    targets: tuple[Target, ...] = ()
    targets_text: str = ""
    """The target metrics as the firm wrote them."""
    present: str = ""
    """The level reached today."""
    keywords: tuple[str, ...] = ()
    industry: str = ""
    """GB/T 4754 code, one letter and up to four digits, or digits only."""
    chain: str = ""

    firm: str = ""
    firm_name: str = ""
    short_name: str = ""
    uscc: str = ""
    group: str = ""
    district: str = ""
    address: str = ""
    contact: str = ""
    phone: str = ""
    unnamed: bool = False

    budget_least: int | None = Field(default=None, ge=0)
    budget_most: int | None = Field(default=None, ge=0)
    negotiable: bool = False
    """The price is to be agreed in person (面议)."""
    payment: str = ""
    deadline: dt.date | None = None
    cooperation: tuple[Cooperation, ...] = ()
    ip_term: str = ""
    conditions: tuple[Condition, ...] = ()

    openness: Openness = "public"
    released_to: tuple[str, ...] = ()
    """Parties (firm or provider ids) to whom an officer showed a need that is not public."""
    published: dt.date | None = None
    valid_until: dt.date | None = None
    owner: str = ""
    """The officer who looks after it."""
    event: str = ""
    synthetic: bool = False

    def body(self) -> str:
        """Give the text that is searched beside the title: problem, targets, present level."""
        targets = [self.targets_text, *(target.in_words() for target in self.targets)]
        parts = [self.problem, *targets, self.present, " ".join(self.keywords), self.chain]
        return "\n".join(part for part in parts if part)
