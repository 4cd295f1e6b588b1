"""One firm explained, its way up, and the calendar, on synthetic firms."""

import datetime as dt
import tempfile
from pathlib import Path

from sanfu.ladder import check, firm_rows
from sanfu.ladder.calendar import calendar_entries, read_calendar, write_ics
from sanfu.ladder.plan_words import plan_words
from sanfu.registry.sample import shanghai

ON = dt.date(2024, 5, 1)

registry = shanghai(firms=200, seed=7)  # synthetic
rows = firm_rows(registry, ON)
checked = check(rows, "cn-2026/srdi", kind="new", on=ON, keep=["name", "district"])

firm = checked.verdicts.filter(outcome="unmet")["firm"][0]
print(checked.explain(firm).text().zh)
print("提升路径：", plan_words(checked.plan(firm), ON, year=2023).zh)

out = Path(tempfile.mkdtemp())
checked.to_excel(out / "自检清单_合成数据.xlsx")
entries = calendar_entries(read_calendar(), ON, dt.date(2025, 4, 30), titles=registry.titles)
write_ics(entries, out / "日历_合成数据.ics", made=dt.datetime(2024, 5, 1, tzinfo=dt.UTC))
print(f"{entries.height} 条日程；文件在 {out}")
