"""Random events for the tests of meetings: small, with every kind of limit now and then."""

from __future__ import annotations

import numpy as np

from sanfu.exchange.meetings.event import Event


def random_event(seed, *, guests=8, hosts=4, slots=5, wishes=16, plain=False):  # noqa: C901 - one limit after another
    """Make an event; `plain` leaves everyone free in all slots."""
    rng = np.random.default_rng(seed)
    n_guests, n_hosts = int(rng.integers(1, guests + 1)), int(rng.integers(1, hosts + 1))
    n_slots = int(rng.integers(1, slots + 1))
    some = (lambda chance: False) if plain else (lambda chance: bool(rng.random() < chance))
    days = 2 if n_slots > 1 and some(0.3) else 1
    clock = [f"{9 + (25 * at) // 60:02d}:{(25 * at) % 60:02d}" for at in range(n_slots + 2)]

    def away():
        spans = []
        for at in range(n_slots):
            if some(0.25):
                date = f"2026-06-{10 + int(rng.integers(days))} " if some(0.3) else ""
                spans.append(f"{date}{clock[at]}-{clock[at + 1]}")
        return spans

    def party(kind, at):
        one = {"id": f"{kind}{at}", "unavailable": away()}
        if some(0.1):
            one["arrives"] = clock[int(rng.integers(n_slots))]
        if some(0.1):
            one["leaves"] = clock[int(rng.integers(1, n_slots + 1))]
        if some(0.2):
            one["languages"] = ["en"] if some(0.5) else ["en", "zh"]
        if some(0.2):
            one["most"] = int(rng.integers(0, 4))
        if some(0.05):
            one["absent"] = True
        return one

    rooms = ["A", "B"] if some(0.5) else ["A"]
    tables, held = [], []
    for room in rooms:
        tables += [
            {"id": f"{room}{at}", "room": room, "unavailable": away()}
            for at in range(1 + int(rng.integers(3)))
        ]
    for at in range(n_hosts):
        room = rooms[int(rng.integers(len(rooms)))]
        teams = 1 + int(rng.random() < 0.3)
        if plain or some(0.5):
            own = [{"id": f"T{at}{n}", "room": room, "host": f"h{at}"} for n in range(teams)]
            own[0]["unavailable"] = away()
            tables += own
        held.append(party("h", at) | {"room": room, "teams": teams})
    pairs = [(g, h) for g in range(n_guests) for h in range(n_hosts)]
    chosen = rng.permutation(len(pairs))[: int(rng.integers(1, wishes + 1))]
    asked = [
        {
            "host": f"h{pairs[at][1]}",
            "guest": f"g{pairs[at][0]}",
            "host_points": int(rng.integers(0, 101)) * int(rng.random() < 0.85),
            "guest_points": int(rng.integers(0, 101)),
            "priority": 1 + 2 * some(0.1),
            "must": some(0.08),
        }
        | ({"never": True, "must": False} if some(0.05) else {})
        for at in sorted(chosen.tolist())
    ]
    return Event.model_validate(
        {
            "event": f"random-{seed}",
            "name": {"zh": "随机", "en": "random"},
            "days": [
                {"date": f"2026-06-{10 + day}", "start": "09:00", "end": clock[n_slots]}
                for day in range(days)
            ],
            "meeting_minutes": 20,
            "changeover_minutes": 5,
            "breaks": [{"start": clock[0], "end": clock[1]}] if n_slots > 2 and some(0.2) else [],
            "rooms": [{"id": room} for room in rooms],
            "walks": [{"between": ["A", "B"], "minutes": int(rng.choice([3, 10, 40]))}]
            if len(rooms) > 1 and some(0.7)
            else [],
            "tables": tables,
            "hosts": held,
            "guests": [
                party("g", at) | ({"priority": 2} if some(0.1) else {}) for at in range(n_guests)
            ],
            "wishes": asked,
            "rules": {
                "most_meetings": int(rng.integers(1, 5)),
                "mutual": str(rng.choice(["required", "preferred", "ignored"])),
                "first_meeting_points": int(rng.choice([0, 30, 500])),
                "interpreters": int(some(0.5)),
            },
        }
    )
