"""The inverted index: terms as written, scores as BM25 defines them, additions exact."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanfu.exchange.matching import inverted
from sanfu.exchange.matching.inverted import Inverted, best, rarity
from sanfu.exchange.matching.terms import count_terms, cut, fold, spell_terms

TEXTS = st.lists(st.text(alphabet="锂电池隔膜的aB1 ，。×", max_size=12), min_size=1, max_size=8)


def plain_terms(text):
    """The definition, written out: Han characters, neighbouring pairs of them, Latin runs."""
    out, word, text = [], "", fold(text)
    for at, letter in enumerate(text):
        han = "\u4e00" <= letter <= "\u9fff"
        if letter.isascii() and letter.isalnum():
            word += letter
            continue
        out, word = ([*out, word], "") if word else (out, word)
        if han:
            out.append(letter)
            if at + 1 < len(text) and "\u4e00" <= text[at + 1] <= "\u9fff":
                out.append(text[at : at + 2])
    return [*out, word] if word else out


def codes_of(texts):
    return {spelling: code for text in texts for code, spelling in spell_terms(text).items()}


@given(TEXTS)
def test_terms_are_characters_pairs_and_words(texts):
    counts = count_terms(texts)

    spelled = {code: spelling for text in texts for code, spelling in spell_terms(text).items()}
    for at, text in enumerate(texts):
        mine = counts.text == at
        found = {
            spelled[code]: times
            for code, times in zip(
                counts.term[mine].tolist(), counts.times[mine].tolist(), strict=True
            )
        }
        assert found == dict(Counter(plain_terms(text)))
        assert counts.lengths[at] == len(plain_terms(text))


def test_widths_and_case_are_one():
    assert cut(["ＡＢＳ 树脂"])[0].tolist() == cut(["abs 树脂"])[0].tolist()


def test_a_batch_has_a_limit():
    with pytest.raises(ValueError, match="65536"):
        count_terms([""] * 65_537)


def bm25_by_hand(texts, terms, weights, k1=1.2, b=0.75):
    cut_texts = [plain_terms(text) for text in texts]
    mean = sum(map(len, cut_texts)) / len(texts)
    out = []
    for words in cut_texts:
        length = k1 * (1 - b + b * len(words) / mean) if mean else 1.0
        out.append(
            sum(
                w * (k1 + 1) * words.count(t) / (words.count(t) + length)
                for t, w in zip(terms, weights, strict=True)
                if words.count(t)
            )
        )
    return out


@given(TEXTS, st.text(alphabet="锂电池隔膜的aB1", min_size=1, max_size=6))
def test_scores_are_bm25_by_its_definition(texts, asked):
    index = Inverted()
    index.add(texts)
    terms = sorted(set(plain_terms(asked)))
    codes = codes_of([asked])
    weights = [1.0 + at for at in range(len(terms))]

    scores = index.scores(np.array([codes[t] for t in terms], dtype=np.uint64), np.array(weights))

    assert scores == pytest.approx(bm25_by_hand(texts, terms, weights), rel=1e-4, abs=1e-6)


@settings(max_examples=50)
@given(TEXTS, st.integers(2, 4))
def test_texts_added_one_by_one_score_as_texts_added_together(texts, many):
    together, single = Inverted(), Inverted()
    together.add(texts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inverted, "_MANY", many)
        for text in texts:
            single.add([text])
    terms = np.unique(cut(texts)[0])
    weights = np.linspace(1, 2, len(terms))

    assert single.frequency(terms).tolist() == together.frequency(terms).tolist()
    assert single.scores(terms, weights).tolist() == together.scores(terms, weights).tolist()


def test_rarity_is_the_logarithm_of_the_definition():
    assert rarity(np.array([1, 3]), 3).tolist() == pytest.approx(
        [math.log(1 + 2.5 / 1.5), math.log(1 + 0.5 / 3.5)]
    )


@given(st.lists(st.floats(0, 1, width=16), max_size=20), st.integers(1, 25))
def test_the_best_are_the_highest_and_ties_keep_their_order(scores, top):
    found = best(np.array(scores, dtype=np.float32), top).tolist()

    ranked = sorted((at for at, s in enumerate(scores) if s > 0), key=lambda at: -scores[at])
    assert found == ranked[:top]


def test_only_allowed_texts_are_found():
    scores = np.array([0.1, 0.9, 0.5], dtype=np.float32)

    assert best(scores, 2, np.array([True, False, True])).tolist() == [2, 0]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 8), st.sampled_from([8, 400]))
def test_a_large_index_gives_the_texts_it_finds_the_scores_of_scoring_all(seed, top, leading):
    rng = np.random.default_rng(seed)
    letters = np.array(list("的隔膜锂电池涂布检测激光焊接铝合金"))
    chance = 1 / np.arange(1, len(letters) + 1) ** 1.5
    texts = [
        "".join(rng.choice(letters, size=rng.integers(2, 9), p=chance / chance.sum()))
        for _ in range(400)
    ]
    index = Inverted()
    index.add(texts)
    terms = np.unique(cut([texts[0], texts[1]])[0])
    weights = rarity(index.frequency(terms), 400)
    allowed = rng.random(400) < 0.7

    everything = index.scores(terms, weights)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inverted, "_SCANNED", 0)
        patch.setattr(inverted, "_LEADING", leading)
        rows, scores = index.search(terms, weights, top, allowed)

    wanted = best(everything, top, allowed)
    assert scores == pytest.approx(everything[rows], rel=1e-5)
    if leading == 400:
        assert scores[scores > 0] == pytest.approx(everything[wanted], rel=1e-5)
    assert allowed[rows].all()
