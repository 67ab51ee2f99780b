"""A simulated world of generators: what policies meet in it is known, as are its recorded runs.

``python -m tests.select.world`` prints the mean simple regret of ``kg`` and of two baselines, for
a look at orders of magnitude: what counts is measured on recorded tables.
"""

import time
from dataclasses import dataclass

import numpy as np

from synthcraft.select.arena import Arena, Candidate, Pull
from synthcraft.select.kg import Kg
from synthcraft.select.params import KgParams
from synthcraft.select.prior import learn, load

RUNGS = (0.11, 0.33, 1.0)
KINDS = ("gan", "gan", "gan", "vae", "vae", "flow", "tree", "tree", "diffusion", "bayes", "bayes",
         "marginal")  # fmt: skip
NAMES = tuple(f"g{i}" for i in range(len(KINDS)))
CANDIDATES = tuple(Candidate(a, z) for a in range(len(NAMES)) for z in RUNGS)


@dataclass(frozen=True)
class Table:
    """One data set: worths and seconds by candidate, split effects by family."""

    theta: np.ndarray  # families × candidates
    seconds: np.ndarray
    splits: np.ndarray  # families × splits

    @property
    def truth(self):
        return self.theta[1, len(RUNGS) - 1 :: len(RUNGS)]


@dataclass(frozen=True)
class World:
    """Levels of generators: worths (families × candidates), seconds, noise by generator."""

    levels: np.ndarray
    seconds: np.ndarray
    noise: np.ndarray

    @classmethod
    def of(cls, name, rng):
        """A: costly arms are mediocre; B: they tend to be best; C: B with much noise."""
        arms, z = len(NAMES), np.array(RUNGS)
        seconds = 2 * 900 ** rng.permutation(np.linspace(0, 1, arms))
        place = np.log(seconds / 2) / np.log(900)
        tilt = {"A": -0.04, "B": 0.12, "C": 0.12}[name]
        quality = 0.7 + tilt * (place - 0.5) + rng.normal(0, 0.06, (3, arms))
        lacking = rng.uniform(0.02, 0.25, (3, arms))
        slow = (-np.log(z) / np.log(9)) ** 1.5
        levels = quality[:, :, None] - lacking[:, :, None] * slow
        noise = np.full(arms, 0.05) if name == "C" else rng.uniform(0.008, 0.03, arms)
        cost = seconds[:, None] * (0.05 + 0.95 * z)
        return cls(levels.reshape(3, -1), cost.ravel(), noise)

    def table(self, rng, *, splits=6):
        kinds = np.unique(KINDS, return_inverse=True)[1]
        z = np.log(RUNGS)
        root = np.linalg.cholesky(np.exp(-np.abs(z[:, None] - z) / 3))
        own = rng.normal(0, 0.035, (3, len(NAMES), len(RUNGS)))
        alike = rng.normal(0, 0.05, (3, kinds.max() + 1, len(RUNGS)))[:, kinds]
        common = rng.normal(0, 0.1, (3, 1, len(RUNGS)))
        deviation = ((own + alike + common) @ root.T).reshape(3, -1)
        offset = np.exp(rng.normal(0, 0.4) + np.repeat(rng.normal(0, 0.2, len(NAMES)), len(RUNGS)))
        return Table(
            self.levels + deviation, self.seconds * offset, rng.normal(0, 0.02, (3, splits))
        )

    def pull(self, table, candidate, split, rng):
        noise = rng.normal(0, self.noise[CANDIDATES[candidate].arm], 3)
        worth = table.theta[:, candidate] + table.splits[:, split] + noise
        return Pull(candidate, split, float(table.seconds[candidate]), tuple(worth.tolist()))

    def rows(self, rng, *, tables=20, splits=3):
        """What recorded runs on fresh tables look like."""
        for t in range(tables):
            table = self.table(rng, splits=splits)
            for c, candidate in enumerate(CANDIDATES):
                for split in range(splits):
                    pull = self.pull(table, c, split, rng)
                    fidelity, utility, privacy = pull.worth
                    yield {
                        "dataset": f"t{t}", "rows": 500, "columns": 10, "rung": candidate.rung,
                        "arm": NAMES[candidate.arm], "plugin": NAMES[candidate.arm],
                        "kind": KINDS[candidate.arm],
                        "split": split, "fidelity": fidelity, "utility": utility,
                        "privacy": privacy, "fit_seconds": pull.seconds, "sample_seconds": 0,
                        "evaluate_seconds": 0,
                    }  # fmt: skip


def arena(*, seconds=None, pulls=None, splits=6):
    return Arena(NAMES, NAMES, KINDS, CANDIDATES, splits, (0.0, 1.0, 0.0), seconds=seconds,
                 pulls=pulls, context={"rows": 500.0, "columns": 10.0})  # fmt: skip


def play(policy, world, table, place, rng):
    """The recommended arm, the seconds spent and the number of decisions."""
    state, spent, decisions = policy.start(place, seed=0), 0.0, 0
    while True:
        decision = policy.ask(state)
        decisions += 1
        if not decision.pulls:
            return decision.best, spent, decisions
        for candidate, split in decision.pulls:
            pull = world.pull(table, candidate, split, rng)
            spent += pull.seconds
            state = policy.tell(state, pull)


def sweep(world, table, repeats, rng):
    """What an exhaustive search recommends."""
    tops = range(len(RUNGS) - 1, len(CANDIDATES), len(RUNGS))
    seen = [[world.pull(table, c, s, rng).worth[1] for s in range(repeats)] for c in tops]
    return int(np.mean(seen, axis=1).argmax())


def main(worlds=4, tables=15):
    for name in "ABC":
        regrets, used = {}, {}
        for w in range(worlds):
            rng = np.random.default_rng([w, ord(name)])
            world = World.of(name, rng)
            priors = {"kg": learn(world.rows(rng)), "kg flat": load("none")}
            for t in range(tables):
                table = world.table(rng)
                total = 3 * float(table.seconds[len(RUNGS) - 1 :: len(RUNGS)].sum())
                for repeats in (1, 3):
                    best = sweep(world, table, repeats, rng)
                    regrets.setdefault(f"exhaustive x{repeats}", []).append(
                        table.truth.max() - table.truth[best]
                    )
                for label, prior in priors.items():
                    for share in (0.05, 0.1, 0.2, 0.33):
                        policy = Kg(params=KgParams(prior="none"), prior=prior)
                        start = time.process_time()
                        best, spent, decisions = play(
                            policy,
                            world,
                            table,
                            arena(seconds=share * total),
                            np.random.default_rng(t),
                        )
                        took = time.process_time() - start
                        regrets.setdefault(f"{label} {share}", []).append(
                            table.truth.max() - table.truth[best]
                        )
                        used.setdefault(f"{label} {share}", []).append(
                            (spent / total, decisions, took / decisions)
                        )
        for label, found in regrets.items():
            more = np.mean(used.get(label, [(np.nan,) * 3]), axis=0)
            print(
                name,
                f"{label:14} {np.mean(found):.4f} ± {1.96 * np.std(found) / len(found) ** 0.5:.4f}",
                more.round(5),
            )


if __name__ == "__main__":
    main()
