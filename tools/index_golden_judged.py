"""Make the second part of the golden set: ``uv run python tools/index_golden_judged.py``.

Weights, benefit of the doubt, coherence and uncertainty replicates of the synthetic figures of
``tools/index_golden.py`` (a seeded generator, no real region), from their definitions in plain
Python: fractions for the linear programmes, whose vertices are all tried; Jacobi's rotations for
eigenvalues; sums for the rest. Standard library only and nothing of Sanfu. Run it after the other;
it reads and writes ``tests/parity/known``.
"""

from __future__ import annotations

import csv
import importlib.util
import itertools
import math
import random
import statistics
from fractions import Fraction
from pathlib import Path

HERE = Path(__file__).parent


def load_first():
    """Load the tool of the first part, which lies beside this one."""
    spec = importlib.util.spec_from_file_location("index_golden", HERE / "index_golden.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


FIRST = load_first()
KNOWN = FOLDER = FIRST.FOLDER
CODES = FIRST.CODES
JUDGEMENTS = {"i1/i2": 3, "i1/i3": 5, "i2/i3": 2}
BALLOTS = {"i1>i2": 7, "i2>i1": 5, "i1>i3": 9, "i3>i1": 2, "i1=i3": 1, "i2>i3": 6, "i3>i2": 6}
REPLICATES = 40


def read(name):
    """Read a table of the first part: unit → code → number."""
    with (KNOWN / name).open(encoding="utf-8") as file:
        return [
            {k: v if k in ("unit", "group") else (float(v) if v else None) for k, v in row.items()}
            for row in csv.DictReader(file)
        ]


def write(name, rows):
    """Write a table; floats in full."""
    with (FOLDER / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


# linear algebra


def correlation(x, y):
    """Give Pearson's r."""
    a, b = statistics.fmean(x), statistics.fmean(y)
    over = math.fsum((u - a) * (v - b) for u, v in zip(x, y, strict=True))
    return over / math.sqrt(math.fsum((u - a) ** 2 for u in x) * math.fsum((v - b) ** 2 for v in y))


def eigen(matrix):
    """Give eigenvalues (largest first) and vectors of a symmetric matrix by Jacobi's rotations."""
    n = len(matrix)
    a = [list(row) for row in matrix]
    v = [[float(i == j) for j in range(n)] for i in range(n)]
    for _ in range(60):
        for p, q in itertools.combinations(range(n), 2):
            if abs(a[p][q]) < 1e-18:
                continue
            angle = 0.5 * math.atan2(2 * a[p][q], a[q][q] - a[p][p])
            c, s = math.cos(angle), math.sin(angle)
            for k in range(n):
                a[k][p], a[k][q] = c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q]
            for k in range(n):
                a[p][k], a[q][k] = c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k]
            for k in range(n):
                v[k][p], v[k][q] = c * v[k][p] - s * v[k][q], s * v[k][p] + c * v[k][q]
    order = sorted(range(n), key=lambda k: -a[k][k])
    return [a[k][k] for k in order], [[v[i][k] for i in range(n)] for k in order]


def solve(matrix, right):
    """Solve a square system by elimination; nothing where it is singular."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    n = len(rows)
    for k in range(n):
        pivot = max(range(k, n), key=lambda i: abs(rows[i][k]))
        if rows[pivot][k] == 0:
            return None
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [value / rows[k][k] for value in rows[k]]
        for i in range(n):
            if i != k and rows[i][k] != 0:
                rows[i] = [a - rows[i][k] * b for a, b in zip(rows[i], rows[k], strict=True)]
    return [row[-1] for row in rows]


def inverse(matrix):
    """Invert a matrix, column by column."""
    n = len(matrix)
    columns = [solve(matrix, [float(i == j) for i in range(n)]) for j in range(n)]
    return [[columns[j][i] for j in range(n)] for i in range(n)]


# weights


def shares(values):
    """Divide by the sum."""
    total = math.fsum(values)
    return [value / total for value in values]


def entropy(columns, shift):
    """Give weights by entropy of the columns plus a shift."""
    found = []
    for column in columns:
        z = [v + shift for v in column]
        total, n = math.fsum(z), len(z)
        e = -math.fsum(v / total * math.log(v / total) for v in z if v > 0) / math.log(n)
        found.append(1 - e)
    return shares(found)


def gini(column):
    """Give the mean absolute difference of all pairs over twice the mean."""
    n = len(column)
    return math.fsum(abs(a - b) for a in column for b in column) / (2 * n * math.fsum(column))


def merec(columns):
    """Give MEREC weights (Keshavarz-Ghorabaee et al. 2021)."""
    m = len(columns)
    ratios = [[abs(math.log(min(column) / v)) for v in column] for column in columns]
    found = [0.0] * m
    for unit in range(len(columns[0])):
        logs = [ratios[j][unit] for j in range(m)]
        whole = math.log(1 + math.fsum(logs) / m)
        for j in range(m):
            without = math.log(1 + (math.fsum(logs) - logs[j]) / m)
            found[j] += abs(without - whole)
    return shares(found)


def ahp(judgements, children):
    """Give Saaty's weights and consistency ratio, by powers of the matrix."""
    n = len(children)
    a = [[1.0] * n for _ in range(n)]
    for pair, value in judgements.items():
        left, right = (children.index(code) for code in pair.split("/"))
        a[left][right], a[right][left] = float(value), 1 / value
    w = [1 / n] * n
    for _ in range(500):
        w = shares([math.fsum(a[i][j] * w[j] for j in range(n)) for i in range(n)])
    top = statistics.fmean(math.fsum(a[i][j] * w[j] for j in range(n)) / w[i] for i in range(n))
    return w, (top - n) / (n - 1) / {3: 0.58, 4: 0.9}[n]


def votes(ballots, children):
    """Give shares of the points: a win 1, a tie ½ to each."""
    points = dict.fromkeys(children, 0.0)
    for pair, count in ballots.items():
        left, right = pair.replace("=", ">").split(">")
        points[left] += count / 2 if "=" in pair else count
        points[right] += count / 2 if "=" in pair else 0
    return shares(list(points.values()))


def game(one, two):
    """Give 博弈论 weights: Σ_l a_l (w_k · w_l) = w_k · w_k, then a to shares."""

    def dot(a, b):
        return math.fsum(u * v for u, v in zip(a, b, strict=True))

    a = solve([[dot(one, one), dot(one, two)], [dot(two, one), dot(two, two)]],
              [dot(one, one), dot(two, two)])  # fmt: skip
    a = shares([abs(v) for v in a])
    return shares([a[0] * u + a[1] * v for u, v in zip(one, two, strict=True)])


def weights_of(table):
    """Give rule → weights of the six columns."""
    columns = [[row[code] for row in table] for code in CODES]
    unit = [[(v - min(c)) / (max(c) - min(c)) for v in c] for c in columns]
    spread = [statistics.stdev(c) for c in unit]
    r = [[correlation(a, b) for b in columns] for a in columns]
    values, vectors = eigen(r)
    first = vectors[0]
    kept = [k for k, value in enumerate(values) if value > 1]
    total = math.fsum(values)
    composite = [
        math.fsum(vectors[k][j] * (1 if math.fsum(vectors[k]) >= 0 else -1) * values[k] / total
                  for k in kept)
        for j in range(len(CODES))
    ]  # fmt: skip
    found = {
        "entropy_raw": entropy(columns, 0),
        "entropy_shift": entropy(unit, 1e-4),
        "entropy_clip": entropy(unit, 0),
        "deviation": shares(spread),
        "variation": shares([statistics.stdev(c) / statistics.fmean(c) for c in columns]),
        "gini": shares([gini(c) for c in columns]),
        "critic": shares([
            s * math.fsum(1 - r[j][k] for k in range(len(CODES)) if k != j)
            for j, s in enumerate(spread)
        ]),
        "merec": merec(columns),
        "pca_loadings": shares(first),
        "pca_squared": shares([v * v for v in first]),
        "pca_composite": shares(composite),
    }  # fmt: skip
    found["game"] = game(found["critic"], found["entropy_shift"])
    return [
        {"code": code} | {name: w[j] for name, w in found.items()} for j, code in enumerate(CODES)
    ]


def judged():
    """Give weights by people: AHP with its consistency ratio, votes."""
    children = ["i1", "i2", "i3"]
    w, ratio = ahp(JUDGEMENTS, children)
    voted = votes(BALLOTS, children)
    return [
        {"code": code, "ahp": w[k], "ahp_ratio": ratio, "votes": voted[k]}
        for k, code in enumerate(children)
    ]


# benefit of the doubt: all vertices, in fractions


def best(objective, equal, below):
    """Give the largest objective · z over {a · z = b} and {a · z ≤ b}, trying every vertex."""
    n = len(objective)
    found = None
    for chosen in itertools.combinations(below, n - len(equal)):
        active = [*equal, *chosen]
        z = solve([list(a) for a, _ in active], [b for _, b in active])
        if z is None:
            continue
        if all(sum(u * v for u, v in zip(a, z, strict=True)) <= b for a, b in below):
            value = sum(u * v for u, v in zip(objective, z, strict=True))
            found = value if found is None else max(found, value)
    return found


def doubt():
    """Give units with three children and their scores: free, limited, and along (1, ½, 0)."""
    rng = random.Random(7)
    x = [[Fraction(rng.randint(1, 40), 4) for _ in range(3)] for _ in range(8)]
    low, high = Fraction(1, 8), Fraction(1, 2)
    way = [Fraction(1), Fraction(1, 2), Fraction(0)]
    plus = [([-Fraction(i == k) for i in range(3)], Fraction(0)) for k in range(3)]
    peers = [(row, Fraction(1)) for row in x]
    rows = []
    for unit, own in enumerate(x):
        limits = []
        for k in range(3):
            limits.append(([low * own[i] - own[k] * (i == k) for i in range(3)], Fraction(0)))
            limits.append(([own[k] * (i == k) - high * own[i] for i in range(3)], Fraction(0)))
        # max β is min u − w · x_c over w ≥ 0, w · g = 1, u ≥ w · x_j
        over = [([*row, Fraction(-1)], Fraction(0)) for row in x]
        signs = [([*a, Fraction(0)], b) for a, b in plus]
        rise = -best([*own, Fraction(-1)], [([*way, Fraction(0)], Fraction(1))], [*over, *signs])
        rows.append(
            {"unit": f"b{unit + 1}"}
            | {f"x{k + 1}": float(own[k]) for k in range(3)}
            | {
                "free": float(best(own, [], [*peers, *plus])),
                "limited": float(best(own, [], [*peers, *plus, *limits])),
                "along": float(1 / (1 + rise)),
            }
        )
    return rows


# coherence


def t_tail(t, degrees):
    """Give the two-sided tail of Student's t by Simpson's rule over the angle atan(t / √ν)."""
    start, end, steps = math.atan(abs(t) / math.sqrt(degrees)), math.pi / 2, 4000
    height = (end - start) / steps
    ordinates = [math.cos(start + k * height) ** (degrees - 1) for k in range(steps + 1)]
    odd, even = math.fsum(ordinates[1:-1:2]), math.fsum(ordinates[2:-1:2])
    area = height / 3 * (ordinates[0] + 4 * odd + 2 * even + ordinates[-1])
    whole = math.sqrt(math.pi) * math.exp(math.lgamma(degrees / 2) - math.lgamma((degrees + 1) / 2))
    return 2 * area / whole


def alpha(columns):
    """Give Cronbach's alpha: k / (k − 1) · (1 − Σ var / var Σ)."""
    k = len(columns)
    total = [math.fsum(values) for values in zip(*columns, strict=True)]
    parts = math.fsum(statistics.variance(c) for c in columns)
    return k / (k - 1) * (1 - parts / statistics.variance(total))


def coherence(table):
    """Give pairs, and what is said of each column."""
    columns = [[row[code] for row in table] for code in CODES]
    n, k = len(table), len(CODES)
    r = [[correlation(a, b) for b in columns] for a in columns]
    ranked = [FIRST.ranks(c, "average") for c in columns]
    pairs = []
    for i, j in itertools.combinations(range(k), 2):
        t = r[i][j] * math.sqrt((n - 2) / (1 - r[i][j] ** 2))
        pairs.append(
            {"a": CODES[i], "b": CODES[j], "pearson": r[i][j], "p": t_tail(t, n - 2),
             "spearman": correlation(ranked[i], ranked[j])}
        )  # fmt: skip
    back = inverse(r)
    partial = [
        [0 if i == j else -back[i][j] / math.sqrt(back[i][i] * back[j][j]) for j in range(k)]
        for i in range(k)
    ]
    off = [(i, j) for i in range(k) for j in range(k) if i != j]
    r2, q2 = (math.fsum(m[i][j] ** 2 for i, j in off) for m in (r, partial))
    values, _ = eigen(r)
    chi = -(n - 1 - (2 * k + 5) / 6) * math.fsum(math.log(v) for v in values)
    mean = [statistics.fmean(row) for row in zip(*columns, strict=True)]
    of_each = []
    for j, code in enumerate(CODES):
        others = [c for i, c in enumerate(columns) if i != j]
        skew, kurtosis = FIRST.skew_kurt(columns[j])
        of_each.append(
            {
                "code": code,
                "skew": skew,
                "kurtosis": kurtosis,
                "alpha_if_dropped": alpha(others),
                "item_rest": correlation(
                    columns[j], [math.fsum(row) for row in zip(*others, strict=True)]
                ),
                "inflation": back[j][j],
                "eigenvalue": values[j],
                "importance": correlation(columns[j], mean) ** 2,
                "alpha": alpha(columns),
                "kmo": r2 / (r2 + q2),
                "chi_square": chi,
            }
        )
    return pairs, of_each


# replicates


def replicates(table):
    """Give what each replicate takes, the sets of weights, and the scores."""
    rng = random.Random(99)
    sets = [
        {code: w * (1 + 0.25 * (2 * rng.random() - 1)) for code, w in FIRST.WEIGHT.items()}
        for _ in range(6)
    ]
    takes, scores = [], []
    for number in range(REPLICATES):
        scaled, mean = rng.randrange(2), rng.randrange(2)
        w = rng.randrange(len(sets))
        takes.append(
            {"replicate": number + 1, "normalise": scaled, "aggregate": mean, "weights": w}
        )
        columns = {}
        for code in CODES:
            methods = FIRST.normalisations([row[code] for row in table], FIRST.SIGN[code])
            columns[code] = (
                [1 + 0.99 * v for v in methods["minmax"]]
                if scaled == 0
                else [10 + 2 * v for v in methods["zscore"]]
            )
        kind = ("arithmetic", "geometric")[mean]
        line = {"replicate": number + 1}
        for place, row in enumerate(table):
            scored = {
                pillar: FIRST.combine(
                    [(columns[code][place], sets[w][code]) for code in codes], kind
                )
                for pillar, codes in FIRST.PILLARS.items()
            }
            line[row["unit"]] = FIRST.combine(
                [(scored[p], sets[w][p]) for p in FIRST.PILLARS], kind
            )
        scores.append(line)
    return takes, sets, scores


def rank_table(scores):
    """Give the median and the 5 % and 95 % quantiles (linear between order statistics) of ranks."""
    units = list(scores[0])[1:]
    ranks = {unit: [] for unit in units}
    for line in scores:
        for unit in units:
            ranks[unit].append(1 + sum(line[other] > line[unit] for other in units))

    def quantile(values, level):
        ordered = sorted(values)
        place = (len(ordered) - 1) * level
        below = int(place)
        above = min(below + 1, len(ordered) - 1)
        return ordered[below] + (place - below) * (ordered[above] - ordered[below])

    first, second = units[:2]
    wins = [
        1.0 if a < b else 0.5 if a == b else 0.0
        for a, b in zip(ranks[first], ranks[second], strict=True)
    ]
    return [
        {"unit": unit, "q0.05": quantile(ranks[unit], 0.05), "q0.5": quantile(ranks[unit], 0.5),
         "q0.95": quantile(ranks[unit], 0.95), "first_beats_second": statistics.fmean(wins)}
        for unit in units
    ]  # fmt: skip


def main():
    """Compute everything and write it."""
    table = read("normalised.csv")
    write("weights.csv", weights_of(table))
    write("judged_weights.csv", judged())
    write("benefit_of_doubt.csv", doubt())
    pairs, of_each = coherence(table)
    write("correlations.csv", pairs)
    write("coherence.csv", of_each)
    takes, sets, scores = replicates(read("imputed.csv"))
    write("replicates.csv", takes)
    write("replicate_weights.csv", sets)
    write("replicate_scores.csv", scores)
    write("replicate_ranks.csv", rank_table(scores))


if __name__ == "__main__":
    main()
