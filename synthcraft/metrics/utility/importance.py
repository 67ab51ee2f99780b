"""Which features models rely on: permutation importance on holdout rows, one number a feature."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from scipy.stats import spearmanr

from synthcraft.metrics.cards.utility import LEADS, ImportanceParams
from synthcraft.metrics.context import NotApplicable, Real, Synthetic, choose
from synthcraft.metrics.encode import Floats, Ints
from synthcraft.metrics.scores import BLOCK_CELLS
from synthcraft.metrics.utility.outcome import outcome_of
from synthcraft.metrics.utility.trained import Trained, model_names, trained
from synthcraft.records import Measure

FEWEST = 4  # features: of three, one chance in six puts them in the same order


class Importance:
    """``importance_agreement``, by model; ``n`` is the number of features."""

    def __init__(self, *, params: ImportanceParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> dict[str, Floats]:
        """The importances of the features to models trained on real rows."""
        if len(real.train.features) < FEWEST:
            raise NotApplicable(f"fewer than {FEWEST} features are too few to compare their order")
        names = model_names(self.params.models, real.train.task)
        if not names:
            raise NotApplicable("survival has no network among its models: use linear or boosting")
        return {name: self._importances(real, real, name) for name in names}

    def measure(
        self, real: Real, prepared: dict[str, Floats], synthetic: Synthetic
    ) -> Iterator[Measure]:
        """Agreement with the importances to models trained on synthetic rows."""
        for name, theirs in prepared.items():
            ours = self._importances(real, synthetic, name)
            row = Measure("importance_agreement", n=len(ours), model=name, reference="holdout")
            if not (np.ptp(ours) > 0 and np.ptp(theirs) > 0):
                why = "all features are alike to the model: there is no order to compare"
                yield row.absent(why)
            else:
                yield replace(row, value=float(spearmanr(ours, theirs)[0]))

    def _importances(self, real: Real, side: Real | Synthetic, name: str) -> Floats:
        fitted = trained(side, name, self.params.iterations)
        about = self.params
        return importances(
            real, fitted, rows=about.rows, features=about.features, repeats=about.repeats
        )


def importances(real: Real, fitted: Trained, *, rows: int, features: int, repeats: int) -> Floats:
    """What a model's main score loses when a feature is permuted, (features,).

    On at most ``rows`` holdout rows, stratified by outcome, and for at most ``features``
    features; mean over ``repeats`` permutations. What is drawn is the same for every model.
    """
    stream = real.stream("importance")
    sampled = _sampled(outcome_of(real).strata, rows, stream)
    known = list(fitted.spans.values())
    spans = [known[k] for k in choose(stream, len(known), features)]
    outcome, lead = outcome_of(real).take(sampled), LEADS[real.train.task]
    matrix, equal = fitted.holdout[sampled], np.ones((1, len(sampled)))

    def score(predicted: Floats) -> float:
        return float(outcome.score(predicted, equal, (lead,))[lead, ""][0])

    worth, lost = score(fitted.answers(matrix)), np.zeros((repeats, len(spans)))
    size = max(1, BLOCK_CELLS // matrix.size)
    for repeat in range(repeats):
        order = stream.permutation(len(sampled))
        for start in range(0, len(spans), size):
            some = spans[start : start + size]
            answers = fitted.answers(_permuted(matrix, order, some))
            lost[repeat, start : start + size] = [
                worth - score(predicted) for predicted in np.split(answers, len(some))
            ]
    return np.asarray(lost.mean(axis=0))


def _permuted(matrix: Floats, order: Ints, spans: Sequence[slice]) -> Floats:
    """The matrix once for each span, one below the other, with that span's columns permuted."""
    stacked = np.tile(matrix, (len(spans), 1))
    for block, span in zip(np.split(stacked, len(spans)), spans, strict=True):
        block[:, span] = matrix[order, span]
    return stacked


def _sampled(strata: Ints, rows: int, stream: np.random.Generator) -> Ints:
    """Positions of at most ``rows`` rows, as many of each stratum as its share."""
    if len(strata) <= rows:
        return np.arange(len(strata))
    # Shuffled, then sorted by stratum: every so many-th row is a stratified sample.
    shuffled = stream.permutation(len(strata))
    ordered = shuffled[np.argsort(strata[shuffled], kind="stable")]
    return np.sort(ordered[np.linspace(0, len(strata) - 1, rows).astype(int)])
