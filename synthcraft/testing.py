"""Checks that a plug-in keeps its promises: for us and for authors of plug-ins."""

import json
import pickle
import random
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.catalogue import (
    DATASETS,
    GENERATORS,
    TASKS,
    DatasetCard,
    GeneratorCard,
    MetricCard,
    NoParams,
    Params,
    SelectorCard,
    Task,
)
from synthcraft.data.describe import describe_table, fingerprint
from synthcraft.data.load import load_from
from synthcraft.data.table import Column, Table, conform
from synthcraft.generators.base import Conditional, Fitted, Generator
from synthcraft.generators.randomness import preserved
from synthcraft.metrics.context import Real, Synthetic
from synthcraft.metrics.evaluate import measure_metric, prepare_metric
from synthcraft.privacy.release import Release
from synthcraft.records import Measure, MetricDescriptor, Plan, Record
from synthcraft.select.arena import Arena, Candidate, Decision, Policy, Pull
from synthcraft.spec.types import DatasetSpec


def check_dataset(
    card: DatasetCard, params: Mapping[str, Any] | None = None, **roles: Any
) -> Table:
    """The table that a dataset plug-in yields, once it is seen to keep a dataset's promises.

    ``params`` are the plug-in's parameters, ``roles`` further dataset-spec fields (a file needs at
    least ``target``).

    Raises
    ------
    AssertionError
        naming the first promise that is broken: described parameters, defaults that are
        dataset-spec fields, declared columns that exist, the same table for the same seed, an
        untouched global random state, and a description that is plain JSON.
    """
    undescribed = [name for name, one in card.params.model_fields.items() if not one.description]
    assert not undescribed, f"{card.name}: parameters without description: {undescribed}"
    strange = set(card.defaults or {}) - set(DatasetSpec.model_fields)
    assert not strange, f"{card.name}: defaults that are no dataset-spec fields: {sorted(strange)}"
    typed = card.params.model_validate(dict(params or {}))
    before = _global_random_state()
    source = card.load()(typed, seed=1)
    after = _global_random_state()
    assert before == after, f"{card.name}: loading changes the global random state"
    absent = set(source.columns) - set(source.frame.columns)
    assert not absent, f"{card.name}: declares columns that it does not have: {sorted(absent)}"
    dataset = DatasetSpec.model_validate(
        {"plugin": card.name, "params": dict(params or {}), **roles}
    )
    first, second = (load_from(card, dataset, seed=1) for _ in range(2))
    assert fingerprint(first) == fingerprint(second), f"{card.name}: one seed gives two tables"
    json.dumps(describe_table(first), allow_nan=False)
    return first


def check_generator(
    card: GeneratorCard, params: Params, train: Table, *, release: Release | None = None
) -> pd.DataFrame:
    """A synthetic table as large as ``train``, made by a generator that keeps its contract.

    A private generator is run on the terms of ``release``, whose noise is seeded.

    Raises AssertionError where it does not: the columns, types, ranges and levels of the train
    table in canonical form; the asked number of rows; equal rows for equal seeds of fit and
    sample, other rows for another seed of either (unless nothing there is drawn); the global
    random state left alone; the train table left alone; no missing values in a complete column;
    rows of the level that was asked for, where its card says that it is conditional.

    >>> from synthcraft.catalogue import GENERATORS, NoParams
    >>> from synthcraft.data.table import Column
    >>> columns = (Column("age", "numeric", decimals=0), Column("mi", "categorical", ("n", "y")))
    >>> frame = pd.DataFrame({"age": range(20, 80), "mi": ["n", "n", "y"] * 20})
    >>> table = Table(conform(frame, columns), columns, "classification", "mi", positive="y")
    >>> len(check_generator(GENERATORS.get("noise"), NoParams(), table))
    60
    """
    for module in card.preload:
        import_module(module)
    before = train.frame.copy(deep=True)
    state = _global_random_state()
    fitted = _fit(card, params, train, seed=1, release=release)
    synthetic = fitted.sample(len(train), seed=2)
    _check_rows(synthetic, train)
    assert len(fitted.sample(7, seed=2)) == 7, "asked for 7 rows"
    if card.conditional:
        _check_condition(card, fitted, train)
    _check_seeds(card, params, train, synthetic, release)
    assert state == _global_random_state(), "the global random state was changed"
    pd.testing.assert_frame_equal(train.frame, before)
    return synthetic


def check_metric(card: MetricCard, params: Params) -> dict[str, tuple[Measure, ...]]:
    """The measures of the reference generators, by a metric that keeps its contract.

    On scikit-learn's tables of breast cancer (classification) or diabetes (regression; survival,
    with the progression as time, censored where it is long), with
    synthetic tables of ``train_copy``, ``fresh_real``, ``marginals`` and ``noise``.

    Raises
    ------
    AssertionError
        naming the first promise that is broken: described measures with a question, a prepared
        state that can be pickled, equal measures for equal inputs, one measure per key, values
        within their bounds, rows and random state left alone, and the declared order of the
        reference generators.

    >>> from synthcraft.catalogue import METRICS, NoParams
    >>> sorted(check_metric(METRICS.get("correlation"), NoParams()))
    ['fresh_real', 'marginals', 'noise', 'train_copy']
    """
    task = next(task for task in TASKS if task in card.tasks)
    train, holdout, fresh = _parts(task)
    rows = [table.frame.copy(deep=True) for table in (train, holdout)]
    state = _global_random_state()
    real = Real(train, holdout, len(train), seed=1)
    prepared = prepare_metric(card, params.model_dump(), real)
    sent_real, sent = pickle.loads(pickle.dumps((real, prepared)))
    found = {}
    for name, frame in _references(train, fresh).items():
        first = measure_metric(prepared, Synthetic(real, train.with_frame(frame), 2))
        again = measure_metric(sent, Synthetic(sent_real, train.with_frame(frame), 2))
        assert first == again, f"{card.name}: equal inputs give other measures"
        _check_measures(card, first, train.task)
        found[name] = tuple(first)
    told = [m for measures in found.values() for m in measures]
    assert any(m.status == "ok" for m in told), f"{card.name}: {told[:1]}"
    assert state == _global_random_state(), f"{card.name}: the global random state was changed"
    for table, before in zip((train, holdout), rows, strict=True):
        pd.testing.assert_frame_equal(table.frame, before)
    for descriptor in card.measures_for(train.task):
        _check_order(descriptor, found)
    return found


def _parts(task: Task) -> tuple[Table, Table, pd.DataFrame]:
    """Train rows, holdout rows, and as many fresh ones as the data have."""
    name, cuts, known = (
        ("breast_cancer", (285, 427), ("mean radius", "mean texture"))
        if task == "classification"
        else ("diabetes", (200, 320), ("age", "sex"))
    )
    spec = DatasetSpec(plugin=name, quasi_identifiers=known)
    table = load_from(DATASETS.get(name), spec, seed=1)
    table = _followed(table) if task == "survival" else table
    table = _sized(table) if task == "classification" else table
    train, holdout, fresh = np.split(np.random.default_rng(0).permutation(len(table)), cuts)
    return table.take(train), table.take(holdout), table.take(fresh).frame


def _sized(table: Table) -> Table:
    """The table with a sensitive column of two levels, and a rule that every real row keeps."""
    radius = table.frame["mean radius"]
    size = np.where(radius < radius.median(), "small", "large")
    columns = (*table.columns, Column("size", "categorical", ("small", "large")))
    return replace(
        table,
        frame=conform(table.frame.assign(size=size), columns),
        columns=columns,
        sensitive=("size",),
        rules={"round": "`mean perimeter` > 6 * `mean radius`"},
    )


def _followed(table: Table) -> Table:
    """The regression table with its target as a time that is censored at its upper quartile."""
    time = table.frame[table.target]
    end = float(time.quantile(0.75))
    columns = (*table.columns, Column("event", "categorical", ("no", "yes")))
    frame = table.frame.assign(event=np.where(time < end, "yes", "no"))
    frame[table.target] = time.clip(upper=end)
    return replace(
        table,
        frame=conform(frame, columns),
        columns=columns,
        task="survival",
        target="event",
        positive="yes",
        time=table.target,
    )


def _references(train: Table, fresh: pd.DataFrame) -> dict[str, pd.DataFrame]:
    tables = {"fresh_real": fresh}
    for name in ("train_copy", "marginals", "noise"):
        fitted = _fit(GENERATORS.get(name), NoParams(), train, seed=3)
        tables[name] = fitted.sample(len(train), seed=4)
    return tables


def _check_measures(card: MetricCard, measures: Sequence[Measure], task: Task) -> None:
    described = {descriptor.name: descriptor for descriptor in card.measures_for(task)}
    assert len({m.key for m in measures}) == len(measures), f"{card.name}: two measures of one key"
    for m in measures:
        assert m.metric in described, f"{card.name}: {m.metric} is not described by its card"
        assert described[m.metric].question, f"{m.metric}: a card says what it asks"
        assert m.status == "ok" or m.reason, f"{m.metric}: no value and no reason"
        if m.value is None or m.role not in ("value", "excess"):
            continue
        low, high = described[m.metric].low, described[m.metric].high
        assert low is None or m.value >= low, f"{m.metric}: {m.value} is below {low}"
        assert high is None or m.value <= high, f"{m.metric}: {m.value} is above {high}"


def _check_order(descriptor: MetricDescriptor, found: Mapping[str, Sequence[Measure]]) -> None:
    """References rank as declared, by the overall value (last model; the excess of a risk)."""
    values = [_overall(descriptor, found[name]) for name in descriptor.order]
    sign = 1 if descriptor.direction == "minimize" else -1
    ranked = [sign * value for value in values if value is not None]
    if not ranked:  # it says that it does not apply to so few rows
        return
    assert ranked == sorted(ranked) and len(set(ranked)) == len(descriptor.order), (
        f"{descriptor.name}: {descriptor.order} come out as {values}, not from best to worst"
    )


def _overall(descriptor: MetricDescriptor, measures: Sequence[Measure]) -> float | None:
    """The last value over all columns and groups, or else the last one of any of them."""
    own = [m for m in measures if m.metric == descriptor.name and m.role in ("value", "excess")]
    return ([m for m in own if not (m.column or m.group)] or own)[-1].value


def _fit(
    card: GeneratorCard, params: Params, train: Table, *, seed: int, release: Release | None = None
) -> Fitted:
    terms = {} if release is None else {"release": release}
    generator = card.load()(params=params, device="cpu", **terms)
    assert isinstance(generator, Generator), f"{card.implementation} has no fit"
    fitted = generator.fit(train, seed=seed)
    assert isinstance(fitted, Fitted), f"{card.implementation}.fit gives nothing that samples"
    return fitted


def _check_rows(synthetic: pd.DataFrame, train: Table) -> None:
    assert len(synthetic) == len(train), f"{len(synthetic)} rows for {len(train)} asked"
    pd.testing.assert_frame_equal(synthetic, conform(synthetic, train.columns))
    for column in train.columns:
        made, real = synthetic[column.name], train.frame[column.name]
        assert real.isna().any() or not made.isna().any(), f"{column.name}: missing values made up"
        if not column.numeric:
            assert set(made.dropna()) <= set(real.dropna()), f"{column.name}: unknown levels"
            continue
        low = real.min() if column.low is None else column.low
        high = real.max() if column.high is None else column.high
        assert made.dropna().between(low, high).all(), f"{column.name}: out of range"


def _check_condition(card: GeneratorCard, fitted: Fitted, train: Table) -> None:
    """Of each categorical column's rarest level there are as many rows as were asked for."""
    assert isinstance(fitted, Conditional), f"{card.implementation} has no sample_where"
    for name in train.categorical:
        level = str(train.frame[name].dropna().value_counts().loc[lambda n: n > 0].index[-1])
        made = fitted.sample_where(7, {name: level}, seed=2)
        assert made[name].tolist() == [level] * 7, f"{name}: rows of another level than asked for"


def _check_seeds(
    card: GeneratorCard,
    params: Params,
    train: Table,
    synthetic: pd.DataFrame,
    release: Release | None,
) -> None:
    with preserved():
        random.seed(99)
        np.random.seed(99)  # noqa: NPY002 (a generator must not depend on the global state)
        again = _fit(card, params, train, seed=1, release=release)
        pd.testing.assert_frame_equal(again.sample(len(train), seed=2), synthetic)
    if card.stochastic:
        assert not again.sample(len(train), seed=3).equals(synthetic), (
            "seed of sample has no effect"
        )
    if card.effort:  # something is trained; a fit without training may well draw nothing
        other = _fit(card, params, train, seed=4, release=release).sample(len(train), seed=2)
        assert not other.equals(synthetic), "seed of fit has no effect"


def _global_random_state() -> tuple[object, ...]:
    state: dict[str, Any] = np.random.get_state(legacy=False)["state"]  # noqa: NPY002
    torch = sys.modules.get("torch")
    drawn = b"" if torch is None else torch.get_rng_state().numpy().tobytes()
    return state["key"].tobytes(), state["pos"], random.getstate(), drawn


def check_selector(
    card: SelectorCard, params: Params, plan: Plan, *, rounds: int = 1000
) -> tuple[Record, ...]:
    """The history of an episode in which every trial succeeds, once the selector is seen to behave.

    For selectors that are no policies; see ``check_policy``.

    Raises
    ------
    AssertionError
        naming the first promise that is broken: the same history gives the same round, asking
        changes no global random state, every trial is of an arm, split and replicate of the plan,
        none is asked for twice, what is asked for can be journalled, and there is an end.
    """
    arms = {arm.id for arm in plan.arms}
    history: list[Record] = []
    for _ in range(rounds):
        before = _global_random_state()
        first, again = (card.load()(params=params).ask(plan, history, seed=1) for _ in range(2))
        assert before == _global_random_state(), f"{card.name}: changes the global random state"
        assert first == again, f"{card.name}: the same history gives another round"
        json.dumps(first.why)
        if not first.trials:
            return tuple(history)
        for trial in first.trials:
            inside = trial.split < plan.splits and trial.replicate < plan.replicates
            assert trial.arm in arms and inside, f"{card.name}: {trial.id} is not in the plan"
            known = any(trial.id == record.trial.id for record in history)
            assert not known, f"{card.name}: {trial.id} is asked for twice"
            history.append(Record(trial, "ok"))
    raise AssertionError(f"{card.name}: no end after {rounds} rounds")


def check_policy(
    card: SelectorCard, params: Params, arena: Arena | None = None, *, rounds: int = 1000
) -> tuple[Pull, ...]:
    """The pulls of a simulated episode, once the policy is seen to behave.

    The episode is an arena of three arms at two efforts, five splits and twelve pulls, unless
    another is given; worths and seconds are drawn with fixed seeds, and the first arm fails always.

    Raises
    ------
    AssertionError
        naming the first promise that is broken: the same pulls give the same decision (in another
        object, too), an old state is left as it was, no global random state is changed, nothing is
        asked for twice or beyond the batch, the splits, the pulls of the budget or two failures of
        an arm, what explains a decision can be journalled, and there is an end.

    >>> from synthcraft.catalogue import SELECTORS
    >>> uniform = SELECTORS.get("uniform")
    >>> len(check_policy(uniform, uniform.params()))
    12
    """
    arena = arena or _arena()
    pulls: list[Pull] = []
    for _ in range(rounds):
        before = _global_random_state()
        decision, again = (_decided(card, params, arena, pulls) for _ in range(2))
        assert before == _global_random_state(), f"{card.name}: changes the global random state"
        assert decision == again, f"{card.name}: the same pulls give another decision"
        json.dumps(dict(decision.why), allow_nan=False)
        if not decision.pulls:
            return tuple(pulls)
        _check_asked(card, arena, pulls, decision)
        pulls += [_pull(arena, *asked) for asked in decision.pulls]
    raise AssertionError(f"{card.name}: no end after {rounds} rounds")


def _arena() -> Arena:
    return Arena(
        names=("a", "b", "c"),
        plugins=("ctgan", "arf", "tvae"),
        kinds=("gan", "tree", "vae"),
        candidates=tuple(Candidate(arm, rung) for arm in range(3) for rung in (0.33, 1.0)),
        splits=5,
        weights=(0.4, 0.4, 0.2),
        limits=1,
        context={"rows": 500.0, "columns": 10.0},
        pulls=12,
    )


def _decided(card: SelectorCard, params: Params, arena: Arena, pulls: Sequence[Pull]) -> Decision:
    """The decision after these pulls, by a policy whose states are seen to stay as they are."""
    policy: Policy[Any] = card.load()(params=params)
    states = [policy.start(arena, seed=1)]
    first = policy.ask(states[0], batch=2)
    for pull in pulls:
        states.append(policy.tell(states[-1], pull))
    decision = policy.ask(states[-1], batch=2)
    assert policy.ask(states[0], batch=2) == first, f"{card.name}: telling changes an old state"
    return decision


def _check_asked(
    card: SelectorCard, arena: Arena, pulls: Sequence[Pull], decision: Decision
) -> None:
    known = [(pull.candidate, pull.split) for pull in pulls]
    asked = [*known, *decision.pulls]
    assert len(set(asked)) == len(asked), f"{card.name}: {asked} has a pull twice"
    assert len(decision.pulls) <= 2, f"{card.name}: more pulls than the batch of 2"
    assert arena.pulls is None or len(asked) <= arena.pulls, f"{card.name}: beyond the budget"
    failures = Counter(arena.candidates[p.candidate].arm for p in pulls if p.worth is None)
    for candidate, split in decision.pulls:
        assert 0 <= split < arena.splits, f"{card.name}: split {split} does not exist"
        arm = arena.candidates[candidate].arm
        assert failures[arm] < 2, f"{card.name}: asks again for an arm that has failed twice"
    for place in (decision.best, decision.second):
        assert place is None or 0 <= place < len(arena.names), f"{card.name}: no arm {place}"


def _pull(arena: Arena, candidate: int, split: int) -> Pull:
    """A pull of a simulated world, the same for the same candidate and split."""
    chosen = arena.candidates[candidate]
    drawn = np.random.default_rng([candidate, split])
    seconds = chosen.rung * (1 + chosen.arm) * float(drawn.uniform(0.8, 1.2))
    if chosen.arm == 0:
        return Pull(candidate, split, seconds, None)
    fidelity, utility, privacy = drawn.normal(0.4 + 0.1 * chosen.arm, 0.03, size=3).tolist()
    return Pull(candidate, split, seconds, (fidelity, utility, privacy), (0.05,) * arena.limits)
