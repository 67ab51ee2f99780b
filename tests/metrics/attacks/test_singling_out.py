from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from synthcraft.data.table import Column, Table, conform
from tests.metrics.attacks.conftest import Found, draw

Attack = Callable[..., Found]
KINDS = ("univariate", "multivariate")


def test_a_full_copy_is_the_maximal_risk_whatever_the_sizes(attack: Attack) -> None:
    for n, h in ((400, 170), (600, 100), (150, 600)):
        rng = np.random.default_rng(n)
        train, holdout = draw("mixed", n, rng), draw("mixed", h, rng)
        found = attack("singling_out", train, holdout, train.frame, attacks=200)
        for kind in KINDS:
            assert found["singling_out", kind, "", "main"].value == 1
            assert found["singling_out", kind, "", "excess"].value == pytest.approx(1)
            assert found["singling_out", kind, "", "excess"].low > 0


def test_half_a_copy_lies_between(attack: Attack) -> None:
    rng = np.random.default_rng(3)
    train, holdout = draw("mixed", 600, rng), draw("mixed", 250, rng)
    fresh = draw("mixed", 300, rng).frame
    both = pd.concat([train.frame.iloc[:300], fresh], ignore_index=True)
    found = attack("singling_out", train, holdout, both)
    for kind in KINDS:
        excess = found["singling_out", kind, "", "excess"]
        assert 0.05 < excess.value < 0.6
        assert excess.low > 0


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["binary", "numeric", "mixed"])
@pytest.mark.parametrize(("n", "h"), [(700, 300), (2000, 300), (300, 2000)])
def test_fresh_rows_show_no_excess_and_the_interval_covers_it(
    kind: str, n: int, h: int, attack: Attack
) -> None:
    found: dict[str, list[tuple[float, bool]]] = {}
    for seed in range(60):
        rng = np.random.default_rng([seed, n])
        train, holdout, fresh = (draw(kind, size, rng) for size in (n, h, n))
        measures = attack(
            "singling_out", train, holdout, fresh.frame, seed, attacks=200, attempts=10
        )
        for model in KINDS:
            m = measures["singling_out", model, "", "excess"]
            if m.status == "ok":
                found.setdefault(model, []).append((m.value, m.low <= 0 <= m.high))
    assert found or kind == "binary"  # hardly a predicate is matched once by five binary columns
    for model, rows in found.items():
        excess, covered = np.array(rows, dtype=float).T
        if len(excess) < 30:
            continue
        # Mean of independent replicates: four standard errors. Coverage: nominal 0.95, se 0.028
        # at 60 replicates, three below is 0.865.
        assert abs(excess.mean()) < 4 * excess.std(ddof=1) / len(excess) ** 0.5, model
        assert covered.mean() > 0.865, model


def test_names_and_levels_may_be_anything(attack: Attack) -> None:
    """A query string would break on each of these names (anonymeter #37)."""
    names = ["index", "a b", "c(d)[e]", 'it\'s "x"', "größe µ", "and", "@y", "1", "", "col\nz"]
    rng = np.random.default_rng(0)
    columns = tuple(
        Column(n, "numeric" if place % 2 else "categorical") for place, n in enumerate(names)
    )

    def rows(n: int) -> Table:
        levels = ["' or 1==1", '"', "a & b", "index", "ü"]
        frame = pd.DataFrame(
            {
                c.name: rng.normal(size=n).round(1) if c.numeric else rng.choice(levels, n)
                for c in columns
            }
        )
        table = conform(frame, columns)
        return Table(table, columns, "classification", names[0], sensitive=(names[2],))

    train, holdout = rows(300), rows(130)
    for metric in ("singling_out", "linkability", "attribute_inference"):
        found = attack(metric, train, holdout, train.frame)
        assert {m.status for m in found.values()} == {"ok"}
        assert any(m.value > 0.9 for key, m in found.items() if key[3] == "main")


def test_repeated_synthetic_rows_hide_nobody(attack: Attack) -> None:
    rng = np.random.default_rng(5)
    train, holdout = draw("mixed", 300, rng), draw("mixed", 130, rng)
    twice = pd.concat([train.frame, train.frame], ignore_index=True)
    found = attack("singling_out", train, holdout, twice)
    assert found["singling_out", "multivariate", "", "main"].value == 1


def test_too_few_predicates_are_no_attack(attack: Attack) -> None:
    columns = (Column("x", "categorical", ("0", "1")),)
    frame = conform(pd.DataFrame({"x": ["0", "1"] * 20}), columns)
    table = Table(frame, columns, "classification", "x")
    found = attack("singling_out", table, table, frame)
    assert {m.status for m in found.values()} == {"not_applicable"}
    assert {key[0] for key in found} == {"singling_out", "singling_out_baseline"}


def test_random_predicates_are_the_baseline(attack: Attack) -> None:
    # One column of 100 numbers, each once in train and synthetic rows: a random condition is
    # «equal» with chance 1/3 and then singles out; «at least» and «at most» do at the ends only.
    columns = (Column("x", "numeric"),)
    frame = pd.DataFrame({"x": np.arange(100.0)})
    table = Table(frame, columns, "regression", "x")
    found = attack("singling_out", table, table, frame, predicates=("univariate",))
    baseline = found["singling_out_baseline", "univariate", "", "value"]
    # 102 guesses: 1/3 + 2/300; se sqrt(0.34 * 0.66 / 102) = 0.047, three of them.
    assert baseline.value == pytest.approx(1 / 3 + 2 / 300, abs=0.15)
    assert baseline.n == 102
