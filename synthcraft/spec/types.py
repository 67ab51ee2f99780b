"""The experiment spec: what a study asks, on which data, with which generators and metrics.

These models are the only author of the contract; the JSON Schema is derived from them.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from synthcraft.catalogue import Task
from synthcraft.ids import digest

LABEL = r"^[A-Za-z][A-Za-z0-9_@=.+-]*$"
NAME = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"
Level = Annotated[
    str,
    BeforeValidator(lambda value: level_text(value)),
    WithJsonSchema({"type": ["string", "number", "boolean"]}),
]
"""A level as it stands in the table; YAML may write 1, 1.0 or true without quotes."""
Label = Annotated[str, Field(pattern=LABEL, max_length=60)]


def level_text(value: object) -> object:
    """A number or truth value as the text that a table's level has.

    >>> level_text(1.0), level_text(True), level_text("1.0")
    ('1', 'True', '1.0')
    """
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, (int, float)):
        return str(int(value)) if float(value).is_integer() else str(value)
    return value


class Block(BaseModel):
    """Base of every part of a spec: frozen and closed."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, protected_namespaces=()
    )


class ColumnSpec(Block):
    """What one column means, where the data alone do not tell."""

    type: Literal["numeric", "categorical"] | None = Field(
        None, description="Measurement type; inferred from the data when absent."
    )
    levels: tuple[Level, ...] | None = Field(
        None, description="Categorical column: its possible values, as text."
    )
    low: float | None = Field(None, description="Numeric column: smallest possible value.")
    high: float | None = Field(None, description="Numeric column: largest possible value.")
    decimals: int | None = Field(
        None,
        ge=0,
        le=12,
        description="Numeric column: decimal places that values carry (0: integers).",
    )
    bins: Annotated[int, Field(ge=1, le=1000)] | tuple[float, ...] | None = Field(
        None,
        description="Numeric column under differential privacy: number of equally wide bins "
        "between low and high, or their inner edges in ascending order.",
    )
    missing: Literal["drop", "impute", "model"] | None = Field(
        None,
        description="How absent values of this column are treated; dataset.missing when absent.",
    )
    label: str | None = Field(None, description="Readable name, for reports.")
    unit: str | None = Field(None, description="Unit of measurement, for reports.")


class ScreenSpec(Block):
    """Which of very many numeric columns are used."""

    top: int = Field(200, ge=1, le=10_000, description="How many of them are used in each split.")
    by: Literal["variance", "mad"] = Field(
        "variance",
        description="Those that vary most among the split's train rows: by their variance, or by "
        "their median absolute deviation, on which a few extreme values have no hold.",
    )


class DatasetSpec(Block):
    """Which table, and which part each of its columns plays."""

    plugin: str = Field(description="Dataset plug-in: nhanes, csv, parquet, xpt, simulated, …")
    params: dict[str, Any] = Field(
        default_factory=dict,
        description="Parameters of the plug-in (see: synthcraft describe dataset NAME).",
    )
    task: Task | None = Field(
        None,
        description="What is predicted; the plug-in's own, or inferred, when absent.",
    )
    target: str | None = Field(
        None,
        description="Outcome column (survival: the event); the plug-in's own when absent.",
    )
    positive: Level | None = Field(
        None,
        description="Level of a binary target that counts as an event; the rarer one when absent.",
    )
    time: str | None = Field(None, description="Survival: column of follow-up time.")
    id: str | None = Field(
        None,
        description="Column that identifies a person; kept out of the table, keeps rows together.",
    )
    weight: str | None = Field(
        None,
        description="Column of survey weights; kept out of the table, used by metrics.estimand "
        "only.",
    )
    strata: str | None = Field(
        None,
        description="Column of survey strata; kept out of the table, used by the errors of "
        "weighted analyses only.",
    )
    cluster: str | None = Field(
        None,
        description="Column of survey clusters (primary sampling units), numbered within strata; "
        "kept out of the table, used by the errors of weighted analyses only.",
    )
    sensitive: tuple[str, ...] | None = Field(
        None, description="Sensitive columns (ethnicity, sex), for group-wise results."
    )
    quasi_identifiers: tuple[str, ...] = Field(
        (), description="Columns that an attacker may know of a person."
    )
    missing: Literal["drop", "impute", "model"] = Field(
        "model",
        description="Absent values: 'model' reproduces them, 'impute' fills them from train rows "
        "and adds an indicator column, 'drop' removes the row (counted in the report).",
    )
    columns: dict[str, ColumnSpec] = Field(
        default_factory=dict,
        description="Meanings of columns, by name, where the data alone do not tell.",
    )
    columns_from: str | None = Field(
        None,
        description="YAML file with dataset.columns and dataset.rules that several specs share, "
        "from the spec's folder (see: profile --columns). Its contents take its place when the "
        "spec is read; what the spec itself says goes before it.",
    )
    keep: tuple[str, ...] | None = Field(
        None, description="Only these columns are used; all when absent."
    )
    drop: tuple[str, ...] | None = Field(None, description="These columns are left out.")
    screen: ScreenSpec | None = Field(
        None,
        description="For very many columns (genes): of the numeric ones that play no part, are in "
        "no rule and have no declared type, each split uses those that its train rows choose.",
    )
    rules: dict[Label, str] | None = Field(
        None,
        description="Statements that hold in every plausible row, by name, such as "
        "abs(bmi - weight / height ** 2) < 1.5 or implies(sex == 'male', pregnant != 'yes').",
    )
    max_levels: int = Field(
        100,
        ge=2,
        description="A categorical column with more levels is refused as a likely identifier.",
    )


class FractionsSpec(Block):
    """Shares of the table's rows (persons, where an id is declared)."""

    holdout: float = Field(
        0.3, gt=0.05, lt=0.8, description="Share never seen by generators: test set and yardstick."
    )
    validation: float = Field(
        0.25,
        gt=0.05,
        lt=0.8,
        description="Share of the train rows on which a selector judges arms before the holdout "
        "is touched; unused by the selector exhaustive.",
    )


class DesignSpec(Block):
    """How often the experiment is repeated, and on what."""

    splits: int = Field(3, ge=1, le=100, description="Number of independent train/holdout splits.")
    cut: Literal["stratified", "hashed"] | None = Field(
        None,
        description="How rows are divided: stratified by outcome, or hashed: each person by a "
        "keyed hash of their own id or row alone, as differential privacy needs it. When absent: "
        "hashed with a privacy block, else stratified.",
    )
    replicates: int = Field(1, ge=1, le=100, description="Generator seeds per split.")
    draws: int = Field(
        1, ge=1, le=20, description="Synthetic samples per fit; measures are averaged."
    )
    fractions: FractionsSpec = Field(
        default_factory=FractionsSpec, description="Sizes of the parts."
    )
    synthetic_rows: int | None = Field(
        None, ge=10, description="Rows of each synthetic table; as many as train rows when absent."
    )


class ReduceSpec(Block):
    """Components that stand for very many numeric columns while a generator learns."""

    to: int = Field(
        50, ge=2, le=1000, description="Number of components (there are fewer in smaller tables)."
    )
    by: Literal["pca", "modules"] = Field(
        "pca",
        description="Main directions of all columns, or one of each group of columns that "
        "correlate with each other.",
    )


class GeneratorSpec(Block):
    """One generator with its parameters."""

    plugin: str = Field(description="Generator plug-in (see: synthcraft list generators).")
    params: dict[str, Any] = Field(
        default_factory=dict, description="Parameters (see: synthcraft describe generator NAME)."
    )
    reduce: ReduceSpec | None = Field(
        None,
        description="For very many columns (genes): the generator learns components of the numeric "
        "ones that play no part, are in no rule and have no declared type, and each split's train "
        "rows tell the way there and back. What that loses is measured (reduction).",
    )


class MetricSpec(Block):
    """One metric with its parameters."""

    plugin: str = Field(description="Metric plug-in (see: synthcraft list metrics).")
    params: dict[str, Any] = Field(default_factory=dict, description="Parameters of the metric.")


class WeightsSpec(Block):
    """How much each family counts; only their ratios matter."""

    fidelity: float = Field(1.0, ge=0, description="Weight of likeness to real rows.")
    utility: float = Field(1.0, ge=0, description="Weight of usefulness for analysis.")
    privacy: float = Field(1.0, ge=0, description="Weight of low risk to persons.")


class EndpointsSpec(Block):
    """The one measure per family that decides; all others are exploratory."""

    fidelity: str | None = Field(
        None, description="Measure of fidelity; when absent, the first usual one that tells apart."
    )
    utility: str | None = Field(
        None, description="Measure of utility; when absent, the first usual one that tells apart."
    )
    privacy: str | None = Field(
        None, description="Measure of privacy; when absent, the first usual one that tells apart."
    )


class ConstraintSpec(Block):
    """A limit that a generator's mean over splits must keep, or its score is 0."""

    measure: str = Field(
        description="Measure (see: synthcraft list metrics); of a privacy measure, its excess."
    )
    at_most: float | None = Field(None, description="Largest mean that is accepted.")
    at_least: float | None = Field(None, description="Smallest mean that is accepted.")


class ObjectiveSpec(Block):
    """What the synthetic tables are for: how their measures become one score in [0, 1]."""

    use: str = Field("", description="The use case in a few words, for the report.")
    weights: WeightsSpec = Field(
        default_factory=WeightsSpec, description="How much each family counts."
    )
    endpoints: EndpointsSpec = Field(
        default_factory=EndpointsSpec, description="The measure that stands for each family."
    )
    constraints: dict[Label, ConstraintSpec] = Field(
        default_factory=dict, description="Limits that must be kept, by label."
    )
    non_inferiority: float | None = Field(
        None,
        gt=0,
        description="Largest loss against training on real rows that is acceptable, in units of "
        "the utility endpoint (its gap); no test when absent.",
    )


class AuditSpec(Block):
    """A membership game against each private generator, after its trials."""

    fits: int = Field(
        100,
        ge=20,
        le=10_000,
        description="Fits per world (with and without the canary person) that judge; 100 seldom "
        "find even a gross fault, 1,500 mostly do.",
    )
    confidence: float = Field(
        0.95, gt=0.5, lt=1, description="Confidence of the lower bound on epsilon."
    )


class PrivacySpec(Block):
    """Differential privacy: what each release may spend, and on what ground."""

    epsilons: tuple[Annotated[float, Field(gt=0, le=1000)], ...] = Field(
        (1.0,),
        min_length=1,
        description="Epsilon of one release; each value makes one arm of each private generator.",
    )
    delta: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="Delta of one release; min(1e-5, 1 / (10 rows)) of the declared rows when "
        "absent.",
    )
    rows: int | None = Field(
        None,
        ge=50,
        description="Public number of rows of the whole table, declared because the exact number "
        "is itself data; a round figure will do.",
    )
    contribution: int = Field(
        1,
        ge=1,
        le=1000,
        description="Most rows of one person (dataset.id) that are used; noise grows with it.",
    )
    domain: Literal["declared", "private", "from_data"] = Field(
        "declared",
        description="Ranges, levels and bins: declared in dataset.columns, bought from the budget "
        "(private), or taken from the data, which makes epsilon void.",
    )
    domain_share: float = Field(
        0.1, gt=0, lt=1, description="Share of the budget that a private domain may cost."
    )
    noise: Literal["os", "seeded"] = Field(
        "os",
        description="Source of noise: the operating system's entropy, never stored; or the spec's "
        "seed, for benchmarks and tests, which makes epsilon void.",
    )
    selection: Literal["fixed", "public", "private"] | None = Field(
        None,
        description="How the released arm is chosen: fixed before the run, on public data, or by "
        "the run itself with noise (private). When absent, the choice among arms is not covered.",
    )
    selection_epsilon: float | None = Field(
        None,
        gt=0,
        le=1000,
        description="Epsilon that a private selection spends beside the fits, such as 0.1.",
    )
    release: Label | None = Field(
        None, description="Arm to be released (aim@eps=1), with selection fixed or public."
    )
    max_total_epsilon: float | None = Field(
        None,
        gt=0,
        description="No fit starts that would bring the run's total epsilon above this.",
    )
    audit: AuditSpec | None = Field(
        None, description="Audit of the run's mechanisms; none if absent."
    )


class SelectorSpec(Block):
    """Who decides what is trained next."""

    plugin: str = Field(
        "exhaustive", description="Selector plug-in; exhaustive trains every arm on every split."
    )
    batch: int = Field(
        1,
        ge=1,
        le=64,
        description="Arms asked for at once; they are trained side by side, as far as there are "
        "workers. The number of workers itself changes no decision.",
    )
    params: dict[str, Any] = Field(default_factory=dict, description="Parameters of the selector.")


class BudgetSpec(Block):
    """What a selector and one trial may use; a trial that exceeds it is a result, not an error."""

    seconds: float | None = Field(
        None,
        gt=0,
        description="Seconds of fits, samples and metrics that a selector may spend in choosing; "
        "no limit when absent.",
    )
    pulls: int | None = Field(
        None, ge=1, description="Trials that a selector may spend in choosing; no limit if absent."
    )

    trial_seconds: float = Field(
        1800, gt=0, description="Wall seconds that one trial may take before it is stopped."
    )
    trial_mb: int = Field(
        8000, ge=256, description="Memory in MB that one trial may use before it is stopped."
    )


class AugmentationSpec(Block):
    """Augmentation as a trial: synthetic rows added to the real rows of small groups, by doses."""

    column: Annotated[
        tuple[str, ...],
        BeforeValidator(lambda value: (value,) if isinstance(value, str) else value),
        WithJsonSchema({"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1}),
    ] = Field(
        description="Column whose groups are augmented; of several, every combination of levels "
        "is a group."
    )
    groups: Literal["all"] | tuple[Level, ...] = Field(
        "all",
        description="The groups that get rows: levels, crossed ones as 'NHB & female'. When "
        "absent those that shares or counts name, else all but the largest.",
    )
    rule: Literal["dose", "equal", "proportion", "counts"] = Field(
        "dose",
        description="What a dose of 100 % adds to a group: as many rows as it has (dose), as many "
        "as it lacks to be as large as the largest (equal) or to have its declared share of all "
        "rows (proportion), or a declared number (counts).",
    )
    shares: dict[Level, Annotated[float, Field(gt=0, lt=1)]] | None = Field(
        None, description="Rule proportion: each group's share of all rows, afterwards."
    )
    counts: dict[Level, Annotated[int, Field(ge=1)]] | None = Field(
        None, description="Rule counts: how many rows a group gets."
    )
    doses: tuple[Annotated[float, Field(ge=0, le=10_000)], ...] | None = Field(
        None,
        min_length=1,
        description="Percents of what the rule adds; when absent 25, 50, 100 and 200 by the rule "
        "dose, else 100. Nothing added (0) is always among what is compared.",
    )
    primary: float | None = Field(
        None,
        gt=0,
        description="The dose that decides, all others being exploratory; 100 when absent, or the "
        "largest where 100 is none of them.",
    )
    how: Literal["conditional", "per_group", "rejection"] | None = Field(
        None,
        description="How a generator makes rows of one group: asked for that group (conditional), "
        "fitted to its train rows alone (per_group), or fitted to all of them, other groups' rows "
        "being thrown away (rejection). When absent: conditional where the generator can, else "
        "rejection.",
    )
    draws: int = Field(
        200,
        ge=1,
        le=100_000,
        description="Rejection: rows drawn at most for each row that is wanted; then the dose has "
        "failed.",
    )
    undersample: Annotated[int, Field(ge=10)] | Annotated[float, Field(gt=0, lt=1)] | None = Field(
        None,
        description="Train rows of each group that stay, as a number or a share: the others are "
        "withheld before any fit, and are what the control real adds. None is withheld, and there "
        "is no such control, when absent.",
    )
    controls: tuple[
        Literal[
            "none",
            "majority_only",
            "minority_only",
            "weights",
            "duplication",
            "smote_nc",
            "real",
        ],
        ...,
    ] = Field(
        (
            "none",
            "majority_only",
            "minority_only",
            "weights",
            "duplication",
            "smote_nc",
            "real",
        ),
        description="What generators are compared with; none (nothing added) is always there.",
    )
    models: tuple[Literal["linear", "boosting"], ...] = Field(
        ("linear", "boosting"),
        min_length=1,
        description="Models trained on the augmented rows; see utility. The last one decides.",
    )
    specificity: float = Field(
        0.9,
        gt=0.5,
        lt=1,
        description="Specificity at which recall is told; its threshold is found on real rows that "
        "neither generators nor models see.",
    )
    threshold: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="Chance of the event from which somebody would be treated, for the net "
        "benefit; the share of events among train rows when absent.",
    )
    margin: float = Field(
        0.02,
        gt=0,
        lt=1,
        description="Loss of a group that gets no rows that would count as harm, in units of the "
        "deciding measure (AUROC, R² or Harrell's C).",
    )


class LimitSpec(Block):
    """One limit that the generator to be released must be shown to keep."""

    measure: str = Field(
        description="Measure with a direction (see: synthcraft list metrics); of a privacy "
        "measure, its excess. Or epsilon_release, delta_release, epsilon_total, delta_total."
    )
    model: str | None = Field(
        None,
        description="Of a measure with several models or kinds of attack, this one alone; each "
        "of them must keep the limit when absent.",
    )
    at_most: float | None = Field(None, description="Largest accepted value, where less is better.")
    at_least: float | None = Field(
        None, description="Smallest accepted value, where more is better."
    )
    by: Literal["bound", "mean"] = Field(
        "bound",
        description="What must keep the limit: the worse end of the 95 % interval (bound), or the "
        "value alone, however uncertain (mean).",
    )


class ReleasePolicySpec(Block):
    """What must be shown before a synthetic table is released, declared before the run."""

    arm: Label | None = Field(
        None,
        description="Arm that would be released; when absent privacy.release, else what the run "
        "itself chooses (private selection or selector), else the only generator.",
    )
    limits: dict[Label, LimitSpec] = Field(
        min_length=1, description="Limits by label; the policy passes where each is kept."
    )


class OutputsSpec(Block):
    """What the run keeps beside its journal: synthetic rows, never real ones."""

    samples: bool | Annotated[int, Field(ge=1)] = Field(
        default=False,
        description="true: all synthetic tables; a number: rows of the one that passes "
        "release_policy.",
    )


class ReportSpec(Block):
    """How the report reads; changes no number."""

    title: str | None = Field(None, description="Title of the report; the spec's name when absent.")


class ExecutionSpec(Block):
    """Where trials run; changes no number but seconds, peak memory and, by device, rounding."""

    workers: int | None = Field(
        None, ge=1, le=256, description="Trials side by side; the number of cores when absent."
    )
    device: Literal["cpu", "cuda"] = Field(
        "cpu", description="Where networks are trained and distances computed."
    )


class Spec(Block):
    """A whole experiment. Its identity is everything that changes a number."""

    version: Literal[1] = Field(1, description="Version of this format.")
    name: str = Field(pattern=NAME, max_length=60, description="Short name, used for directories.")
    question: str = Field("", description="What the study asks, in words, for the report.")
    seed: int = Field(0, ge=0, lt=2**31, description="Root of all random numbers.")
    dataset: DatasetSpec = Field(description="The data.")
    design: DesignSpec = Field(default_factory=DesignSpec, description="Splits and repeats.")
    generators: dict[Label, GeneratorSpec] = Field(
        min_length=1, description="Generators by label; the reference generators are always added."
    )
    privacy: PrivacySpec | None = Field(
        None, description="Differential privacy of the generators that can; none if absent."
    )
    augmentation: AugmentationSpec | None = Field(
        None,
        description="Synthetic rows added to the real rows of small groups, as a trial with "
        "controls; no augmentation if absent.",
    )
    metrics: dict[Label, MetricSpec] = Field(
        default_factory=dict,
        description="Metrics by label; the default suite of the task when empty.",
    )
    objective: ObjectiveSpec | None = Field(
        None, description="The declared use, which makes one score of the measures; none if absent."
    )
    release_policy: ReleasePolicySpec | None = Field(
        None,
        description="Limits that the generator to be released must be shown to keep, or the run "
        "ends with exit code 4; no policy if absent.",
    )
    selector: SelectorSpec = Field(
        default_factory=SelectorSpec, description="Who decides what is trained."
    )
    budget: BudgetSpec = Field(default_factory=BudgetSpec, description="Limits of one trial.")
    outputs: OutputsSpec = Field(default_factory=OutputsSpec, description="What is kept.")
    report: ReportSpec = Field(default_factory=ReportSpec, description="How the report reads.")
    execution: ExecutionSpec = Field(default_factory=ExecutionSpec, description="Where trials run.")

    @property
    def id(self) -> str:
        """sha256 of the canonical form of all that changes a number (64 hex digits)."""
        plain = self.model_dump(mode="json", exclude=set(NOT_IDENTITY))
        return digest(plain)


NOT_IDENTITY = ("name", "question", "report", "execution")
