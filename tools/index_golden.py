"""Make the small golden set of the index engine: ``uv run python tools/index_golden.py``.

Figures are synthetic (a seeded generator, no real region). The expected results are computed here
from the definitions in plain Python, row by row, with the standard library only and nothing of
Sanfu, so that the parity tests can run for everyone. It writes ``tests/parity/known/*.csv``.
"""

from __future__ import annotations

import csv
import math
import random
import statistics
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "tests" / "parity" / "known"
CODES = ("i1", "i2", "i3", "i4", "i5", "i6")
PILLARS = {"P1": ("i1", "i2", "i3"), "P2": ("i4", "i5", "i6")}
WEIGHT = {"i1": 1, "i2": 2, "i3": 1, "i4": 0.5, "i5": 1, "i6": 3, "P1": 0.4, "P2": 0.6}
SIGN = {"i1": 1, "i2": 1, "i3": -1, "i4": 1, "i5": -1, "i6": 1}
DENOMINATED = ("i2", "i5")


def make_figures():
    """Give 24 units in 3 groups: holes, ties, zeros, heavy tails."""
    rng = random.Random(20260501)
    rows = []
    for k in range(24):
        row = {
            "unit": f"u{k + 1:02d}",
            "group": "xyz"[k % 3],
            "people": float(rng.randint(50, 900)),
            "i1": round(rng.gauss(50, 10), 2),
            "i2": round(rng.lognormvariate(3, 1), 3),
            "i3": float(rng.randint(0, 4)),
            "i4": round(rng.lognormvariate(0, 1.8), 4),
            "i5": round(rng.uniform(0, 30), 1),
            "i6": round(rng.gauss(0, 3), 3),
        }
        for code in CODES:
            if rng.random() < 0.08:
                row[code] = None
        rows.append(row)
    rows[7]["i4"] = 400.0
    return rows


def column(rows, code):
    """Give a column as a list."""
    return [row[code] for row in rows]


def present(values):
    """Give what is there."""
    return [value for value in values if value is not None]


def each(values, work):
    """Apply a function to what is there."""
    return [None if value is None else work(value) for value in values]


def skew_kurt(values):
    """Give G1 and G2 (Joanes and Gill 1998)."""
    x = present(values)
    n, mean = len(x), math.fsum(x) / len(x)
    m2, m3, m4 = (math.fsum((v - mean) ** k for v in x) / n for k in (2, 3, 4))
    g1, g2 = m3 / m2**1.5, m4 / m2**2 - 3
    return (
        g1 * math.sqrt(n * (n - 1)) / (n - 2),
        ((n + 1) * g2 + 6) * (n - 1) / ((n - 2) * (n - 3)),
    )


def fails(values):
    """Tell whether both moments reach the usual pair."""
    g1, g2 = skew_kurt(values)
    return abs(g1) >= 2 and g2 >= 3.5


def treat(values):
    """Winsorise at most 5 points; if that does not do, ln(x − min + 0.01 range) of the figures."""
    if not fails(values):
        return values
    x, changed = list(values), set()
    while fails(x) and len(changed) < 5:
        distinct = sorted(set(present(x)))
        high = skew_kurt(x)[0] >= 0
        old, new = (distinct[-1], distinct[-2]) if high else (distinct[0], distinct[1])
        changed |= {place for place, value in enumerate(x) if value == old}
        x = [new if value == old else value for value in x]
    if not fails(x):
        return x
    low, high = min(present(values)), max(present(values))
    return each(values, lambda v: math.log(v - low + 0.01 * (high - low)))


def ranks(values, ties):
    """Rank from the smallest."""
    seen = present(values)

    def place(v):
        below, equal = sum(w < v for w in seen), sum(w == v for w in seen)
        return {"min": below + 1, "max": below + equal, "average": below + (equal + 1) / 2}[ties]

    return each(values, place)


def normalisations(values, sign):
    """Give name → the column normalised, from the definitions."""
    x = each(values, lambda v: sign * v)
    seen = present(x)
    n, low, high = len(seen), min(seen), max(seen)
    mean, sd, mid = statistics.fmean(seen), statistics.stdev(seen), statistics.median(seen)
    mad = 1.482602218505602 * statistics.median(abs(v - mid) for v in seen)
    normal = statistics.NormalDist()
    average = ranks(x, "average")
    return {
        "minmax": each(x, lambda v: (v - low) / (high - low) * 100),
        "zscore": each(x, lambda v: (v - mean) / sd),
        "robust_z": each(x, lambda v: (v - mid) / mad),
        "rank": ranks(x, "min"),
        "percentile_rank": each(ranks(x, "min"), lambda r: (r - 1) / (n - 1)),
        "borda": each(ranks(x, "min"), lambda r: r - 1),
        "distance_to_maximum": each(x, lambda v: 1 - (high - v) / (high - low)),
        "efficacy": each(x, lambda v: 60 + 40 * (v - low) / (high - low)),
        "efficacy_exponential": each(
            x, lambda v: 60 * math.exp((v - low) / (high - low) * math.log(100 / 60))
        ),
        "exponential_rank": each(
            average, lambda r: -23 * math.log(1 - r / n * (1 - math.exp(-100 / 23)))
        ),
        "quantile": each(average, lambda r: (r - 0.5) / n * 100),
        "quantile_normal": each(average, lambda r: normal.inv_cdf((r - 0.5) / n)),
        "ampi": each(x, lambda v: (v - (mean - (high - low) / 2)) / (high - low) * 60 + 70),
    }


def combine(parts, kind):
    """Combine (score, weight) pairs, leaving out what is missing."""
    seen = [(x, w) for x, w in parts if x is not None]
    if not seen:
        return None
    total = math.fsum(w for _, w in seen)
    mean = math.fsum(w * x for x, w in seen) / total
    match kind:
        case "arithmetic":
            return mean
        case "geometric":
            return math.exp(math.fsum(w * math.log(x) for x, w in seen) / total)
        case "harmonic":
            return total / math.fsum(w / x for x, w in seen)
        case "generalised":
            return (math.fsum(w * x**0.5 for x, w in seen) / total) ** 2
        case "median":
            return statistics.median(x for x, _ in seen)
        case "minimum":
            return min(x for x, _ in seen)
        case "mpi":
            return mean - math.fsum(w * (x - mean) ** 2 for x, w in seen) / total / mean
    raise ValueError(kind)


def score(table, kind):
    """Give P1, P2 and the index of every row."""
    rows = []
    for row in table:
        scored = {
            pillar: combine([(row[code], WEIGHT[code]) for code in codes], kind)
            for pillar, codes in PILLARS.items()
        }
        top = combine([(scored[pillar], WEIGHT[pillar]) for pillar in PILLARS], kind)
        rows.append(scored | {"IDX": top})
    return rows


def write(name, rows):
    """Write a table; floats in full, missing empty."""
    with (FOLDER / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({k: "" if v is None else v for k, v in row.items()})


def keyed(rows, columns):
    """Join a column of unit names to columns."""
    return [
        {"unit": row["unit"]} | {name: values[k] for name, values in columns.items()}
        for k, row in enumerate(rows)
    ]


def main():
    """Compute everything and write it."""
    FOLDER.mkdir(exist_ok=True)
    rows = make_figures()
    write("input.csv", rows)

    steps = {code: column(rows, code) for code in CODES}
    for code in DENOMINATED:
        steps[code] = [
            None if v is None else v / row["people"] * 100
            for v, row in zip(steps[code], rows, strict=True)
        ]
    write("denominated.csv", keyed(rows, steps))
    for code in CODES:
        of_group = {
            group: statistics.fmean(
                v
                for v, row in zip(steps[code], rows, strict=True)
                if v is not None and row["group"] == group
            )
            for group in "xyz"
        }
        steps[code] = [
            of_group[row["group"]] if v is None else v
            for v, row in zip(steps[code], rows, strict=True)
        ]
    write("imputed.csv", keyed(rows, steps))
    steps = {code: treat(values) for code, values in steps.items()}
    write("treated.csv", keyed(rows, steps))
    scaled = {
        code: each(normalisations(steps[code], SIGN[code])["minmax"], lambda v: 1 + 0.99 * v)
        for code in CODES
    }
    table = keyed(rows, scaled)
    write("normalised.csv", table)
    full = [
        {"unit": row["unit"]} | scores
        for row, scores in zip(rows, score(table, "arithmetic"), strict=True)
    ]
    order = sorted((row["IDX"] for row in full), reverse=True)
    write("scores.csv", [row | {"rank": order.index(row["IDX"]) + 1} for row in full])

    raw = {code: column(rows, code) for code in CODES}  # with its holes
    by_method = {}
    for code in CODES:
        for name, values in normalisations(raw[code], SIGN[code]).items():
            by_method[f"{name}:{code}"] = values
    write("normalisations.csv", keyed(rows, by_method))
    holed = keyed(
        rows,
        {c: each(by_method[f"minmax:{c}"], lambda v: 1 + 0.99 * v) for c in CODES},
    )
    kinds = ("arithmetic", "geometric", "harmonic", "generalised", "median", "minimum", "mpi")
    by_kind = {}
    for kind in kinds:
        for node in ("P1", "P2", "IDX"):
            by_kind[f"{kind}:{node}"] = [row[node] for row in score(holed, kind)]
    write("aggregations.csv", keyed(rows, by_kind))


if __name__ == "__main__":
    main()
