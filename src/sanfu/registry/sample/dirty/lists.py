"""The twelve files that an office receives: registers, filings, returns and published lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from sanfu.registry.sample.dirty.cells import Printed, counts, dates, flags, money, pick, texts
from sanfu.registry.sample.dirty.grid import Column, File, Sheet
from sanfu.registry.sample.dirty.people import People, Source, people

if TYPE_CHECKING:
    from collections.abc import Sequence

MARK = "合成数据"
"""Stands in every file's name: nothing here is a real firm."""
CURRENCY_WORDS = {"USD": "美元", "JPY": "日元", "EUR": "欧元"}
MISSING_CAPITAL = 0.128
"""Measured on 74,799 real registrations, as the two below."""
NO_DISTRICT_IN_ADDRESS = 0.127
BROKEN = 0.0005


def _serial(n: int) -> Column:
    return Column("序号", "", Printed([*range(1, n + 1)], [None] * n))


def _remarks(n: int, word: str = "") -> Column:
    return Column("备注", "", Printed([word or None] * n, [None] * n))


def _implied(measure: str, values: Sequence[str | None]) -> Column:
    """Give a value that no column of the sheet states but its title or another cell does."""
    return Column("", measure, Printed([None] * len(values), [*values], ["implied"] * len(values)))


def _sheet(name: str, who: People, columns: list[Column], **about: Any) -> Sheet:
    return Sheet(name, who.firms, who.identity, columns, **about)


def register(source: Source) -> File:
    """Lay out the city's register: one header row, foreign capital, much missing."""
    rng = source.rng
    who = people(source, source.shuffled(range(len(source.ids))), first=True)
    n = len(who.rows)
    capital = source.firms["capital"].gather(who.rows).to_list()
    currency = source.column(who.rows, "currency")
    missing = set(pick(rng, n, MISSING_CAPITAL))
    home = [
        a if c == "CNY" and i not in missing else None
        for i, (a, c) in enumerate(zip(capital, currency, strict=True))
    ]
    printed = money(home, "万元", rng, nothing=("", "", "—"))
    for row, (amount, unit) in enumerate(zip(capital, currency, strict=True)):
        if unit != "CNY" and row not in missing:
            printed.shown[row] = f"{amount // 1_000_000}万{CURRENCY_WORDS[unit]}"
            printed.value[row], printed.fault[row] = str(amount), "foreign-currency"
        elif row in missing:
            printed.fault[row] = "missing"
    implied = [
        unit if printed.value[row] is not None else None for row, unit in enumerate(currency)
    ]
    address = source.column(who.rows, "address")
    places = texts(address)
    full = source.column(who.rows, "district_name")
    for row in pick(rng, n, NO_DISTRICT_IN_ADDRESS):
        without = address[row].replace(f"上海市{full[row]}", "上海市" if row % 2 else "", 1)
        places.shown[row] = places.value[row] = without
        places.fault[row] = "address-without-district"
    columns = [
        _serial(n),
        *who.columns(uscc="统一社会信用代码", name="企业名称", district="所属区"),
        Column("注册资本（万元）", "capital", printed),
        Column(
            "成立日期", "founded", dates(source.firms["founded"].gather(who.rows).to_list(), rng)
        ),
        Column("企业类型", "ownership", texts(source.column(who.rows, "ownership"))),
        Column("国民经济行业代码", "industry", texts(source.column(who.rows, "industry"))),
        Column("注册地址", "address", places),
        Column("经营范围", "scope", texts(source.column(who.rows, "scope"))),
        _implied("currency", implied),
    ]
    sheet = _sheet(
        "企业信息", who, columns, above=[[f"上海市企业基本信息表（{MARK}）"], ["截至2023年7月28日"]]
    )
    return File(f"01_全市企业基本信息_{MARK}.xlsx", [sheet])


def filing_2021(source: Source) -> File:
    """Yearly filing in GB 18030, in yuan, with a column of the year and rows of broken bytes."""
    who = people(source, source.shuffled(range(len(source.ids))), old_names=True)
    rng, n = source.rng, len(who.rows)

    def fen(measure: str) -> list[int | None]:
        return source.figure(who.rows, measure, 2021)

    columns = [
        *who.columns(name="单位名称", uscc="社会信用代码", district="区县"),
        Column("年度", "", Printed(["2021年"] * n, [None] * n)),
        Column("营业收入（元）", "revenue", money(fen("revenue"), "元", rng), 2021),
        Column("主营业务收入（元）", "main_revenue", money(fen("main_revenue"), "元", rng), 2021),
        Column("研发费用（元）", "rd_expense", money(fen("rd_expense"), "元", rng), 2021),
        Column("净利润（元）", "net_profit", money(fen("net_profit"), "元", rng), 2021),
        Column("资产总额（元）", "assets", money(fen("assets"), "元", rng), 2021),
        Column("负债总额（元）", "liabilities", money(fen("liabilities"), "元", rng), 2021),
        Column("从业人员（人）", "staff", counts(fen("staff"), rng), 2021),
        Column("研发人员（人）", "rd_staff", counts(fen("rd_staff"), rng), 2021),
    ]
    sheet = _sheet("02", who, columns, broken=pick(rng, n, BROKEN))
    sheet.name = f"02_2021年度企业填报_{MARK}"
    return File(f"{sheet.name}.csv", [sheet], encoding="gb18030")


def filing_2022(source: Source) -> File:
    """Yearly filing in UTF-16 with tabs, a title, a unit line above, totals and notes."""
    who = people(source, source.shuffled(range(len(source.ids))), old_names=True)
    rng = source.rng

    def fen(measure: str) -> list[int | None]:
        return source.figure(who.rows, measure, 2022)

    def total(measure: str) -> float:
        return sum(value or 0 for value in fen(measure)) / 1_000_000

    columns = [
        _serial(len(who.rows)),
        *who.columns(uscc="信用代码", name="企业全称", district="所在区"),
        Column("营业总收入", "revenue", money(fen("revenue"), "万元", rng), 2022),
        Column("其中：主营业务收入", "main_revenue", money(fen("main_revenue"), "万元", rng), 2022),
        Column("研发投入", "rd_expense", money(fen("rd_expense"), "万元", rng), 2022),
        Column("净利润总额", "net_profit", money(fen("net_profit"), "万元", rng), 2022),
        Column("年末资产总计", "assets", money(fen("assets"), "万元", rng), 2022),
        Column("年末负债合计", "liabilities", money(fen("liabilities"), "万元", rng), 2022),
        Column("职工人数", "staff", counts(fen("staff"), rng), 2022),
        Column("科技人员", "rd_staff", counts(fen("rd_staff"), rng), 2022),
        Column("有效发明专利数", "class1_ip", counts(fen("class1_ip"), rng), 2022),
        _remarks(len(who.rows)),
    ]
    sheet = _sheet(
        f"03_企业年报汇总_{MARK}",
        who,
        columns,
        above=[["2022年度企业年报汇总表"], ["单位：万元、人"]],
        tail=[
            [
                "合计",
                None,
                None,
                None,
                total("revenue"),
                total("main_revenue"),
                total("rd_expense"),
            ],
            ["注：本表为合成数据，不对应任何真实企业。"],
        ],
    )
    return File(f"{sheet.name}.csv", [sheet], encoding="utf-16", delimiter="\t")


def filing_2023(source: Source) -> File:
    """Yearly flash return in UTF-8 with a mark, in thousands of yuan as text."""
    filed = source.figures(2023)["revenue"].is_not_null().to_numpy()
    who = people(source, source.shuffled(np.flatnonzero(filed).tolist()), old_names=True)
    rng = source.rng

    def fen(measure: str) -> list[int | None]:
        return source.figure(who.rows, measure, 2023)

    def texted(measure: str) -> Printed:
        return money(fen(measure), "千元", rng, style="text")

    columns = [
        *who.columns(uscc="统一代码", name="申报企业", district="属地"),
        Column("营业收入（千元）", "revenue", texted("revenue"), 2023),
        Column("主营收入（千元）", "main_revenue", texted("main_revenue"), 2023),
        Column("研发费用总额（千元）", "rd_expense", texted("rd_expense"), 2023),
        Column("净利润（千元）", "net_profit", texted("net_profit"), 2023),
        Column("总资产（千元）", "assets", texted("assets"), 2023),
        Column("总负债（千元）", "liabilities", texted("liabilities"), 2023),
        Column("员工人数", "staff", counts(fen("staff"), rng, "人"), 2023),
        Column("研发人数", "rd_staff", counts(fen("rd_staff"), rng, "人"), 2023),
        Column("Ⅰ类知识产权", "class1_ip", counts(fen("class1_ip"), rng), 2023),
        Column("Ⅱ类知识产权", "class2_ip", counts(fen("class2_ip"), rng), 2023),
        Column("专精特新发展评价得分", "platform_score", counts(fen("platform_score"), rng), 2023),
        *_said(source, who.rows),
    ]
    sheet = _sheet(f"04_2023年度快报_{MARK}", who, columns)
    return File(f"{sheet.name}.csv", [sheet], encoding="utf-8-sig")


SAID_FLAGS = {
    "是否战略性新兴产业": "strategic_industry",
    "质量管理体系认证": "management_certificate",
    "自主品牌": "own_brand",
    "核心业务采用信息系统": "core_process_online",
    "管理体系或产品认证": "product_certificate",
    "省级以上质量奖": "quality_award",
    "补短板锻长板填空白": "gap_filling",
    "工业六基": "six_bases",
    "中华老字号": "old_brand",
    "重点产业链配套": "key_chain_supplier",
    "近三年科技奖励": "science_award_3y",
    "近三年省部级科技奖励单位前三": "provincial_award_top3_3y",
    "近三年国家级科技奖励单位前三": "national_award_top3_3y",
    "近三年国家级科技奖励单位前五": "national_award_top5_3y",
    "创客中国全国500强": "maker_top500_3y",
    "创客中国全国50强": "maker_top50_3y",
}
"""Heading → what a firm ticks in the yearly filing."""
SAID_COUNTS = {
    "自主研发Ⅰ类知识产权": "class1_ip_own",
    "Ⅰ类高价值知识产权": "class1_ip_high_value",
    "参与制定标准数": "standards",
    "数字化水平等级": "digital_level",
    "特色化指标得分": "local_points",
}


def _said(source: Source, rows: list[int]) -> list[Column]:
    """Give what a firm says of itself; the dirt of the other files is the same without it."""
    (rng,) = source.rng.spawn(1)
    of_firms = source.firms[rows]
    shares = source.figures(2023)["market_share"].gather(rows).to_list()
    levels = [
        "无研发机构" if level == "无" else level for level in of_firms["rd_institution"].to_list()
    ]
    since = dates(of_firms["segment_since"].to_list(), rng, "iso")
    return [
        Column("从事特定细分市场起始日期", "segment_since", since),
        Column("研发机构级别", "rd_institution", texts(levels)),
        Column(
            "近两年新增股权融资（千元）",
            "new_equity",
            money(source.figure(rows, "new_equity", 2023), "千元", rng),
            2023,
        ),
        Column(
            "主导产品细分市场占有率",
            "market_share",
            Printed([f"{s:.1%}" for s in shares], [str(s) for s in shares]),
            2023,
        ),
        *(
            Column(heading, measure, counts(source.figure(rows, measure, 2023), rng), 2023)
            for heading, measure in SAID_COUNTS.items()
        ),
        *(
            Column(heading, measure, flags(of_firms[measure].to_list(), rng))
            for heading, measure in SAID_FLAGS.items()
        ),
    ]


def _title_columns(
    titles: pl.DataFrame, rng: np.random.Generator, style: Any, *, batch: str = ""
) -> list[Column]:
    words = {"passed": "通过", "failed": "未通过", "lapsed": "到期未复核", None: None}
    review = titles["review"].to_list()
    return [
        *([Column(batch, "batch", texts(titles["batch"].to_list()))] if batch else []),
        Column("认定日期", "granted", dates(titles["granted"].to_list(), rng, style)),
        Column("有效期至", "expires", dates(titles["expires"].to_list(), rng, style)),
        Column("复核结果", "review", Printed([words[r] for r in review], review)),
    ]


def little_giants(source: Source) -> File:
    """Lay out the lists of little giants, one sheet a batch, and a hidden draft."""
    titles = source.registry.titles.filter(pl.col("tier") == "little-giant")
    sheets = []
    for (batch,), of_batch in sorted(titles.partition_by("batch", as_dict=True).items()):
        order = source.shuffled(range(of_batch.height))
        listed = of_batch[order]
        rows = [source.position[firm] for firm in listed["firm"]]
        who = people(source, rows, old_names=True)
        again = str(batch).endswith("复核")
        columns = [
            _serial(len(rows)),
            *who.columns(name="企业名称", district="推荐单位", uscc="统一社会信用代码"),
            *_title_columns(listed, source.rng, "excel", batch="批次" if again else ""),
            _implied("tier", ["little-giant"] * len(rows)),
        ]
        if not again:
            columns.append(_implied("batch", [str(batch)] * len(rows)))
        words = "复核通过" if again else ""
        title = f"{str(batch).removesuffix('复核')}专精特新“小巨人”企业{words}名单（{MARK}）"
        sheets.append(
            _sheet(str(batch), who, columns, above=[[title]], tail=[["注：排名不分先后。"]])
        )
    draft = Sheet(
        "草稿",
        [],
        [],
        [Column("企业名称", "", Printed([], [])), Column("营业收入（万元）", "", Printed([], []))],
        tail=[["上海示例草稿有限公司", 999_999]],
        hidden=True,
    )
    return File(f"05_小巨人名单_{MARK}.xlsx", [*sheets, draft])


def municipal_titles(source: Source) -> File:
    """Lay out the city's lists of three spells, dates in every way, headers repeated midway."""
    titles = source.registry.titles.filter(pl.col("tier") == "srdi")
    spells = (("2017-2019年", 2017, 2019), ("2020-2021年", 2020, 2021), ("2022-2023年", 2022, 2023))
    sheets = []
    for name, first, last in spells:
        listed = titles.filter(pl.col("granted").dt.year().is_between(first, last))
        if listed.is_empty():
            continue
        listed = listed[source.shuffled(range(listed.height))]
        rows = [source.position[firm] for firm in listed["firm"]]
        who = people(source, rows, old_names=True, half_width=0.05)
        n = len(rows)
        columns = [
            _serial(n),
            *who.columns(name="企业名称", uscc="统一社会信用代码", district="所属区县"),
            Column("称号", "tier", Printed(["专精特新中小企业"] * n, ["srdi"] * n)),
            *_title_columns(listed, source.rng, "mixed", batch="认定批次"),
        ]
        heads = [[column.heading for column in columns]]
        breaks = dict.fromkeys(range(500, n, 500), heads)
        sheets.append(
            _sheet(name, who, columns, breaks=breaks, above=[[f"市级专精特新认定名单（{MARK}）"]])
        )
    return File(f"06_市级专精特新名单_{MARK}.xlsx", sheets)


def three_years(source: Source) -> File:
    """One column a year under merged headings, in a header of two rows."""
    rng = source.rng
    chosen = np.flatnonzero(rng.random(len(source.ids)) < 0.3).tolist()
    who = people(source, source.shuffled(chosen), moved=0.0)
    measures = (
        ("营业收入（万元）", "revenue"),
        ("研发费用（万元）", "rd_expense"),
        ("资产总额（万元）", "assets"),
    )
    columns = [
        _serial(len(who.rows)),
        *who.columns(uscc="统一社会信用代码", name="企业名称", district="所属区"),
    ]
    for heading, measure in measures:
        columns += [
            Column(
                (heading, f"{year}年"),
                measure,
                money(source.figure(who.rows, measure, year), "万元", rng),
                year,
            )
            for year in (2021, 2022, 2023)
        ]
    sheet = _sheet("三年财务", who, columns, above=[[f"重点企业三年财务情况（{MARK}）"]])
    return File(f"07_重点企业三年财务_{MARK}.xlsx", [sheet])


def sheets_by_year(source: Source) -> File:
    """One sheet a year, of two districts, with people and rights."""
    here = source.firms["district"].is_in(["310112", "310117"]).to_numpy()
    sheets = []
    for year in (2021, 2022, 2023):
        filed = source.figures(year)["revenue"].is_not_null().to_numpy()
        who = people(source, source.shuffled(np.flatnonzero(here & filed).tolist()), moved=0.0)
        columns = [
            *who.columns(name="企业名称", uscc="统一社会信用代码", district="区"),
            *(
                Column(
                    heading,
                    measure,
                    counts(source.figure(who.rows, measure, year), source.rng),
                    year,
                )
                for heading, measure in (
                    ("从业人员数", "staff"),
                    ("其中：研发人员数", "rd_staff"),
                    ("一类知识产权", "class1_ip"),
                    ("II类知识产权", "class2_ip"),
                    ("参与制定标准数", "standards"),
                )
            ),
        ]
        sheets.append(_sheet(f"{year}年", who, columns))
    return File(f"08_闵行松江人员与知识产权_{MARK}.xlsx", sheets)


def pudong(source: Source) -> File:
    """Lay out a district's return in 亿元: own units in cells, subtotals and notes."""
    rng = source.rng
    here = np.flatnonzero((source.firms["district"] == "310115").to_numpy()).tolist()
    who = people(source, source.shuffled(here), moved=0.0)
    n = len(who.rows)

    def fen(measure: str) -> list[int | None]:
        return source.figure(who.rows, measure, 2022)

    columns = [
        _serial(n),
        *who.columns(name="企业名称", uscc="统一社会信用代码", district="所属区"),
        Column("营业收入（亿元）", "revenue", money(fen("revenue"), "亿元", rng, places=4), 2022),
        Column(
            "研发费用（亿元）", "rd_expense", money(fen("rd_expense"), "亿元", rng, places=5), 2022
        ),
        Column("资产总额", "assets", money(fen("assets"), "元", rng, style="own-unit"), 2022),
        Column(
            "新增股权融资（亿元）",
            "new_equity",
            money(fen("new_equity"), "亿元", rng, places=4),
            2022,
        ),
        Column("从业人员", "staff", counts(fen("staff"), rng, "人"), 2022),
        Column("主管部门意见", "", Printed(["同意"] * n, [None] * n)),
    ]
    breaks = {at: [["小计", f"{at}家"]] for at in range(400, n, 400)}
    sheet = _sheet(
        "浦东新区",
        who,
        columns,
        breaks=breaks,
        above=[[f"浦东新区企业2022年情况（{MARK}）"], ["填报单位：示例"]],
        tail=[
            ["合计", f"{n}家"],
            ["填表人：示例", "审核人：示例"],
            ["说明：金额按四舍五入保留四位小数。"],
        ],
    )
    return File(f"09_浦东新区报送_{MARK}.xlsx", [sheet])


def yangpu(source: Source) -> File:
    """Lay out a district's book: old codes, full-width digits, years in headings."""
    rng = source.rng
    here = np.flatnonzero((source.firms["district"] == "310110").to_numpy()).tolist()
    who = people(source, source.shuffled(here), code="organisation", moved=0.0)

    def wide(measure: str) -> Printed:
        printed = money(source.figure(who.rows, measure, 2022), "万元", rng, style="text")
        rows = [r for r in pick(rng, len(who.rows), 0.5) if not printed.undecidable[r]]
        full = str.maketrans("0123456789.,-", "０１２３４５６７８９．，－")
        printed.spoil(rows, "full-width", lambda shown: shown.translate(full))
        return printed

    columns = [
        *who.columns(name="名称", uscc="组织机构代码", district="地区"),
        Column("2022年营业收入(万元)", "revenue", wide("revenue"), 2022),
        Column("2022年主营业务收入(万元)", "main_revenue", wide("main_revenue"), 2022),
        Column("主导产品", "products", texts(source.column(who.rows, "products"))),
        Column(
            "从事细分市场起始日期",
            "segment_since",
            dates(source.firms["segment_since"].gather(who.rows).to_list(), rng, "chinese"),
        ),
    ]
    sheet = _sheet(f"10_杨浦区企业台账_{MARK}", who, columns)
    return File(f"{sheet.name}.csv", [sheet], encoding="gb18030")


def listings(source: Source) -> File:
    """Tick flags in many ways; the table begins at C4, rows stand twice, a unit is not said."""
    rng = source.rng
    chosen = np.flatnonzero(rng.random(len(source.ids)) < 0.25).tolist()
    rows = source.shuffled(chosen)
    twice = [rows[place] for place in pick(rng, len(rows), 0.01)]
    who = people(source, [*rows, *twice], old_names=True)
    nameless = money(source.figure(who.rows, "net_profit", 2022), "万元", rng)
    # a column that says its unit nowhere: none of it can be decided
    nameless.hide(range(len(who.rows)), "unit-unsaid", lambda shown: shown)
    unsaid = [row for row, shown in enumerate(nameless.shown) if shown is None]
    for row in unsaid:
        nameless.undecidable[row] = False
    columns = [
        *who.columns(uscc="统一社会信用代码", name="企业名称", district="所属区"),
        Column(
            "是否高新技术企业",
            "high_tech",
            flags(source.firms["high_tech"].gather(who.rows).to_list(), rng),
        ),
        Column(
            "获得股权融资", "funded", flags(source.firms["funded"].gather(who.rows).to_list(), rng)
        ),
        Column("上市挂牌情况", "listing", texts(source.column(who.rows, "listing"))),
        Column(
            "研发机构", "rd_institution", _institutions(source.column(who.rows, "rd_institution"))
        ),
        Column("2022年净利润", "net_profit", nameless, 2022),
        _remarks(len(who.rows)),
    ]
    sheet = _sheet("资质", who, columns, start=(3, 2))
    return File(f"11_高新技术与上市情况_{MARK}.xlsx", [sheet])


def _institutions(levels: list[str]) -> Printed:
    return Printed([*levels], [None if level == "无" else level for level in levels])


def innovative(source: Source) -> File:
    """List firms by name only: name variants, old districts, names that no rule can decide."""
    rng = source.rng
    listed = source.registry.titles.filter(pl.col("tier") == "innovative")
    listed = listed[source.shuffled(range(listed.height))]
    rows = [source.position[firm] for firm in listed["firm"]]
    who = people(source, rows, code="none", half_width=0.3, old_district=0.3)
    legal = source.column(rows, "name")
    for place, position in enumerate(rows):
        drawn = rng.random()
        if position in source.plain:
            continue
        if position in source.renamed and drawn < 0.5:
            _say_name(who, place, source.old_names[position], "old-name")
        elif drawn < 0.015:
            _say_name(who, place, _typo(legal[place], rng), "name-typo")
        elif drawn < 0.03:
            _say_name(who, place, _short(legal[place]), "name-short")
        elif drawn < 0.034:
            who.district.shown[place] = who.district.value[place] = None
            who.district.fault[place] = "district-missing"
    columns = [
        _serial(len(rows)),
        *who.columns(name="企业名称", district="区县"),
        *_title_columns(listed, rng, "mixed", batch="批次")[:2],
        _implied("tier", ["innovative"] * len(rows)),
    ]
    sheet = _sheet("名单", who, columns, above=[[f"创新型中小企业公示名单（{MARK}）"]])
    return File(f"12_创新型中小企业公示名单_{MARK}.xlsx", [sheet])


def _say_name(who: People, place: int, name: str, fault: str) -> None:
    who.name.shown[place] = who.name.value[place] = name
    who.name.fault[place], who.identity[place] = fault, "undecidable"


def _typo(name: str, rng: np.random.Generator) -> str:
    """Leave a character out, write one twice, or change places of two, inside the trade word."""
    at = int(rng.integers(3, len(name) - 5))
    way = int(rng.integers(3))
    if way == 0:
        return name[:at] + name[at + 1 :]
    if way == 1:
        return name[:at] + name[at] + name[at:]
    changed = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    return changed if changed != name else name[:at] + name[at + 1 :]


def _short(name: str) -> str:
    """Leave out the legal form, as people do."""
    return name.removesuffix("有限公司").removesuffix("股份")


LISTS = (
    register,
    filing_2021,
    filing_2022,
    filing_2023,
    little_giants,
    municipal_titles,
    three_years,
    sheets_by_year,
    pudong,
    yangpu,
    listings,
    innovative,
)
"""The files in the order in which an office imports them."""
