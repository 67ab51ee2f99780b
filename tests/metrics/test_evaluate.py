import pickle
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthcraft.catalogue import METRICS, MetricCard, NoParams
from synthcraft.data.table import Column, Table, conform
from synthcraft.errors import DataError, SpecError, UserError
from synthcraft.metrics import context
from synthcraft.metrics.choice import describe
from synthcraft.metrics.context import NotApplicable, Real, Synthetic
from synthcraft.metrics.encode import Encoder
from synthcraft.metrics.evaluate import average, evaluate, pictured, prepare, synthetic_side
from synthcraft.metrics.fidelity import correlation, kernel, manifold, survival, tables
from synthcraft.metrics.fidelity.cells import Cells
from synthcraft.records import Measure, MetricDescriptor
from synthcraft.spec.types import MetricSpec

Cohort = Callable[[int, int], Table]
STRANGE = ("index", "a (b)", "quo\"te'd", "日本 ü", "<script>", "a.b", "A.B", "level_0", " ", "%=&")
calls: list[str] = []


class Probe:
    """A metric of this test: what it does is written in ``mood``."""

    mood = "fine"

    def __init__(self, *, params: NoParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> int:
        calls.append("prepare")
        if self.mood == "prepare raises":
            raise ValueError(f"cannot read {real.train.frame.sex.iloc[0]} or {41.5}")
        return len(real.train)

    def measure(self, real: Real, prepared: int, synthetic: Synthetic) -> Iterator[Measure]:
        calls.append("measure")
        yield Measure("probe", float(prepared), n=prepared)
        if self.mood == "measure raises":
            raise KeyError("canary-7")
        if self.mood == "nan":
            yield Measure("probe.nan", float("nan"))
        if self.mood == "none":
            raise NotApplicable("nothing to see")

    def picture(self, prepared: int, synthetic: Synthetic) -> dict[str, int]:
        if self.mood == "picture raises":
            raise ValueError(f"cannot draw {synthetic.frame.sex.iloc[0]}")
        return {"drawn": prepared} if self.mood == "picture" else {}


CARD = MetricCard(
    name="probe",
    summary="",
    implementation=f"{__name__}:Probe",
    measures=(MetricDescriptor("probe", "privacy", "minimize", ""),),
)


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], dict[str, MetricSpec]]:
    """``probe(mood)`` puts the metric of this test into the catalogue."""

    def put(mood: str) -> dict[str, MetricSpec]:
        calls.clear()
        monkeypatch.setitem(METRICS._all(), "probe", "anywhere:CARD")
        card = replace(CARD)
        monkeypatch.setattr(MetricCard, "load", lambda self: _load(self, mood))
        monkeypatch.setitem(METRICS._loaded, "probe", card)
        return {"mine": MetricSpec(plugin="probe"), "other": MetricSpec(plugin="marginals")}

    original = MetricCard.load

    def _load(card: MetricCard, mood: str) -> Any:
        if card.name != "probe":
            return original(card)
        monkeypatch.setattr(Probe, "mood", mood)
        return Probe

    return put


@pytest.mark.parametrize("mood", ["measure raises", "prepare raises"])
def test_a_metric_that_raises_is_a_failed_row_and_the_others_go_on(
    mood: str, probe: Callable, cohort: Cohort
) -> None:
    # C.VI 10
    train, holdout = cohort(100, 0), cohort(50, 1)
    real = prepare(train, holdout, probe(mood), n_synthetic=100, seed=0)
    found = evaluate(real, cohort(100, 2).frame, seed=0)
    failed = [m for m in found if m.metric == "probe"]
    assert [(m.status, m.role, m.value) for m in failed] == [("failed", "excess", None)]
    assert sum(m.metric == "ks_complement" and m.status == "ok" for m in found) == 4
    reason = failed[0].reason
    assert reason.startswith(("KeyError", "ValueError"))
    for secret in ("canary", "41.5", " f ", " m "):
        assert secret not in reason


def test_not_applicable_and_not_finite_say_so(probe: Callable, cohort: Cohort) -> None:
    train, holdout = cohort(100, 0), cohort(50, 1)
    for mood, status, word in (("none", "not_applicable", "nothing"), ("nan", "failed", "nan")):
        real = prepare(train, holdout, probe(mood), n_synthetic=100, seed=0)
        last = [m for m in evaluate(real, train.frame, seed=0) if m.metric.startswith("probe")][-1]
        assert last.status == status
        assert word in last.reason
        assert last.value is None


def test_a_second_generator_derives_nothing_of_the_real_side(
    probe: Callable, cohort: Cohort
) -> None:
    train, holdout = cohort(300, 0), cohort(130, 1)
    probe("fine")
    every = {name: MetricSpec(plugin=name) for name in METRICS.names()}
    real = prepare(train, holdout, every, n_synthetic=90, seed=0)
    assert calls == ["prepare"]
    sent = pickle.loads(pickle.dumps(real))
    kept = set(vars(sent.real))
    for seed in range(2):
        evaluate(sent, cohort(90, seed).frame, seed=seed)
    # Fitted models stay where they were fitted: an empty store of them may be opened.
    assert vars(sent.real).keys() - {"models"} == kept
    assert calls == ["prepare", "measure", "measure"]


def test_a_second_generator_costs_fidelity_nothing_of_the_real_side(
    cohort: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, int]] = []

    def counted(where: Any, name: str, rows: Callable[..., int]) -> None:
        function = getattr(where, name)

        def call(*args: Any, **options: Any) -> Any:
            seen.append((name, rows(*args)))
            return function(*args, **options)

        monkeypatch.setattr(where, name, call)

    counted(context, "fit_encoder", lambda train, holdout: len(train))
    for owner, name in ((Encoder, "points"), (Encoder, "codes"), (Cells, "codes")):
        counted(owner, name, lambda _, frame: len(frame))
    for module, name in (
        *((manifold, "radii"), (kernel, "kernel_sum_within"), (correlation, "rank_correlation")),
        *((tables, "_tables"), (survival, "kaplan_meier"), (kernel, "median_distance")),
    ):
        counted(module, name, lambda rows, *_: len(rows))
    train, holdout = cohort(300, 0), cohort(130, 1)
    fidelity = [card.name for card in METRICS if card.measures[0].family == "fidelity"]
    specs = {name: MetricSpec(plugin=name) for name in fidelity}
    real = prepare(train, holdout, specs, n_synthetic=200, seed=0)
    assert [name for name, _ in seen].count("fit_encoder") == 1
    for seed in range(2):
        seen.clear()
        evaluate(real, cohort(200, seed).frame, seed=seed)
        # Encoded are the 200 synthetic rows; of each draw at the common size 130 are compared.
        assert {(name, n) for name, n in seen if name in ("points", "codes")} == {
            ("points", 200),
            ("codes", 200),
        }
        number = len(context.Synthetic(real.real, cohort(200, seed), seed).draws)
        each = Counter(name for name, _ in seen if name not in ("points", "codes"))
        assert each == dict.fromkeys(
            ("radii", "kernel_sum_within", "rank_correlation", "_tables"), number
        )


def test_the_real_side_is_modest_in_size(cohort: Cohort) -> None:
    train, holdout = cohort(2000, 0), cohort(800, 1)
    real = prepare(train, holdout, {}, n_synthetic=2000, seed=0)
    tables = len(pickle.dumps((train, holdout)))
    # Coordinates and codes of each row, neighbours, and what the attacks keep: no n² and no model.
    assert len(pickle.dumps(real)) < 20 * tables


def test_same_seed_same_measures_and_nothing_is_changed(cohort: Cohort) -> None:
    train, holdout, made = cohort(100, 0), cohort(50, 1), cohort(90, 2).frame
    before = [frame.copy() for frame in (train.frame, holdout.frame, made)]
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    real = prepare(train, holdout, {}, n_synthetic=100, seed=0)
    first = evaluate(real, made, seed=3)
    assert first == evaluate(real, made, seed=3)
    assert first == evaluate(
        prepare(train, holdout, {}, n_synthetic=100, seed=0), made.copy(), seed=3
    )
    assert first != evaluate(real, made, seed=4)
    for old, new in zip(before, (train.frame, holdout.frame, made), strict=True):
        pd.testing.assert_frame_equal(old, new)
    assert (np.random.get_state()[1] == state).all()  # noqa: NPY002


def test_keys_are_unique_and_every_measure_is_described(cohort: Cohort) -> None:
    real = prepare(cohort(100, 0), cohort(50, 1), {}, n_synthetic=100, seed=0)
    found = evaluate(real, cohort(100, 2).frame, seed=0)
    assert len({m.key for m in found}) == len(found)
    described = {m.name: m for m in describe({}, "classification")}
    assert {m.metric for m in found} == set(described)
    for m in found:
        low, high = described[m.metric].low, described[m.metric].high
        # Bounds are those of the excess where a metric has roles.
        if m.status == "ok" and m.role in ("value", "excess"):
            assert (low is None or m.value >= low) and (high is None or m.value <= high), m


def test_strange_column_names_change_nothing(cohort: Cohort) -> None:
    # C.VI 16
    def renamed(table: Table) -> Table:
        to = dict(zip(table.names, STRANGE, strict=False))
        return replace(
            table,
            frame=table.frame.rename(columns=to),
            columns=tuple(replace(c, name=to[c.name]) for c in table.columns),
            target=to[table.target],
            sensitive=tuple(to[name] for name in table.sensitive),
        )

    parts = [cohort(100, 0), cohort(50, 1), cohort(100, 2)]
    plain, strange = (
        evaluate(prepare(train, holdout, {}, n_synthetic=100, seed=0), synthetic.frame, seed=0)
        for train, holdout, synthetic in (parts, [renamed(part) for part in parts])
    )
    assert [m.value for m in plain] == [m.value for m in strange]


def test_metrics_are_all_that_suit_the_task_unless_named() -> None:
    names = {m.name for m in describe({}, "regression")}
    assert {"tstr.rmse", "gap.r2", "ks_complement"} <= names
    assert not any("auroc" in name for name in names)
    of_survival = {m.name for m in describe({}, "survival")}
    assert {"tstr.uno_c", "gap.harrell_c"} <= of_survival
    assert not any("auroc" in name for name in of_survival)
    named = describe({"one": MetricSpec(plugin="nndr")}, "classification")
    assert [m.name for m in named] == ["nndr"]


def test_a_metric_of_another_task_does_not_apply(cohort: Cohort) -> None:
    metrics = {"km": MetricSpec(plugin="kaplan_meier")}
    prepared = prepare(cohort(120, 0), cohort(60, 1), metrics, n_synthetic=100, seed=0)
    found = evaluate(prepared, cohort(100, 2).frame, seed=0)
    assert {m.status for m in found} == {"not_applicable"}
    assert "asks about survival" in found[0].reason


def test_the_same_metric_twice_is_refused() -> None:
    twice = {"one": MetricSpec(plugin="nndr"), "two": MetricSpec(plugin="nndr")}
    with pytest.raises(SpecError, match=r"metrics\.two: .*metrics\.one already names"):
        describe(twice, "classification")


def test_unknown_metric_names_the_nearest() -> None:
    with pytest.raises(UserError, match="Did you mean 'nndr'"):
        describe({"x": MetricSpec(plugin="nndrr")}, "classification")


def test_too_few_rows(cohort: Cohort) -> None:
    with pytest.raises(DataError, match="holdout: got 5 rows"):
        prepare(cohort(100, 0), cohort(5, 1), {}, n_synthetic=100, seed=0)
    real = prepare(cohort(100, 0), cohort(50, 1), {}, n_synthetic=100, seed=0)
    assert {m.status for m in evaluate(real, cohort(3, 2).frame, seed=0)} == {"failed"}


def test_a_table_that_collapsed_to_one_row_is_measured(cohort: Cohort) -> None:
    train, holdout = cohort(100, 0), cohort(50, 1)
    one = pd.concat([train.frame.iloc[[0]].astype(object)] * 80, ignore_index=True)
    found = evaluate(prepare(train, holdout, {}, n_synthetic=80, seed=0), one, seed=0)
    bad = [m for m in found if m.status == "failed"]
    assert not bad


def test_average_keeps_failures() -> None:
    ok = Measure("a", 1.0, 0.5, 1.5, 0.95, n=10)
    more = replace(ok, value=3.0, low=2.5, high=3.5)
    failed = Measure("a", status="failed", reason="why")
    absent = Measure("a", status="not_applicable", reason="no")
    assert average([(ok,), (more,)]) == (replace(ok, value=2.0, low=1.5, high=2.5),)
    assert average([(ok,), (failed,)]) == (failed,)
    assert average([(absent,), (failed,)]) == (failed,)
    assert average([(ok,), (absent,)]) == (absent,)
    assert average([(ok,), (replace(ok, low=None, high=None),)])[0].low is None
    assert average([]) == ()


def test_generated_levels_and_types_are_taken_as_they_come(cohort: Cohort) -> None:
    train, holdout = cohort(100, 0), cohort(50, 1)
    text = train.frame.astype(object).assign(sex="unheard of", age=lambda f: f.age.astype(str))
    found = evaluate(prepare(train, holdout, {}, n_synthetic=100, seed=0), text, seed=0)
    by_column = {(m.metric, m.column): m for m in found}
    assert by_column["tv_complement", "sex"].value == 0
    assert not [m for m in found if m.status == "failed"]


def test_a_missing_column_is_a_plain_error(cohort: Cohort) -> None:
    real = prepare(cohort(100, 0), cohort(50, 1), {}, n_synthetic=100, seed=0)
    with pytest.raises(UserError, match="age"):
        evaluate(real, cohort(100, 2).frame.drop(columns="age"), seed=0)


def test_numeric_only_and_categorical_only_tables() -> None:
    rng = np.random.default_rng(0)
    for kind in ("numeric", "categorical"):
        columns = tuple(Column(name, kind, ("0", "1")) for name in "xyz")  # type: ignore[arg-type]
        frame = pd.DataFrame(rng.integers(0, 2, (80, 3)), columns=list("xyz"))
        task = "regression" if kind == "numeric" else "classification"
        table = Table(conform(frame, columns), columns, task, "x")  # type: ignore[arg-type]
        real = prepare(table, table.take(range(40)), {}, n_synthetic=80, seed=0)
        for m in evaluate(real, frame, seed=0):
            assert m.status != "failed", m


def test_a_picture_that_fails_is_none_and_says_why(cohort: Cohort, probe) -> None:
    train, holdout = cohort(60, 0), cohort(40, 1)
    for mood in ("picture", "picture raises"):
        real = prepare(train, holdout, probe(mood), n_synthetic=60, seed=0)
        found = pictured(real, synthetic_side(real, train.frame, seed=1))
        if mood == "picture":
            assert found == {"drawn": 60}
        else:
            assert set(found) == {"undrawn"}
            assert found["undrawn"]["probe"].startswith("ValueError: cannot draw …")
    few = synthetic_side(real, train.frame.head(9), seed=1)
    assert pictured(real, few) == {}
