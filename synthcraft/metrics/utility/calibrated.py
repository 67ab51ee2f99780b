"""Calibration curves: how often holdout persons had the event, by the risk foretold for them.

The bins are those of the calibration error (``scores.bins_of``); neighbouring ones are joined until
each holds at least 10 persons with the event and 10 without, so that no count in a curve is small,
nor any difference between its total and some of its bins.
"""

from typing import Any

import numpy as np

from synthcraft.data.describe import SMALLEST
from synthcraft.metrics.context import Real
from synthcraft.metrics.encode import Floats, Ints
from synthcraft.metrics.groups import persons_of
from synthcraft.metrics.scores import bins_of, calibration, calibration_in_the_large
from synthcraft.metrics.utility.outcome import Flags, Labels, outcome_of
from synthcraft.stats import z


def event_of(real: Real) -> str | None:
    """The class whose risk is foretold; None where a curve would tell a small number.

    Train and holdout must have 10 persons each with and without it: the number in train follows
    from the holdout's and that of all rows. An outcome of more than two classes has no event.
    """
    outcome = outcome_of(real)
    if not isinstance(outcome, Labels) or outcome.positive is None:
        return None
    event = outcome.classes[outcome.positive]
    told = all(
        _enough((part.frame[part.target].astype(str) == event).to_numpy(), persons_of(part))
        for part in (real.train, real.holdout)
    )
    return event if told else None


def calibration_curve(real: Real, chances: Floats) -> dict[str, Any]:
    """The curve of a (holdout rows × 2) matrix of probabilities, as plain JSON.

    ``bins`` by rising risk, each with ``n`` holdout rows, ``events`` among them and the mean risk
    ``foretold`` (3 decimals); ``rows`` and ``persons`` of the holdout; ``slope`` and ``intercept``
    (calibration in the large), each as value, lower and upper bound, absent where not finite. The
    bounds are Wald's, of the logistic regressions that define both (Cox 1958; Van Calster et al.
    2019), as if the rows of a person were one row.
    """
    outcome = outcome_of(real)
    assert isinstance(outcome, Labels)
    chance = chances[:, outcome.positive]
    event, persons = outcome.codes == outcome.positive, persons_of(real.holdout)
    alone = len(np.unique(persons))
    return {
        "bins": joined_bins(event, chance, persons),
        "rows": len(event),
        "persons": alone,
        **_lines(event, chance, wider=(len(event) / alone) ** 0.5),
    }


def joined_bins(event: Flags, chance: Floats, persons: Ints) -> list[dict[str, float]]:
    """The bins of a curve, joined from the left; none where all rows together do not suffice.

    >>> event, chance = np.arange(60) % 2 == 1, np.repeat([0.2, 0.4, 0.6], [24, 6, 30])
    >>> joined_bins(event, chance, np.arange(60))[0]
    {'n': 24, 'events': 12, 'foretold': 0.2}
    >>> [bin["n"] for bin in joined_bins(event, chance, np.arange(60))]
    [24, 36]
    """
    bins, found = bins_of(chance), []
    first, last = 0, int(bins.max()) + 1
    for end in range(1, last + 1):
        here, rest = (bins >= first) & (bins < end), bins >= end
        if not _enough(event[here], persons[here]):
            continue
        if end < last and not _enough(event[rest], persons[rest]):
            here = bins >= first
        risk = round(float(chance[here].mean()), 3)
        found.append({"n": int(here.sum()), "events": int(event[here].sum()), "foretold": risk})
        if bins[here].max() == last - 1:
            break
        first = end
    return found


def _enough(event: Flags, persons: Ints) -> bool:
    return all(len(np.unique(persons[rows])) >= SMALLEST for rows in (event, ~event))


def _lines(event: Flags, chance: Floats, *, wider: float) -> dict[str, list[float]]:
    """Slope and intercept with their bounds, where they are finite."""
    happened, logit = event.astype(float), np.log(chance / (1 - chance))
    a, b = (float(v[0]) for v in calibration(happened, chance, np.ones((1, len(event)))))
    level = calibration_in_the_large(happened, chance)
    found = {
        "slope": (b, _errors(np.column_stack([np.ones(len(logit)), logit]), a + b * logit)[-1]),
        "intercept": (level, _errors(np.ones((len(logit), 1)), level + logit)[-1]),
    }
    return {
        name: [round(float(value + side * z() * wider * error), 3) for side in (0, -1, 1)]
        for name, (value, error) in found.items()
        if np.isfinite(value) and np.isfinite(error)
    }


def _errors(inputs: Floats, logit: Floats) -> Floats:
    """Standard errors of the coefficients of a logistic regression at its fitted logits."""
    if not np.isfinite(logit).all():
        return np.full(inputs.shape[1], np.nan)
    expected = 1 / (1 + np.exp(-logit))
    information = inputs.T @ (inputs * (expected * (1 - expected))[:, None])
    return np.sqrt(np.diag(np.linalg.pinv(information)))
