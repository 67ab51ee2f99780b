"""A spec to a finished journal: run or resume, one record per trial."""

import errno
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from synthcraft.augment.doses import deciding_part
from synthcraft.catalogue import GENERATORS, METRICS
from synthcraft.data.describe import describe_table, fingerprint
from synthcraft.data.table import Table
from synthcraft.engine.audit import audit_arms
from synthcraft.engine.augmented import AugmentedTask, ControlTask, run_augmented, run_control
from synthcraft.engine.cohorts import added_in_all, told_design
from synthcraft.engine.executors import run_jobs
from synthcraft.engine.isolate import Job, Limits, Outcome, warm
from synthcraft.engine.observe import Observer
from synthcraft.engine.parts import GROUNDS, Division, Place, divide, listed, sizes, write_splits
from synthcraft.engine.provenance import deciding_versions, provenance
from synthcraft.engine.table import held_out, read_table
from synthcraft.engine.trial import RealTask, TrialTask, compute_real, run_trial
from synthcraft.errors import NoUsableArm, Problem, RunError
from synthcraft.generators.private.select import choose
from synthcraft.ids import Purpose, seed_for
from synthcraft.journal import FILE, Journal, read
from synthcraft.metrics.choice import judged_by, yielding
from synthcraft.metrics.evaluate import RealSide
from synthcraft.plan import control_trials, make_plan, reference_trials, references
from synthcraft.privacy.domain import clipped_warnings
from synthcraft.privacy.ledger import total
from synthcraft.privacy.selection import rho_of_selection, scores, selection_spend, sensitivity
from synthcraft.privacy.terms import declared_train_rows, release_of, spend_of
from synthcraft.records import Phase, Plan, Record, Spend, Start, Trial
from synthcraft.results import (
    SAMPLES,
    SPEC_FILE,
    UNRELEASED,
    Run,
    is_first,
    selection_of,
)
from synthcraft.select.aim import Aim
from synthcraft.select.base import Round
from synthcraft.select.campaign import CHOOSING, make_selector
from synthcraft.select.context import context
from synthcraft.select.worths import deciding
from synthcraft.spec.privacy import selectable
from synthcraft.spec.read import dump
from synthcraft.spec.release import declared, named_arm, rows_released
from synthcraft.spec.types import MetricSpec, ObjectiveSpec, Spec

ROUNDING = 1e-9  # relative: sums of equal parts may end a digit above their limit
AUGMENTATION = ("synthcraft.engine.augmented", "imblearn.over_sampling")
EVERY_TRIAL = (run_trial.__module__, "synthcraft.metrics.neighbourhood", "sklearn.manifold")


def run(
    spec: Spec,
    directory: Path,
    *,
    said: Sequence[str],
    observer: Observer,
    command: str = "",
    conversation: Mapping[str, Any] | None = None,
    mixed: bool = False,
) -> None:
    """Run a spec in a directory, or go on where its journal ends.

    Finished trials are never repeated. The journal afterwards does not depend on how often the run
    was interrupted (order, seconds and peak memory aside) nor on ``execution.workers``.

    Parameters
    ----------
    said
        Dotted paths of the settings that the user gave; the report marks the others as defaults.
    conversation
        What the provenance tells of the conversation that the spec came from.
    mixed
        Go on although package versions differ from those that the run was started with.

    Raises
    ------
    UserError
        The data do not fit the spec, or the directory cannot be used or holds another run.
    NoUsableArm
        The plan is complete and no generator has succeeded once.
    """
    if not _is_over(directory):
        warm(_preload(spec))  # imports in the background while the data are read
    observer.stage("reading data")
    table = read_table(spec)
    if spec.privacy:
        for text in clipped_warnings(table):
            observer.warn(text)
    plan = make_plan(
        spec, task=table.task, fingerprint=fingerprint(table), held_out=held_out(table)
    )
    _write_spec(spec, directory)
    with Journal(directory) as journal:
        now = provenance(command, conversation)
        _open_run(journal, spec, plan, table, said=said, now=now, mixed=mixed)
        study = _Study(spec, plan, table, journal=journal, observer=observer)
        study.complete()
        if not study.succeeded:
            raise NoUsableArm(study.why_nobody)


def again(
    earlier: Run, table: Table, trials: Sequence[Trial], directory: Path, observer: Observer
) -> list[Record]:
    """The records of trials of an earlier run, executed anew with its seeds on the same table.

    ``directory`` is theirs alone; what is written there is of no further use.

    Raises
    ------
    UserError
        When the parts of the table cannot be made, or the real rows cannot be measured.
    """
    warm(_preload(earlier.spec))
    with Journal(directory) as journal:
        journal.append("header", dict(earlier.header))
        study = _Study(earlier.spec, earlier.plan, table, journal=journal, observer=observer)
        return study.repeat(trials)


def _is_over(directory: Path) -> bool:
    """Whether a journal here already tells its end; a damaged one is told of when it is opened."""
    try:
        return read(directory / FILE)[-1].kind == "end"
    except (RunError, IndexError, OSError):
        return False


def _preload(spec: Spec) -> tuple[str, ...]:
    """What workers import before they fork: all code that makes numbers, once and alike for all.

    Of the generators, only those that the spec names.
    """
    generators = [GENERATORS.get(g.plugin) for g in spec.generators.values()]
    metrics = {metric.plugin for metric in spec.metrics.values()} or METRICS.names()
    cards = [*generators, *references(), *(METRICS.get(name) for name in sorted(metrics))]
    modules = [module for card in generators for module in card.preload]
    own = [card.implementation.partition(":")[0] for card in cards]
    also = AUGMENTATION if spec.augmentation else ()
    return tuple(dict.fromkeys([*EVERY_TRIAL, *modules, *own, *also]))


def _write_spec(spec: Spec, directory: Path) -> None:
    path, partial = directory / SPEC_FILE, directory / f"{SPEC_FILE}.partial"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            partial.write_text(dump(spec), encoding="utf-8")
            partial.replace(path)
        if not os.access(directory, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as exc:
        hint = "Give another directory with --dir."
        raise RunError(
            [Problem(str(directory), f"cannot be written ({exc.strerror})", hint)]
        ) from None


def _open_run(
    journal: Journal,
    spec: Spec,
    plan: Plan,
    table: Table,
    *,
    said: Sequence[str],
    now: dict[str, Any],
    mixed: bool,
) -> None:
    """Write the header, or check that the journal's is of the same spec, data and versions."""
    if not journal.entries:
        header: dict[str, Any] = {
            "spec_id": plan.spec_id,
            "fingerprint": plan.fingerprint,
            "plan": plan.to_json(),
            "table": describe_table(table),
            "generators": _cards(plan),
            "said": sorted(said),
            "provenance": now,
        }
        if policy := declared(spec):  # before any result: one that comes later is told from it
            header["release_policy"] = policy
        if spec.augmentation:
            header["augmentation"] = told_design(spec.augmentation, plan, table)
        journal.append("header", header)
        return
    header = journal.entries[0].payload
    problems = list(_differences(header, plan, journal.path.parent))
    if not mixed:
        problems += _version_changes(header["provenance"], now)
    if problems:
        raise RunError(problems)
    if journal.entries[-1].kind != "end":
        journal.append("resume", {"provenance": now})


def _cards(plan: Plan) -> dict[str, Any]:
    """What the report says of each generator, so that it needs no catalogue."""
    cards = {arm.plugin: GENERATORS.get(arm.plugin) for arm in (*plan.arms, *plan.references)}
    return {
        name: {
            "family": card.family,
            "summary": card.summary,
            "caveat": card.caveat,
            "dp": card.dp,
            "effort": card.effort,
            "defaults": card.params.model_construct().model_dump(mode="json"),
        }
        for name, card in cards.items()
    }


def _differences(header: Mapping[str, Any], plan: Plan, directory: Path) -> Iterator[Problem]:
    fresh = "Give another directory with --dir, or remove this one."
    if header["spec_id"] != plan.spec_id:
        yield Problem(str(directory), "holds a run of another spec", fresh)
    if header["fingerprint"] != plan.fingerprint:
        yield Problem(str(directory), "the data have changed since this run was started", fresh)


def _version_changes(then: dict[str, Any], now: dict[str, Any]) -> list[Problem]:
    before, after = deciding_versions(then), deciding_versions(now)
    return [
        Problem(
            name,
            f"the run was started with version {before[name]}, now it is {after.get(name, 'none')}",
            "Install that version, start anew with --dir, or accept the mixture with --mixed.",
        )
        for name in before
        if before[name] != after.get(name, "none")
    ]


class _Study:
    """One run in progress: it asks the selector, runs the rounds and journals what comes."""

    def __init__(
        self,
        spec: Spec,
        plan: Plan,
        table: Table,
        *,
        journal: Journal,
        observer: Observer,
    ) -> None:
        self.spec, self.plan, self.table = spec, plan, table
        self.journal, self.observer = journal, observer
        self.directory = journal.path.parent
        kept = [Record.from_json(e.payload) for e in journal.entries if e.kind == "record"]
        self.records = {record.trial.id: record for record in kept}
        self.starts = [Start.from_json(e.payload) for e in journal.entries if e.kind == "start"]
        self.division = Division((), (), {})
        told = journal.entries[0].payload.get("augmentation")
        self.aim = Aim.from_told(told) if told and plan.inner else None
        self.real: dict[Place, RealSide] = {}

    def complete(self) -> None:
        """Every round to its end."""
        if self.journal.entries[-1].kind == "end":
            self.observer.planned(len(self.records), len(self.records))
            return
        self.division = self._divide()
        beside = (*control_trials(self.plan), *reference_trials(self.plan))
        selector = make_selector(self.spec, self._context(), self.aim)
        chosen: list[Trial] = []
        while True:
            history = [self.records[trial.id] for trial in chosen]
            decision = selector.ask(self.plan, history, seed=self._seed(0, 0, Purpose.SELECT))
            if decision.trials or decision.why:
                self._journal_round(decision, len(chosen))
            if not decision.trials:
                break
            chosen += decision.trials
            self._run_round((*beside, *chosen))
        self._select()
        self._audit()
        self.journal.append("end", {})

    def repeat(self, trials: Sequence[Trial]) -> list[Record]:
        """The records of these trials alone, whatever else the plan has."""
        self.division = self._divide()
        self._run_round(trials)
        return [self.records[trial.id] for trial in trials]

    @property
    def succeeded(self) -> bool:
        """Whether any arm that is reported has a successful trial."""
        return any(r.status == "ok" and r.trial.stage == "report" for r in self.records.values())

    @property
    def why_nobody(self) -> str:
        """Why there is no generator to use."""
        ends = [e.payload["why"].get("end") for e in self.journal.entries if e.kind == "round"]
        if ends and ends[-1]:
            return f"The selector {self.spec.selector.plugin} recommends none: {ends[-1]}."
        return "No generator succeeded; the report tells each one's reason."

    def _context(self) -> dict[str, float]:
        """What a policy knows of the table: counts and shares of rows that it trains on."""
        first: Place = ("inner", 0)
        learnt = self.division.cohorts.get(first) or self.division.parts.get(first)
        return {} if learnt is None else context(learnt.train)

    def _journal_round(self, decision: Round, before: int) -> None:
        """Journal a decision before its work starts, unless an earlier process did.

        Raises
        ------
        RunError
            When the earlier process decided otherwise: not all that decided is as it was.
        """
        trials = [trial.to_json() for trial in decision.trials]
        rounds = [entry.payload for entry in self.journal.entries if entry.kind == "round"]
        known = next((payload for payload in rounds if payload["before"] == before), None)
        if known is None:
            self.journal.append("round", {"before": before, "trials": trials, "why": decision.why})
        elif known["trials"] != trials:
            message = f"the selector decides otherwise than before, after {before} trials"
            hint = "What it has learned from has changed; start anew with --dir."
            raise RunError([Problem(str(self.journal.path), message, hint)])

    def _divide(self) -> Division:
        division = divide(self.spec, self.plan, self.table)
        if all(entry.kind != "splits" for entry in self.journal.entries):
            self.journal.append("splits", sizes(self.spec, division))
        write_splits(division, self.directory)
        return division

    def _run_round(self, trials: Sequence[Trial]) -> None:
        """Run those that have no record; returns when all have one."""
        waiting = {trial.id: trial for trial in trials if trial.id not in self.records}
        self.observer.planned(len(trials), len(trials) - len(waiting))
        judged = (trial for trial in waiting.values() if not self._is_control(trial))
        self._measure_real({_place(trial) for trial in judged})
        for outcome in self._run(self._jobs(waiting.values()), self.observer.phase):
            self._keep(_to_record(waiting[outcome.job], outcome))

    def _jobs(self, trials: Iterable[Trial]) -> Iterator[Job]:
        """Each trial's job, when a worker is free for it: what it spends is journalled first."""
        for trial in trials:
            start = self._start(trial)
            paid = [spend for spend in start.spends if not spend.claimed] if start else []
            if paid and (reason := self._excess(paid, self._report_ahead(trial))):
                self._keep(Record(trial, "skipped", reason=reason))
                continue
            if start:
                self.journal.append("start", start.to_json())
                self.starts.append(start)
            yield self._job(trial)

    def _job(self, trial: Trial) -> Job:
        """The work of a trial; what references do does not depend on augmentation."""
        cohort, augmentation = self.division.cohorts.get(_place(trial)), self.spec.augmentation
        if cohort is None or augmentation is None or self._is_reference(trial):
            return Job(trial.id, run_trial, self._task(trial))
        if _place(trial)[0] != "outer":
            augmentation = deciding_part(augmentation)
        model_seed = self._seed(trial.split, 0, Purpose.METRIC)
        if self._is_control(trial):
            seed = self._seed(trial.split, trial.replicate, Purpose.SAMPLE)
            control = ControlTask(trial, cohort, augmentation, seed, model_seed)
            return Job(trial.id, run_control, control)
        task = AugmentedTask(self._task(trial), cohort, augmentation, model_seed)
        return Job(trial.id, run_augmented, task)

    def _is_reference(self, trial: Trial) -> bool:
        return trial.arm in {arm.id for arm in self.plan.references}

    def _is_control(self, trial: Trial) -> bool:
        return trial.arm in {arm.id for arm in self.plan.controls}

    def _start(self, trial: Trial) -> Start | None:
        """What the trial will spend, None where its arm is not private."""
        arm = self.plan.arm(trial.arm)
        if arm.epsilon is None:
            return None
        return Start(trial, (spend_of(self.spec, arm, share=self._share(_place(trial))),))

    def _report_ahead(self, trial: Trial) -> list[Spend]:
        """What the winner's report can still spend, while arms are being chosen by their trials."""
        card_of = {arm.id: GENERATORS.get(arm.plugin) for arm in self.plan.arms}
        private = [arm for arm in self.plan.arms if card_of[arm.id].dp == "accounted"]
        if trial.stage not in CHOOSING or not private:
            return []
        dearest = max(private, key=lambda arm: arm.epsilon or 0)
        return [spend_of(self.spec, dearest)] * self.plan.replicates

    def _excess(self, paid: Sequence[Spend] = (), ahead: Sequence[Spend] = ()) -> str:
        """Why a fit with these spends must not start, by the budget of the whole run.

        What a private selection and the winner's report will spend is set aside from the first fit
        on.
        """
        most = self.spec.privacy.max_total_epsilon if self.spec.privacy else None
        if most is None:
            return ""
        spent = [s for one in self.starts for s in one.spends if not s.claimed]
        selections = self._selections()
        epsilon = total([*spent, *paid, *ahead], selections).epsilon
        if epsilon <= most * (1 + ROUNDING):
            return ""
        return (
            f"it would bring the run's total epsilon to {epsilon:.4g}, above "
            f"privacy.max_total_epsilon ({most:g})"
            f"{', with what the private selection spends' if selections else ''}"
            f"{', with what reporting the winner spends' if ahead else ''}"
        )

    def _selections(self) -> list[Spend]:
        """What private selections have spent, and what the one still to be made will spend."""
        begun = selection_of(self.journal.entries)
        spent = begun.spends if begun else ()
        ended = begun is not None and (begun.arm or begun.reason)
        epsilon = self.spec.privacy.selection_epsilon if self.spec.privacy else None
        return [*spent] if ended or epsilon is None else [*spent, selection_spend(epsilon)]

    def _select(self) -> None:
        """Select the arm to release, where the spec asks for it and no earlier process has.

        The spend is journalled before the draw: a draw whose result was lost counts, too.
        """
        epsilon = self.spec.privacy.selection_epsilon if self.spec.privacy else None
        if epsilon is None or "selected" in {entry.kind for entry in self.journal.entries}:
            return
        found = scores(self.records.values())
        reason = self._excess() if found else "each arm had a fit that failed"
        if not reason:
            self.journal.append("selecting", {"spend": selection_spend(epsilon).to_json()})
        arm = "" if reason else self._drawn(found, epsilon)
        self.journal.append("selected", {"arm": arm, "reason": reason})

    def _drawn(self, found: Mapping[str, float], epsilon: float) -> str:
        """One of the arms, by the exponential mechanism on their mean nearness."""
        arms = [arm for arm in self.plan.arms if arm.id in found]
        release = release_of(self.spec, arms[0])  # rows, contribution and noise are all arms'
        values = [found[arm.id] for arm in arms]
        rng = release.stream(self._seed(0, 0, Purpose.RELEASE))
        return arms[choose(values, sensitivity(release), rho_of_selection(epsilon), rng)].id

    def _keep(self, record: Record) -> None:
        trial = record.trial
        spends = tuple(s for start in self.starts if start.trial == trial for s in start.spends)
        record = replace(record, spends=spends)
        if self.aim and record.status == "ok" and not self._is_reference(trial):
            record = replace(record, measures=(*record.measures, self.aim.over_targets(record)))
        self.journal.append("record", record.to_json())
        self.records[trial.id] = record
        self.observer.finished(record)

    def _audit(self) -> None:
        """The membership game against each private arm that no earlier process has played."""
        if self.spec.privacy is None or self.spec.privacy.audit is None:
            return
        done = [e.payload["arm"] for e in self.journal.entries if e.kind == "audit"]
        left = tuple(a for a in self.plan.arms if a.epsilon is not None and a.id not in done)
        self.observer.stage(f"auditing {', '.join(arm.id for arm in left)}")
        for result in audit_arms(self.spec, replace(self.plan, arms=left), self.table):
            self.journal.append("audit", result.to_json())

    def _run(
        self, jobs: Iterable[Job], on_phase: Callable[[str, Phase], None]
    ) -> Iterator[Outcome]:
        budget = self.spec.budget
        limits = Limits(budget.trial_seconds, budget.trial_mb)
        workers = self.spec.execution.workers or os.cpu_count() or 1
        return run_jobs(jobs, workers=workers, limits=limits, on_phase=on_phase)

    def _measure_real(self, places: set[Place]) -> None:
        """The real side of each place, once for all of its trials."""
        missing = sorted(places - set(self.real))
        if not missing:
            return
        self.observer.stage(f"loading libraries; measuring the real rows ({listed(missing)})")
        jobs = {listed([place]): place for place in missing}
        tasks = (Job(name, compute_real, self._real_task(place)) for name, place in jobs.items())
        for outcome in self._run(tasks, lambda *_: None):
            if outcome.status != "ok":
                why = f"the real rows cannot be measured: {outcome.reason}"
                raise RunError([Problem(outcome.job, why)])
            self.real[jobs[outcome.job]] = outcome.value

    def _real_task(self, place: Place) -> RealTask:
        parts = self.division.parts[place]
        return RealTask(
            train=parts.train,
            holdout=parts.holdout,
            metrics=self._metrics(place),
            n_synthetic=self._rows(place),
            seed=self._seed(place[1], 0, Purpose.METRIC),
            device=self.spec.execution.device,
        )

    def _metrics(self, place: Place) -> Mapping[str, MetricSpec]:
        """All metrics of the spec on the outer parts; elsewhere only what choosing rests on."""
        if place[0] == "outer":
            return judged_by(self.spec, self.table.task)
        names = deciding(self.spec.objective or ObjectiveSpec(), self.plan.metrics)
        return yielding(names, self.spec.metrics, self.table.task)

    def _task(self, trial: Trial) -> TrialTask:
        place, split, replicate = _place(trial), trial.split, trial.replicate
        arm = self.plan.arm(trial.arm)
        terms = {"share": self._share(place)}
        return TrialTask(
            trial=trial,
            arm=arm,
            real=self.real[place],
            metrics=self._metrics(place),
            n_synthetic=self._rows(place),
            fit_seed=self._seed(split, replicate, Purpose.FIT),
            sample_seeds=tuple(
                self._seed(split, replicate, Purpose.SAMPLE, draw)
                for draw in range(self.spec.design.draws)
            ),
            metric_seed=self._seed(split, replicate, Purpose.METRIC),
            device=self.spec.execution.device,
            keep=self._kept(trial),
            release=None if arm.epsilon is None else release_of(self.spec, arm, **terms),
            selectable=arm.label in self._candidates(),
        )

    def _kept(self, trial: Trial) -> Path | None:
        """Where a trial's synthetic tables are kept; None where they are not.

        Of tables of which one may be released, only those that the release policy can choose.
        """
        if trial.stage != "report" or self.spec.outputs.samples is False:
            return None
        if rows_released(self.spec) is None:
            return self.directory / SAMPLES
        named = named_arm(self.spec)
        eligible = is_first(trial) and named in ("", trial.arm)
        return self.directory / UNRELEASED if eligible else None

    def _candidates(self) -> tuple[str, ...]:
        """Labels of the arms that a private selection compares."""
        privacy = self.spec.privacy
        return selectable(self.spec) if privacy and privacy.selection == "private" else ()

    def _rows(self, place: Place) -> int:
        """Rows of a synthetic table; with a privacy block, none that the real table tells."""
        if self.spec.augmentation is not None:
            return added_in_all(self.spec.augmentation, self.division.cohorts[place])
        if self.spec.design.synthetic_rows is not None:
            return self.spec.design.synthetic_rows
        if self.spec.privacy:
            return round(declared_train_rows(self.spec) * self._share(place))
        return len(self.division.parts[place].train)

    def _share(self, place: Place) -> float:
        """The share of train rows that a generator learns from at this place."""
        whole = place[0] == "outer" and self.spec.augmentation is None
        return 1.0 if whole else 1 - self.spec.design.fractions.validation

    def _seed(self, split: int, replicate: int, purpose: Purpose, draw: int = 0) -> int:
        return seed_for(self.spec.seed, split, replicate, purpose, draw)


def _place(trial: Trial) -> Place:
    return GROUNDS[trial.stage], trial.split


def _to_record(trial: Trial, outcome: Outcome) -> Record:
    """What the worker returned; what was seen from outside when it returned nothing."""
    if outcome.status == "ok":
        record = cast(Record, outcome.value)
        return replace(record, peak_mb=outcome.peak_mb)
    return Record(
        trial,
        outcome.status,
        outcome.phase,
        outcome.reason,
        seconds=outcome.seconds,
        peak_mb=outcome.peak_mb,
    )
