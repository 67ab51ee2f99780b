"""Selecting the arm to release privately: by how near each arm's samples come to the train rows.

Seen by whoever gets the selected arm's samples: every fit that took part, then one draw by the
exponential mechanism. So what the selection costs is the sum of all these, by adaptive composition;
the selected arm's own ε is not enough, as the others have decided that it is this one.

Train rows alone are scored: the holdout stays untouched by the selection, and who is protected is
the same person as in the fits.
"""

from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations
from statistics import fmean

import numpy as np
import pandas as pd

from synthcraft.data.table import Table
from synthcraft.privacy.accountant import zcdp_curve
from synthcraft.privacy.domain import Codes, bounded, declared_domain
from synthcraft.privacy.release import Release
from synthcraft.records import Record, Spend

MECHANISM = "exponential mechanism"


def nearness(train: Table, synthetic: pd.DataFrame, release: Release) -> float:
    """How near synthetic rows come to the train rows: 0 at best, the nearer the higher.

    Less the mean distance (``distance``) over all pairs of columns, in the codes of the declared
    domain, with at most ``release.contribution`` rows of each person.

    Raises
    ------
    DataError
        when a column does not declare its levels, or its range and bins.
    """
    domain = declared_domain(train.columns)
    rows = bounded(train, release.contribution)
    return -distance(domain.encode(rows.frame), domain.encode(synthetic), release.rows)


def distance(real: Codes, synthetic: Codes, rows: int) -> float:
    """Mean over all pairs of columns of ½ Σ |count / rows − share|, summed over the pair's cells.

    ``real`` and ``synthetic`` are codes, rows × columns (two columns or more). ``rows`` is the
    declared number of real rows, so that nothing is divided by the true one; where it is the true
    one, this is the total variation distance of the pair's two tables, from 0 to 1.

    >>> real, synthetic = np.array([[0, 0], [0, 1]]), np.array([[0, 1], [1, 1]])
    >>> distance(real, synthetic, 2), distance(real, real, 2)
    (0.5, 0.0)
    """
    weights = np.repeat([1 / rows, -1 / len(synthetic)], [len(real), len(synthetic)])
    both = np.concatenate([real, synthetic])
    width = int(both.max(initial=0)) + 1
    found = []
    for one, other in combinations(range(both.shape[1]), 2):
        cells = np.unique(both[:, one] * width + both[:, other], return_inverse=True)[1]
        found.append(float(np.abs(np.bincount(cells, weights)).sum()) / 2)
    return fmean(found)


def sensitivity(release: Release) -> float:
    """The most by which one person changes the mean ``nearness`` of any arm.

    A person's rows, at most ``contribution``, change the counts of each pair of columns by as many
    in sum, hence each distance by contribution / (2 rows) at most, and so every mean of distances:
    over pairs, and over fits, whether or not the person is among the train rows of each.

    >>> sensitivity(Release(1.0, 1e-5, rows=1600))
    0.0003125
    """
    return release.contribution / (2 * release.rows)


def rho_of_selection(epsilon: float) -> float:
    """ρ of the exponential mechanism at ε: it is ε²/8-zCDP (Cesar and Rogers, 2021, Lemma 3.4).

    >>> rho_of_selection(2.0)
    0.5
    """
    return epsilon**2 / 8


def selection_spend(epsilon: float) -> Spend:
    """What one selection at ε costs: ε with no δ, and the smaller curve that it composes by.

    >>> selection_spend(0.1).epsilon, selection_spend(0.1).delta
    (0.1, 0.0)
    """
    return Spend(MECHANISM, epsilon, 0.0, zcdp_curve(rho_of_selection(epsilon)))


def scores(records: Iterable[Record]) -> dict[str, float]:
    """The mean nearness of each arm that can be selected: no fit of it failed, and one succeeded.

    Which fits fail is no choice of the selection: like their samples, it is what they gave away.

    >>> from synthcraft.records import Trial
    >>> a, b = (Trial(arm, 0, 0, "report") for arm in "ab")
    >>> scores([Record(a, "ok", nearness=-0.25), Record(a, "ok", nearness=-0.5),
    ...         Record(b, "ok", nearness=-0.1), Record(b, "failed")])
    {'a': -0.375}
    """
    found: dict[str, list[float]] = defaultdict(list)
    failed = set()
    for record in records:
        if record.nearness is not None:
            found[record.trial.arm].append(record.nearness)
        elif record.status != "skipped":
            failed.add(record.trial.arm)
    return {arm: fmean(values) for arm, values in found.items() if arm not in failed}
