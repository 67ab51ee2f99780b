"""How often our 95 % intervals hold what they are about: ``python benchmarks/coverage.py``.

Each simulation draws everything anew, as often as ``--replicates`` says, and counts how many of the
intervals that the product prints hold their estimand. «Long-run mean» is the mean of the value over
all replicates, where it has no closed form. Accepted: 92 to 98 %; beyond, a row is marked.

The main value of a privacy metric rests on one split's real rows, and its interval is about them;
how often it holds the mean over all real rows is told here, and not judged. The excess is judged.
Intervals of rare events (copies, links) cover more than they claim, since counts are whole numbers.

    python benchmarks/coverage.py --only splits shares --replicates 4000
"""

import argparse
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import product
from multiprocessing import get_context

import numpy as np
import pandas as pd

from synthcraft.catalogue import METRICS
from synthcraft.data.table import Column, Table, conform
from synthcraft.metrics.cards.utility import NO_INTERVAL
from synthcraft.metrics.context import Real, Synthetic
from synthcraft.metrics.encode import Floats, Ints
from synthcraft.metrics.estimand.analyses import Coefficient
from synthcraft.metrics.estimand.compare import Interval, raab, reiter
from synthcraft.metrics.evaluate import measure_metric, prepare_metric
from synthcraft.metrics.scores import weightings
from synthcraft.metrics.utility.outcome import Amounts, Durations, Flags, Labels, Outcome
from synthcraft.stats import (
    bca,
    bootstrap_t,
    difference_of_shares,
    gain_ratio,
    over_splits,
    paired,
    placed,
    wilson,
)

ACCEPTED = (0.92, 0.98)
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
CHUNK = 25  # replicates that a process works off at a time
RESAMPLES = 300
GRID = np.linspace(0, 2.0, 11)  # times at which survival is scored; censoring has mean 2


@dataclass(frozen=True)
class Found:
    """A value with its interval; ``truth`` is None where that is the long-run mean."""

    value: float
    low: float | None
    high: float | None
    truth: float | None = None
    judged: bool = True


Replicate = dict[str, Found]  # by name of the interval


@dataclass(frozen=True)
class Simulation:
    """One way to draw everything anew, and what its intervals are about."""

    estimand: str
    draw: Callable[[np.random.Generator], Replicate]


# Over splits ------------------------------------------------------------------------------------


def splits(rng: np.random.Generator, *, rows: int = 300, holdout: float = 0.3) -> Replicate:
    """Two linear classifiers on repeated 70/30 splits of one table, which overlap as ours do."""
    event = rng.random(rows) < 0.4
    features = rng.normal(size=(rows, 4)) + event[:, None] * np.array([0.9, 0.6, 0.3, 0.0])
    tested = int(holdout * rows)
    scores: dict[str, list[float]] = {"full": [], "one": []}
    for _ in range(5):
        order = rng.permutation(rows)
        test, train = order[:tested], order[tested:]
        for name, used in (("full", slice(0, 4)), ("one", slice(1, 2))):
            direction = _direction(features[train, used], event[train])
            scores[name].append(_auc(features[test, used] @ direction, event[test]))
    ratio = tested / (rows - tested)
    found = {}
    for number in (3, 5):
        full, one = ({k: [v] for k, v in enumerate(scores[s][:number])} for s in ("full", "one"))
        floor = {k: [0.5] for k in range(number)}
        for name, estimate in (
            ("mean", over_splits(full, ratio=ratio)),
            ("paired difference", paired(full, one, ratio=ratio)),
            ("calibrated value", over_splits(placed(one, floor, full), ratio=ratio)),
        ):
            found[f"{name}, {number} splits (corrected t)"] = Found(
                estimate.mean, estimate.low, estimate.high
            )
    return found


def _direction(features: Floats, event: Flags) -> Floats:
    """Fisher's discriminant."""
    means = features[event].mean(axis=0) - features[~event].mean(axis=0)
    within = np.atleast_2d(np.cov(features[event].T) + np.cov(features[~event].T))
    return np.asarray(np.linalg.solve(within, means))


def _auc(scores: Floats, event: Flags) -> float:
    return float((scores[event][:, None] > scores[~event]).mean())


def augmented(rng: np.random.Generator, *, kept: int | None, rows: int = 1500) -> Replicate:
    """What added rows gain a group with slopes of its own, in one linear model of everybody.

    Cut as with augmentation: 30 % held out, a quarter of the rest set aside; of the group's train
    rows ``kept`` stay. Added are those withheld, or four copies of each row that stays.
    """
    group = rng.random(rows) < 0.2
    features = rng.normal(size=(rows, 3))
    slopes = np.where(group[:, None], [-1.0, -0.6, 0.4], [1.0, 0.6, 0.4])
    event = rng.random(rows) < 1 / (1 + np.exp(1 - (features * slopes).sum(axis=1)))
    inputs = np.column_stack([np.ones(rows), features, group])
    tested, aside = int(0.3 * rows), int(0.175 * rows)
    scores: dict[str, list[float]] = {"none": [], "copies": [], "real rows": []}
    for _ in range(5):
        held_out, rest = np.split(rng.permutation(rows)[aside:], [tested])
        test, few = held_out[group[held_out]], rest[group[rest]][:kept]
        none = np.concatenate([rest[~group[rest]], few])
        copies = np.concatenate([none, rng.choice(few, 4 * len(few))])
        for name, train in (("none", none), ("copies", copies), ("real rows", rest)):
            fitted = np.linalg.lstsq(inputs[train], event[train] * 1.0)[0]
            scores[name].append(_auc(inputs[test] @ fitted, event[test]))
    ratio = gain_ratio(holdout=tested, learnt=rows - tested - aside, rows=rows)
    found = {}
    for name, number in product(("copies", "real rows") if kept else ("copies",), (3, 5)):
        more, base = ({k: [v] for k, v in enumerate(scores[s][:number])} for s in (name, "none"))
        gain = paired(more, base, ratio=ratio)
        about = f"group’s gain by {name}, {number} splits (t, ratio of gains)"
        found[about] = Found(gain.mean, gain.low, gain.high)
    return found


# Shares and gains -------------------------------------------------------------------------------


def shares(rng: np.random.Generator) -> Replicate:
    """Binomial counts."""
    found = {}
    for p, n in ((0.02, 300), (0.3, 100)):
        x = rng.binomial(n, p)
        found[f"share {p:g} of {n} (Wilson)"] = Found(x / n, *wilson(x, n), p)
    x, y = rng.binomial(300, 0.06), rng.binomial(130, 0.03)
    bounds = difference_of_shares((x, 300), (y, 130))
    found["difference of shares 0.06 and 0.03 (Newcombe)"] = Found(x / 300 - y / 130, *bounds, 0.03)
    return found


def gains(rng: np.random.Generator) -> Replicate:
    """Gains on ten datasets, symmetric or skewed."""
    found = {}
    for name, values in (
        ("normal", rng.normal(0.5, 1, 10)),
        ("skewed", rng.exponential(0.5, 10)),
    ):
        low, high = bootstrap_t(list(values), rng)
        about = f"mean gain over 10 datasets, {name} (bootstrap-t)"
        found[about] = Found(float(values.mean()), low, high, truth=0.5)
    return found


# Scores of fixed models -------------------------------------------------------------------------


def scored(rng: np.random.Generator, *, persons: bool) -> Replicate:
    """Two fixed models on 400 holdout rows: of as many people, or of 160 with one to four rows."""
    groups = rng.integers(0, 160, 400) if persons else None
    outcomes = _population(rng, groups)
    truths = _truths()
    found = {}
    for task, (outcome, better, worse) in outcomes.items():
        blocks = list(weightings(np.zeros(400, dtype=int), groups, RESAMPLES, rng))
        both = [
            [outcome.score(predicted, weights) for weights in blocks]
            for predicted in (better, worse)
        ]
        for key in both[0][0]:
            if key[0] in NO_INTERVAL:
                continue
            first, second = (np.concatenate([block[key] for block in side]) for side in both)
            name = " ".join(part for part in key if part)
            found[name] = _bca(first, truths[task, key][0])
            gap = truths[task, key][0] - truths[task, key][1]
            found[f"gap of {name}"] = _bca(first - second, gap)
    of = "clustered by person" if persons else "rows"
    return {f"{name} (BCa, {of})": one for name, one in found.items()}


def _bca(values: Floats, truth: float) -> Found:
    value, draws, jackknife = np.split(values, [1, 1 + RESAMPLES])
    return Found(float(value[0]), *bca(draws, jackknife, float(value[0])), truth)


def _population(
    rng: np.random.Generator, groups: Ints | None, n: int = 400
) -> dict[str, tuple[Outcome, Floats, Floats]]:
    """Outcomes and the predictions of two models; rows of a person share most of theirs."""
    own = rng.normal(size=(n, 3))
    if groups is not None:
        common = rng.normal(size=(160, 3))[groups]
        own = np.sqrt(0.7) * common + np.sqrt(0.3) * own
    signal, noise, blur = own.T
    amounts = signal + 0.8 * noise
    event = (amounts > 1.0).astype(int)
    better, worse = 1 / (1 + np.exp(-2 * (signal - 1))), 1 / (1 + np.exp(1.2 - signal - blur))
    chances = [np.column_stack([1 - p, p]) for p in (better, worse)]
    ends = -np.log(rng.random(n)) * np.exp(-signal), -2 * np.log(rng.random(n))
    time = np.minimum(*ends)
    kept_at = np.exp(-GRID / 2)
    durations = Durations(time, (ends[0] <= ends[1]) * 1.0, GRID, np.exp(-time / 2), kept_at)
    hazards = [np.exp(risk)[:, None] * GRID for risk in (signal, 0.6 * signal + 0.3 * blur)]
    return {
        "classification": (Labels(event, ("no", "yes"), 1), chances[0], chances[1]),
        "regression": (Amounts(amounts), 0.9 * signal, 0.7 * signal + 0.3 * blur),
        "survival": (durations, hazards[0], hazards[1]),
    }


@lru_cache(maxsize=1)
def _truths() -> dict[tuple[str, tuple[str, str]], tuple[float, float]]:
    """Both models' scores on 200,000 people; concordance, quadratic in rows, on 2,000 at a time."""
    rng = np.random.default_rng(0)
    whole, parts = (
        _population(rng, None, 200_000),
        [_population(rng, None, 2000) for _ in range(60)],
    )
    found = {}
    for task in whole:
        samples = [part[task] for part in parts] if task == "survival" else [whole[task]]
        scores = [
            [outcome.score(predicted, np.ones((1, len(predicted)))) for predicted in models]
            for outcome, *models in samples
        ]
        for key in scores[0][0]:
            better, worse = np.mean(
                [[float(side[key][0]) for side in one] for one in scores], axis=0
            )
            found[task, key] = (float(better), float(worse))
    return found


# Analyses of synthetic tables -------------------------------------------------------------------


def estimands(rng: np.random.Generator, *, rows: int = 200) -> Replicate:
    """A mean of 0 from tables drawn from the fitted normal law, or with the column redrawn.

    A redrawn column comes from its posterior predictive law, the other columns stay real.
    """
    real = rng.normal(size=rows)
    found = {}
    for number in (1, 3):
        drawn = rng.normal(real.mean(), real.std(ddof=1), size=(number, rows))
        found[f"mean from {counted(number)} (Raab et al. 2016)"] = _about_zero(
            raab([_mean_of(table) for table in drawn], rows=rows)
        )
    for number in (3, 10):
        tables = []
        for _ in range(number):
            deviation = real.std(ddof=1) * np.sqrt((rows - 1) / rng.chisquare(rows - 1))
            middle = rng.normal(real.mean(), deviation / np.sqrt(rows))
            tables.append(rng.normal(middle, deviation, size=rows))
        found[f"mean from {counted(number)} (Reiter 2003)"] = _about_zero(
            reiter([_mean_of(table) for table in tables])
        )
    return found


def counted(number: int) -> str:
    return f"{number} synthetic table{'' if number == 1 else 's'}"


def _mean_of(values: Floats) -> Coefficient:
    return Coefficient(
        float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values))), len(values)
    )


def _about_zero(interval: Interval) -> Found:
    return Found(interval.value, interval.low, interval.high, 0.0)


# Privacy ----------------------------------------------------------------------------------------

COLUMNS = (
    Column("age", "numeric", decimals=0),
    Column("sbp", "numeric", decimals=0),
    Column("crp", "numeric", decimals=1),
    Column("sex", "categorical", ("f", "m")),
    Column("region", "categorical", ("a", "b", "c")),
    Column("event", "categorical", ("no", "yes")),
)
ATTACKS = (
    *("exact_match", "dcr", "dcr_share", "nndr", "authenticity", "identifiability"),
    *("mia_distance", "mia_domias", "record_risk", "singling_out", "linkability"),
    *("attribute_inference", "replicated_uniques", "correct_attribution"),
)


def attacked(rng: np.random.Generator, *, copied: float, persons: bool = False) -> Replicate:
    """300 train and 130 holdout rows, and 300 synthetic ones: a share near train, others fresh."""
    train, holdout = (people(rng, n, persons=persons) for n in (300, 130))
    frame = people(rng, 300).frame
    near = rng.random(300) < copied
    copies = train.frame.iloc[rng.integers(300, size=300)].reset_index(drop=True)
    for column in ("age", "sbp"):
        copies[column] = copies[column] + rng.integers(-1, 2, 300)
    frame = pd.concat([copies[near], frame[~near]], ignore_index=True)
    seed = int(rng.integers(2**31))
    real = Real(train, holdout, 300, seed)
    synthetic = Synthetic(real, train.with_frame(conform(frame, COLUMNS)), seed)
    kind = f"{copied:.0%} near copies" if copied else "fresh rows"
    found = {}
    for name in ATTACKS:
        card = METRICS.get(name)
        for measure in measure_metric(prepare_metric(card, {}, real), synthetic):
            if measure.value is None or measure.level is None or measure.role == "control":
                continue
            of_what = (measure.metric, measure.model, measure.column, measure.group)
            about = " ".join(x for x in of_what if x)
            of = f"{about}, {measure.role}, {kind}{', persons' if persons else ''}"
            zero = 0.0 if measure.role == "excess" and not copied else None
            judged = measure.role == "excess"
            found[of] = Found(measure.value, measure.low, measure.high, zero, judged)
    return found


def people(rng: np.random.Generator, n: int, *, persons: bool = False) -> Table:
    """Dependent columns with ties; with ``persons``, about two rows of each."""
    groups = rng.integers(0, n // 2, n) if persons else np.arange(n)
    own = rng.normal(size=(n, 3))[groups]
    if persons:
        own = np.sqrt(0.8) * own + np.sqrt(0.2) * rng.normal(size=(n, 3))
    age = np.round(50 + 12 * own[:, 0])
    uniform = rng.random((n, 3))[groups]
    frame = pd.DataFrame(
        {
            "age": age,
            "sbp": np.round(120 + 0.5 * (age - 50) + 10 * own[:, 1]),
            "crp": np.round(np.exp(0.5 * own[:, 2]), 1),
            "sex": np.where(uniform[:, 0] < 0.5, "f", "m"),
            "region": np.array(["a", "b", "c"])[np.digitize(uniform[:, 1], [0.6, 0.9])],
            "event": np.where(uniform[:, 2] < 1 / (1 + np.exp(-(age - 60) / 6)), "yes", "no"),
        }
    )
    return Table(
        conform(frame, COLUMNS),
        COLUMNS,
        "classification",
        "event",
        "yes",
        sensitive=("region",),
        quasi_identifiers=("age", "sex", "region"),
        groups=groups if persons else None,
    )


RISK = "zero for the excess of fresh rows; else the long-run mean over real and synthetic rows"
GAIN = "long-run mean gain over tables of as many rows"
SIMULATIONS: dict[str, Simulation] = {
    "splits": Simulation("long-run mean over tables of as many rows", splits),
    "augmented": Simulation(GAIN, partial(augmented, kept=None)),
    "augmented-few": Simulation(GAIN, partial(augmented, kept=60)),
    "shares": Simulation("the probability", shares),
    "gains": Simulation("mean gain over all datasets", gains),
    "scores": Simulation("the fixed model's score on all people", partial(scored, persons=False)),
    "scores-persons": Simulation(
        "the fixed model's score on all people", partial(scored, persons=True)
    ),
    "estimands": Simulation("the mean of the population", estimands),
    "fresh": Simulation(RISK, partial(attacked, copied=0.0)),
    "copies": Simulation(RISK, partial(attacked, copied=0.4)),
    "fresh-persons": Simulation(RISK, partial(attacked, copied=0.0, persons=True)),
}


# Counting ---------------------------------------------------------------------------------------


def chunk(name: str, seeds: Sequence[np.random.SeedSequence]) -> list[Replicate]:
    """The replicates of these seeds."""
    return [SIMULATIONS[name].draw(np.random.default_rng(seed)) for seed in seeds]


def lines(replicates: Sequence[Replicate]) -> Iterator[str]:
    """One line for each interval: coverage with its standard error, width, how often absent."""
    for name in dict.fromkeys(name for replicate in replicates for name in replicate):
        found = [replicate[name] for replicate in replicates if name in replicate]
        mean = float(np.mean([one.value for one in found]))
        bounded = [one for one in found if one.low is not None and one.high is not None]
        if not bounded:
            continue
        truths = np.array([mean if one.truth is None else one.truth for one in bounded])
        low, high = (np.array([getattr(one, side) for one in bounded]) for side in ("low", "high"))
        below, above = float(np.mean(high < truths)), float(np.mean(low > truths))
        share, absent = 1 - below - above, len(replicates) - len(bounded)
        error = np.sqrt(max(share * (1 - share), 1e-9) / len(bounded))
        fits = ACCEPTED[0] <= share <= ACCEPTED[1]
        mark = "" if fits or not found[0].judged else "  <<<"
        yield (
            f"  {name:<62} {100 * share:5.1f} ± {100 * error:3.1f}  "
            f"{100 * below:5.1f} {100 * above:5.1f}  {float(np.mean(high - low)):7.4f} "
            f"{float(truths.mean()):8.4f} {absent or '':>6}{mark}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--replicates", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--only", nargs="+", choices=SIMULATIONS, default=list(SIMULATIONS))
    options = parser.parse_args()
    os.environ |= dict.fromkeys(THREADS, "1")  # before a process of the pool loads a BLAS
    print(f"{options.replicates} replicates, seed {options.seed}; accepted 92 to 98 %")
    heads = ("covered %", "below", "above", "width", "truth", "absent")
    with ProcessPoolExecutor(options.workers, get_context("spawn")) as pool:
        for name in options.only:
            start = time.perf_counter()
            seeds = np.random.SeedSequence([options.seed, *name.encode()]).spawn(options.replicates)
            parts = [seeds[k : k + CHUNK] for k in range(0, len(seeds), CHUNK)]
            replicates = [r for part in pool.map(partial(chunk, name), parts) for r in part]
            print(f"\n{name}: {SIMULATIONS[name].estimand} ({time.perf_counter() - start:.0f} s)")
            print("  {:<62} {:>11}  {:>5} {:>5}  {:>7} {:>8} {:>6}".format("", *heads))
            print("\n".join(lines(replicates)), flush=True)


if __name__ == "__main__":
    main()
