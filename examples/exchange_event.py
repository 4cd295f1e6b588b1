"""A matching event with the synthetic sample: matches, a proven timetable, a repair, the funnel."""

import datetime as dt
from pathlib import Path
from tempfile import TemporaryDirectory

import sanfu
from sanfu.exchange import Entry, FollowBook, build_funnel, make_event
from sanfu.language import Text
from sanfu.registry.sample import shanghai

sample, book = sanfu.sample_event(), shanghai(firms=800)
found = sanfu.match(sample.needs, sample.offers(book.firms, book.titles, book.figures), top=10)
event, kept_back = make_event(
    found, name=Text("示例对接会", "sample event"), day=dt.date(2026, 6, 10), most_guests=60
)
table = sanfu.schedule(event, report=lambda stand: print(stand.stage, f"{stand.gap:.3%}"))
print(table.summary(), f"；{len(kept_back)} 项需求不上桌")
print(table.explain(event.hosts[0].id))

guest = table.frame["guest"][0]
print(sanfu.repair(table, now=1, absent=[guest]).explain())

with TemporaryDirectory() as folder:
    follow = FollowBook(Path(folder) / "follow.sqlite")
    follow.announce(found.needs, on=dt.date(2026, 6, 1))
    hit = found.hits[0]
    for stage, day in (("answered", 12), ("shortlisted", 20)):
        follow.record(Entry(need=hit.need, party=hit.party, stage=stage, on=dt.date(2026, 6, day)))
    print(build_funnel(follow, on=dt.date(2026, 6, 30)).explain())
