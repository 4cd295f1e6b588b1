"""The book of follow-up: an SQLite file to which entries are only ever added.

The file is readable by its owner only (it names confidential needs), each entry is one transaction,
triggers refuse changes, and every entry carries a hash over itself and the one before, so that a
change made behind our back is found by `FollowBook.verify`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from sanfu.errors import FileFault, InputError
from sanfu.exchange.access import OFFICER, Viewer, show_need
from sanfu.exchange.follow.stages import STEPS, Case, Entry, FollowRules, Stage, follow_rules
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sanfu.exchange.needs import Need

_FORMAT = "sanfu/follow/1"
_MAKE = f"""
create table if not exists entry (
  number integer primary key,
  at text not null,
  need text not null,
  party text not null,
  data text not null,
  hash text not null
);
create index if not exists entry_case on entry (need, party);
create trigger if not exists entry_kept before update on entry
begin select raise(abort, 'entries are never changed'); end;
create trigger if not exists entry_stays before delete on entry
begin select raise(abort, 'entries are never deleted'); end;
create table if not exists about (format text not null);
insert into about select '{_FORMAT}' where not exists (select 1 from about);
"""  # noqa: S608 - a constant
CASE_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "need": pl.String, "title": pl.String, "party": pl.String, "party_name": pl.String,
    "stage": pl.String, "since": pl.Date, "amount": pl.Int64, "owner": pl.String,
    "next_step": pl.String, "due": pl.Date, "evidence": pl.String, "reason": pl.String,
    "event": pl.String, "district": pl.String, "industry": pl.String, "synthetic": pl.Boolean,
}  # fmt: skip
_INTERNAL = ("owner", "next_step", "due", "evidence", "reason", "district", "industry")


class FollowBook:
    """An append-only history of what came of needs.

    Parameters
    ----------
    path
        The file; made when it is not there.

    Raises
    ------
    FileFault
        It is no such file, or cannot be written.
    """

    def __init__(self, path: Path | str, *, rules: FollowRules | None = None) -> None:
        self.path = Path(path)
        self.rules = rules or follow_rules()
        fresh = not self.path.exists()
        try:
            if fresh:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                os.close(os.open(self.path, os.O_CREAT | os.O_WRONLY, 0o600))
            with closing(self._connect()) as base, base:
                base.executescript(_MAKE)
                (held,) = base.execute("select format from about").fetchone()
        except (sqlite3.DatabaseError, OSError) as error:
            raise FileFault(
                self.path,
                Text(
                    f"不是跟进记录文件，或不能写入（{error}）。",
                    f"is no book of follow-up, or cannot be written ({error}).",
                ),
            ) from None
        if held != _FORMAT:
            raise FileFault(
                self.path,
                Text(f"格式是 {held}，应为 {_FORMAT}。", f"is {held}, it should be {_FORMAT}."),
            )

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=30)

    def announce(self, needs: Iterable[Need], *, by: str = "", on: dt.date, event: str = "") -> int:
        """Record that needs were announced, on their own day or at the latest on this one.

        Needs that were recorded before are left alone.

        Returns
        -------
        int
            How many are new.

        Raises
        ------
        InputError
            The id of one is that of another need, of another event; nothing is recorded then.
        """
        with self._writing() as base:
            known = {case.need: case for case in _fold(base) if not case.party}
            fresh = []
            for need in needs:
                case = known.get(need.id)
                if case is None:
                    fresh.append(need)
                elif case.title != need.title and case.event != (event or need.event):
                    raise InputError(
                        Text(
                            f"编号 {need.id} 在 {self.path.name} 里已是另一项需求“{case.title}”"
                            f"（{case.event or '未填活动'}）；请在需求文件里给“{need.title}”"
                            "换一个编号（没有填编号的按行编为 N0001 等）。",
                            f"in {self.path.name}, {need.id} is another need already, "
                            f"“{case.title}” ({case.event or 'no event'}); give “{need.title}” "
                            "another id in the needs file (where it has none, rows count as N0001 "
                            "and so on).",
                        )
                    )
            for need in fresh:
                entry = Entry(
                    need=need.id,
                    stage="announced",
                    on=min(need.published or on, on),
                    by=by,
                    title=need.title,
                    owner=need.owner,
                    event=event or need.event,
                    district=need.district,
                    industry=need.industry,
                    synthetic=need.synthetic,
                )
                _add(base, entry)
        return len(fresh)

    def record(self, entry: Entry) -> bool:
        """Add an entry, if it says anything new.

        Returns
        -------
        bool
            False where everything in it was recorded before; nothing is added then.

        Raises
        ------
        InputError
            The need was not announced; the shortlist is full; a case is closed without a reason;
            the day lies before the case's last; nothing is recorded then.
        """
        with self._writing() as base:
            cases = {(case.need, case.party): case for case in _fold(base)}
            fresh = self._checked(entry, cases)
            if fresh is not None:
                _add(base, fresh)
        return fresh is not None

    def _checked(self, entry: Entry, cases: dict[tuple[str, str], Case]) -> Entry | None:
        """Give the entry as it is to be written; None where it says nothing new."""
        announced = cases.get((entry.need, ""))
        case = cases.get((entry.need, entry.party))
        if case is not None and _is_known(case, entry):
            return None
        if announced is None and entry.stage != "announced":
            raise InputError(
                Text(
                    f"需求 {entry.need} 还没有发布；请先记录发布，或核对编号。",
                    f"need {entry.need} was not announced; announce it first, or check the id.",
                )
            )
        if entry.party and entry.stage == "announced":
            raise InputError(
                Text(
                    "“已发布”只针对需求，不针对对接方；请改为“已揭榜”等。",
                    "“announced” is of needs, not of parties; use “answered” or later.",
                )
            )
        if not entry.party and entry.stage not in ("announced", "closed"):
            raise InputError(
                Text(
                    f"“{self.rules.label(entry.stage).zh}”要写明对接方编号。",
                    f"“{entry.stage}” needs the party's id.",
                )
            )
        self._check_move(entry, case, cases)
        inherited = announced or case
        if inherited is not None:
            facts = {
                name: getattr(entry, name) or getattr(inherited, name)
                for name in ("event", "district", "industry", "owner", "title")
            }
            facts["synthetic"] = entry.synthetic or inherited.synthetic
            entry = entry.model_copy(update=facts)
        return entry

    def _check_move(
        self, entry: Entry, case: Case | None, cases: dict[tuple[str, str], Case]
    ) -> None:
        if entry.stage == "closed" and not entry.reason:
            raise InputError(Text("关闭要写明原因。", "say the reason for which it is closed."))
        if case is not None and entry.on < case.since:
            raise InputError(
                Text(
                    f"日期 {entry.on} 早于上一步的 {case.since}；请核对日期。",
                    f"the day {entry.on} is before the last step's {case.since}; check it.",
                )
            )
        is_back = (
            case is not None
            and entry.stage in STEPS
            and (case.stage == "closed" or STEPS.index(entry.stage) < STEPS.index(case.stage))
        )
        if is_back and not entry.reason:
            raise InputError(
                Text(
                    "退回前面的阶段或重新打开，要写明原因。",
                    "say the reason for going back to an earlier stage or opening it again.",
                )
            )
        if entry.stage == "shortlisted":
            listed = [
                one.party_name or one.party
                for (need, party), one in cases.items()
                if need == entry.need and party not in ("", entry.party)
                and "shortlisted" in one.reached and one.stage != "closed"
            ]  # fmt: skip
            if len(listed) >= self.rules.shortlist_most:
                names = "、".join(listed)
                raise InputError(
                    Text(
                        f"需求 {entry.need} 已有 {len(listed)} 家入围（{names}），最多 "
                        f"{self.rules.shortlist_most} 家；请先关闭其中一家。",
                        f"need {entry.need} has {len(listed)} shortlisted ({names}), at most "
                        f"{self.rules.shortlist_most}; close one first.",
                    )
                )

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Hold the file from reading to writing, so that two officers cannot cross."""
        with closing(self._connect()) as base:
            base.isolation_level = None
            base.execute("begin immediate")
            try:
                yield base
            except BaseException:
                base.execute("rollback")
                raise
            base.execute("commit")

    def history(self, need: str = "", party: str = "") -> list[Entry]:
        """Give the entries in their order, of all, of a need, or of a need and party."""
        with closing(self._connect()) as base:
            rows = base.execute(
                "select data from entry where (? in ('', need)) and (? in ('', party))"
                " order by number",
                (need, party),
            ).fetchall()
        return [Entry.model_validate_json(data) for (data,) in rows]

    def verify(self) -> list[int]:
        """Give the numbers of entries that were changed behind the book's back; none as a rule."""
        with closing(self._connect()) as base:
            rows = base.execute("select number, at, data, hash from entry order by number")
            wrong, last = [], ""
            for number, at, data, held in rows:
                if _hash(last, at, data) != held:
                    wrong.append(number)
                last = held
        return wrong

    def cases(self) -> list[Case]:
        """Give where every need (party empty) and every case stands."""
        with closing(self._connect()) as base:
            return _fold(base)

    def frame(self, viewer: Viewer = OFFICER, needs: Iterable[Need] = ()) -> pl.DataFrame:
        """Give a row a case, as a viewer may see it.

        Parameters
        ----------
        needs
            The needs, through which the rules of who may see what are applied; for an officer
            they may be left out.

        Returns
        -------
        polars.DataFrame
            An officer sees all. The owner of a need sees its cases, a party its own cases with
            the need as it may read it; neither sees officers' names, next steps, evidence and
            reasons. Anyone else sees nothing.
        """
        cases = self.cases()
        if viewer.officer:
            return _frame_of(cases)
        known = {need.id: need for need in needs}
        shown = []
        for case in cases:
            need = known.get(case.need)
            if need is None:
                continue
            own = bool(need.firm) and need.firm in viewer.parties
            mine = bool(case.party) and case.party in viewer.parties
            if not (own or mine):
                continue
            read = show_need(need, viewer, {case.party} if mine else ())
            if read is None:
                continue
            hidden = dict.fromkeys(_INTERNAL, "") | {"due": None, "evidence": ()}
            shown.append(Case(**{**vars(case), **hidden, "title": read.title}))
        return _frame_of(shown)

    def reminders(self, on: dt.date) -> pl.DataFrame:
        """Give what an officer should look at: overdue, due soon, stuck, without next step.

        Returns
        -------
        polars.DataFrame
            A row a case and reason, the most urgent first: owner, need, title, party_name, stage,
            kind (overdue, soon, stuck, no_next_step, no_evidence), days, due, next_step.
        """
        from sanfu.exchange.follow.funnel import find_reminders  # noqa: PLC0415 - one way

        return find_reminders(self.cases(), self.rules, on)


def _fold(base: sqlite3.Connection) -> list[Case]:
    cases: dict[tuple[str, str], Case] = {}
    for (data,) in base.execute("select data from entry order by number"):
        entry = Entry.model_validate_json(data)
        key = entry.need, entry.party
        if key not in cases:
            cases[key] = Case(entry.need, entry.party, entry.stage, entry.on)
        cases[key].take(entry)
    return list(cases.values())


def _add(base: sqlite3.Connection, entry: Entry) -> None:
    data = entry.model_dump_json(exclude_defaults=True)
    at = dt.datetime.now(tz=dt.UTC).isoformat(timespec="seconds")
    last = base.execute("select hash from entry order by number desc limit 1").fetchone()
    base.execute(
        "insert into entry (at, need, party, data, hash) values (?, ?, ?, ?, ?)",
        (at, entry.need, entry.party, data, _hash(last[0] if last else "", at, data)),
    )


def _hash(before: str, at: str, data: str) -> str:
    return hashlib.sha256(f"{before}\n{at}\n{data}".encode()).hexdigest()


def _is_known(case: Case, entry: Entry) -> bool:
    """Tell whether an entry says nothing that the case does not hold."""
    if case.reached.get(entry.stage) != entry.on and not (
        entry.stage == case.stage and entry.on == case.since
    ):
        return False
    if entry.stage != case.stage:
        return case.stage != "closed" and STEPS.index(entry.stage) < STEPS.index(case.stage)
    facts = ("owner", "next_step", "due", "amount", "reason", "party_name")
    new = [n for n in facts if getattr(entry, n) and getattr(entry, n) != getattr(case, n)]
    return not new and (not entry.evidence or entry.evidence in case.evidence) and not entry.note


def _frame_of(cases: Iterable[Case]) -> pl.DataFrame:
    rows = [
        {
            **{name: getattr(case, name) for name in CASE_SCHEMA},
            "evidence": "；".join(case.evidence),
        }
        for case in cases
    ]
    return pl.DataFrame(rows, schema=CASE_SCHEMA)


def stage_label(stage: Stage, rules: FollowRules | None = None) -> str:
    """Give a stage's name in the current language."""
    return str((rules or follow_rules()).label(stage))
