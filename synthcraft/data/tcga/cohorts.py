"""Whether a matrix was scaled in each cohort by itself, which makes cohort labels too easy.

Values that were standardised cohort by cohort look comparable and are not: genes that are never
expressed become constants, another one in each cohort, and a forest tells cohorts apart at 99.9 %.
"""

import numpy as np
import pandas as pd

FEWEST = 5  # samples of a cohort from which something can be said of it
# Of the ratio below, whose median over genes is 0.45 and more by chance. Where a share q of each
# cohort was left out after scaling, means have moved, and the ratio is q times that of chance.
ALIKE = 0.1


def variance_ratio(rows: pd.DataFrame, cohorts: "pd.Series[str]") -> float:
    """The median over genes of the variance of cohort means over what chance alone gives (F).

    1 and less where cohorts do not differ, far more in real cohorts, near 0 where every cohort's
    mean was made the same; nan where it cannot be told. One-way analysis of variance (Fisher 1925).

    >>> values = pd.DataFrame({"TP53": [1.0, 2, 3, 7, 8, 9]})
    >>> round(variance_ratio(values, pd.Series(list("aaabbb"))), 6)
    54.0
    """
    x, _, codes, sizes = _parts(rows, cohorts)
    means = _by_cohort(x, codes, sizes)
    between = (sizes[:, None] * (means - x.mean(axis=0)) ** 2).sum(axis=0) / (len(sizes) - 1)
    within = ((x - means[codes]) ** 2).sum(axis=0) / (len(x) - len(sizes))
    varying = within > 1e-12
    return float(np.median(between[varying] / within[varying])) if varying.any() else float("nan")


def cohort_constants(rows: pd.DataFrame, cohorts: "pd.Series[str]") -> tuple[str, ...]:
    """The genes that have one value in each cohort, but not the same in all.

    >>> values = pd.DataFrame({"A": [0.1, 0.1, 0.7, 0.7], "B": [0.0] * 4, "C": [1.0, 2, 3, 4]})
    >>> cohort_constants(values, pd.Series(list("aabb")))
    ('A',)
    """
    x, genes, codes, sizes = _parts(rows, cohorts)
    first = np.array([x[codes == n][0] for n in range(len(sizes))])
    constant = (x == first[codes]).all(axis=0)
    return tuple(genes[constant & (first != first[0]).any(axis=0)])


def scaled_by_cohort(rows: pd.DataFrame, cohorts: "pd.Series[str]") -> str:
    """What shows that cohorts were scaled apart; "" where nothing does, or there is one cohort."""
    sizes = cohorts.value_counts()
    large = cohorts.isin(sizes.index[sizes >= FEWEST]).to_numpy()
    rows, cohorts = rows[large], cohorts[large]
    if cohorts.nunique() < 2:
        return ""
    if constants := cohort_constants(rows, cohorts):
        return f"{len(constants):,} genes are constants, another one in each cohort"
    if variance_ratio(rows, cohorts) < ALIKE:
        return "genes have the same mean in each cohort"
    return ""


def _parts(
    rows: pd.DataFrame, cohorts: "pd.Series[str]"
) -> tuple[
    "np.ndarray[tuple[int, int], np.dtype[np.float64]]",
    "pd.Index[str]",
    "np.ndarray[tuple[int], np.dtype[np.int64]]",
    "np.ndarray[tuple[int], np.dtype[np.int64]]",
]:
    """Values of the genes without gaps, their names, and each row's cohort; sizes of cohorts."""
    complete = rows.columns[rows.notna().all()]
    codes = pd.factorize(cohorts)[0]
    return rows[complete].to_numpy(dtype=float), complete, codes, np.bincount(codes)


def _by_cohort(
    x: "np.ndarray[tuple[int, int], np.dtype[np.float64]]",
    codes: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    sizes: "np.ndarray[tuple[int], np.dtype[np.int64]]",
) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    return np.array([x[codes == n].mean(axis=0) for n in range(len(sizes))])
