"""Variance by source: against sums by hand, another implementation, and known components."""

import numpy as np
import pytest
from scipy.stats import chi2

from synthcraft.stats.variance import SOURCES, decompose

TRUE = dict(zip(SOURCES, (0.04, 0.01, 0.004, 0.002, 0.001), strict=True))


def drawn(rng, generators, datasets, splits, seeds, *, lacking=0.0):
    """Values with the components of TRUE; each is absent with the chance ``lacking``."""
    sd = {source: variance**0.5 for source, variance in TRUE.items()}
    of_dataset = rng.normal(0, sd["dataset"], datasets)
    of_split = rng.normal(0, sd["split"], (datasets, splits))
    values = {}
    for g in range(generators):
        own = of_dataset + rng.normal(0, sd["dataset × generator"], datasets)
        cells = own[:, None] + of_split + rng.normal(0, sd["split × generator"], of_split.shape)
        all_ = g + cells[:, :, None] + rng.normal(0, sd["seed"], (datasets, splits, seeds))
        kept = rng.random(all_.shape) >= lacking
        values[f"g{g}"] = {
            d: {s: all_[d, s, kept[d, s]].tolist() for s in range(splits)} for d in range(datasets)
        }
    return values


def test_where_nothing_lacks_it_is_the_analysis_of_variance():
    rng = np.random.default_rng(0)
    y = rng.normal(size=(3, 4, 5, 2)) + rng.normal(size=(1, 4, 1, 1))
    values = {
        g: {d: {s: y[int(g), d, s].tolist() for s in range(5)} for d in range(4)} for g in "012"
    }
    found = decompose(values)
    cell, split, gd, d = y.mean(3), y.mean((0, 3)), y.mean((2, 3)), y.mean((0, 2, 3))
    g, all_ = y.mean((1, 2, 3)), y.mean()
    squares = [
        30 * ((d - all_) ** 2).sum() / 3,
        10 * ((gd - g[:, None] - d + all_) ** 2).sum() / 6,
        6 * ((split - d[:, None]) ** 2).sum() / 16,
        2 * ((cell - gd[:, :, None] - split + d[:, None]) ** 2).sum() / 32,
        ((y - cell[..., None]) ** 2).sum() / 60,
    ]
    assert [term.square for term in found.terms] == pytest.approx(squares)
    assert [term.freedom for term in found.terms] == [3, 6, 16, 32, 60]
    ms_d, ms_gd, ms_s, ms_gs, ms_e = squares
    by_hand = {
        "dataset": (ms_d - ms_gd - ms_s + ms_gs) / 30,
        "dataset × generator": (ms_gd - ms_gs) / 10,
        "split": (ms_s - ms_gs) / 6,
        "split × generator": (ms_gs - ms_e) / 2,
        "seed": ms_e,
    }
    for source, variance in by_hand.items():
        assert found.variance(source).value == pytest.approx(max(0, variance), abs=1e-12)


def test_where_trials_lack_it_fits_one_source_after_the_other():
    """Sums of squares are differences of residuals of least squares, by another library's."""
    rng = np.random.default_rng(3)
    values = drawn(rng, 3, 4, 3, 2, lacking=0.3)
    rows = [
        (g, d, s, v)
        for g, by_dataset in values.items()
        for d, by_split in by_dataset.items()
        for s, found in by_split.items()
        for v in found
    ]
    y = np.array([row[3] for row in rows])
    keys = [lambda r: r[0], lambda r: r[1], lambda r: r[:2], lambda r: r[1:3], lambda r: r[:3]]
    design, left = np.empty((len(y), 0)), []
    for key in keys:
        levels = sorted({key(row) for row in rows})
        more = np.array([[float(key(row) == level) for level in levels] for row in rows])
        design = np.column_stack([design, more])
        fitted = design @ np.linalg.lstsq(design, y, rcond=None)[0]
        left.append((((y - fitted) ** 2).sum(), int(np.linalg.matrix_rank(design))))
    terms = decompose(values).terms
    for term, (before, rank), (after, more_rank) in zip(terms, left, left[1:], strict=False):
        assert term.freedom == more_rank - rank
        assert term.square * term.freedom == pytest.approx(before - after)
    assert terms[-1].square * terms[-1].freedom == pytest.approx(left[-1][0])


def test_restricted_likelihood_says_the_same():
    """Of balanced data with positive components REML is the analysis of variance."""
    statsmodels = pytest.importorskip("statsmodels.regression.mixed_linear_model")
    rng = np.random.default_rng(5)
    split = rng.normal(0, 2, 40)
    y = split[:, None] + rng.normal(0, 1, (40, 3))
    found = decompose({"a": {0: dict(enumerate(y.tolist()))}})
    groups = np.repeat(np.arange(40), 3)
    peer = statsmodels.MixedLM(y.ravel(), np.ones(120), groups).fit(reml=True)
    assert found.variance("split").value == pytest.approx(float(peer.cov_re[0, 0]), rel=1e-3)
    assert found.variance("seed").value == pytest.approx(float(peer.scale), rel=1e-3)


def test_a_single_mean_square_has_its_exact_interval():
    values = [0.1, 0.4, 0.9, 0.3]
    found = decompose({"a": {0: {0: values}}}).variance("seed")
    square = np.var(values, ddof=1)
    assert found.value == pytest.approx(square)
    assert found.low == pytest.approx(3 * square / chi2.isf(0.025, 3))
    assert found.high == pytest.approx(3 * square / chi2.ppf(0.025, 3))


def test_what_cannot_be_told_apart_is_one_term():
    one = decompose({"a": {0: {0: [1.0], 1: [2.0]}}, "b": {0: {0: [2.0], 1: [5.0]}}})
    assert [t.sources for t in one.terms] == [("split",), ("split × generator", "seed")]
    assert not one.separate("seed")
    alone = decompose({"a": {0: {0: [1.0, 2.0], 1: [2.0, 4.0]}}})
    assert [t.sources for t in alone.terms] == [("split", "split × generator"), ("seed",)]
    datasets = decompose({g: {d: {0: [float(d) * len(g)]} for d in (1, 2, 4)} for g in ("a", "bb")})
    assert [t.sources for t in datasets.terms] == [
        ("dataset", "split"),
        ("dataset × generator", "split × generator", "seed"),
    ]


def test_what_is_estimated_below_zero_is_zero_with_its_interval():
    # Splits agree more than their seeds would let them.
    found = decompose({"a": {0: {0: [0.0, 1.0], 1: [1.0, 0.4], 2: [0.0, 1.1]}}})
    split = found.variance("split")
    assert (split.value, split.low) == (0.0, 0.0)
    assert split.high > 0


def test_one_value_of_each_tells_nothing():
    with pytest.raises(ValueError, match="no spread"):
        decompose({"a": {0: {0: [1.0]}}, "b": {0: {0: [2.0]}}})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shape", "lacking"), [((2, 1, 4, 3), 0.0), ((3, 4, 3, 2), 0.0), ((3, 4, 3, 2), 0.25)]
)
def test_components_are_unbiased_and_intervals_hold(shape, lacking):
    rng, runs = np.random.default_rng(1), 600
    values = {source: [] for source in SOURCES}
    held = dict.fromkeys(SOURCES, 0)
    for _ in range(runs):
        found = decompose(drawn(rng, *shape, lacking=lacking))
        for source in SOURCES:
            if term := found.term(source):
                terms = zip(term.weights, found.terms, strict=True)
                values[source].append(sum(w * t.square for w, t in terms))
                interval = found.variance(source)
                held[source] += interval.low <= TRUE[source] <= interval.high
    for source, estimates in values.items():
        if estimates:
            error = np.std(estimates) / runs**0.5
            assert abs(np.mean(estimates) - TRUE[source]) < 4 * error, source
            # A share of 600 has an error of 0.009 at 0.95: three of them, and 0.01 for the method.
            assert held[source] / runs == pytest.approx(0.95, abs=0.037), source
