"""Utility: what models trained on synthetic rows are worth on holdout rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from synthcraft.data.table import Table
from synthcraft.metrics import models
from synthcraft.metrics.cards.utility import UtilityParams
from synthcraft.metrics.context import NotApplicable, Real, Synthetic
from synthcraft.metrics.encode import Floats, Ints
from synthcraft.metrics.groups import Group, everyone, sensitive_groups, shown_sizes
from synthcraft.metrics.scores import LEVEL, Amounts, Labels, Outcome, interval, weightings
from synthcraft.records import Measure

LOWER_IS_BETTER = ("brier", "rmse")
MIN_EVENTS = 10
Scores = dict[str, Floats]  # by score: the value, then its bootstrap draws


@dataclass(frozen=True, eq=False)
class Baseline:
    """The real side: scores of real-trained models by (group, model), and of the floor."""

    n_train: int
    trtr: dict[tuple[str, str], Scores]
    floor: Scores


class Utility:
    """``tstr.*``, ``trtr.*``, ``gap.*`` and ``floor.*`` on the same holdout, at the same size.

    ``n`` is the number of rows trained on; for a group, the number of its holdout rows, or None
    where it would tell a number under 10. A level of fewer than 10 real rows is not named.
    """

    def __init__(self, *, params: UtilityParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> Baseline:
        """Models trained on as many real rows as there will be synthetic ones, and scored."""
        if real.train.task == "survival":
            raise NotApplicable("utility of survival data is not measured yet")
        n = min(real.n_synthetic, len(real.train))
        train = real.train.take(_some(real.stream("utility.rows"), len(real.train), n))
        trtr = {
            (group, model): scores
            for model in self._models(real)
            for group, scores in self._scores(real, self._predict(real, train, model)).items()
        }
        return Baseline(n, trtr, self._scores(real, _floor(real))[""])

    def measure(self, real: Real, prepared: Baseline, synthetic: Synthetic) -> Iterator[Measure]:
        """Scores of both trainings, their gap, and the floor."""
        n = min(len(synthetic), prepared.n_train)
        train = synthetic.table.take(_some(synthetic.stream("utility.rows"), len(synthetic), n))
        for score, draws in prepared.floor.items():
            yield _measure(f"floor.{score}", draws[:1], prepared.n_train, "prevalence", "")
        sizes = shown_sizes(list(_groups(real, enough=True)), len(real.holdout))
        for model in self._models(real):
            for group, tstr in self._scores(real, self._predict(real, train, model)).items():
                trtr = prepared.trtr[group, model]
                n_tstr, n_trtr = (sizes[group],) * 2 if group else (n, prepared.n_train)
                for score in tstr:
                    better, worse = trtr[score], tstr[score]
                    if score in LOWER_IS_BETTER:
                        better, worse = worse, better
                    yield _measure(f"tstr.{score}", tstr[score], n_tstr, model, group)
                    yield _measure(f"trtr.{score}", trtr[score], n_trtr, model, group)
                    yield _measure(f"gap.{score}", better - worse, n_tstr, model, group)
        yield from _too_few(real, self._models(real))

    def _models(self, real: Real) -> tuple[str, ...]:
        linear = "logistic" if real.train.task == "classification" else "ridge"
        return tuple(linear if model == "linear" else model for model in self.params.models)

    def _predict(self, real: Real, train: Table, model: str) -> Floats:
        """Predictions for the holdout rows: amounts, or (rows × classes) probabilities."""
        encoder = real.encoder.only(real.train.features)
        inputs = encoder.codes if model == "boosting" else encoder.points
        seed = int(real.stream(f"utility.{model}").integers(2**31))
        about = (model, self.params.iterations, encoder.categorical, seed)
        rows, asked = inputs(train.frame), inputs(real.holdout.frame)
        target = train.frame[train.target]
        if real.train.task == "regression":
            known = target.notna().to_numpy()
            fitted = models.regressor(*about).fit(rows[known], target[known].to_numpy())
            return np.asarray(fitted.predict(asked))
        classes = classes_of(real)
        codes = pd.Index(classes).get_indexer(pd.Index(target.astype(str)))
        # A missing label, or one that no real row has, teaches nothing about the holdout.
        known = codes >= 0
        untrained = models.classifier(*about)
        return models.chances(untrained, rows[known], codes[known], asked, len(classes))

    def _scores(self, real: Real, predictions: Floats) -> dict[str, Scores]:
        """Scores by group; resamples are the same for every training, so that they are paired."""
        outcome, groups = outcome_of(real), list(_groups(real, enough=True))
        found: dict[str, list[Scores]] = {group.name: [] for group in groups}
        for weights in weightings(
            outcome.strata,
            real.holdout.groups,
            self.params.resamples,
            real.stream("utility.resamples"),
        ):
            for group in groups:
                part = outcome.take(group.rows)
                scores = part.score(predictions[group.rows], weights[:, group.rows])
                found[group.name].append(scores)
        return {
            name: {score: np.concatenate([block[score] for block in blocks]) for score in blocks[0]}
            for name, blocks in found.items()
        }


def classes_of(real: Real) -> tuple[str, ...]:
    """The classes of the target in train and holdout rows, sorted."""
    target = real.train.target
    labels = pd.concat([part.frame[target].astype(object) for part in (real.train, real.holdout)])
    return tuple(sorted(labels.dropna().astype(str).unique()))


def outcome_of(real: Real) -> Outcome:
    """What is to be predicted in the holdout.

    The event of a binary target is its declared positive level, or else the rarer one.
    """
    values = real.holdout.frame[real.train.target]
    if real.train.task == "regression":
        return Amounts(values.to_numpy(dtype=float))
    classes = classes_of(real)
    codes = pd.Index(classes).get_indexer(pd.Index(values.astype(str)))
    if len(classes) != 2:
        return Labels(codes, classes, None)
    declared = real.train.positive
    rarer = int(np.argmin(np.bincount(codes, minlength=2)))
    return Labels(codes, classes, classes.index(declared) if declared in classes else rarer)


def _floor(real: Real) -> Floats:
    """What the train rows' mean or class shares predict for every holdout row."""
    target, n = real.train.frame[real.train.target], len(real.holdout)
    if real.train.task == "regression":
        return np.full(n, target.mean())
    shares = target.astype(str).value_counts(normalize=True).reindex(classes_of(real)).fillna(0)
    return models.smoothed(np.tile(shares.to_numpy(), (n, 1)))


def _some(stream: np.random.Generator, rows: int, n: int) -> Ints:
    return np.sort(stream.permutation(rows)[:n])


def _measure(metric: str, draws: Floats, n: int | None, model: str, group: str) -> Measure:
    low, high = interval(draws[1:])
    return Measure(
        metric,
        float(draws[0]),
        low,
        high,
        None if low is None else LEVEL,
        n,
        model=model,
        group=group,
        reference="holdout",
    )


def _groups(real: Real, *, enough: bool) -> Iterator[Group]:
    """Everyone and the sensitive levels that have enough events; or those with too few."""
    if enough:
        yield everyone(real.holdout)
    outcome = outcome_of(real)
    if not isinstance(outcome, Labels) or outcome.positive is None:
        return
    event = outcome.codes == outcome.positive
    for group in sensitive_groups(real, real.holdout):
        events = int(event[group.rows].sum())
        if (min(events, len(group.rows) - events) >= MIN_EVENTS) == enough:
            yield group


def _too_few(real: Real, names: tuple[str, ...]) -> Iterator[Measure]:
    # Without n: it may be under 10. One row stands for all levels that must not be named.
    groups = dict.fromkeys(group.name for group in _groups(real, enough=False))
    for group, model, kind in product(groups, names, ("tstr", "trtr", "gap")):
        yield Measure(
            f"{kind}.auroc",
            model=model,
            group=group,
            reference="holdout",
            status="not_applicable",
            reason=f"too few: needs {MIN_EVENTS} events and non-events each in the holdout",
        )
