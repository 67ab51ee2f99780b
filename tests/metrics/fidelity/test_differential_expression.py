"""Against scipy's t tests and its Benjamini–Hochberg, and planted effects."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control, spearmanr, ttest_ind

from synthcraft.data.table import Column, Table, conform
from synthcraft.errors import DataError
from synthcraft.metrics.cards.omics import DifferentialExpressionParams
from synthcraft.metrics.context import NotApplicable, Real
from synthcraft.metrics.evaluate import evaluate, prepare
from synthcraft.metrics.fidelity.differential_expression import DifferentialExpression
from synthcraft.records import Measure
from synthcraft.spec.types import MetricSpec

GENES = tuple(f"g{k}" for k in range(40))
COLUMNS = (
    *(Column(name, "numeric") for name in GENES),
    Column("subtype", "categorical", ("Basal", "LumA")),
    Column("stage", "categorical", ("I", "II", "III")),
)


def tumours(n: int, seed: int, *, effect: float = 1.5, changed: int = 10) -> Table:
    """The first genes are higher in LumA, by so many standard deviations."""
    rng = np.random.default_rng([seed, n])
    luminal = np.arange(n) % 2 == 1
    values = rng.normal(size=(n, len(GENES)))
    values[:, :changed] += effect * luminal[:, None]
    frame = pd.DataFrame(values, columns=GENES).assign(
        subtype=np.where(luminal, "LumA", "Basal"), stage=rng.choice(["I", "II", "III"], n)
    )
    return Table(conform(frame, COLUMNS), COLUMNS, "classification", "subtype", "LumA")


def found(real: Table, frame: pd.DataFrame, **params: object) -> dict[str, Measure]:
    specs = {"de": MetricSpec(plugin="differential_expression", params=params)}
    side = prepare(real, real, specs, n_synthetic=len(frame), seed=0)
    return {m.metric.removeprefix("de."): m for m in evaluate(side, frame, seed=1)}


def test_measures_are_those_of_scipys_tests() -> None:
    real, other = tumours(60, 0, effect=0.9), tumours(60, 1, effect=0.7)
    t, called = [], []
    for table in (real, other):
        luminal = (table.frame.subtype == "LumA").to_numpy()
        rows = table.frame[list(GENES)].to_numpy()
        theirs = ttest_ind(rows[luminal], rows[~luminal], equal_var=False)
        t.append(theirs.statistic)
        called.append(np.sign(theirs.statistic) * (false_discovery_control(theirs.pvalue) <= 0.05))
    both = ((called[0] == called[1]) & (called[0] != 0)).sum()
    significant = [(side != 0) for side in called]
    assert 0 < both < significant[0].sum()
    values = {name: m.value for name, m in found(real, other.frame, test="welch").items()}
    assert values == pytest.approx(
        {
            "effects": spearmanr(*t).statistic,
            "overlap": both / (significant[0] | significant[1]).sum(),
            "direction": np.mean(np.sign(t[1]) == called[0], where=significant[0]),
            "false_discoveries": 1 - both / significant[1].sum(),
            "significant": significant[1].mean(),
            "significant_real": significant[0].mean(),
        }
    )


def test_a_copy_agrees_in_everything() -> None:
    real = tumours(80, 2)
    values = {name: m.value for name, m in found(real, real.frame).items()}
    assert values["effects"] == pytest.approx(1)
    assert (values["overlap"], values["direction"], values["false_discoveries"]) == (1, 1, 0)


def test_swapped_groups_disagree_in_everything() -> None:
    real = tumours(80, 2)
    frame = real.frame.assign(subtype=real.frame.subtype.map({"LumA": "Basal", "Basal": "LumA"}))
    values = {name: m.value for name, m in found(real, frame).items()}
    assert values["effects"] == pytest.approx(-1)
    assert (values["overlap"], values["direction"], values["false_discoveries"]) == (0, 0, 1)


def test_made_up_effects_are_false_discoveries() -> None:
    # At effects of 1.5 and 80 rows every one of 10 or 20 genes is found (t of about 6.7); the 20
    # to 30 others give 0.05 · 10 / 0.95 false ones at most on average in either table.
    values = found(tumours(80, 3), tumours(80, 4, changed=20).frame)
    assert values["significant"].value == pytest.approx(20 / 40, abs=0.08)
    assert values["significant_real"].value == pytest.approx(10 / 40, abs=0.08)
    assert values["false_discoveries"].value == pytest.approx(0.5, abs=0.12)
    assert values["overlap"].value == pytest.approx(0.5, abs=0.12)


def test_where_real_groups_do_not_differ_nothing_is_judged() -> None:
    values = found(tumours(60, 5, effect=0, changed=1), tumours(60, 6).frame)
    assert values["significant_real"].value == 0
    for name in ("overlap", "direction", "false_discoveries"):
        assert values[name].status == "not_applicable"
        assert values[name].reason == "no gene is significant in the holdout rows"


def test_a_table_without_claims_makes_no_false_ones() -> None:
    values = found(tumours(60, 5), tumours(60, 6, effect=0, changed=1).frame)
    assert (values["significant"].value, values["false_discoveries"].value) == (0, 0)
    assert values["overlap"].value == 0


def test_a_synthetic_table_without_a_group_fails() -> None:
    real = tumours(60, 0)
    measures = found(real, real.frame.assign(subtype="LumA"))
    assert {m.status for m in measures.values()} == {"failed"}
    assert measures["effects"].reason == "fewer than two synthetic rows of a level of 'subtype'"


def test_constant_genes_have_no_effect() -> None:
    real = tumours(60, 0)
    flat = real.frame.assign(**dict.fromkeys(GENES, 0.0))
    values = {name: m.value for name, m in found(real, flat).items()}
    assert (values["effects"], values["overlap"], values["significant"]) == (0, 0, 0)


def contrast(table: Table, **params: object):
    metric = DifferentialExpression(params=DifferentialExpressionParams(**params))
    return metric.prepare(Real(table, table, len(table), seed=0)).contrast


def test_the_positive_level_comes_first_unless_levels_are_declared() -> None:
    real = tumours(60, 0)
    assert contrast(real).levels == ("LumA", "Basal")
    assert contrast(real, levels=("Basal", "LumA")).levels == ("Basal", "LumA")
    assert contrast(tumours(90, 0), group="stage", levels=("III", "I")).column == "stage"


@pytest.mark.parametrize(
    ("params", "change", "words"),
    [
        ({"group": "stage"}, {}, "'stage' has 3 levels: declare two"),
        ({}, {"task": "regression", "target": "g0"}, "the target is no group: declare one"),
        ({}, {"task": "survival"}, "the target is no group: declare one"),
        ({"genes": ("g1", "g2")}, {}, "needs 3 columns"),
    ],
)
def test_what_does_not_apply_says_why(params: dict, change: dict, words: str) -> None:
    with pytest.raises(NotApplicable, match=words):
        contrast(replace(tumours(60, 0), **change), **params)


def test_a_small_group_is_not_compared() -> None:
    real = tumours(60, 0)
    frame = real.frame.copy()
    frame.loc[frame.index[:42], "subtype"] = "LumA"  # nine rows of the other level are left
    with pytest.raises(NotApplicable, match="fewer than 10 holdout rows of a level of 'subtype'"):
        contrast(replace(real, frame=frame))


@pytest.mark.parametrize(
    ("params", "path", "message", "hint"),
    [
        ({"group": "subtyp"}, "group", "no column 'subtyp'", "Did you mean 'subtype'?"),
        ({"group": "g1"}, "group", "'g1' is a number, not a group", "Accepted: stage, subtype."),
        (
            {"levels": ("LumA", "LumB")},
            "levels",
            "'subtype' has no level 'LumB'",
            "Did you mean 'LumA'?",
        ),
        ({"genes": ("g99",)}, "genes", "no column 'g99'", "Did you mean 'g9'?"),
    ],
)
def test_what_the_table_does_not_have_is_named(
    params: dict, path: str, message: str, hint: str
) -> None:
    metric = DifferentialExpression(params=DifferentialExpressionParams(**params))
    with pytest.raises(DataError) as caught:
        metric.check(tumours(60, 0))
    problem = caught.value.problems[0]
    where = f"metrics.differential_expression.params.{path}"
    assert (problem.path, problem.message, problem.hint) == (where, message, hint)


def test_missing_levels_and_values_are_passed_over() -> None:
    real = tumours(80, 7)
    holed = real.frame.copy()
    holed.loc[holed.index[:4], "subtype"] = np.nan
    holed.loc[holed.index[10:14], "g0"] = np.nan
    kept = real.frame.iloc[4:].reset_index(drop=True)
    kept.loc[kept.index[6:10], "g0"] = np.nan
    with_gaps, without = found(real, holed), found(real, kept)
    # At the common sizes 80 and 76 the holdout's sample differs, the synthetic side does not.
    assert with_gaps["significant"].value == pytest.approx(without["significant"].value, abs=0.03)
    assert with_gaps["effects"].status == "ok"


def test_several_draws_are_averaged(cohort: Callable) -> None:
    real, large = tumours(60, 0), tumours(400, 1)
    first, again = (found(real, large.frame) for _ in range(2))
    assert first == again
    assert first["effects"].n == 60
