"""Optuna tunes the exploration of a policy on recorded runs, and it is told whether that helps.

A trial is one set of parameters. Its loss is what episodes on recorded tables (select/replay) cost
in the mean over tables: the regret of what is recommended and, where the policy has a price of
seconds, that of those spent. All trials get the same episodes and seeds, and what is believed
before the first pull is always learned without the table that is played on.

The least loss of many trials is too good to be true. So the tables are dealt into folds; for each
fold a study of its own tunes on the other tables, and only what it finds is judged on the fold,
beside the defaults. These gains, one for each table, are what a verdict rests on (Varma and Simon
2006, BMC Bioinformatics 7:91). What is proposed in the end comes from a study on all tables.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from synthcraft import __version__
from synthcraft.catalogue import SELECTORS, SelectorParams
from synthcraft.errors import DataError, Problem, RunError
from synthcraft.registry import load_object
from synthcraft.select.arena import Policy
from synthcraft.select.prior import Prior, learn
from synthcraft.select.replay import Episode, Recording, Row, episodes, recordings, simulate
from synthcraft.select.spaces import Space, space_of
from synthcraft.select.uses import USES
from synthcraft.stats import bootstrap_t, sign_flip

if TYPE_CHECKING:
    from optuna import Study
    from optuna.storages import BaseStorage
    from optuna.trial import FrozenTrial

Values = Mapping[str, float]
Losses = Mapping[str, float]  # by table
Watch = Callable[[str, int, float], None]  # a study's name, its trials so far, its least loss

BUDGETS = (0.05, 0.10, 0.20, 0.33)  # shares of the seconds of a full sweep
TABLES = 4  # fewer leave too little to learn from without a fold and a table
SPLITS = 4  # fewer leave one to pull on, or one to judge by
SIGNIFICANT = 0.05
JOURNAL = "study.jsonl"
WHOLE = "all tables"


@dataclass(frozen=True)
class Design:
    """What is tuned and how: with the recorded table, the identity of every number.

    ``params`` are what tuning has to beat; those in ``fixed`` are not tuned. ``folds`` is how many
    parts the tables are dealt into, ``divisions`` how often the splits of each are divided into
    halves to pull on and to judge by.
    """

    policy: str
    params: SelectorParams
    fixed: frozenset[str] = frozenset()
    folds: int = 5
    divisions: int = 1
    seed: int = 0

    @property
    def space(self) -> Space:
        """What is tuned."""
        return {k: v for k, v in space_of(self.policy).items() if k not in self.fixed}

    @property
    def defaults(self) -> Values:
        """What tuning has to beat."""
        return {name: float(getattr(self.params, name)) for name in self.space}

    def told(self, digest: str) -> dict[str, Any]:
        """The design as plain data, with what else the numbers follow from."""
        return {
            "policy": self.policy,
            "params": self.params.model_dump(mode="json"),
            "space": {k: [r.low, r.high, r.log] for k, r in self.space.items()},
            "folds": self.folds,
            "divisions": self.divisions,
            "seed": self.seed,
            "budgets": list(BUDGETS),
            "uses": [[use.name, *use.weights] for use in USES],
            "table": digest,
            "synthcraft": __version__,
            "optuna": version("optuna"),
        }


@dataclass(frozen=True)
class Search:
    """What a study came to: the values with the least loss on its own tables, and the defaults'."""

    values: Values
    loss: float
    default: float
    trials: int

    @property
    def gain(self) -> float:
        """What the values promise: too much, as they were chosen for it."""
        return self.default - self.loss


@dataclass(frozen=True)
class Held:
    """A table that was kept out of a study: what the defaults lose on it, and what was found."""

    dataset: str
    fold: int
    default: float
    tuned: float

    @property
    def gain(self) -> float:
        """How much less is lost."""
        return self.default - self.tuned


@dataclass(frozen=True)
class Tuning:
    """What tuning came to, and what it is worth on tables that it has not seen.

    ``found`` is the search on all tables, whose values are proposed; ``folds`` are those without
    each fold, ``held`` the tables of all folds.
    """

    design: Design
    found: Search
    folds: tuple[Search, ...]
    held: tuple[Held, ...]

    @property
    def gains(self) -> list[float]:
        """What is gained on each table by values that were tuned without it."""
        return [held.gain for held in self.held]

    @property
    def gain(self) -> float:
        """The mean gain."""
        return float(np.mean(self.gains))

    @cached_property
    def p(self) -> float:
        """Two-sided p of the gains by the sign-flip test."""
        return sign_flip(self.gains, np.random.default_rng(self.design.seed))

    @cached_property
    def interval(self) -> tuple[float, float] | tuple[None, None]:
        """The 95 % bootstrap-t interval of the mean gain."""
        return bootstrap_t(self.gains, np.random.default_rng(self.design.seed))

    @property
    def significant(self) -> bool:
        """Whether there is something to propose, with a gain above zero by test and interval."""
        low, _ = self.interval
        return self.found.gain > 0 and self.p <= SIGNIFICANT and low is not None and low > 0

    @property
    def optimism(self) -> float:
        """By how much the folds' searches promised more than came on the tables held."""
        return float(np.mean([search.gain for search in self.folds])) - self.gain


class Bench:
    """The episodes of a recorded table, and what parameters lose on them.

    Raises
    ------
    UserError
        When the table cannot be replayed, or has too few datasets or splits.
    """

    def __init__(self, rows: Sequence[Row], design: Design) -> None:
        self.rows = rows
        self.design = design
        self.policy: Callable[..., Policy[Any]] = load_object(
            SELECTORS.get(design.policy).implementation
        )
        found = _read(rows)
        _check(found)
        self.episodes = {one.dataset: tuple(_episodes(one, design)) for one in found}
        silent = [name for name, played in self.episodes.items() if not played]
        if silent:
            message = f"{', '.join(silent)}: no family of worths tells anything for any use"
            raise DataError([Problem("recorded table", message, "Take its rows out of the table.")])

    @property
    def datasets(self) -> tuple[str, ...]:
        """The names of the tables."""
        return tuple(self.episodes)

    def prior(self, without: Sequence[str]) -> Prior:
        """What the tables teach, some of them left out."""
        return learn(row for row in self.rows if row["dataset"] not in without)

    def losses(self, values: Values, priors: Mapping[str, Prior]) -> Losses:
        """The mean loss on each table that a prior is given for."""
        params = self.design.params.model_copy(update=dict(values))
        price = float(getattr(params, "price", 0))
        return {
            dataset: float(np.mean([
                _loss(self.policy(params=params, prior=prior), episode, seed=seed, price=price)
                for seed, episode in self.episodes[dataset]
            ]))
            for dataset, prior in priors.items()
        }  # fmt: skip


def _read(rows: Sequence[Row]) -> tuple[Recording, ...]:
    try:
        return recordings(rows)
    except (KeyError, ValueError):
        message = "lacks a column, or holds something other than a number in one of numbers"
        hint = "Make it with synthcraft record."
        raise DataError([Problem("recorded table", message, hint)]) from None


def _check(found: Sequence[Recording]) -> None:
    problems = [
        Problem("recorded table",
                f"{one.dataset}: got {one.splits} splits on which every arm was recorded",
                f"Record at least {SPLITS}, better 6 (design.splits).")
        for one in found if one.splits < SPLITS
    ]  # fmt: skip
    if len(found) < TABLES:
        hint = "Add sweeps on other data with: python -m synthcraft record"
        message = f"got {len(found)} datasets, at least {TABLES} are needed to tune"
        problems.append(Problem("recorded table", message, hint))
    if problems:
        raise DataError(problems)


def _episodes(recording: Recording, design: Design) -> Iterator[tuple[int, Episode]]:
    for use in USES:
        for division in range(design.divisions):
            seed = int(np.random.SeedSequence([design.seed, division]).generate_state(1)[0])
            for episode in episodes(recording, use, budgets=BUDGETS, seed=seed):
                yield seed, episode


def _loss(policy: Policy[Any], episode: Episode, *, seed: int, price: float) -> float:
    run = simulate(policy, episode, seed=seed)
    return run.regret + price * run.seconds


def tune(
    rows: Sequence[Row],
    design: Design,
    folder: Path,
    *,
    trials: int,
    digest: str,
    watch: Watch = lambda *_: None,
) -> Tuning:
    """Tune a policy, or go on with it: every trial is kept in the folder's journal.

    The same rows, design and number of trials give the same numbers, however often it was stopped
    in between. ``digest`` names the rows.

    Raises
    ------
    UserError
        When the rows cannot be tuned on, or the folder holds a study of another design.
    """
    bench = Bench(rows, design)
    names = bench.datasets
    with _storage(folder) as storage:
        told = design.told(digest)

        def search(name: str, place: int, held: Sequence[str]) -> Search:
            kept = [dataset for dataset in names if dataset not in held]
            priors = {dataset: bench.prior([*held, dataset]) for dataset in kept}
            study = _study(storage, name, told, folder)
            return _search(study, bench, priors, place=place, trials=trials, watch=watch)

        found = search(WHOLE, 0, ())
        folds, held = [], []
        for place, fold in enumerate(_dealt(names, design), start=1):
            folds.append(search(f"without fold {place}", place, fold))
            priors = dict.fromkeys(fold, bench.prior(fold))
            default = bench.losses(design.defaults, priors)
            tuned = bench.losses(folds[-1].values, priors)
            held += [Held(one, place, default[one], tuned[one]) for one in fold]
    return Tuning(design, found, tuple(folds), tuple(held))


def _dealt(names: Sequence[str], design: Design) -> list[list[str]]:
    """The tables in random parts of like size."""
    order = np.random.default_rng(design.seed).permutation(len(names))
    parts = np.array_split(order, min(design.folds, len(names)))
    return [[names[i] for i in sorted(part)] for part in parts]


# One study -----------------------------------------------------------------------------------


def _search(
    study: "Study",
    bench: Bench,
    priors: Mapping[str, Prior],
    *,
    place: int,
    trials: int,
    watch: Watch,
) -> Search:
    """Trials up to the wanted number; the defaults are the first, so that they win a tie."""
    from optuna.samplers import TPESampler
    from optuna.trial import TrialState

    for broken in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        study.tell(broken.number, state=TrialState.FAIL)
    while (done := len(_finished(study))) < trials:
        _tell(study, watch)
        if not done and not study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
            study.enqueue_trial(dict(bench.design.defaults))
        # A sampler for each trial: what it draws does not depend on when a study was stopped.
        seeds = np.random.SeedSequence([bench.design.seed, place, done]).generate_state(1)
        study.sampler = TPESampler(seed=int(seeds[0]))
        trial = study.ask()
        values = {
            name: trial.suggest_float(name, r.low, r.high, log=r.log)
            for name, r in bench.design.space.items()
        }
        losses = bench.losses(_written(values), priors)
        study.tell(trial, float(np.mean(list(losses.values()))))
    _tell(study, watch)
    tried = _finished(study)[:trials]
    best = min(tried, key=_value)
    return Search(_written(best.params), _value(best), _value(tried[0]), trials)


def _tell(study: "Study", watch: Watch) -> None:
    values = [_value(trial) for trial in _finished(study)]
    watch(study.study_name, len(values), min(values, default=np.inf))


def _written(values: Values) -> Values:
    """Values with as many digits as an option's file shows."""
    return {name: float(f"{value:.3g}") for name, value in values.items()}


def _finished(study: "Study") -> list["FrozenTrial"]:
    from optuna.trial import TrialState

    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))


def _value(trial: "FrozenTrial") -> float:
    if trial.value is None:
        raise ValueError("a finished trial has a value")
    return trial.value


def studied(folder: Path, trials: int) -> "Study":
    """The first finished trials of the study on all tables, for Optuna's plots."""
    import optuna

    with _storage(folder) as storage:
        found = _finished(optuna.load_study(study_name=WHOLE, storage=storage))
        study = optuna.create_study(study_name=WHOLE)
    study.add_trials(found[:trials])
    return study


def _study(storage: "BaseStorage", name: str, told: Mapping[str, Any], folder: Path) -> "Study":
    """The study of this name; a new one, or one of the same design."""
    import optuna

    study = optuna.create_study(study_name=name, storage=storage, load_if_exists=True)
    before = study.user_attrs.get("design")
    if before is None:
        study.set_user_attr("design", dict(told))
        return study
    differ = [key for key in sorted({*told, *before}) if before.get(key) != told.get(key)]
    if differ:
        message = f"holds a study with another {', '.join(differ)}"
        raise RunError([Problem(str(folder), message, "Name another directory with --dir.")])
    return study


@contextmanager
def _storage(folder: Path) -> Iterator["BaseStorage"]:
    """Optuna's journal in a folder that no other process uses now."""
    import optuna
    from filelock import FileLock, Timeout

    level = optuna.logging.get_verbosity()
    lock = FileLock(folder / ".lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        hint = "Wait for it to end; the same command then goes on."
        raise RunError([Problem(str(folder), "another process is tuning here", hint)]) from None
    except OSError as exc:
        message = f"cannot be written ({exc.strerror})"
        raise RunError([Problem(str(folder), message, "Name another with --dir.")]) from None
    try:
        optuna.logging.set_verbosity(logging.WARNING)
        _mend(folder / JOURNAL)
        yield _opened(folder / JOURNAL)
    finally:
        optuna.logging.set_verbosity(level)
        lock.release()


def _opened(journal: Path) -> "BaseStorage":
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    try:
        return JournalStorage(JournalFileBackend(str(journal)))
    except (ValueError, KeyError, TypeError, AttributeError):
        hint = "Restore the file, or start again in another directory with --dir."
        raise RunError([Problem(str(journal), "the study's journal is damaged", hint)]) from None


def _mend(journal: Path) -> None:
    """Cut off a torn last line and the lock of a process that was killed while it wrote."""
    Path(f"{journal}.lock").unlink(missing_ok=True)
    if journal.exists():
        whole = journal.read_bytes().rfind(b"\n") + 1
        with journal.open("r+b") as stream:
            stream.truncate(whole)
