"""Models trained on rows, and what they predict: fitted once, whichever metrics need them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from synthcraft.catalogue import Task
from synthcraft.data.table import Table
from synthcraft.metrics import models
from synthcraft.metrics.cards.utility import LINEAR
from synthcraft.metrics.context import Real, Synthetic, choose
from synthcraft.metrics.encode import Encoder, Floats, Ints
from synthcraft.metrics.utility.outcome import Amounts, Durations, Outcome, followed, outcome_of

Form = Literal["codes", "points"]


@dataclass(frozen=True, eq=False)
class Trained:
    """A fitted model: ``answers`` makes predictions of rows in the form of its inputs.

    ``holdout`` are the holdout rows in that form; ``spans`` tells which of its columns belong to
    each feature. Predictions are as the task's outcome scores them (utility/outcome).
    """

    holdout: Floats
    spans: dict[str, slice]
    answers: models.Answers


def model_names(asked: Sequence[str], task: Task) -> tuple[str, ...]:
    """What the models of a parameter are called for a task; survival has no network.

    >>> model_names(("linear", "boosting"), "regression")
    ('ridge', 'boosting')
    """
    named = [LINEAR[task] if model == "linear" else model for model in asked]
    return tuple(name for name in named if not (task == "survival" and name == "mlp"))


def trained(side: Real | Synthetic, model: str, iterations: int = models.ITERATIONS) -> Trained:
    """A model trained on real train rows, or on synthetic ones: as many of either.

    That is the smaller of the numbers of train rows and of planned synthetic rows.
    """
    key = ("trained", model, iterations)
    if key not in side.models:
        real = side if isinstance(side, Real) else side.real
        side.models[key] = train(real, rows_of(side), model, iterations)
    found: Trained = side.models[key]
    return found


def predictions(side: Real | Synthetic, model: str, iterations: int = models.ITERATIONS) -> Floats:
    """What that model predicts for the holdout rows."""
    key = ("predictions", model, iterations)
    if key not in side.models:
        fitted = trained(side, model, iterations)
        side.models[key] = fitted.answers(fitted.holdout)
    found: Floats = side.models[key]
    return found


def rows_of(side: Real | Synthetic) -> Table:
    """The rows that a side's models are trained on."""
    if isinstance(side, Real):
        table, real = side.train, side
    else:
        table, real = side.table, side.real
    n = min(len(table), real.n_synthetic, len(real.train))
    return table.take(choose(side.stream("utility.rows"), len(table), n))


def train(real: Real, rows: Table, model: str, iterations: int) -> Trained:
    """A model fitted to these rows: "logistic", "ridge" or "cox", "boosting", "mlp".

    A row without outcome, or with a class that no real row has, teaches nothing.
    """
    seed = int(real.stream(f"utility.{model}").integers(2**31))
    form = form_of(model, real.train.task)
    encoder = real.encoder.only(real.train.features)
    holdout = real.holdout_codes if form == "codes" else real.holdout_rows
    holdout = holdout[:, _columns(real.encoder, real.train.features, form)]
    answers = fit(rows, outcome_of(real), encoder, model, iterations=iterations, seed=seed)
    return Trained(holdout, _spans(encoder, form), answers)


def form_of(model: str, task: Task) -> Form:
    """How a model takes rows: boosting levels and gaps as they are, but for xgboost's of survival.

    >>> form_of("boosting", "classification"), form_of("boosting", "survival")
    ('codes', 'points')
    """
    return "codes" if model == "boosting" and task != "survival" else "points"


def inputs(encoder: Encoder, frame: pd.DataFrame, form: Form) -> Floats:
    """Rows of the encoder's columns as a model takes them."""
    return encoder.codes(frame) if form == "codes" else encoder.points(frame)


def fit(
    rows: Table,
    outcome: Outcome,
    encoder: Encoder,
    model: str,
    *,
    iterations: int,
    seed: int,
    weights: Floats | None = None,
) -> models.Answers:
    """What a model fitted to these rows answers, for rows as ``inputs`` gives them.

    ``outcome`` is what it is to predict, ``encoder`` that of the features. ``weights`` tells how
    much each row counts, where they do not count alike. A row without outcome, or with a class that
    ``outcome`` does not know, teaches nothing.

    Raises
    ------
    ValueError
        When no row has an amount to learn from.
    """
    matrix = inputs(encoder, rows.frame, form_of(model, rows.task))
    target = rows.frame[rows.target]
    about = (model, iterations, encoder.categorical, seed)

    def of(known: Any) -> Floats | None:
        return None if weights is None else weights[known]

    if isinstance(outcome, Amounts):
        known = target.notna().to_numpy()
        if not known.any():
            raise ValueError("no row has an outcome to learn from")
        amounts = target[known].to_numpy()
        return models.fit_amounts(models.regressor(*about), matrix[known], amounts, of(known))
    if isinstance(outcome, Durations):
        time, event, known = followed(rows)
        return models.fit_hazards(
            model,
            matrix[known],
            time[known],
            event[known],
            outcome.asked,
            iterations=iterations,
            seed=seed,
            weights=of(known),
        )
    codes = pd.Index(outcome.classes).get_indexer(pd.Index(target.astype(str)))
    known = codes >= 0
    classes = len(outcome.classes)
    classifier = models.classifier(*about)
    return models.fit_chances(classifier, matrix[known], codes[known], classes, of(known))


def _spans(encoder: Encoder, form: Form) -> dict[str, slice]:
    """The columns of each part among the inputs; codes have one each."""
    ends = np.cumsum([1 if form == "codes" else part.width for part in encoder.parts])
    starts = np.append(0, ends[:-1])
    return {
        part.name: slice(start, end)
        for part, start, end in zip(encoder.parts, starts, ends, strict=True)
    }


def _columns(encoder: Encoder, names: Sequence[str], form: Form) -> Ints:
    """The inputs that belong to these columns of the table, in order."""
    spans = _spans(encoder, form)
    return np.concatenate([np.arange(s.start, s.stop) for n, s in spans.items() if n in names])
