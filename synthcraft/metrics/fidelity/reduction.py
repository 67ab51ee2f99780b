"""What a generator's reduction loses: holdout rows there and back, with no generator between."""

from collections.abc import Iterator
from typing import Any

from synthcraft.data.reduce import Reduction
from synthcraft.data.table import Table
from synthcraft.metrics.cards.omics import (
    CoexpressionParams,
    DifferentialExpressionParams,
)
from synthcraft.metrics.context import NotApplicable, Real, Synthetic
from synthcraft.metrics.fidelity.base import fidelity, not_applicable
from synthcraft.metrics.fidelity.coexpression import Coexpression
from synthcraft.metrics.fidelity.differential_expression import DifferentialExpression
from synthcraft.records import Measure

_KEPT = {
    "coexpression.concordance": "reduction.concordance",
    "coexpression.difference": "reduction.difference",
    "coexpression.edges": "reduction.edges",
    "de.effects": "reduction.effects",
    "de.overlap": "reduction.overlap",
}


class ReductionLoss:
    """``reduction.*`` of a generator that learnt components in place of columns."""

    def __init__(self, *, params: DifferentialExpressionParams) -> None:
        self.metrics: dict[str, Any] = {
            "coexpression": Coexpression(params=_own(CoexpressionParams, params)),
            "de": DifferentialExpression(params=_own(DifferentialExpressionParams, params)),
        }

    def check(self, table: Table) -> None:
        """Nothing, or a DataError with all that the table does not have."""
        self.metrics["de"].check(table)

    def prepare(self, real: Real) -> dict[str, Any]:
        """What each metric of genes sees in the holdout, or why it sees nothing."""
        found: dict[str, Any] = {}
        for name, metric in self.metrics.items():
            try:
                found[name] = metric.prepare(real)
            except NotApplicable as error:
                found[name] = error
        return found

    def measure(
        self, real: Real, prepared: dict[str, Any], synthetic: Synthetic
    ) -> Iterator[Measure]:
        """Sizes, what is kept of each holdout value, and what metrics of genes find restored."""
        reduction = synthetic.reduction
        if reduction is None:
            raise NotApplicable("the generator learns all columns as they are")
        yield fidelity("reduction.columns", len(reduction.block), synthetic)
        yield fidelity("reduction.components", len(reduction.components), synthetic)
        yield fidelity("reduction.variance_kept", variance_kept(reduction, real), synthetic)
        yield fidelity("reduction.error", error(reduction, real), synthetic)
        back = _restored(reduction, real)
        for name, metric in self.metrics.items():
            if isinstance(why := prepared[name], NotApplicable):
                yield from (
                    not_applicable(kept, str(why))
                    for asked, kept in _KEPT.items()
                    if asked.startswith(f"{name}.")
                )
                continue
            for one in metric.measure(real, prepared[name], back):
                if one.metric in _KEPT:
                    yield _renamed(one, synthetic)


def variance_kept(reduction: Reduction, real: Real) -> float:
    """The share of holdout rows' variance in normal scores that components explain, in [0, 1]."""
    z = reduction.standardised(real.holdout.frame)
    rest = z - (z @ reduction.weights) @ reduction.weights.T
    return float(1 - (rest**2).sum() / (z**2).sum())


def error(reduction: Reduction, real: Real) -> float:
    """Mean |value − what components say of it| over holdout rows and columns, in train SDs."""
    names = list(reduction.block)
    back = reduction.expected(reduction.apply(real.holdout).frame)
    gap = (real.holdout.frame[names] - back[names]).abs().mean()
    return float((gap / real.train.frame[names].std(ddof=0)).mean())


def _restored(reduction: Reduction, real: Real) -> Synthetic:
    """Holdout rows there and back, in the place of synthetic ones; drawn alike in every trial."""
    seed = int(real.stream("reduction").integers(2**31))
    back = reduction.restore(reduction.apply(real.holdout).frame, seed=seed)
    return Synthetic(real, real.holdout.with_frame(back), seed)


def _own(model: type[Any], params: DifferentialExpressionParams) -> Any:
    """The parameters that a metric has, of those given here."""
    given = {name: value for name, value in params if name in model.model_fields}
    return model(**given)


def _renamed(one: Measure, synthetic: Synthetic) -> Measure:
    name = _KEPT[one.metric]
    if one.value is None:
        return not_applicable(name, one.reason)
    return fidelity(name, one.value, synthetic)
