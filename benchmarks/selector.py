"""The selector against baselines, on recorded runs: ``python benchmarks/selector.py``.

Every table is left out in turn: what is believed before the first pull is learned from the others.
An episode is a table, a use case, and a division of its splits into those that can be pulled and
those that the recommendation is judged on (replay.py); all policies get the same episodes and
seeds. Budgets are shares of a full sweep's seconds: every arm at full effort on each of the splits
that can be pulled, so that one exhaustive repeat is about a third of it. Intervals are 95 %
bootstrap-t over tables. The oracle knows the means over all splits; its regret is what the noise of
the judging splits alone makes of the best choice. That noise raises every policy's regret alike: it
is part of levels, and on average not of differences between policies.

    python benchmarks/selector.py --table my.csv --seeds 5 --workers 4
"""

import argparse
import csv
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from importlib import resources
from io import StringIO
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.select.arena import FAMILIES, Arena, Decision, Policy, Pull
from synthcraft.select.kg import Kg
from synthcraft.select.params import KgParams
from synthcraft.select.policies.best_on_average import BestOnAverage
from synthcraft.select.policies.max_ucb import MaxUcb
from synthcraft.select.policies.optuna_tpe import OptunaTpe
from synthcraft.select.policies.params import (
    BaselineParams,
    HalvingParams,
    MaxUcbParams,
    SweepParams,
    TpeParams,
    TttsParams,
    UcbEParams,
    UniformParams,
)
from synthcraft.select.policies.successive_halving import SuccessiveHalving
from synthcraft.select.policies.sweep import Sweep
from synthcraft.select.policies.ttts import Ttts
from synthcraft.select.policies.ucb_e import UcbE
from synthcraft.select.policies.uniform import Uniform
from synthcraft.select.prior import Prior, flat, learn
from synthcraft.select.replay import (
    Episode,
    Recording,
    Run,
    episodes,
    recordings,
    simulate,
)
from synthcraft.select.uses import USES, Use
from synthcraft.stats import bootstrap_t, signed_rank_rope

BUDGETS = (0.05, 0.10, 0.20, 0.33, 0.50)
MIDDLE = 0.20  # where comparisons beyond regret are made: 60 % of one exhaustive repeat
MARGIN = 0.01
FEWEST = 5  # tables that an interval needs
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
Rows = Sequence[Mapping[str, Any]]
Make = Callable[[Prior], Policy[Any]]

POLICIES: dict[str, Make] = {
    "kg": lambda prior: Kg(params=KgParams(), prior=prior),
    "kg, flat prior": lambda _: Kg(params=KgParams(), prior=flat()),
    "ttts": lambda prior: Ttts(params=TttsParams(), prior=prior),
    "uniform, cheap first": lambda prior: Uniform(params=UniformParams(), prior=prior),
    "uniform, random order": lambda prior: Uniform(
        params=UniformParams(order="random"), prior=prior
    ),
    "successive halving": lambda prior: SuccessiveHalving(params=HalvingParams(), prior=prior),
    "ucb_e": lambda prior: UcbE(params=UcbEParams(), prior=prior),
    "max_ucb": lambda prior: MaxUcb(params=MaxUcbParams(), prior=prior),
    "optuna_tpe": lambda prior: OptunaTpe(params=TpeParams(), prior=prior),
}
BUDGETLESS: dict[str, Make] = {
    "exhaustive x1": lambda prior: Sweep(params=SweepParams(repeats=1), prior=prior),
    "exhaustive x3": lambda prior: Sweep(params=SweepParams(repeats=3), prior=prior),
    "best on average": lambda prior: BestOnAverage(params=BaselineParams(), prior=prior),
}
FIXED: dict[str, Callable[[Episode], int | None]] = {
    "oracle": lambda episode: int(episode.everything.argmax()),
    "cheapest": lambda episode: _cheapest(episode),
    "random": lambda _: None,
}
PRICES = (0.05, 0.2, 1.0)  # worth that the seconds of a full sweep must bring
STRESSED = (
    "kg",
    "kg, flat prior",
    "ttts",
    "uniform, cheap first",
    "successive halving",
    "best on average",
)


@dataclass
class Timed:
    """A policy, and the CPU ms that each of its decisions took (ask and the tells before it)."""

    policy: Policy[Any]
    milliseconds: list[float]

    def start(self, arena: Arena, *, seed: int) -> Any:
        self.milliseconds.append(0.0)
        return self._timed(lambda: self.policy.start(arena, seed=seed))

    def tell(self, state: Any, pull: Pull) -> Any:
        return self._timed(lambda: self.policy.tell(state, pull))

    def ask(self, state: Any, *, batch: int = 1) -> Decision:
        decision: Decision = self._timed(lambda: self.policy.ask(state, batch=batch))
        self.milliseconds.append(0.0)
        return decision

    def _timed(self, act: Callable[[], Any]) -> Any:
        start = time.process_time()
        done = act()
        self.milliseconds[-1] += (time.process_time() - start) * 1e3
        return done


# What is done to the records and to the episodes under stress -----------------------------------


def without(rows: Rows, plugin: str) -> Rows:
    """The records of somebody who never had this generator."""
    return [row for row in rows if row["plugin"] != plugin]


def shifted(rows: Rows, stream: np.random.Generator, by: float = 0.05) -> Rows:
    """Records in which each generator is better or worse by so much than it is here."""
    shifts = _by_plugin(rows, stream.choice((-by, by), size=1000))
    return [
        {
            **row,
            **{f: _add(row[f], shifts[row["plugin"]]) for f in ("fidelity", "utility", "privacy")},
        }
        for row in rows
    ]


def misjudged(rows: Rows, stream: np.random.Generator, times: float = 3.0) -> Rows:
    """Records in which each generator takes three times or a third of the seconds it takes here."""
    factors = _by_plugin(rows, stream.choice((1 / times, times), size=1000))
    phases = ("fit_seconds", "sample_seconds", "evaluate_seconds")
    return [
        {**row, **{p: float(row[p] or "nan") * factors[row["plugin"]] for p in phases}}
        for row in rows
    ]


def crashing(episode: Episode, stream: np.random.Generator, share: float = 0.1) -> Episode:
    """An episode in which so many pulls fail."""
    fails = stream.random(episode.seconds.shape) < share
    return replace(episode, worths=np.where(fails[..., None], np.nan, episode.worths))


def noisier(episode: Episode, times: float = 2.0) -> Episode:
    """An episode whose pulls lie so many times further from their candidate's mean."""
    mean = np.nanmean(episode.worths, axis=1, keepdims=True)
    return replace(episode, worths=np.clip(mean + times * (episode.worths - mean), 0, 1))


def _by_plugin(rows: Rows, values: np.ndarray[Any, Any]) -> dict[str, float]:
    return dict(zip(dict.fromkeys(row["plugin"] for row in rows), map(float, values), strict=False))


def _add(cell: object, by: float) -> object:
    return cell if str(cell).strip() == "" else float(str(cell)) + by


# Episodes of one table ---------------------------------------------------------------------------


def benchmark(table: Rows, dataset: str, *, seeds: int) -> pd.DataFrame:
    """A row for each policy, episode and budget of a dataset."""
    rest = [row for row in table if row["dataset"] != dataset]
    (recording,) = recordings(row for row in table if row["dataset"] == dataset)
    found: list[dict[str, Any]] = []
    for stress, (rows, uses, change, limited) in _settings(rest, recording).items():
        prior = learn(rows)
        names = (*POLICIES, *BUDGETLESS) if stress == "none" else STRESSED
        budgets = BUDGETS if stress == "none" else (MIDDLE,)
        for key, seed, episode in _episodes(recording, uses, budgets, seeds, limited=limited):
            episode = change(episode, np.random.default_rng([seed, *dataset.encode()]))
            about = {"dataset": dataset, "stress": stress, **key}
            for name in names:
                if name in BUDGETLESS and key["budget"] != budgets[0]:
                    continue  # the same at every budget
                found.append({**about, "policy": name, **_play(name, prior, episode, seed)})
            if stress == "none" and key["budget"] == BUDGETS[-1]:
                found += [{**about, **_priced(price, prior, episode, seed)} for price in PRICES]
            if key["budget"] == budgets[0]:
                for name, choose in FIXED.items():
                    found.append({**about, "policy": name, **_told(episode, choose(episode))})
    return pd.DataFrame(found)


Change = Callable[[Episode, np.random.Generator], Episode]


def _settings(
    rest: Rows, recording: Recording
) -> dict[str, tuple[Rows, Sequence[Use], Change, bool]]:
    """By name of a stress: records to learn from, use cases, change of episodes, limits binding."""
    stream = np.random.default_rng(list(recording.dataset.encode()))
    best = recording.plugins[_best(recording)]
    unseen = [Use("nearness", (1, 1, 8)), Use("faithful", (1, 0, 0))]
    return {
        "none": (rest, USES, lambda e, _: e, False),
        "best arm is new": (without(rest, best), USES, lambda e, _: e, False),
        "prior ±0.05": (shifted(rest, stream), USES, lambda e, _: e, False),
        "costs ×3 or ÷3": (misjudged(rest, stream), USES, lambda e, _: e, False),
        "10 % crashes": (rest, USES, crashing, False),
        "noise ×2": (rest, USES, lambda e, _: noisier(e), False),
        "unseen uses": (rest, unseen, lambda e, _: e, False),
        "limits bind": (rest, USES, lambda e, _: e, True),
    }


def _best(recording: Recording) -> int:
    """The arm that is best at full effort, by the mean of what is informative."""
    told = np.isin(FAMILIES, recording.informative)
    return int(np.nanmean(recording.worths[recording.tops][..., told], axis=(1, 2)).argmax())


def _episodes(
    recording: Recording,
    uses: Sequence[Use],
    budgets: Sequence[float],
    seeds: int,
    *,
    limited: bool,
) -> Iterator[tuple[dict[str, Any], int, Episode]]:
    for use in uses:
        for seed in range(seeds):
            made = episodes(recording, use, budgets=budgets, seed=seed, limited=limited)
            for number, episode in enumerate(made):
                half, place = divmod(number, len(budgets))
                key = {"use": use.name, "seed": seed, "half": half, "budget": budgets[place]}
                yield key, seed, episode


def _play(name: str, prior: Prior, episode: Episode, seed: int) -> dict[str, Any]:
    if name in BUDGETLESS:
        policy = BUDGETLESS[name](prior)
        episode = replace(episode, arena=replace(episode.arena, seconds=None))
    else:
        policy = POLICIES[name](prior)
    return _scored(policy, episode, seed)


def _priced(price: float, prior: Prior, episode: Episode, seed: int) -> dict[str, Any]:
    """kg that ends where a sweep's seconds promise less than this worth."""
    params = KgParams(price=price / episode.sweep)
    name = f"kg, {price} a sweep"
    return {"policy": name, **_scored(Kg(params=params, prior=prior), episode, seed)}


def _scored(policy: Policy[Any], episode: Episode, seed: int) -> dict[str, Any]:
    timed = Timed(policy, [])
    run: Run = simulate(timed, episode, seed=seed)
    last, within = run.steps[-1], run.seconds_within(MARGIN)
    return {
        **_told(episode, last.best),
        "seconds": run.seconds / episode.sweep,
        "within": 1.0 if within is None else min(1.0, within / episode.sweep),
        "overshoot": run.overshoot / (episode.arena.seconds or np.inf),
        "p_best": last.p_best,
        "p_close": last.p_close,
        "ms": float(np.mean(timed.milliseconds[:-1])),
        "slowest_ms": max(timed.milliseconds[:-1]),
    }


def _told(episode: Episode, best: int | None) -> dict[str, Any]:
    regret = episode.regret(best)
    right = np.isclose(episode.truth, episode.truth.max()) if best is None else regret == 0
    close = episode.truth >= episode.truth.max() - MARGIN if best is None else regret <= MARGIN
    violates = np.mean(episode.truth == 0) if best is None else episode.truth[best] == 0
    return {
        "regret": regret,
        "is_best": float(np.mean(right)),
        "is_close": float(np.mean(close)),
        "violates": float(violates),
        "nobody": float(best is None),
        "seconds": 0.0,
    }


def _cheapest(episode: Episode) -> int:
    tops = [
        (episode.seconds[i].mean(), c.arm) for i, c in enumerate(episode.arena.candidates) if c.top
    ]
    return min(tops)[1]


# Tables ------------------------------------------------------------------------------------------


def interval(values: Sequence[float], form: str = "{:.4f}") -> str:
    """Mean and 95 % bootstrap-t interval of values by dataset."""
    mean = form.format(float(np.mean(values)))
    low, high = bounds(values)
    if low is None or high is None:
        return mean
    return f"{mean} [{form.format(low)}, {form.format(high)}]"


def bounds(values: Sequence[float]) -> tuple[float, float] | tuple[None, None]:
    """The interval's ends; none of too few tables."""
    if len(values) < FEWEST:
        return None, None
    return bootstrap_t(list(values), np.random.default_rng(0))


def by_dataset(runs: pd.DataFrame, value: str) -> pd.Series:
    """The mean of each dataset over its episodes."""
    means: pd.Series = runs.groupby("dataset")[value].mean()
    return means


def print_table(title: str, heads: Sequence[str], lines: Mapping[str, Sequence[str]]) -> None:
    print(f"\n{title}\n")
    print("| |" + "|".join(f" {head} " for head in heads) + "|")
    print("|---|" + "---|" * len(heads))
    for name, cells in lines.items():
        print(f"| {name} |" + "|".join(f" {cell} " for cell in cells) + "|", flush=True)


def over_budgets(runs: pd.DataFrame, value: str, form: str) -> dict[str, list[str]]:
    """One line for each policy; those without a budget have one cell, and what they cost."""
    lines: dict[str, list[str]] = {}
    for name in (*FIXED, *BUDGETLESS):
        own = runs[runs.policy == name]
        cost = own.seconds.mean()
        lines[f"{name} ({100 * cost:.0f} % of the sweep)"] = [
            interval(by_dataset(own, value), form),
            *[""] * (len(BUDGETS) - 1),
        ]
    for name in POLICIES:
        own = runs[runs.policy == name]
        lines[name] = [interval(by_dataset(own[own.budget == b], value), form) for b in BUDGETS]
    return lines


SHARES = {"exhaustive x1": 0.33, "exhaustive x3": 1.0}  # of a sweep; else the budget, or nothing


def curves(runs: pd.DataFrame, *, table: str) -> pd.DataFrame:
    """Regret of each policy by share of a full sweep's seconds, for the report's figure.

    ``table`` is the digest of the recorded table: by it, a test finds curves that are out of date.
    """
    plain = runs[runs.stress == "none"]
    found = []
    for name in (*POLICIES, *BUDGETLESS, *FIXED):
        own = plain[plain.policy == name]
        for budget in BUDGETS if name in POLICIES else BUDGETS[:1]:
            at = own[own.budget == budget]
            regrets = by_dataset(at, "regret")
            low, high = bounds(list(regrets))
            share = budget if name in POLICIES else SHARES.get(name, 0.0)
            numbers = (share, regrets.mean(), low, high)
            rounded = [None if value is None else round(float(value), 4) for value in numbers]
            found.append([name, *rounded, len(regrets), len(at) // len(regrets), table])
    heads = ("policy", "share", "regret", "low", "high", "tables", "episodes", "table")
    return pd.DataFrame(found, columns=list(heads))


def summary(runs: pd.DataFrame) -> dict[str, list[str]]:
    """Seconds to within 0.01, area under regret against log seconds, overshoot, milliseconds."""
    lines = {}
    for name in POLICIES:
        own = runs[runs.policy == name]
        most = own[own.budget == BUDGETS[-1]]
        lines[name] = [
            interval(by_dataset(most, "within"), "{:.3f}"),
            interval(_areas(own)),
            interval(by_dataset(most, "seconds"), "{:.3f}"),
            f"{own.overshoot.mean():.3f} / {own.overshoot.max():.2f}",
            f"{own.ms.mean():.2f} / {own.slowest_ms.max():.1f}",
        ]
    return lines


def _areas(own: pd.DataFrame) -> pd.Series:
    """Mean regret over log seconds between the least and the most budget, by dataset."""
    regrets = own.pivot_table(index="dataset", columns="budget", values="regret")[list(BUDGETS)]
    logs = np.log(BUDGETS)
    area = np.trapezoid(regrets.to_numpy(), logs, axis=1) / (logs[-1] - logs[0])
    return pd.Series(area, index=regrets.index)


def calibration(runs: pd.DataFrame, said: str, came: str) -> dict[str, list[str]]:
    """What kg said against what came, in bins; in brackets the Brier score of a constant."""
    own = runs[(runs.policy == "kg") & runs[said].notna()]
    told, true = own[said].astype(float), own[came]
    lines = {}
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        within = (told >= low) & (told < low + 0.2 + (low == 0.8))
        if within.any():
            lines[f"{low:.1f} to {low + 0.2:.1f}"] = [
                str(int(within.sum())),
                f"{told[within].mean():.2f}",
                f"{true[within].mean():.2f}",
            ]
    brier, constant = ((told - true) ** 2).mean(), ((true.mean() - true) ** 2).mean()
    lines["Brier score"] = ["", f"{brier:.3f}", f"({constant:.3f})"]
    return lines


def against(runs: pd.DataFrame) -> dict[str, list[str]]:
    """What kg gains on each baseline at the middle budget."""
    ours = by_dataset(runs[(runs.policy == "kg") & (runs.budget == MIDDLE)], "regret")
    lines = {}
    for name in (*POLICIES, *BUDGETLESS, *FIXED):
        if name == "kg":
            continue
        other = runs[runs.policy == name]
        if name in POLICIES:
            other = other[other.budget == MIDDLE]
        gains = by_dataset(other, "regret") - ours
        found = signed_rank_rope(list(gains), np.random.default_rng(0), rope=MARGIN)
        worse, equal, better = found.expected
        lines[name] = [interval(gains, "{:+.4f}"), f"{worse:.2f}", f"{equal:.2f}", f"{better:.2f}"]
    return lines


def dial(runs: pd.DataFrame) -> dict[str, list[str]]:
    """What kg spends and lacks when seconds have a price; its budget is the largest."""
    lines = {}
    for name in ("kg", *(f"kg, {price} a sweep" for price in PRICES)):
        own = runs[(runs.policy == name) & (runs.budget == BUDGETS[-1])]
        cells = [interval(by_dataset(own, value)) for value in ("regret", "seconds")]
        lines[name] = [cells[0], cells[1]]
    return lines


def stress(runs: pd.DataFrame) -> dict[str, list[str]]:
    """Regret at the middle budget under each stress."""
    at = runs[(runs.budget == MIDDLE) | (runs.policy == "best on average")]
    kinds = list(dict.fromkeys(runs.stress))
    return {
        name: [
            interval(by_dataset(at[(at.policy == name) & (at.stress == kind)], "regret"))
            for kind in kinds
        ]
        for name in STRESSED
    }


def verdicts(runs: pd.DataFrame) -> Iterator[str]:
    """What was wanted: shown (by the interval), so in the mean, or not so."""

    def regret(name: str, budget: float | None = None) -> pd.Series:
        own = runs[runs.policy == name]
        return by_dataset(own if budget is None else own[own.budget == budget], "regret")

    def say(wanted: str, excess: pd.Series, most: float) -> str:
        _, high = bounds(list(excess))
        verdict = "so in the mean" if excess.mean() <= most else "NOT SO"
        if high is not None and high <= most:
            verdict = "shown"
        return f"- {wanted}: {verdict} (difference of regret {interval(excess, '{:+.4f}')})"

    kg = runs[runs.policy == "kg"]
    used = kg[kg.budget == MIDDLE].seconds.mean() / _cost(runs, "exhaustive x1")
    yield say(
        f"no worse than one exhaustive repeat, with {100 * used:.0f} % of its seconds",
        regret("kg", MIDDLE) - regret("exhaustive x1"),
        0.0,
    )
    used = kg[kg.budget == 0.33].seconds.mean() / _cost(runs, "exhaustive x3")
    yield say(
        f"within 0.01 of three exhaustive repeats, with {100 * used:.0f} % of their seconds",
        regret("kg", 0.33) - regret("exhaustive x3"),
        MARGIN,
    )
    for budget in BUDGETS[:4]:
        excess = regret("kg", budget) - regret("uniform, cheap first", budget)
        yield say(f"better than cheap-first uniform at {100 * budget:.0f} %", excess, 0.0)
    slow = "shown" if kg.ms.mean() < 5 else "NOT SO"
    yield f"- under 5 ms per decision: {slow} (mean {kg.ms.mean():.2f} ms of CPU)"


def _cost(runs: pd.DataFrame, name: str) -> float:
    return float(runs[runs.policy == name].seconds.mean())


def report(runs: pd.DataFrame) -> None:
    heads = [f"{100 * budget:.0f} %" for budget in BUDGETS]
    plain = runs[runs.stress == "none"]
    regret = over_budgets(plain, "regret", "{:.4f}")
    print_table("Simple regret, by share of the full sweep's seconds", heads, regret)
    close = over_budgets(plain, "is_close", "{:.2f}")
    print_table("Probability that the recommended arm is within 0.01 of the best", heads, close)
    print_table(
        "Seconds, as shares of the full sweep's (budget 50 %, but for the area and ms)",
        ("until it stays within 0.01 (1: never)", "mean regret over log seconds", "spent",
         "overshoot, share of the budget: mean / most", "CPU ms per decision: mean / slowest"),
        summary(plain),
    )  # fmt: skip
    print_table(
        f"What kg gains at {100 * MIDDLE:.0f} %, and the next table's (ROPE {MARGIN})",
        ("lower regret by", "P(worse)", "P(equal)", "P(better)"),
        against(plain),
    )
    title = "When seconds have a price (worth that a full sweep must bring), budget 50 %"
    print_table(title, ("simple regret", "spent, share of the sweep"), dial(plain))
    for said, came, what in (("p_best", "is_best", "best"), ("p_close", "is_close", "close")):
        title = f"Calibration of kg's P({what}), all budgets"
        print_table(title, ("episodes", "said", "came"), calibration(plain, said, came))
    title = f"Simple regret at {100 * MIDDLE:.0f} % under stress"
    print_table(title, list(dict.fromkeys(runs.stress)), stress(runs))
    limited = runs[(runs.stress == "limits bind") & (runs.budget == MIDDLE)]
    print_table(
        "Where limits bind: share of recommended arms that violate one on the judging splits",
        ("share (an arm by lot where nobody is recommended)", "nobody recommended"),
        {n: [interval(by_dataset(limited[limited.policy == n], value), "{:.2f}")
             for value in ("violates", "nobody")]
         for n in (*FIXED, *STRESSED)},
    )  # fmt: skip
    print("\nWanted\n")
    print("\n".join(verdicts(plain)), flush=True)


def main() -> None:
    this = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    this.add_argument(
        "--table", type=Path, help="a table that synthcraft record made; default: the shipped one"
    )
    this.add_argument(
        "--seeds", type=int, default=3, help="divisions of the splits (2 halves each)"
    )
    this.add_argument("--workers", type=int, default=os.cpu_count())
    this.add_argument("--runs", help="where to write a row for each episode (CSV)")
    this.add_argument("--curves", help="where to write regret by share of a sweep (CSV)")
    options = this.parse_args()
    os.environ |= dict.fromkeys(THREADS, "1")  # before a process of the pool loads a BLAS
    shipped = resources.files("synthcraft.select").joinpath("recorded", "table.csv")
    text = (options.table or shipped).read_text(encoding="utf-8")
    table = list(csv.DictReader(StringIO(text)))
    datasets = list(dict.fromkeys(row["dataset"] for row in table))
    start = time.perf_counter()
    with ProcessPoolExecutor(options.workers, get_context("spawn")) as pool:
        parts = pool.map(partial(benchmark, table, seeds=options.seeds), datasets)
        runs = pd.concat(parts, ignore_index=True)
    if options.runs:
        runs.to_csv(options.runs, index=False)
    if options.curves:
        of = sha256(text.encode()).hexdigest()[:12]
        curves(runs, table=of).to_csv(options.curves, index=False, lineterminator="\n")
    each = runs[(runs.policy == "kg") & (runs.stress == "none") & (runs.budget == MIDDLE)]
    print(
        f"{len(datasets)} tables, {len(each) // len(datasets)} episodes of each at each budget, "
        f"{time.perf_counter() - start:.0f} s"
    )
    report(runs)


if __name__ == "__main__":
    main()
