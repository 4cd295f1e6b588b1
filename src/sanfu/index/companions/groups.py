"""Groups of units: natural breaks of one score, and types by several, each with its stability."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from sanfu.errors import InputError
from sanfu.index.companions.base import Array, Companion, clean_values, scores_of
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sanfu.index.result import Index


@dataclass(frozen=True)
class Breaks(Companion):
    """Natural breaks.

    Attributes
    ----------
    edges
        Upper bound of each class, ascending; the value itself belongs to the class.
    fit
        Goodness of variance fit, 0 to 1.
    """

    edges: tuple[float, ...] = ()
    fit: float = float("nan")


def break_naturally(
    units: Sequence[str],
    values: Sequence[float] | pl.Series | Array,
    *,
    classes: int = 4,
    replicates: Array | None = None,
) -> Breaks:
    """Cut scores where the gaps are (Fisher-Jenks, exact).

    Parameters
    ----------
    units, values
        One score a unit.
    classes
        How many classes; at most the number of different values.
    replicates
        ``(replicate, unit)`` scores from a robustness analysis or a bootstrap; each is cut anew.

    Returns
    -------
    Breaks
        ``unit, value, class`` (1 is the lowest), and with replicates ``certainty``: the share of
        them in which the unit falls into the same class.

    References
    ----------
    Fisher (1958), JASA 53, 789-798; Jenks (1967). Computed by mapclassify.FisherJenks.
    """
    y = clean_values(values)
    if not 2 <= classes <= len(set(y.tolist())):
        raise InputError(
            Text(
                f"等级数应在 2 与不同取值的个数 {len(set(y.tolist()))} 之间，找到 {classes}。",
                f"classes must lie between 2 and the {len(set(y.tolist()))} different values; "
                f"found {classes}.",
            )
        )
    edges, place = _jenks(y, classes)
    within = sum(float(((y[place == k] - y[place == k].mean()) ** 2).sum()) for k in range(classes))
    fit = 1 - within / float(((y - y.mean()) ** 2).sum())
    frame = pl.DataFrame({"unit": list(units), "value": y, "class": place + 1})
    if replicates is not None:
        same = np.zeros(len(y))
        used = 0
        for row in np.asarray(replicates, dtype=float):
            if np.isfinite(row).all() and len(set(row.tolist())) >= classes:
                same += _jenks(row, classes)[1] == place
                used += 1
        certainty = same / used if used else np.full(len(y), np.nan)
        frame = frame.with_columns(certainty=pl.Series(certainty).fill_nan(None))
    return Breaks(
        frame,
        "min Σ_k Σ_i (x_ik − mean_k)² over all cuts of the sorted scores",
        "Fisher (1958), JASA 53, 789-798; mapclassify.FisherJenks",
        tuple(edges),
        fit,
    )


def _jenks(y: Array, classes: int) -> tuple[list[float], np.ndarray]:
    import mapclassify  # noqa: PLC0415 - slow to import

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # "Numba not installed": only slower
        found = mapclassify.FisherJenks(y, k=classes)
    return [float(edge) for edge in found.bins], np.asarray(found.yb)


@dataclass(frozen=True)
class Types(Companion):
    """Types of units.

    Attributes
    ----------
    profiles
        ``type, units, stability, part, mean, standing``: of each type and part the mean and how
        many standard deviations it lies from the mean of all.
    silhouettes
        Number of types → mean silhouette, for those that were tried.
    """

    profiles: pl.DataFrame = field(default_factory=pl.DataFrame)
    silhouettes: dict[int, float] | None = None

    def in_words(self, kind: int) -> Text:
        """Describe a type by its strongest and weakest part."""
        rows = self.profiles.filter(pl.col("type") == kind).sort("standing", descending=True)
        if rows.height == 0:
            raise InputError(Text(f"没有第 {kind} 类。", f"there is no type {kind}."))
        best, worst = rows.row(0, named=True), rows.row(-1, named=True)
        said = f"{best['stability']:.2f}"
        return Text(
            f"第 {kind} 类（{best['units']} 个）：{best['part']} 较强（{best['standing']:+.1f}σ），"
            f"{worst['part']} 较弱（{worst['standing']:+.1f}σ）；稳定性 {said}。",
            f"type {kind} ({best['units']} units): strong in {best['part']} "
            f"({best['standing']:+.1f}σ), weak in {worst['part']} ({worst['standing']:+.1f}σ); "
            f"stability {said}.",
        )


def find_types(
    given: Index | pl.DataFrame,
    parts: Sequence[str] | None = None,
    *,
    types: int | None = None,
    method: Literal["kmeans", "ward"] = "kmeans",
    replicates: int = 200,
    seed: int = 1,
    year: int | None = None,
) -> Types:
    """Sort units into types by their profile, and say how stable each type is.

    Parameters
    ----------
    given
        A built index (its pillars), or a frame ``unit, (year,)`` and one column a part.
    parts
        Which nodes or columns; each is brought to mean 0 and standard deviation 1.
    types
        How many; None takes the number from 2 to 6 with the largest mean silhouette.
    method
        k-means (20 starts) or Ward's hierarchical clustering.
    replicates
        Bootstrap draws of the units for the stability.
    year
        Which year of a panel; the last if nothing is said.

    Returns
    -------
    Types
        ``unit, type, silhouette, certainty``: types are numbered from the highest mean; certainty
        is the share of draws holding the unit in which its type's best match held it too. A type's
        stability is its mean Jaccard similarity with its best match over the draws: from 0.75 on it
        is a valid, stable type; below 0.6 it should not be trusted.

    References
    ----------
    Hennig (2007), Cluster-wise assessment of cluster stability, CSDA 52, 258-271; Rousseeuw (1987),
    Silhouettes. Clustering by scikit-learn.
    """
    import sklearn.cluster  # noqa: F401, PLC0415 - slow; here before its threads are limited
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 - comes with scikit-learn

    frame, columns = scores_of(given, parts)
    if "year" in frame.columns:
        frame = frame.filter(pl.col("year") == (frame["year"].max() if year is None else year))
    frame = frame.drop_nulls(columns)
    raw = frame.select(columns).to_numpy().astype(float)
    spread = raw.std(axis=0)
    z = (raw - raw.mean(axis=0))[:, spread > 0] / spread[spread > 0]
    different = len(np.unique(z, axis=0))
    most = min(6, different - 1) if types is None else types
    if z.shape[1] == 0 or different < 3 or not 2 <= most < different:
        raise InputError(
            Text(
                f"{frame.height} 个单位中只有 {different} 种不同的剖面，不能分成所要的类型。",
                f"{frame.height} units have only {different} different profiles; "
                "they cannot be sorted into so many types.",
            )
        )
    with threadpool_limits(1):  # a handful of units: threads only wait for one another
        tried = _silhouettes(z, [types] if types else list(range(2, most + 1)), method, seed)
        best = max(tried, key=lambda k: tried[k])
        labels = _cluster(z, best, method, seed)
        order = sorted(range(best), key=lambda k: -z[labels == k].mean())
        labels = np.array([order.index(label) for label in labels])
        stability, certainty = _stability(z, labels, best, method, replicates, seed)
    return Types(
        pl.DataFrame(
            {
                "unit": frame["unit"],
                "type": labels + 1,
                "silhouette": _each_silhouette(z, labels),
                "certainty": certainty,
            }
        ).fill_nan(None),
        "z-scores of the parts; " + ("k-means, 20 starts" if method == "kmeans" else "Ward"),
        "Hennig (2007), CSDA 52, 258-271; scikit-learn",
        _profiles(raw, columns, labels, stability),
        tried,
    )


def _cluster(z: Array, k: int, method: str, seed: int, starts: int = 20) -> np.ndarray:
    from sklearn.cluster import AgglomerativeClustering, KMeans  # noqa: PLC0415 - slow to import

    model: Any = (
        KMeans(k, n_init=starts, random_state=seed)
        if method == "kmeans"
        else AgglomerativeClustering(k, linkage="ward")
    )
    return np.asarray(model.fit_predict(z))


def _silhouettes(z: Array, sizes: Sequence[int], method: str, seed: int) -> dict[int, float]:
    return {k: float(_each_silhouette(z, _cluster(z, k, method, seed)).mean()) for k in sizes}


def _each_silhouette(z: Array, labels: np.ndarray) -> Array:
    from sklearn.metrics import silhouette_samples  # noqa: PLC0415 - slow to import

    return np.asarray(silhouette_samples(z, labels))


def _stability(
    z: Array, labels: np.ndarray, k: int, method: str, replicates: int, seed: int
) -> tuple[Array, Array]:
    generator = np.random.default_rng(seed)
    n = len(z)
    likeness = np.full((replicates, k), np.nan)
    held, drawn_in = np.zeros(n), np.zeros(n)
    for r in range(replicates):
        drawn = generator.integers(0, n, n)
        there = np.unique(drawn)
        if len(np.unique(z[there], axis=0)) <= k:
            continue
        again = _cluster(z[drawn], k, method, seed, starts=5)
        of_unit = np.full(n, -1)
        of_unit[drawn] = again
        drawn_in[there] += 1
        for old in range(k):
            before = there[labels[there] == old]
            if len(before) == 0:
                continue
            scores = [_jaccard(before, there[of_unit[there] == new]) for new in range(k)]
            best = int(np.argmax(scores))
            likeness[r, old] = scores[best]
            held[before] += of_unit[before] == best
    counted = np.isfinite(likeness).sum(axis=0)
    stability = np.where(counted > 0, np.nansum(likeness, axis=0) / np.maximum(counted, 1), np.nan)
    certainty = np.divide(held, drawn_in, out=np.full(n, np.nan), where=drawn_in > 0)
    return stability, certainty


def _jaccard(a: np.ndarray, b: np.ndarray) -> float:
    both = len(np.intersect1d(a, b))
    return both / (len(a) + len(b) - both)


def _profiles(
    raw: Array, columns: Sequence[str], labels: np.ndarray, stability: Array
) -> pl.DataFrame:
    mean, spread = raw.mean(axis=0), raw.std(axis=0)
    rows = []
    for kind in range(len(stability)):
        here = raw[labels == kind]
        for j, part in enumerate(columns):
            own = float(here[:, j].mean())
            standing = (own - float(mean[j])) / float(spread[j]) if spread[j] > 0 else 0.0
            rows.append((kind + 1, len(here), float(stability[kind]), part, own, standing))
    return pl.DataFrame(
        rows, schema=["type", "units", "stability", "part", "mean", "standing"], orient="row"
    )
