"""A run directory as facts, and the tidy long table: one row per measured value or failed trial."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ValidationError

from synthcraft import journal
from synthcraft.errors import Problem, RunError, SpecError
from synthcraft.journal import Entry
from synthcraft.privacy.guarantee import guarantee
from synthcraft.records import Arm, Measure, Plan, Record, Selection, Spend, Start, Trial
from synthcraft.spec.privacy import generator_label
from synthcraft.spec.read import read_file
from synthcraft.spec.types import Spec

if TYPE_CHECKING:
    import pandas as pd

    from synthcraft.privacy.ledger import Ledger

SPEC_FILE = "spec.yaml"
SAMPLES = "samples"  # folder of every synthetic table that a run was told to keep
UNRELEASED = "unreleased"  # folder of those of which one may be released, until that is known
COLUMNS = (
    *("run", "stage", "trial", "label", "plugin", "epsilon", "guarantee", "split"),
    *("replicate", "rung", "augmentation", "metric", "family", "model", "column", "group"),
    *("reference", "role", "value", "low", "high", "level", "n", "status", "reason", "seconds"),
)


Promise = Literal["none", "claimed", "void", "promised"]


@dataclass(frozen=True)
class SplitSize:
    """Row counts of one split; of an augmentation trial also by group, as plain data."""

    index: int
    train: int
    holdout: int
    augmentation: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Decided:
    """A selector's decision: the trials that it asked for, and why, as plain data."""

    trials: tuple[Trial, ...]
    why: dict[str, Any]


@dataclass(frozen=True)
class Run:
    """What a run directory holds: its spec, plan, description of the data, and records.

    ``records`` stand in the order of the plan (references, controls, arms; splits, replicates),
    whatever order the trials ended in. ``missing`` are the trials that were planned and have no
    record, which only an interrupted run has. ``said`` are the settings that the user gave
    himself; all others are defaults. ``resumed`` is the provenance of each later process.
    ``inner`` are the sizes of the splits that a policy has chosen on, ``rounds`` what the selector
    has decided, in its order. ``starts`` are the fits that spend privacy budget, in the order in
    which they started; ``selection`` is what a private selection of the arm to release came to,
    None where none was begun; ``audits`` what a membership game showed of private arms
    (privacy/audit), as plain data. ``last`` is the number of the journal's last entry.
    """

    spec: Spec
    spec_text: str
    plan: Plan
    table: dict[str, Any]
    said: tuple[str, ...]
    provenance: dict[str, Any]
    header: dict[str, Any]
    resumed: tuple[dict[str, Any], ...]
    splits: tuple[SplitSize, ...]
    inner: tuple[SplitSize, ...]
    rounds: tuple[Decided, ...]
    records: tuple[Record, ...]
    missing: tuple[Trial, ...]
    starts: tuple[Start, ...]
    selection: Selection | None
    audits: tuple[dict[str, Any], ...]
    complete: bool
    last: int

    @property
    def id(self) -> str:
        """Name and the first eight digits of the spec's id, as the run directory is called."""
        return f"{self.spec.name}-{self.plan.spec_id[:8]}"

    def arm(self, arm_id: str) -> Arm:
        """The arm, reference or control with this id."""
        return self.plan.arm(arm_id)

    def of(self, arm_id: str) -> tuple[Record, ...]:
        """The records of one arm, reference or control."""
        return tuple(record for record in self.records if record.trial.arm == arm_id)


def load_run(directory: Path) -> Run:
    """The run in this directory, from its spec.yaml and journal.jsonl alone.

    Raises
    ------
    RunError
        When one of the two files is absent, the journal is damaged, has no header yet, or was
        written by another version in a way that this one cannot read.
    SpecError
        When spec.yaml is not YAML.
    """
    entries = journal.read(directory / journal.FILE)
    if not entries or entries[0].kind != "header":
        raise RunError(
            [
                Problem(
                    str(directory / journal.FILE),
                    "the run stopped before it wrote its plan",
                    "Run the same command again.",
                )
            ]
        )
    try:
        return _run(directory / SPEC_FILE, entries)
    except (KeyError, TypeError, ValueError, AttributeError, StopIteration) as exc:
        what = (
            f"an entry is not as this version of SynthCraft reads it ({type(exc).__name__}: {exc})"
        )
        hint = "The file was edited, or written by another version."
        raise RunError([Problem(str(directory / journal.FILE), what, hint)]) from exc


def _run(path: Path, entries: Sequence[Entry]) -> Run:
    """The run of a journal's entries and the spec in this file."""
    spec = _spec(path)
    header = entries[0].payload
    plan = Plan.from_json(header["plan"])
    records = _records(entries, plan)
    complete = any(entry.kind == "end" for entry in entries)
    return Run(
        spec=spec,
        spec_text=path.read_text(encoding="utf-8"),
        plan=plan,
        table=header["table"],
        said=tuple(header.get("said", ())),
        provenance=header.get("provenance", {}),
        header=header,
        resumed=tuple(e.payload["provenance"] for e in entries if e.kind == "resume"),
        splits=_splits(entries, "splits"),
        inner=_splits(entries, "inner"),
        rounds=tuple(_decided(e.payload) for e in entries if e.kind == "round"),
        records=records,
        missing=() if complete else _missing(entries, plan, records),
        starts=tuple(Start.from_json(e.payload) for e in entries if e.kind == "start"),
        selection=selection_of(entries),
        audits=tuple(e.payload for e in entries if e.kind == "audit"),
        complete=complete,
        last=entries[-1].seq,
    )


def _spec(path: Path) -> Spec:
    try:
        return Spec.model_validate(read_file(path))
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SpecError(
            [
                Problem(
                    f"{path}: {where}",
                    str(first["msg"]),
                    "The file was edited, or written by another version of SynthCraft.",
                )
            ]
        ) from None


def _records(entries: Iterable[Entry], plan: Plan) -> tuple[Record, ...]:
    records = (Record.from_json(e.payload) for e in entries if e.kind == "record")
    return tuple(sorted(records, key=lambda record: _place(record.trial, plan)))


def _place(trial: Trial, plan: Plan) -> tuple[int, str, int, int]:
    order = {arm.id: place for place, arm in enumerate(_everybody(plan))}
    return (order.get(trial.arm, len(order)), trial.stage, trial.split, trial.replicate)


def _everybody(plan: Plan) -> tuple[Arm, ...]:
    return (*plan.references, *plan.controls, *plan.arms)


def _splits(entries: Iterable[Entry], which: str) -> tuple[SplitSize, ...]:
    told = [entry.payload.get(which, ()) for entry in entries if entry.kind == "splits"]
    found = [size for sizes in told for size in sizes]
    return tuple(
        SplitSize(s["index"], s["train"], s["holdout"], s.get("augmentation", {})) for s in found
    )


def _decided(plain: dict[str, Any]) -> Decided:
    return Decided(tuple(Trial.from_json(t) for t in plain["trials"]), plain["why"])


def selection_of(entries: Iterable[Entry]) -> Selection | None:
    """What a private selection of the arm to release came to; None where none was begun."""
    own = [entry for entry in entries if entry.kind in ("selecting", "selected")]
    if not own:
        return None
    ended = next((e.payload for e in own if e.kind == "selected"), {"arm": "", "reason": ""})
    spends = tuple(Spend.from_json(e.payload["spend"]) for e in own if e.kind == "selecting")
    return Selection(ended["arm"], ended["reason"], spends)


def _missing(entries: Sequence[Entry], plan: Plan, records: Iterable[Record]) -> tuple[Trial, ...]:
    """Trials that were asked for, or must come in any run, and have no record."""
    known = {record.trial.id for record in records}
    splits = range(plan.splits)
    expected = [Trial(arm.id, s, 0, "reference") for arm in plan.references for s in splits]
    # Which controls a seed changes is told where the journal begins.
    told = entries[0].payload.get("augmentation", {}).get("controls", {})
    expected += [
        Trial(arm.id, s, r, "control")
        for arm in plan.controls
        for s in splits
        for r in range(told.get(arm.id, {}).get("replicates", 1))
    ]
    rounds = [entry.payload for entry in entries if entry.kind == "round"]
    if rounds:
        expected += [Trial.from_json(plain) for asked in rounds for plain in asked["trials"]]
    else:
        expected += [Trial(arm.id, s, 0, "report") for arm in plan.arms for s in splits]
    absent = {trial.id: trial for trial in expected if trial.id not in known}
    return tuple(sorted(absent.values(), key=lambda trial: _place(trial, plan)))


def is_first(trial: Trial) -> bool:
    """Whether a trial is the one fit of its arm whose table would be released.

    Fixed before any result: the first split and the first seed.
    """
    return trial.stage == "report" and trial.split == trial.replicate == 0


def table_file(trial: Trial, draw: int = 0) -> str:
    """The name of the file that keeps a trial's synthetic table.

    >>> table_file(Trial("arf", 0, 0, "report"))
    'arf.s0.r0.report.d0.parquet'
    """
    return f"{trial.id}.d{draw}.parquet"


def promise(run: Run, arm: Arm) -> Promise:
    """Whether ε of an arm is a promise of ours, void, its library's claim, or absent."""
    if arm.epsilon is None:
        return "none"
    if run.header.get("generators", {}).get(arm.plugin, {}).get("dp") != "accounted":
        return "claimed"
    return "void" if run.spec.privacy is None or guarantee(run.spec).void else "promised"


def ledger_of(run: Run) -> "Ledger":
    """What the fits and the private selection of a run have spent."""
    ended = [record.trial.id for record in run.records]
    from synthcraft.privacy.ledger import ledger  # numpy: a wrong directory is told before

    return ledger(run.id, run.spec, run.plan, run.starts, ended, run.selection)


def tidy(runs: Run | Sequence[Run]) -> "pd.DataFrame":
    """The tidy long table of one or several runs: one row per measured value.

    A trial that failed, timed out or was skipped is a row too (metric "", its status, and
    ``phase: reason``); so is a planned trial without a record (status "missing") and an arm that
    the plan found impossible (status "skipped"). ``guarantee`` says what ``epsilon`` is: promised,
    void, claimed by its library and not verified, or none. ``seconds`` are the wall seconds of the
    trial.
    """
    import pandas as pd

    several = (runs,) if isinstance(runs, Run) else tuple(runs)
    rows = [row for run in several for row in _rows(run)]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    whole = ("split", "replicate", "n")
    decimal = ("epsilon", "rung", "value", "low", "high", "level", "seconds")
    return frame.astype({**dict.fromkeys(whole, "Int64"), **dict.fromkeys(decimal, "float64")})


def _rows(run: Run) -> Iterator[dict[str, Any]]:
    families = {metric.name: metric.family for metric in run.plan.metrics}
    for record in run.records:
        about = _about(run, record.trial)
        about["seconds"] = sum(record.seconds.values()) if record.seconds else None
        for measure in record.measures:
            yield about | _measured(measure, families.get(measure.metric, ""))
        if record.status != "ok" or not record.measures:
            yield about | {"status": record.status, "reason": reason(record)}
    for trial in run.missing:
        yield _about(run, trial) | {"status": "missing", "reason": "not run yet"}
    for label, why in run.plan.impossible.items():
        generator = run.spec.generators.get(generator_label(label))
        plugin = generator.plugin if generator else ""
        yield _blank() | {
            "run": run.id,
            "label": label,
            "plugin": plugin,
            "guarantee": "none",
            "status": "skipped",
            "reason": why,
        }


def _blank() -> dict[str, Any]:
    text = ("stage", "trial", "augmentation", "metric", "family", "model", "column", "group")
    return dict.fromkeys(COLUMNS) | dict.fromkeys((*text, "reference", "role"), "")


def _about(run: Run, trial: Trial) -> dict[str, Any]:
    arm = run.arm(trial.arm)
    return _blank() | {
        "run": run.id,
        "stage": trial.stage,
        "trial": trial.id,
        "label": arm.label,
        "plugin": arm.plugin,
        "epsilon": arm.epsilon,
        "guarantee": promise(run, arm),
        "split": trial.split,
        "replicate": trial.replicate,
        "rung": arm.rung,
        "augmentation": arm.augmentation,
    }


def _measured(measure: Measure, family: str) -> dict[str, Any]:
    return {**vars(measure), "family": family}  # flat: no need of asdict, which copies each value


def reason(record: Record) -> str:
    """Why a trial has no measures: ``phase: reason``."""
    return ": ".join(part for part in (record.phase, record.reason) if part)


def to_csv(frame: "pd.DataFrame") -> str:
    """The table as CSV text: the same bytes for the same facts, numbers at 9 significant digits."""
    return frame.to_csv(index=False, float_format="%.9g", lineterminator="\n")


def distinct(runs: Sequence[Run]) -> tuple[Run, ...]:
    """The runs, each with another id.

    Raises
    ------
    RunError
        When two of them come from the same spec: their rows could not be told apart.
    """
    ids = [run.id for run in runs]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        hint = "Give each run once; runs of one spec have the same id."
        raise RunError([Problem("", f"the run {name} is given twice", hint) for name in twice])
    return tuple(runs)
