"""Made-up legal names and addresses.

A name is a stem, a trade word and a legal form. Stems are pairs of characters from two lists that
were chosen so that no pair of them stands anywhere in the names of 74,799 real Shanghai firms
registered 1979-2004; hence no made-up name can equal one of those, by construction. No real name is
shipped for this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FIRST = (
    "沄澄沅浔湛洄浠溪漪澜瀚潇淇湉沐岚嵘屹峤崧峥巍岭昱昀晗晖曦旻朔煦烁熠炜焕烨翊翎翀翰翮珺琛珩瑾璟琦瑭珂珞璇栩桓楷榕樾梓枫桐栎"
    "颢颐祺禧毅恺恪睿谦谨诣骁骐骞驰铄铠锐钧钰"
)
SECOND = (
    "芯策翼纬衡砺维构衍湃砾硕研析测绘绎络枢纽核域界元素质晶格阵矩相位频谱波澈澍涵淳渊淼瀛沣泓澎涟岳岱峻嵩曜晔晨昕旸煊炫焱灿钥钊钲铎"
    "锋铮镒琢珈璞璋瑜璐瑶栋桁楠槿榆棠卓越凡朗澹谧序章程至途驭"
)
_PAIRS = len(FIRST) * len(SECOND)
SHARING = 3
"""So many firms share a stem, each with another legal form and another trade word."""
_STRIDE = 4_999  # shares no factor with the number of pairs: every pair comes up once
MOST_NAMES = SHARING * _PAIRS * (1 + len(FIRST))


def stems(serials: NDArray[np.int64]) -> list[str]:
    """Give each firm's stem; three serial numbers in a row share one.

    Two characters for the first 21,840 serial numbers, three beyond.

    Raises
    ------
    ValueError
        A serial number is beyond the 1,769,040 names that can be made.
    """
    if serials.size and int(serials.max()) >= MOST_NAMES:
        raise ValueError(f"names can be made up for {MOST_NAMES} firms, not {int(serials.max())}")
    made = []
    for stem in (serials // SHARING).tolist():
        if stem < _PAIRS:
            pair = stem * _STRIDE % _PAIRS
            made.append(FIRST[pair // len(SECOND)] + SECOND[pair % len(SECOND)])
        else:
            rest, head = divmod(stem - _PAIRS, len(FIRST))
            pair = (rest * _STRIDE + head * 7) % _PAIRS
            made.append(FIRST[head] + FIRST[pair // len(SECOND)] + SECOND[pair % len(SECOND)])
    return made


def legal_names(
    serials: NDArray[np.int64], trades: list[str], joint_stock: NDArray[np.bool_]
) -> list[str]:
    """Put together stem, trade and form; brackets full width, as the registry prints them."""
    forms = ((serials + serials // SHARING) % SHARING).tolist()
    names = []
    for stem, trade, form, stock in zip(stems(serials), trades, forms, joint_stock, strict=True):
        company = "股份有限公司" if stock else "有限公司"
        if form == 0:
            names.append(f"上海{stem}{trade}{company}")
        elif form == 1:
            names.append(f"{stem}{trade}（上海）{company}")
        else:
            names.append(f"{stem}（上海）{trade}{company}")
    return names


def addresses(districts: list[str], rng: np.random.Generator) -> tuple[list[str], list[str]]:
    """Make up addresses, and the same without the district; the roads do not exist."""
    n = len(districts)
    first = rng.integers(0, len(FIRST), n).tolist()
    second = rng.integers(0, len(SECOND), n).tolist()
    house = rng.integers(1, 2999, n).tolist()
    block = rng.integers(1, 30, n).tolist()
    room = rng.integers(101, 1899, n).tolist()
    kind = rng.integers(0, 3, n).tolist()
    streets = []
    for f, s, h, b, r, k in zip(first, second, house, block, room, kind, strict=True):
        road = f"{FIRST[f]}{SECOND[s]}{('路', '公路', '东路')[k]}{h}号"
        streets.append(road + ("" if k == 2 else f"{b}幢" if k == 1 else f"{b}幢{r}室"))
    return [f"上海市{d}{s}" for d, s in zip(districts, streets, strict=True)], streets
