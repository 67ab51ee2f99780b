"""Inference against brute force, and the fit against mbi's own."""

import numpy as np
import pytest

from synthcraft.generators.private.measure import Clique, Floats, Measurement, exact_counts
from synthcraft.generators.private.merge import merging
from synthcraft.generators.private.model import fit
from synthcraft.generators.private.tree import Tree, calibrated, domain_of, junction_tree, megabytes

mbi = pytest.importorskip("mbi")  # after tree, which settles what mbi asks of JAX
SIZES = (2, 3, 1, 4, 2, 3)
CLIQUES = ((0, 1), (1, 2), (1, 3), (0, 3), (4,))  # a cycle, a constant, lone columns


def example() -> tuple[Tree, np.ndarray]:
    """A tree with random potentials, and its whole joint distribution by brute force."""
    rng = np.random.default_rng(1)
    theta: dict[Clique, Floats] = {c: rng.normal(size=[SIZES[i] for i in c]) for c in CLIQUES}
    joint = np.zeros(SIZES)
    for clique, potential in theta.items():
        joint += potential.reshape([SIZES[i] if i in clique else 1 for i in range(len(SIZES))])
    joint = np.exp(joint)
    return calibrated(SIZES, junction_tree(SIZES, frozenset(CLIQUES)), theta), joint / joint.sum()


@pytest.mark.parametrize("clique", [(3,), (0, 1), (0, 2), (2, 3), (1, 4), (3, 5), (0, 2, 4)])
def test_projections_are_those_of_the_joint_distribution(clique: tuple[int, ...]) -> None:
    tree, joint = example()
    others = tuple(i for i in range(len(SIZES)) if i not in clique)
    np.testing.assert_allclose(tree.project(clique), joint.sum(axis=others), atol=1e-12)


def test_rows_are_drawn_from_the_joint_distribution() -> None:
    tree, joint = example()
    n = 50_000
    drawn = exact_counts(tree.draw(n, np.random.default_rng(0)), SIZES, tuple(range(len(SIZES))))
    # each of 144 shares within 5 standard errors
    assert (np.abs(drawn / n - joint) <= 5 * np.sqrt(joint * (1 - joint) / n)).all()
    assert tree.draw(0, np.random.default_rng(0)).shape == (0, len(SIZES))


def test_labels_beyond_einsums_alphabet() -> None:
    sizes = (2,) * 60
    theta: dict[Clique, Floats] = {
        (i, i + 1): np.array([[2.0, 0.0], [0.0, 2.0]]) for i in range(59)
    }
    tree = calibrated(sizes, junction_tree(sizes, frozenset(theta)), theta)
    link = np.tanh(1.0)  # the correlation of neighbours; it multiplies along the chain
    assert tree.project((50, 55))[0, 0] == pytest.approx((1 + link**5) / 4)


@pytest.mark.slow
def test_the_fit_reaches_mbis() -> None:
    rng = np.random.default_rng(3)
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
    size = mbi.junction_tree.hypothetical_model_size(domain_of(SIZES), list(CLIQUES))
    assert megabytes(SIZES, CLIQUES) == pytest.approx(size)


def test_merged_codes_come_back_evenly() -> None:
    rare = merging([Measurement((0,), np.array([90.0, 2.0, 50.0, -1.0]), 1.0)])
    codes = np.arange(4).repeat(3000).reshape(-1, 1)
    back = rare.restore(rare.shrink(codes), np.random.default_rng(0))[:, 0]
    assert (back[codes[:, 0] % 2 == 0] == codes[codes[:, 0] % 2 == 0, 0]).all()
    # 6,000 draws of two codes: 5 standard errors are 5 · √1500 = 194
    assert abs(np.sum(back == 1) - 3000) < 194
