"""Matching: ranks, reasons, conditions, two languages, and nothing where nothing fits."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sanfu
from sanfu.errors import InputError
from sanfu.exchange import Condition, LocalIndex, Need, Offer, match, offers_from_ledger
from sanfu.exchange.matching.terms import fold

OFFERS = [
    Offer(
        id="coat",
        firm="F1",
        name="甲机械",
        products=("隔膜涂布机", "机器视觉检测系统"),
        scope="从事锂离子电池设备的研发与销售",
        district="杨浦区",
        tiers=("little-giant",),
        industry="C3562",
        staff=120,
    ),
    Offer(
        id="weld",
        firm="F2",
        name="乙金属",
        patents=("一种7075铝合金激光焊接方法",),
        district="嘉定区",
        industry="C3311",
    ),
    Offer(
        id="filter",
        firm="F3",
        name="丙膜科技",
        scope="污水处理用反渗透膜组件、膜分离装置",
        district="杨浦区",
        industry="C3591",
        staff=20,
    ),
    Offer(id="clean", firm="F4", name="丁物业", scope="物业管理，保洁服务", district="杨浦区"),
]
BATTERY = Need(
    id="battery",
    title="锂电池隔膜涂布厚度在线检测",
    problem="现有产线隔膜涂布厚度偏差大，希望以机器视觉在线检测，精度优于 1 μm。",
)


def test_the_nearest_offer_comes_first_with_its_reasons():
    found = match([BATTERY], OFFERS)

    first = found.frame.row(0, named=True)
    assert (first["offer"], first["rank"]) == ("coat", 1)
    assert "隔膜涂布" in first["reasons"]
    assert "机器视觉" in first["reasons"]
    assert 0.2 <= first["score"] <= 1


def test_a_need_that_nobody_can_answer_is_said_to_be_so():
    need = Need(id="music", title="古琴演奏与斫琴工艺培训", problem="寻找古琴名师授课。")

    found = match([need], OFFERS)

    assert found.frame.height == 0
    assert [one.need for one in found.unanswered] == ["music"]


@pytest.mark.parametrize(
    ("title", "offer", "word"),
    [
        ("Laser welding of aluminium alloy parts", "weld", "激光焊接"),
        ("Reverse osmosis for wastewater treatment", "filter", "反渗透"),
    ],
)
def test_an_english_need_finds_a_chinese_offer_through_the_glossary(title, offer, word):
    found = match([Need(id="n", title=title)], OFFERS)

    assert found.frame["offer"][0] == offer
    assert word in found.frame["reasons"][0]


def test_a_chinese_need_finds_an_english_offer():
    offers = [
        Offer(id="lidar", title="Automotive lidar and mmwave radar modules"),
        Offer(id="resin", title="Epoxy resin for composites"),
    ]

    found = match([Need(id="n", title="车载激光雷达", problem="自动驾驶用")], offers)

    assert found.frame["offer"].to_list() == ["lidar"]


def with_condition(**condition):
    return BATTERY.model_copy(
        update={
            "title": "膜与膜组件的检测",
            "problem": "隔膜、反渗透膜组件的检测装置",
            "conditions": (Condition(**condition),),
        }
    )


@pytest.mark.parametrize(
    ("condition", "left"),
    [
        ({"kind": "district", "values": ("杨浦区",)}, {"coat", "filter"}),
        ({"kind": "tier", "values": ("little-giant",)}, {"coat"}),
        ({"kind": "staff", "least": 100}, {"coat"}),
        ({"kind": "staff", "most": 100}, {"filter"}),
        ({"kind": "industry", "values": ("359",)}, {"filter"}),
        ({"kind": "industry", "values": ("C",)}, {"coat", "filter"}),
        ({"kind": "exclude_firm", "values": ("F1",)}, {"filter"}),
        ({"kind": "qualification", "values": ("ISO 9001",)}, set()),
    ],
)
def test_a_hard_condition_excludes_whoever_fails_it_or_is_not_known(condition, left):
    found = match([with_condition(**condition)], OFFERS)

    assert set(found.frame["offer"]) == left


def test_a_soft_condition_moves_up_and_excludes_nobody():
    offers = [
        Offer(id="a", title="隔膜涂布机", district="嘉定区"),
        Offer(id="b", title="隔膜涂布机", district="杨浦区"),
    ]
    wish = Condition(kind="district", values=("杨浦区",), hard=False)

    plain = match([BATTERY], offers).frame
    wished = match([BATTERY.model_copy(update={"conditions": (wish,)})], offers)

    assert plain["offer"].to_list() == ["a", "b"]
    assert wished.frame["offer"].to_list() == ["b", "a"]
    assert "杨浦区" in wished.frame["reasons"][0]
    assert "不符合" in str(wished.explain("battery", "a"))


def test_nobody_answers_their_own_need_nor_their_groups():
    offers = [
        OFFERS[0],
        OFFERS[0].model_copy(update={"id": "sister", "firm": "F9", "group": "甲集团"}),
        OFFERS[0].model_copy(update={"id": "other", "firm": "F8"}),
    ]
    need = BATTERY.model_copy(update={"firm": "F1", "group": "甲集团"})

    assert match([need], offers).frame["offer"].to_list() == ["other"]


def test_all_offers_excluded_by_conditions_are_said_to_be_so():
    need = with_condition(kind="district", values=("崇明区",))

    assert match([need], OFFERS).unanswered[0].why == "conditions"


def test_the_same_industry_is_nearer():
    offers = [
        Offer(id="far", title="隔膜涂布机", industry="I6510"),
        Offer(id="near", title="隔膜涂布机", industry="C3562"),
    ]

    found = match([BATTERY.model_copy(update={"industry": "3562"})], offers)

    assert found.frame["offer"].to_list() == ["near", "far"]


def test_needs_past_their_validity_are_set_aside():
    need = BATTERY.model_copy(update={"valid_until": dt.date(2026, 6, 30)})

    assert match([need], OFFERS, on=dt.date(2026, 6, 30)).frame.height > 0
    assert match([need], OFFERS, on=dt.date(2026, 7, 1)).frame.height == 0


def test_the_best_needs_for_an_offer():
    other = Need(id="water", title="反渗透膜污水处理", problem="废水回用")

    found = match([other, BATTERY], OFFERS, by="offer", top=1)

    rows = found.frame.select("offer", "need", "rank").rows()
    assert ("coat", "battery", 1) in rows
    assert ("filter", "water", 1) in rows
    assert found.frame["offer"].is_unique().all()


def test_an_index_is_searched_again_and_takes_one_more_offer():
    index = LocalIndex(OFFERS[1:])
    before = match([BATTERY], index).frame
    index.add(sanfu.exchange.offer_frame([OFFERS[0]]))

    assert "coat" not in before["offer"]
    assert match([BATTERY], index).frame.equals(match([BATTERY], [*OFFERS[1:], OFFERS[0]]).frame)


def test_an_id_given_twice_is_refused_with_the_id():
    with pytest.raises(InputError, match="coat"):
        match([BATTERY], [OFFERS[0], OFFERS[0]])
    with pytest.raises(InputError, match="coat"):
        LocalIndex(OFFERS).add(sanfu.exchange.offer_frame([OFFERS[0]]))


def test_offers_come_from_the_ledger():
    firms = pl.DataFrame(
        {"firm": ["F1"], "name": ["甲"], "products": ["隔膜涂布机；分切机"], "scope": ["机械"]}
    )
    titles = pl.DataFrame({"firm": ["F1", "F1"], "tier": ["srdi", "little-giant"]})
    figures = pl.DataFrame(
        {"firm": ["F1", "F1"], "year": [2024, 2025], "staff": [10, 12], "revenue": [5, None]}
    )

    offer = offers_from_ledger(firms, titles, figures).row(0, named=True)

    assert offer["products"] == ["隔膜涂布机", "分切机"]
    assert offer["tiers"] == ["little-giant", "srdi"]
    assert (offer["staff"], offer["revenue"]) == (12, 5)


WORDS = st.sampled_from(
    [
        "隔膜",
        "涂布",
        "锂电池",
        "锂离子电池",
        "激光",
        "焊接",
        "铝合金",
        "7075",
        "ABS",
        "检测",
        "机器视觉",
        "膜",
        "分离",
        "sensor",
        "lidar",
        "激光雷达",
    ]
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(WORDS, min_size=1, max_size=6),
    st.lists(st.lists(WORDS, min_size=1, max_size=5), min_size=1, max_size=5),
)
def test_reasons_name_only_what_is_in_the_texts(asked, offered):
    need = Need(id="n", title="".join(asked[:2]), problem=" ".join(asked))
    offers = [
        Offer(id=str(at), products=tuple(words[:2]), scope="".join(words))
        for at, words in enumerate(offered)
    ]

    for hit in match([need], offers).hits:
        offer = offers[int(hit.offer)]
        for reason in hit.reasons:
            lines = [fold(line) for line in (*offer.products, offer.scope)]
            assert any(reason.phrase in line for line in lines)
            assert reason.written in fold(f"{need.title}\n{need.body()}")
            assert fold(reason.whole) in lines


class Opposites:
    """A toy model for the tests: the texts it knows have set places, so “保洁” means “卫生”."""

    name = "toy"
    suitable = 0.9

    def embed(self, texts):
        return np.array([[1.0, 0.0] if "保洁" in t or "卫生" in t else [0.0, 1.0] for t in texts])


def test_an_embedder_finds_what_shares_no_word():
    need = Need(id="n", title="厂区卫生外包")

    plain, fused = match([need], OFFERS), match([need], OFFERS, embedder=Opposites())

    assert "clean" not in plain.frame["offer"]
    assert fused.frame["offer"].to_list() == ["clean"]
    assert fused.frame["similarity"].to_list() == [1.0]


def test_an_embedder_does_not_pass_a_hard_condition():
    need = Need(
        id="n",
        title="厂区卫生外包",
        conditions=(Condition(kind="district", values=("嘉定区",)),),
    )

    assert match([need], OFFERS, embedder=Opposites()).frame.height == 0


def test_a_pair_that_is_not_there_cannot_be_explained():
    with pytest.raises(InputError, match="nobody"):
        match([BATTERY], OFFERS).explain("battery", "nobody")


def test_the_result_is_written_as_a_workbook(tmp_path):
    path = tmp_path / "匹配.xlsx"
    music = Need(id="music", title="古琴")

    match([BATTERY, music], OFFERS).to_excel(path)

    sheets = pl.read_excel(path, sheet_id=0, engine="calamine", has_header=False)
    assert list(sheets) == ["匹配", "未匹配", "指标说明"]
    assert "古琴" in sheets["未匹配"].to_series(1).to_list()


def test_the_trace_gives_the_terms_and_their_weights():
    trace = match([BATTERY], OFFERS).trace

    assert {"隔膜", "涂布"} <= set(trace.filter(pl.col("offer") == "coat")["term"])
    assert trace["weight"].min() > 0
