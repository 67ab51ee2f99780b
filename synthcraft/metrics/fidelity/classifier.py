"""Can a classifier tell synthetic from real rows?"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from synthcraft.metrics.cards.fidelity import C2stParams
from synthcraft.metrics.context import NotApplicable, Real, Synthetic, hash_rows
from synthcraft.metrics.encode import Floats, Ints
from synthcraft.metrics.fidelity.base import fidelity
from synthcraft.records import Measure

_LARGEST = float(np.finfo(np.float32).max)  # that the trees take


class C2st:
    """``c2st`` and ``c2st_auc``: a cross-fitted classifier of synthetic against holdout rows."""

    def __init__(self, *, params: C2stParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> None:
        """Nothing but the holdout rows as codes."""
        _ = real.holdout_codes  # touched, so that they are computed once

    def measure(self, real: Real, _: None, synthetic: Synthetic) -> Iterator[Measure]:
        """The score and the AUC it comes from."""
        encoder, stream = real.encoder, synthetic.stream("c2st")
        theirs = real.holdout_codes
        ours = synthetic.codes
        kinds = ["c" if is_level else "q" for is_level in encoder.categorical]
        aucs = [
            self._auc(ours[draw.synthetic], theirs[draw.holdout], kinds, stream)
            for draw in synthetic.draws[: self.params.draws]
        ]
        auc = float(np.mean(aucs))
        yield fidelity("c2st", 1 - 2 * max(auc - 0.5, 0), synthetic)
        yield fidelity("c2st_auc", auc, synthetic)

    def _auc(
        self, ours: Floats, theirs: Floats, kinds: list[str], stream: np.random.Generator
    ) -> float:
        rows = np.clip(np.concatenate([ours, theirs]), -_LARGEST, _LARGEST)
        made = np.repeat([1, 0], [len(ours), len(theirs)])
        # Identical rows share a fold: a copy in the training folds would give its twin away.
        identity = hash_rows(pd.DataFrame(rows).rename(columns=str))
        fold = _folds(identity, made, self.params.folds, stream)
        aucs = []
        for k in np.unique(fold):
            test, fit = fold == k, fold != k
            if min(len(np.unique(made[test])), len(np.unique(made[fit]))) < 2:
                continue
            model = _trees(rows[fit], made[fit], kinds, self.params, int(stream.integers(2**31)))
            aucs.append(roc_auc_score(made[test], model.inplace_predict(rows[test])))
        if not aucs and len(np.unique(identity[made == 1])) == 1:
            raise NotApplicable("all synthetic rows are the same")
        if not aucs:
            raise NotApplicable("too few distinct rows to fill the folds")
        return float(np.mean(aucs))


def _trees(rows: Floats, made: Ints, kinds: list[str], params: C2stParams, seed: int) -> Any:
    import xgboost  # half a second: not for those who only look at distributions

    settings = {
        "objective": "binary:logistic",
        "tree_method": "hist",
        "max_bin": params.bins,
        "max_depth": params.depth,
        "eta": params.rate,
        "colsample_bytree": min(1.0, params.columns / len(kinds)),
        "nthread": 1,
        "seed": seed,
    }
    matrix = xgboost.QuantileDMatrix(
        rows,
        label=made,
        feature_types=kinds,
        enable_categorical=True,
        max_bin=params.bins,
        nthread=1,
    )
    return xgboost.train(settings, matrix, params.iterations)


def _folds(identity: Any, made: Ints, number: int, stream: np.random.Generator) -> Ints:
    """A fold for each row, the same for identical ones; of either side's distinct rows as many."""
    distinct, first, codes = np.unique(identity, return_index=True, return_inverse=True)
    fold = np.empty(len(distinct), dtype=np.intp)
    for side in (0, 1):
        own = np.flatnonzero(made[first] == side)
        fold[own] = stream.permutation(len(own)) % number
    return fold[codes]
