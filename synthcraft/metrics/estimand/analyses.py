"""A declared analysis, settled on the train rows and estimated on any rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import pandas as pd

from synthcraft.data.describe import SMALLEST
from synthcraft.data.table import Table
from synthcraft.errors import DataError, Problem
from synthcraft.metrics.cards.estimand import Analysis
from synthcraft.metrics.cox import fit_cox
from synthcraft.metrics.encode import Floats
from synthcraft.metrics.estimand.survey import Survey, fit_survey, fit_survey_cox
from synthcraft.metrics.groups import RARE_LEVELS
from synthcraft.metrics.likelihood import fit_linear, fit_logistic

_FEWEST = 2  # rows per coefficient
_REFERENCE = ""


@dataclass(frozen=True)
class Coefficient:
    """An estimate with its standard error, from so many complete rows."""

    estimate: float
    error: float
    rows: int


Found = dict[str, Coefficient | str]  # by term; a text says why there is none


@dataclass(frozen=True, eq=False)
class Coding:
    """How a column enters a model: as it is, or by indicators of what its levels count as.

    ``counts_as`` maps each level of train rows to an indicator's name, or to "" for the reference;
    it is empty for a numeric column.
    """

    column: str
    counts_as: Mapping[str, str]

    @property
    def shown(self) -> tuple[str, ...]:
        """The indicators, but for the reference."""
        return tuple(dict.fromkeys(name for name in self.counts_as.values() if name != _REFERENCE))

    @property
    def terms(self) -> tuple[str, ...]:
        """What its coefficients are called."""
        if not self.counts_as:
            return (self.column,)
        return tuple(f"{self.column}={name}" for name in self.shown)

    def matrix(self, frame: pd.DataFrame) -> Floats:
        """(rows × terms); NaN where a value is missing or a level unknown."""
        values = frame[self.column]
        if not self.counts_as:
            return values.to_numpy(dtype=float)[:, None]
        names = values.astype(object).map(self.counts_as)
        columns = [np.where(names.isna(), np.nan, names == name) for name in self.shown]
        return np.column_stack([np.empty((len(frame), 0)), *columns])


@dataclass(frozen=True, eq=False)
class Settled:
    """An analysis with its defaults filled in and its levels known."""

    model: str
    outcome: str
    level: str | None
    time: str | None
    blocks: tuple[tuple[Coding, ...], ...]

    @property
    def terms(self) -> tuple[str, ...]:
        """What its coefficients are called; a mean is called by its outcome."""
        if self.model == "mean":
            return (self.outcome if self.level is None else f"{self.outcome}={self.level}",)
        return tuple(term for block in self.blocks for coding in block for term in coding.terms)

    def estimate(self, frame: pd.DataFrame) -> Found:
        """The coefficients of these rows; a term that cannot be estimated says why."""
        return self._estimated(frame, None)

    def weighted(self, table: Table) -> Found | None:
        """The survey-weighted coefficients, where the table has weights.

        Errors are those of clusters drawn within strata; without them every row is a cluster.
        """
        survey = Survey.of(table)
        return None if survey is None else self._estimated(table.frame, survey)

    def _estimated(self, frame: pd.DataFrame, survey: Survey | None) -> Found:
        response = self._response(frame)
        if self.model == "mean":
            return self._fitted(self.terms, np.empty((len(frame), 0)), response, survey)
        found: Found = {}
        for block in self.blocks:
            terms = [term for coding in block for term in coding.terms]
            rows = np.column_stack([coding.matrix(frame) for coding in block])
            found |= self._fitted(terms, rows, response, survey)
        return found

    def _response(self, frame: pd.DataFrame) -> Floats:
        """(rows × 1), for Cox (rows × 2) with the time first; NaN where missing."""
        values = frame[self.outcome]
        if self.level is None:
            response = values.to_numpy(dtype=float)
        else:
            happened = np.asarray(values.astype(object) == self.level, dtype=float)
            response = np.where(values.isna(), np.nan, happened)
        if self.time is None:
            return response[:, None]
        # A synthetic time may be negative: it counts as 0.
        return np.column_stack([np.maximum(frame[self.time].to_numpy(dtype=float), 0), response])

    def _fit(self, rows: Floats, response: Floats, survey: Survey | None) -> tuple[Floats, Floats]:
        """Coefficients of the columns (of a mean: its intercept) and their covariance."""
        if self.model == "cox":
            time, event = response.T
            if survey is not None:
                return fit_survey_cox(rows, time, event, survey)
            fitted = fit_cox(rows, time, event)
            return fitted.coefficients, fitted.covariance
        family = "logistic" if self.model == "logistic" else "linear"
        if survey is not None:
            beta, covariance = fit_survey(family, rows, response[:, 0], survey)
        else:
            fit = fit_logistic if family == "logistic" else fit_linear
            beta, covariance = fit(rows, response[:, 0])
        return (beta, covariance) if self.model == "mean" else (beta[1:], covariance[1:, 1:])

    def _fitted(
        self, terms: Sequence[str], rows: Floats, response: Floats, survey: Survey | None
    ) -> Found:
        """Coefficients of a model, from its complete rows; columns that do not vary have none."""
        complete = ~(np.isnan(rows).any(axis=1) | np.isnan(response).any(axis=1))
        if survey is not None:
            complete &= survey.weights > 0
            survey = survey.take(complete)
        rows, response = rows[complete], response[complete]
        n, width = rows.shape
        if n < _FEWEST * (width + 1):
            return dict.fromkeys(terms, f"too few complete rows for {width + 1} coefficients")
        if self.model in ("linear", "mean") and not np.ptp(response):
            return dict.fromkeys(terms, "its outcome does not vary, so that no error can be told")
        varies = np.ptp(rows, axis=0) > 0
        centre, scale = rows[:, varies].mean(axis=0), rows[:, varies].std(axis=0)
        try:
            # Newton's method wants columns of one size.
            beta, covariance = self._fit((rows[:, varies] - centre) / scale, response, survey)
        except ValueError as error:
            return dict.fromkeys(terms, str(error))
        size = 1.0 if self.model == "mean" else scale
        values, errors = iter(beta / size), iter(np.sqrt(np.diag(covariance)) / size)
        kept = np.ones(1, dtype=bool) if self.model == "mean" else varies
        return {
            term: Coefficient(float(next(values)), float(next(errors)), n)
            if known
            else "its values do not vary"
            for term, known in zip(terms, kept, strict=True)
        }


def settle(label: str, analysis: Analysis, table: Table) -> Settled:
    """The analysis with what it leaves silent taken from the table.

    Categorical terms are set against their commonest level. Levels with fewer than 10 rows (of a
    logistic or Cox regression: events, or non-events) are pooled, so that no coefficient tells a
    count under 10; where even the pool is too small, it joins the reference.

    Raises
    ------
    DataError
        When it names a column or level that is not there, or of the wrong type.
    """
    path = f"metrics.estimand.params.analyses.{label}"
    outcome = analysis.outcome or table.target
    time = (analysis.time or table.time) if analysis.model == "cox" else None
    problems = [
        *_unknown(f"{path}.outcome", [outcome], table),
        *_unknown(f"{path}.time", [time] if time else [], table),
        *_unknown(f"{path}.terms", analysis.terms, table),
    ]
    if problems:
        raise DataError(problems)
    level = _level_of(path, analysis, table, outcome)
    if analysis.model == "cox" and (time is None or not table.column(time).numeric):
        raise DataError([Problem(f"{path}.time", "Cox regression needs a column of times")])
    if analysis.model == "mean":
        return Settled("mean", outcome, level, None, ())
    names = analysis.terms or [n for n in table.features if n not in (outcome, time)]
    event = None if level is None else table.frame[outcome].astype(object) == level
    codings = [coding for name in names if (coding := _coding(name, table, event)).terms]
    blocks = (tuple(codings),) if analysis.adjusted else tuple((one,) for one in codings)
    return Settled(analysis.model, outcome, level, time, blocks)


def _unknown(path: str, names: Sequence[str], table: Table) -> Iterator[Problem]:
    for name in names:
        if name not in table.names:
            near = get_close_matches(name, table.names, 1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Columns: {', '.join(table.names)}."
            yield Problem(path, f"no column {name!r}", hint)


def _level_of(path: str, analysis: Analysis, table: Table, outcome: str) -> str | None:
    """The level of the outcome that counts; None for an outcome that is a number."""
    numeric = table.column(outcome).numeric
    if numeric and analysis.model in ("logistic", "cox"):
        raise DataError([Problem(f"{path}.outcome", f"{outcome!r} is a number, not an event")])
    if numeric:
        return None
    if analysis.model == "linear":
        raise DataError([Problem(f"{path}.outcome", f"{outcome!r} is no number")])
    level = analysis.level or (table.positive if outcome == table.target else None)
    counts = table.frame[outcome].value_counts()
    few = level is None or not SMALLEST <= counts.get(level, 0) <= counts.sum() - SMALLEST
    if level is None or few:
        raise DataError(
            [
                Problem(
                    f"{path}.level",
                    f"a level of {outcome!r} with at least {SMALLEST} rows, and as many others, "
                    f"is needed",
                    "Name one.",
                )
            ]
        )
    return level


def _coding(name: str, table: Table, event: "pd.Series[bool] | None") -> Coding:
    if table.column(name).numeric:
        return Coding(name, {})
    values = table.frame[name].astype(object)
    counts = values.value_counts()

    def enough(rows: "pd.Series[bool]") -> bool:
        parts = [rows] if event is None else [rows & event, rows & ~event]
        return all(part.sum() >= SMALLEST for part in parts)

    levels = sorted(counts.index, key=lambda level: (-counts[level], level))
    rare = [level for level in levels if not enough(values == level)]
    kept = [level for level in levels if level not in rare]
    pool = RARE_LEVELS if enough(values.isin(rare)) else _REFERENCE
    named = {level: _REFERENCE if level == kept[0] else level for level in kept}
    return Coding(name, {**named, **dict.fromkeys(rare, pool if kept else _REFERENCE)})
