"""The frozen facts that travel from a plan to a report, and their plain JSON form."""

from dataclasses import Field, asdict, dataclass, field, fields, replace
from typing import Any, ClassVar, Literal, Self, get_args

Stage = Literal["reference", "control", "select", "confirm", "optimism", "report"]
TrialStatus = Literal["ok", "failed", "timeout", "skipped"]
MeasureStatus = Literal["ok", "failed", "not_applicable"]
Role = Literal["value", "main", "control", "excess"]
Direction = Literal["maximize", "minimize", "none"]
Family = Literal[
    "fidelity", "utility", "privacy", "fairness", "plausibility", "cost", "augmentation"
]
Phase = Literal["", "start", "fit", "sample", "evaluate"]
FAMILIES: tuple[str, ...] = get_args(Family)
POOLED = "other levels (pooled)"
"""Stands in a count of rows by level for the smallest ones, of which some have under 10 rows."""


class _Fact:
    """Frozen dataclass with a lossless plain form (nested facts handle themselves).

    What a later version adds to the plain form is passed over.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        known = {f.name for f in fields(cls)}
        return cls(**{key: value for key, value in plain.items() if key in known})


@dataclass(frozen=True)
class Arm(_Fact):
    """What a selector may choose: a labelled generator with its parameters and training effort.

    >>> Arm("ctgan", "ctgan", {"n_iter": 100}).id
    'ctgan'
    >>> Arm("ctgan", "ctgan", {"n_iter": 100}, rung=0.33).id
    'ctgan~0.33'
    """

    label: str
    plugin: str
    params: dict[str, Any] = field(default_factory=dict)
    epsilon: float | None = None
    delta: float | None = None
    augmentation: str = ""
    rung: float = 1.0
    reduce: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Unique within a plan: the label, with the rung where it is not the full effort."""
        return self.label if self.rung == 1 else f"{self.label}~{self.rung:g}"


@dataclass(frozen=True)
class Trial(_Fact):
    """One fit of one arm on one split with one generator seed.

    A stage tells the parts: "reference", "control" and "report" learn from train rows and are
    judged on the holdout, "select" and "confirm" on an inner split's parts, "optimism" learns from
    an inner split's train rows and is judged on the holdout.

    >>> Trial("ctgan", 0, 1, "report").id
    'ctgan.s0.r1.report'
    """

    arm: str
    split: int
    replicate: int
    stage: Stage

    @property
    def id(self) -> str:
        """Unique within a run, readable, usable as a file name."""
        return f"{self.arm}.s{self.split}.r{self.replicate}.{self.stage}"


@dataclass(frozen=True)
class Measure(_Fact):
    """One measured value, or the reason why there is none.

    ``metric`` is a dotted name ("tstr.auroc"); ``model``, ``column`` and ``group`` say what it is
    about; ``reference`` what it is compared with ("holdout", "train"); ``role`` is "value", or for
    privacy attacks "main", "control" and "excess". ``low``/``high`` bound an interval of
    confidence ``level``; ``n`` is the number of rows (or pairs) the value rests on.
    ``augmentation`` tells which rows were added before it was measured (augment/doses), if any.
    """

    metric: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    level: float | None = None
    n: int | None = None
    model: str = ""
    column: str = ""
    group: str = ""
    reference: str = ""
    role: Role = "value"
    status: MeasureStatus = "ok"
    reason: str = ""
    augmentation: str = ""

    @property
    def key(self) -> tuple[str, str, str, str, str, str, str]:
        """What identifies the measured quantity within a trial."""
        return (
            *(self.metric, self.model, self.column, self.group),
            *(self.reference, self.role, self.augmentation),
        )

    def absent(self, reason: str, status: MeasureStatus = "not_applicable") -> "Measure":
        """The same quantity without a value, and why there is none.

        >>> absent = Measure("nndr", 0.5, n=90).absent("too few rows")
        >>> absent.value, absent.n, absent.status
        (None, None, 'not_applicable')
        """
        return replace(
            self, value=None, low=None, high=None, level=None, n=None, status=status, reason=reason
        )


@dataclass(frozen=True)
class Spend(_Fact):
    """Privacy budget that a fit spends, journalled before the fit starts.

    ``curve`` is the Rényi divergence at each of ``privacy.accountant.ORDERS`` (empty where it is
    not known: then only ε and δ add up); ``delta_domain`` the part of δ, and ``domain_share`` the
    part of the budget, that a private domain costs. A ``claimed`` spend is its library's word.
    """

    mechanism: str
    epsilon: float
    delta: float
    curve: tuple[float, ...] = ()
    delta_domain: float = 0.0
    domain_share: float = 0.0
    claimed: bool = False

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """The spend that ``to_json`` described."""
        return super().from_json({**plain, "curve": tuple(plain.get("curve", ()))})


@dataclass(frozen=True)
class Start(_Fact):
    """A fit that is about to start, and what it spends, whatever becomes of it."""

    trial: Trial
    spends: tuple[Spend, ...]

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """The start that ``to_json`` described."""
        return cls(Trial.from_json(plain["trial"]), _spends(plain))


@dataclass(frozen=True)
class Record(_Fact):
    """What came of a trial: measures and figure summaries, or the phase and reason of its failure.

    ``summaries`` hold what figures need and never a row: binned counts with small cells suppressed.
    ``seconds`` are wall seconds by phase ("fit", "sample", "evaluate"), ``cpu_seconds`` the CPU's;
    ``peak_mb`` is the peak resident memory of the trial's process. ``spends`` are those of all its
    starts, also of such as were killed. ``nearness`` (privacy/selection) is told only where a
    private selection compares the fit with others.
    """

    trial: Trial
    status: TrialStatus
    phase: Phase = ""
    reason: str = ""
    measures: tuple[Measure, ...] = ()
    summaries: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    cpu_seconds: dict[str, float] = field(default_factory=dict)
    peak_mb: float | None = None
    spends: tuple[Spend, ...] = ()
    nearness: float | None = None

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """The record that ``to_json`` described."""
        return super().from_json(
            {
                **plain,
                "trial": Trial.from_json(plain["trial"]),
                "measures": tuple(Measure.from_json(m) for m in plain["measures"]),
                "spends": _spends(plain),
            }
        )


@dataclass(frozen=True)
class Selection(_Fact):
    """The arm that a private selection named for release, or the reason why it named none.

    ``spends`` has one for each time it was begun, also where it was killed before its end; then
    ``arm`` and ``reason`` are empty.
    """

    arm: str = ""
    reason: str = ""
    spends: tuple[Spend, ...] = ()

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """The selection that ``to_json`` described."""
        return super().from_json({**plain, "spends": _spends(plain)})


def _spends(plain: dict[str, Any]) -> tuple[Spend, ...]:
    return tuple(Spend.from_json(spend) for spend in plain["spends"])


@dataclass(frozen=True)
class MetricDescriptor(_Fact):
    """What a report must know of a metric to print it without any metric code.

    ``name`` is the measure's dotted name. ``floor`` and ``ceiling`` name the reference generators
    (or "train_subsample", "trtr", "null") that calibrate it: 0 at the floor, 1 at the ceiling.
    ``order`` lists reference generators from best to worst as the metric must rank them.
    ``formula`` is its definition, ``misleads`` says when it tells something other than it seems
    to, ``cost`` how its time grows with rows n and columns d, ``checked`` what knows the truth and
    it is tested against. A measure that is descriptive only has the direction "none": it takes no
    part in verdicts, objectives and rewards. ``averaged`` is false where a mean of values is no
    such value (p values), so that a report gives none.
    """

    name: str
    family: Family
    direction: Direction
    question: str
    ideal: float | None = None
    low: float | None = None
    high: float | None = None
    null: float | None = None
    floor: str = ""
    ceiling: str = ""
    order: tuple[str, ...] = ()
    interval: str = ""
    source: str = ""
    formula: str = ""
    misleads: str = ""
    cost: str = ""
    checked: str = ""
    averaged: bool = True

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """The descriptor that ``to_json`` described."""
        return super().from_json({**plain, "order": tuple(plain["order"])})


@dataclass(frozen=True)
class Plan(_Fact):
    """What a run will do: the arms (with the impossible ones and why), trials' grid and metrics.

    ``splits`` divide the table into train and holdout; ``inner`` ones divide the first split's
    train rows again, where a policy chooses on them. ``controls`` are what augmentation is
    compared with (augment/controls), without any generator.
    """

    spec_id: str
    fingerprint: str
    arms: tuple[Arm, ...]
    references: tuple[Arm, ...]
    impossible: dict[str, str]
    splits: int
    replicates: int
    metrics: tuple[MetricDescriptor, ...]
    inner: int = 0
    controls: tuple[Arm, ...] = ()

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """The plan that ``to_json`` described."""
        return super().from_json(
            {
                **plain,
                "arms": tuple(Arm.from_json(a) for a in plain["arms"]),
                "references": tuple(Arm.from_json(a) for a in plain["references"]),
                "controls": tuple(Arm.from_json(a) for a in plain.get("controls", ())),
                "metrics": tuple(MetricDescriptor.from_json(m) for m in plain["metrics"]),
            }
        )

    @property
    def ends(self) -> tuple[Arm, ...]:
        """What scales begin and end with: references, and the controls that a measure names."""
        named = {name for metric in self.metrics for name in (metric.floor, metric.ceiling)}
        return (*self.references, *(arm for arm in self.controls if arm.id in named))

    def arm(self, arm_id: str) -> Arm:
        """The arm, reference or control with this id."""
        everybody = (*self.arms, *self.references, *self.controls)
        return next(a for a in everybody if a.id == arm_id)
