"""How often an audit finds a broken mechanism: ``python benchmarks/audit.py``.

The membership game of ``synthcraft audit`` against noisy counts of each column (``independent``):
with the noise that ε asks for, and with a fault, a quarter of it. The game's tables, events and
bounds are the toolkit's own; only its fits are replaced by a formula that draws thousands at once
(the counts with their noise, then how many synthetic rows agree with the canary in which columns;
exact numbers, a statistic of less power here, are left out). The formula is compared with real
fits first. Printed is the share of audits that flag either, with a 95 % Clopper–Pearson interval.
"""

import argparse
import itertools
import time

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from synthcraft.catalogue import NoParams
from synthcraft.data.table import Column, Table, conform
from synthcraft.engine.audit import SAMPLED, Played, Seeds, contest, play
from synthcraft.generators.private.independent import Independent
from synthcraft.generators.private.measure import exact_counts, sigma_of
from synthcraft.privacy.audit import AuditResult, Scores, unplayed
from synthcraft.privacy.game import ROWS, STATISTICS, Game, worst_cases
from synthcraft.privacy.release import Release
from synthcraft.spec.types import AuditSpec

DELTA = 1e-5
FAULT = 1 / 4
"""The part of its noise that the broken mechanism adds."""
FITS = (100, 300, 500, 1500)
EPSILONS = (0.5, 1.0, 2.0)
COLUMNS = (2, 4)


def cohort(columns: int) -> Table:
    """A table of so many declared numbers, each in four bins; its one row is not looked at."""
    names = [f"x{i}" for i in range(columns)]
    said = ("low", "high", "decimals")
    kinds = [
        Column(n, "numeric", low=0, high=100, decimals=0, bins=4, origin="declared", declared=said)
        for n in names
    ]
    frame = conform(pd.DataFrame({name: [0.0] for name in names}), kinds)
    return Table(frame, tuple(kinds), "regression", names[-1])


def drawn(game: Game, table: Table, release: Release, noise: float, seeds: list[int]) -> Scores:
    """The statistics of one fit per seed, by formula; ``noise`` is the part of σ that is added."""
    rng = np.random.default_rng(seeds)
    codes, sizes = game.domain.encode(table.frame), game.domain.sizes
    sigma = noise * sigma_of(release.rho_model / len(sizes), release.contribution)
    agree = np.empty((len(seeds), len(sizes)))
    for i, canary in enumerate(game.canary):
        counts = exact_counts(codes, sizes, (i,))
        noisy = np.rint(counts + rng.normal(0, sigma, (len(seeds), sizes[i]))).clip(0)
        agree[:, i] = noisy[:, canary] / np.maximum(noisy.sum(axis=1), 1)
    patterns = np.array(list(itertools.product((0, 1), repeat=len(sizes))))
    chances = np.where(patterns, agree[:, None], 1 - agree[:, None]).prod(axis=2)
    shares = rng.multinomial(SAMPLED, chances) / SAMPLED
    found = {
        "all columns": shares @ patterns.all(axis=1),
        "any column": shares @ patterns.any(axis=1),
        "mean column": shares @ patterns.mean(axis=1),
    }
    return np.column_stack([found.get(name, np.zeros(len(seeds))) for name in STATISTICS])


def audit(
    games: tuple[Game, ...], terms: AuditSpec, epsilon: float, noise: float, seed: int
) -> AuditResult:
    """One audit, as ``synthcraft audit`` plays it."""
    release = Release(epsilon, DELTA, ROWS)
    start = unplayed("independent", terms, epsilon=epsilon, delta=DELTA)

    def played(game: Game, seeds: Seeds) -> Played:
        present, absent = (
            drawn(game, table, release, noise, list(world))
            for table, world in zip((game.present, game.absent), seeds, strict=True)
        )
        return Played(present, absent)

    return contest(start, games, played, seed=seed)


def share(flagged: int, audits: int) -> str:
    """A share in percent with its interval."""
    low, high = binomtest(flagged, audits).proportion_ci(0.95)
    return f"{flagged / audits:4.0%} [{low:4.0%}, {high:4.0%}]"


def check(game: Game, fits: int) -> None:
    """Means and standard deviations of real fits beside those of the formula."""
    release = Release(1.0, DELTA, ROWS, seeded=True)
    made = lambda: Independent(NoParams(), release)  # noqa: E731
    seeds = list(range(fits))
    real = play(made, game, seeds, []).present
    formula = drawn(game, game.present, release, 1.0, seeds)
    for i, name in enumerate(STATISTICS[:3]):
        pairs = [f"{s[:, i].mean():.4f} (sd {s[:, i].std():.4f})" for s in (real, formula)]
        print(f"  {game.name:8} {name:12} real {pairs[0]}, formula {pairs[1]}")


HEAD = (
    f"{'ε':>4} {'fits':>5}  {'could show':>10}  {'flagged: fault':18}  {'honest':18}  "
    "median bound of the fault, largest of the honest"
)


def line(games: tuple[Game, ...], terms: AuditSpec, epsilon: float, audits: int) -> str:
    """What so many audits of the fault, and of the honest mechanism, showed."""
    fault, honest = (
        [audit(games, terms, epsilon, noise, seed) for seed in range(audits)]
        for noise in (FAULT, 1.0)
    )
    shares = [share(sum(r.flagged for r in results), audits) for results in (fault, honest)]
    bounds = [[r.bound.epsilon for r in results if r.bound] for results in (fault, honest)]
    return (
        f"{epsilon:4g} {terms.fits:5}  {fault[0].largest:10.2f}  {shares[0]:18}  {shares[1]:18}  "
        f"{np.median(bounds[0]):.2f}, {max(bounds[1]):.2f}"
    )


def main() -> None:
    """Compare the formula with real fits, then print the shares."""
    this = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    this.add_argument("--audits", type=int, default=400, help="audits of each kind")
    this.add_argument("--confidence", type=float, default=0.95, help="of each bound")
    this.add_argument("--check", type=int, default=500, help="real fits beside the formula's")
    options = this.parse_args()
    start = time.perf_counter()
    print(f"{options.audits} audits of each at confidence {options.confidence:g}")
    for columns in COLUMNS:
        games = worst_cases(cohort(columns))
        print(f"{columns} columns; fits by the code and by the formula, with the canary, at ε 1:")
        for game in games:
            check(game, options.check)
        print(HEAD)
        for epsilon, fits in itertools.product(EPSILONS, FITS):
            terms = AuditSpec(fits=fits, confidence=options.confidence)
            print(line(games, terms, epsilon, options.audits), flush=True)
    print(f"{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
