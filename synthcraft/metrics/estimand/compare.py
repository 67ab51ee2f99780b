"""Real and synthetic estimates compared, several synthetic tables by a named rule."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from statistics import fmean, variance

import numpy as np
from scipy.stats import t as student

from synthcraft.data.describe import SMALLEST
from synthcraft.data.table import Table
from synthcraft.errors import DataError, Problem
from synthcraft.metrics.cards.estimand import Analysis, EstimandParams
from synthcraft.metrics.context import NotApplicable, Real, Synthetic
from synthcraft.metrics.estimand.analyses import Coefficient, Found, Settled, settle
from synthcraft.records import Measure
from synthcraft.stats import LEVEL, z

_MODELS = {"classification": "logistic", "regression": "linear", "survival": "cox"}
_JUDGED = ("shift", "overlap", "sign", "significance")


@dataclass(frozen=True)
class Interval:
    """An estimate with its bounds."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, value: float, variance: float, freedom: float = np.inf) -> "Interval":
        """The 95 % interval of an estimate; t with finite degrees of freedom."""
        half = float(student.ppf((1 + LEVEL) / 2, freedom)) * variance**0.5
        return cls(value, value - half, value + half)

    @property
    def conclusion(self) -> int:
        """1: above zero, -1: below, 0: it may be zero.

        >>> Interval(2.0, 1.0, 3.0).conclusion, Interval(0.5, -1.0, 2.0).conclusion
        (1, 0)
        """
        return int(self.low > 0) - int(self.high < 0)

    def overlap(self, other: "Interval") -> float:
        """Mean share of each interval that the other covers; below 0 where they are apart.

        >>> Interval(1.0, 0.0, 2.0).overlap(Interval(1.5, 1.0, 2.0))
        0.75
        """
        both = min(self.high, other.high) - max(self.low, other.low)
        return (both / (self.high - self.low) + both / (other.high - other.low)) / 2


def raab(draws: Sequence[Coefficient], rows: int) -> Interval:
    """What tables made by a model that was fitted to ``rows`` real rows tell of the population.

    Variance v̄·(k/n + 1/m), for simple synthesis (Raab, Nowok & Dibben 2016, Journal of Privacy and
    Confidentiality 7(3):67-97); normal quantiles.

    >>> raab([Coefficient(1.0, 0.5, 100), Coefficient(3.0, 0.5, 100)], rows=100).high.__round__(2)
    3.2
    """
    value, within = fmean(d.estimate for d in draws), _within(draws)
    return Interval.of(value, within * (draws[0].rows / rows + 1 / len(draws)))


def reiter(draws: Sequence[Coefficient]) -> Interval:
    """What partially synthetic tables tell of the population.

    Variance v̄ + b/m, (m − 1)(1 + v̄·m/b)² degrees of freedom (Reiter 2003, Survey Methodology
    29:181-188). Needs two tables.

    >>> reiter([Coefficient(1.0, 0.5, 100), Coefficient(3.0, 0.5, 100)]).value
    2.0
    """
    m = len(draws)
    value, within = fmean(d.estimate for d in draws), _within(draws)
    between = variance(d.estimate for d in draws) / m
    freedom = (m - 1) * (1 + within / between) ** 2 if between > 0 else np.inf
    return Interval.of(value, within + between, freedom)


@dataclass(frozen=True, eq=False)
class OnReal:
    """An analysis with what the train rows give, also weighted where there are weights."""

    analysis: Settled
    found: Found
    weighted: Found | None


class Estimand:
    """``estimand.*`` by analysis (``model``) and term (``column``).

    ``n`` is the number of complete rows, or None where it would tell fewer than 10 incomplete ones.
    """

    def __init__(self, *, params: EstimandParams) -> None:
        self.params = params

    def check(self, table: Table) -> None:
        """Nothing, where every declared analysis can be made of the table.

        Raises
        ------
        DataError
            with all that analyses name and it does not have.
        """
        problems: list[Problem] = []
        for label, analysis in self.params.analyses.items():
            try:
                settle(label, analysis, table)
            except DataError as error:
                problems += error.problems
        if problems:
            raise DataError(problems)

    def prepare(self, real: Real) -> dict[str, OnReal]:
        """Each analysis, settled and estimated on the train rows: those the generator saw."""
        crude = Analysis.model_validate({"model": _MODELS[real.train.task], "adjusted": False})
        if not self.params.analyses and _is_multiclass(real):
            raise NotApplicable("a target of several classes: declare the analyses")
        if not self.params.analyses and _is_rare(real):
            raise NotApplicable(f"fewer than {SMALLEST} events, or non-events: too few to estimate")
        settled = {
            label: settle(label, analysis, real.train)
            for label, analysis in (self.params.analyses or {"crude": crude}).items()
        }
        return {
            label: OnReal(one, one.estimate(real.train.frame), one.weighted(real.train))
            for label, one in settled.items()
        }

    def measure(
        self, real: Real, prepared: Mapping[str, OnReal], synthetic: Synthetic
    ) -> list[Measure]:
        """Both estimates, and how the synthetic one compares."""
        rows: list[Measure] = []
        for label, theirs in prepared.items():
            ours = theirs.analysis.estimate(synthetic.frame)
            for term in theirs.analysis.terms:
                about = Measure("estimand.", model=label, column=term, reference="train")
                rows += _real(about, "real", theirs.found[term], len(real.train))
                if theirs.weighted is not None:
                    rows += _real(about, "weighted", theirs.weighted[term], len(real.train))
                rows += _synthetic(about, ours[term])
        return self.combine([rows])

    def combine(self, draws: Sequence[Sequence[Measure]]) -> list[Measure]:
        """The measures of several synthetic tables of one fit, from those of each.

        Of each table it needs ``estimand.synthetic`` and ``estimand.naive_error``.
        """
        found = [{(m.metric, m.model, m.column): m for m in draw} for draw in draws]
        combined = [m for m in draws[0] if m.metric == "estimand.weighted"]
        for (metric, label, term), real in found[0].items():
            if metric == "estimand.real":
                names = ("estimand.synthetic", "estimand.naive_error")
                sets = [[draw[name, label, term] for name in names] for draw in found]
                combined += self._compared(real, sets)
        return [*combined, *_overall(combined)]

    def _compared(self, real: Measure, sets: Sequence[Sequence[Measure]]) -> Iterator[Measure]:
        """All measures of one coefficient."""
        yield real
        known = [real, *(measure for both in sets for measure in both)]
        absent = next((measure for measure in known if measure.status != "ok"), None)
        if absent is not None:
            for name in ("synthetic", "naive_error", "bias", *_JUDGED):
                yield replace(absent, metric=f"estimand.{name}")
            return
        truth = Interval(_number(real.value), _number(real.low), _number(real.high))
        draws = [Coefficient(_number(q.value), _number(e.value), q.n or 0) for q, e in sets]
        rows = real.n or 0
        as_real = Interval.of(
            fmean(d.estimate for d in draws), _within(draws) * draws[0].rows / rows
        )
        bias = as_real.value - truth.value
        told = replace(real, low=None, high=None, level=None, n=draws[0].rows)
        ours = self._pooled(draws, rows)
        synthetic = replace(told, metric="estimand.synthetic", value=as_real.value)
        yield synthetic if ours is None else _with(synthetic, ours)
        values = {
            "naive_error": _within(draws) ** 0.5,
            "bias": bias,
            "shift": abs(bias) / ((truth.high - truth.low) / (2 * z())),
            "overlap": truth.overlap(as_real),
            "sign": float(np.sign(truth.value) == np.sign(as_real.value)),
        }
        for name, value in values.items():
            yield replace(told, metric=f"estimand.{name}", value=value)
        same = replace(told, metric="estimand.significance", value=None)
        if ours is None:
            reason = "Reiter's rule needs two synthetic tables: set design.draws to 2 or more"
            yield same.absent(reason)
        else:
            yield replace(same, value=float(truth.conclusion == ours.conclusion))

    def _pooled(self, draws: Sequence[Coefficient], rows: int) -> Interval | None:
        """What the synthetic tables tell of the population, by the rule that was asked for."""
        if self.params.combine == "raab":
            return raab(draws, rows)
        return reiter(draws) if len(draws) > 1 else None


def _is_multiclass(real: Real) -> bool:
    column = real.train.column(real.train.target)
    return real.train.task == "classification" and len(column.levels) > 2


def _is_rare(real: Real) -> bool:
    """Whether a target of two levels has too few train rows of one."""
    if real.train.task == "regression":
        return False
    counts = real.train.frame[real.train.target].value_counts()
    return len(counts) < 2 or bool(counts.min() < SMALLEST)


def _real(about: Measure, name: str, found: Coefficient | str, total: int) -> Iterator[Measure]:
    row = replace(about, metric=f"estimand.{name}")
    if isinstance(found, str):
        yield row.absent(f"on real rows: {found}")
        return
    # Fewer than 10 incomplete rows are not told.
    rows = total if total - found.rows < SMALLEST else found.rows
    yield replace(_with(row, Interval.of(found.estimate, found.error**2)), n=rows)


def _synthetic(about: Measure, found: Coefficient | str) -> Iterator[Measure]:
    for name in ("synthetic", "naive_error"):
        row = replace(about, metric=f"estimand.{name}")
        if isinstance(found, str):
            yield row.absent(f"on synthetic rows: {found}", "failed")
        else:
            value = found.estimate if name == "synthetic" else found.error
            yield replace(row, value=value, n=found.rows)


def _with(row: Measure, found: Interval) -> Measure:
    return replace(row, value=found.value, low=found.low, high=found.high, level=LEVEL)


def _number(value: float | None) -> float:
    return np.nan if value is None else value


def _within(draws: Sequence[Coefficient]) -> float:
    """Mean squared error of the tables' estimates, each taken as real: v̄."""
    return fmean(draw.error**2 for draw in draws)


def _overall(combined: Sequence[Measure]) -> Iterator[Measure]:
    """The mean over an analysis's coefficients; none where one of them has no value.

    ``n`` is the number of coefficients.
    """
    labels = dict.fromkeys(measure.model for measure in combined)
    for label, name in product(labels, _JUDGED):
        own = [m for m in combined if m.model == label and m.metric == f"estimand.{name}"]
        absent = [m for m in own if m.status != "ok"]
        row = replace(own[0], column="", value=None, n=len(own))
        if absent:
            reason = f"{len(absent)} of {len(own)} coefficients: {absent[0].reason}"
            yield row.absent(reason, absent[0].status)
        else:
            yield replace(row, value=fmean(_number(m.value) for m in own))
