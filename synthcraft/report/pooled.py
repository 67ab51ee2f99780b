"""Runs that differ in nothing but their seed, read as one study with more splits."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import fmean

from synthcraft.report.summary import Contender, Quantity, Samples, Summary
from synthcraft.report.varied import settings, varied
from synthcraft.report.words import counted, listed, short
from synthcraft.stats import Estimate, clipped, deviation, over_splits


@dataclass(frozen=True)
class Study:
    """Runs of one spec under one or several seeds: each seed divides the table anew."""

    runs: tuple[Summary, ...]

    @property
    def first(self) -> Summary:
        """The run that stands for what all have in common."""
        return self.runs[0]

    @property
    def table(self) -> str:
        """What the data are called: the dataset plug-in."""
        return short(self.first.run.spec.dataset.plugin)

    @property
    def contenders(self) -> tuple[Contender, ...]:
        """Generators, then references."""
        return (*self.first.generators, *self.first.references)

    @cached_property
    def ratio(self) -> float:
        """Holdout rows per train row."""
        return fmean(run.ratio for run in self.runs)

    def samples(self, arm: str, quantity: Quantity) -> Samples:
        """The values of an arm by split; splits are counted on from run to run."""
        found = [values for run in self.runs for values in run.samples(arm, quantity).values()]
        return dict(enumerate(found))

    def estimate(self, arm: str, quantity: Quantity) -> Estimate | None:
        """The mean over all splits of all runs with its interval; None where there is no value.

        Where splits give no interval (there is one, or all agree), it is the measure's own within a
        split, if it has one.
        """
        samples = self.samples(arm, quantity)
        if not samples:
            return None
        metric = self.first.descriptors[quantity.metric]
        estimate = over_splits(samples, ratio=self.ratio)
        if estimate.low is None:
            return self._within(arm, quantity, estimate)
        least = float("-inf") if metric.low is None else min(metric.low, estimate.mean)
        most = float("inf") if metric.high is None else max(metric.high, estimate.mean)
        return clipped(estimate, least, most)

    def _within(self, arm: str, quantity: Quantity, estimate: Estimate) -> Estimate:
        scores = [run.score(arm, quantity) for run in self.runs]
        own = [score.estimate for score in scores if score.within and score.estimate]
        bounds = [(e.low, e.high) for e in own if e.low is not None and e.high is not None]
        if len(bounds) < len(scores):
            return estimate
        low, high = (fmean(ends) for ends in zip(*bounds, strict=True))
        return replace(estimate, low=low, high=high)

    def deviation(self, arm: str, quantity: Quantity) -> float | None:
        """The standard deviation over splits of an arm's values."""
        return deviation(self.samples(arm, quantity))

    def complete(self, arm: str, quantity: Quantity) -> bool:
        """Whether every trial that the runs asked for gave a value."""
        return all(run.score(arm, quantity).complete for run in self.runs)

    def place(self, arm: str, quantity: Quantity) -> float | None:
        """The mean calibrated value over runs; None where a run has none."""
        found = [run.score(arm, quantity).calibrated for run in self.runs]
        known = [value for value in found if value is not None]
        return fmean(known) if len(known) == len(found) else None

    def described(self) -> str:
        """Splits, generator seeds and runs, in words."""
        splits = sum(run.run.plan.splits for run in self.runs)
        seeds = self.first.run.plan.replicates
        parts = [counted(splits, "split")]
        parts += [f"{counted(seeds, 'generator seed')} each"] if seeds > 1 else []
        if len(self.runs) > 1:
            names = listed([str(run.run.spec.seed) for run in self.runs])
            parts.append(f"{counted(len(self.runs), 'run')} (seeds {names})")
        return ", ".join(parts)


def studies(summaries: Sequence[Summary]) -> tuple[Study, ...]:
    """Runs by what they ask: those that differ in their seed only are one study."""
    found: dict[str, list[Summary]] = {}
    for summary in summaries:
        found.setdefault(_question(summary), []).append(summary)
    return tuple(Study(tuple(runs)) for runs in found.values())


def runs_named(summaries: Sequence[Summary]) -> list[str]:
    """A name for each run: its data, where each has its own; its seed, where nothing else differs.

    Its directory's name in all other cases.
    """
    ids = [short(summary.run.id) for summary in summaries]
    seeds = [f"seed {summary.run.spec.seed}" for summary in summaries]
    tables = [study.table for study in studies(summaries)]
    names = tables if len(tables) == len(ids) else seeds if len(tables) == 1 else ids
    return names if len(set(names)) == len(ids) else ids


def _question(summary: Summary) -> str:
    """A spec's identity, seed aside, unless the data declare their parts: no seed divides them."""
    spec = summary.run.spec
    declared = any(spec.dataset.params.get(name) for name in ("holdout_path", "trained_on"))
    return spec.id if declared else spec.model_copy(update={"seed": 0}).id


def tables_named(found: Sequence[Study]) -> list[str]:
    """A name for each study's data; where two are called alike, with the settings that differ.

    Where these do not tell them apart either, it is the run's.
    """
    plain = [study.table for study in found]
    told = [settings(study.first) for study in found]
    keys = varied(told)[:3]
    names = [
        ", ".join([name, *(f"{key.rpartition('.')[2]} {short(one.get(key, '—'))}" for key in keys)])
        for name, one in zip(plain, told, strict=True)
    ]
    return [
        table
        if plain.count(table) == 1
        else name
        if names.count(name) == 1
        else f"{table} ({short(study.first.run.id)})"
        for table, name, study in zip(plain, names, found, strict=True)
    ]
