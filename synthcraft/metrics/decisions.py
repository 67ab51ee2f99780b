"""Scores of decisions: rows are called where their chance of the event is high enough."""

import numpy as np

from synthcraft.metrics.encode import Floats


def cut_at_specificity(others: Floats, specificity: float) -> float:
    """The chance above which rows are called, so that enough non-events are not.

    ``others`` are the chances of non-events. Of them a share of ``specificity`` at least stays
    uncalled, and no lower cut at one of their chances would do; among ties all stay uncalled.

    >>> cut_at_specificity(np.array([0.1, 0.2, 0.2, 0.9]), 0.75)
    0.2
    >>> cut_at_specificity(np.array([0.1, 0.2, 0.2, 0.9]), 0.8)
    0.9
    """
    ranked = np.sort(others)
    # Rounding must not ask for one more row than the share does.
    return float(ranked[int(np.ceil(specificity * len(ranked) - 1e-9)) - 1])


def net_benefit(event: Floats, chance: Floats, threshold: float) -> float:
    """True positives less the false ones at their price, per row, where chances reach a threshold.

    ``TP/n − FP/n · threshold/(1 − threshold)``: somebody who wants treatment from a chance of
    ``threshold`` on holds an event treated worth that many others treated in vain. At most the
    share of events; treating nobody is 0 (Vickers & Elkin 2006, Medical Decision Making 26:565).

    >>> event, chance = np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.3, 0.8])
    >>> round(net_benefit(event, chance, 0.2), 4)
    0.4375
    """
    called = chance >= threshold
    right, wrong = (called & (event == 1)).mean(), (called & (event == 0)).mean()
    return float(right - wrong * threshold / (1 - threshold))
