"""Junction trees: their defining properties, and inference against brute force and mbi's."""

import subprocess
import sys
from functools import lru_cache
from itertools import combinations
from types import ModuleType
from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from synthcraft.generators.base import Impossible
from synthcraft.generators.private.measure import Clique, Floats, exact_counts
from synthcraft.generators.private.tree import Tree, calibrated, junction_tree, megabytes

SIZES = (2, 3, 1, 4, 2, 3)
CLIQUES = ((0, 1), (1, 2), (1, 3), (0, 3), (4,))  # a cycle, a constant, lone columns


@lru_cache
def reference() -> ModuleType:
    """mbi, in double precision; it warns at import unless both settings are made."""
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", val=True)
    jax.config.update("jax_enable_compilation_cache", val=False)
    mbi: ModuleType = pytest.importorskip("mbi")
    return mbi


def random_potentials(sizes: tuple[int, ...], cliques: tuple[Clique, ...]) -> dict[Clique, Floats]:
    rng = np.random.default_rng(1)
    return {c: rng.normal(size=[sizes[i] for i in c]) for c in cliques}


def example() -> tuple[Tree, np.ndarray]:
    """A tree with random potentials, and its whole joint distribution by brute force."""
    theta = random_potentials(SIZES, CLIQUES)
    joint = np.zeros(SIZES)
    for clique, potential in theta.items():
        joint += potential.reshape([SIZES[i] if i in clique else 1 for i in range(len(SIZES))])
    joint = np.exp(joint)
    return calibrated(SIZES, junction_tree(SIZES, frozenset(CLIQUES)), theta), joint / joint.sum()


@st.composite
def problems(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[Clique, ...]]:
    """Numbers of codes of one to eight columns, and cliques of one to three of them."""
    sizes = tuple(draw(st.lists(st.integers(1, 5), min_size=1, max_size=8)))
    columns = st.sets(st.sampled_from(range(len(sizes))), min_size=1, max_size=3)
    return sizes, tuple(sorted({tuple(sorted(c)) for c in draw(st.lists(columns, max_size=10))}))


RING = (3, 2, 4, 2, 2), ((0, 1), (0, 4), (1, 2), (2, 3), (3, 4))


@hypothesis.given(problems())
@hypothesis.example(RING)  # links must be added here, which random cliques seldom ask for
@hypothesis.settings(deadline=None)
def test_it_is_a_junction_tree_of_the_cliques(
    problem: tuple[tuple[int, ...], tuple[Clique, ...]],
) -> None:
    sizes, cliques = problem
    nodes = junction_tree(sizes, frozenset(cliques))
    held = [{*node.clique} for node in nodes]
    assert all(
        any({*c} <= here for here in held) for c in (*cliques, *((i,) for i in range(len(sizes))))
    )
    assert not any(a <= b or b <= a for a, b in combinations(held, 2))
    for k, node in enumerate(nodes):
        assert node.clique == tuple(sorted(node.clique))
        assert node.parent < k
        # what a node shares with all nodes before it, its parent holds: columns are never met twice
        before = {i for here in held[:k] for i in here}
        assert {*node.given} == held[k] & before
        assert node.parent >= 0 if node.given else node.parent == -1
        assert {*node.given} <= (held[node.parent] if node.given else set())


def test_it_is_as_small_as_mbis() -> None:
    """Ours breaks ties otherwise, but is as greedy."""
    rng, mbi = np.random.default_rng(0), reference()
    for _ in range(20):
        sizes = tuple(int(x) for x in rng.choice([2, 3, 7, 13, 21], 12))
        pairs = list(combinations(range(12), 2))
        cliques = [
            pairs[i] for i in rng.choice(len(pairs), int(rng.integers(3, 30)), replace=False)
        ]
        size = mbi.junction_tree.hypothetical_model_size(domain_of(sizes), cliques)
        assert megabytes(sizes, cliques) == pytest.approx(size, rel=0.1)


def domain_of(sizes: tuple[int, ...]) -> Any:
    """mbi's word for columns 0, 1, … with so many codes."""
    return reference().Domain(tuple(range(len(sizes))), sizes)


def test_marginals_equal_mbis() -> None:
    rng = np.random.default_rng(2)
    every = [c for k in (1, 2, 3) for c in combinations(range(7), k)]
    random = [tuple(sorted(every[i] for i in rng.choice(len(every), 7, False))) for _ in range(2)]
    for sizes, cliques in (RING, *(((3, 1, 4, 2, 2, 4, 3), some) for some in random)):
        theta = random_potentials(sizes, cliques)
        mbi, domain = reference(), domain_of(sizes)
        theirs = mbi.marginal_oracles.message_passing_stable(
            mbi.CliqueVector(
                domain, cliques, {c: mbi.Factor(domain.project(c), theta[c]) for c in cliques}
            )
        )
        ours = calibrated(sizes, junction_tree(sizes, frozenset(cliques)), theta)
        for clique in cliques:
            expected = np.asarray(theirs.project(clique).datavector(flatten=False))
            np.testing.assert_allclose(ours.project(clique), expected, atol=1e-12)


def test_the_model_loads_no_heavy_library() -> None:
    code = (
        "import sys, synthcraft.generators.private.mst, synthcraft.generators.private.aim\n"
        "sys.exit(any(m in sys.modules for m in ('jax', 'mbi', 'torch', 'dp_accounting')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    "clique", [(3,), (0, 1), (1, 2), (0, 2), (2, 3), (1, 4), (3, 5), (0, 2, 4)]
)
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


@hypothesis.given(problems(), st.integers(0, 99))
@hypothesis.example(RING, 0)
@hypothesis.settings(deadline=None)
def test_given_codes_it_is_the_joint_distribution_of_the_rest(
    problem: tuple[tuple[int, ...], tuple[Clique, ...]], seed: int
) -> None:
    sizes, cliques = problem
    rng = np.random.default_rng(seed)
    theta = random_potentials(sizes, cliques)
    tree = calibrated(sizes, junction_tree(sizes, frozenset(cliques)), theta)
    columns = rng.choice(len(sizes), rng.integers(1, min(3, len(sizes)) + 1), replace=False)
    where = {int(i): int(rng.integers(sizes[i])) for i in columns}

    joint = tree.project(tuple(range(len(sizes))))
    agree = np.ones(sizes, dtype=bool)
    for i, code in where.items():
        agree &= (
            np.arange(sizes[i]).reshape([-1 if k == i else 1 for k in range(len(sizes))]) == code
        )
    joint = np.where(agree, joint, 0) / joint[agree].sum()
    given = tree.given(where)
    for clique in (*cliques, *((i,) for i in range(len(sizes))), tuple(range(len(sizes)))):
        others = tuple(i for i in range(len(sizes)) if i not in clique)
        np.testing.assert_allclose(given.project(clique), joint.sum(axis=others), atol=1e-12)
    drawn = given.draw(20, rng)
    assert all((drawn[:, i] == code).all() for i, code in where.items())


def test_codes_without_any_chance_are_refused() -> None:
    tree, _ = example()
    with pytest.raises(Impossible):
        tree.given({0: 1}).given({0: 0})
    # not together, though each alone has a chance
    links: dict[Clique, Floats] = {(0, 1): np.array([[0.0, -1e9], [-1e9, 0.0]])}
    same = calibrated((2, 2), junction_tree((2, 2), frozenset(links)), links)
    assert same.given({0: 1}).project((1,)).tolist() == [0.0, 1.0]
    with pytest.raises(Impossible):
        same.given({0: 1, 1: 0})
