"""The fit against mbi's own, and merged codes."""

import numpy as np
import pytest

from synthcraft.generators.private.measure import Measurement, exact_counts
from synthcraft.generators.private.merge import merging
from synthcraft.generators.private.model import fit
from tests.generators.private.test_tree import CLIQUES, SIZES, domain_of, reference


@pytest.mark.slow
def test_the_fit_reaches_mbis() -> None:
    rng, mbi = np.random.default_rng(3), reference()
    codes = np.column_stack([rng.integers(0, size, 500) for size in SIZES])
    codes[:, 1] = np.maximum(codes[:, 0], codes[:, 1])
    measured = [
        Measurement(c, np.rint(x + rng.normal(0, 6, x.shape)), 6.0)
        for c in (*((i,) for i in range(len(SIZES))), *CLIQUES[:4])
        for x in [exact_counts(codes, SIZES, c)]
    ]
    ours = fit(SIZES, measured, 2000)
    theirs = mbi.estimation.MirrorDescent().estimate(
        domain_of(SIZES),
        [mbi.LinearMeasurement(m.counts.ravel(), m.clique, stddev=m.sigma) for m in measured],
        known_total=ours.total,
        iters=2000,
    )
    for clique in CLIQUES:
        expected = np.asarray(theirs.project(clique).datavector(flatten=False))
        np.testing.assert_allclose(ours.expected(clique), expected, atol=0.5)  # of 500 rows


def test_merged_codes_come_back_evenly() -> None:
    rare = merging([Measurement((0,), np.array([90.0, 2.0, 50.0, -1.0]), 1.0)])
    codes = np.arange(4).repeat(3000).reshape(-1, 1)
    back = rare.restore(rare.shrink(codes), np.random.default_rng(0))[:, 0]
    assert (back[codes[:, 0] % 2 == 0] == codes[codes[:, 0] % 2 == 0, 0]).all()
    # 6,000 draws of two codes: 5 standard errors are 5 · √1500 = 194
    assert abs(np.sum(back == 1) - 3000) < 194
