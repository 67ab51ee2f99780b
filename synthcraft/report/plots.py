"""What each picture shows, as plain data; ``figures`` draws them and decides no number."""

from dataclasses import dataclass

Values = tuple[float, ...]
Matrix = tuple[tuple[float | None, ...], ...]


@dataclass(frozen=True)
class Series:
    """One generator's values and its place in the palette."""

    label: str
    place: int
    values: Values


@dataclass(frozen=True)
class Histogram:
    """Shares per bin of a numeric column; ``edges`` are inner ones: the two outer bins are open."""

    title: str
    unit: str
    edges: Values
    real: Values
    series: tuple[Series, ...]


@dataclass(frozen=True)
class Levels:
    """Shares per level of a categorical column."""

    title: str
    levels: tuple[str, ...]
    real: Values
    series: tuple[Series, ...]


@dataclass(frozen=True)
class Heat:
    """Differences between two association matrices, in [−1, 1]; None where undefined."""

    title: str
    names: tuple[str, ...]
    matrix: Matrix
    labelled: bool


@dataclass(frozen=True)
class Cloud:
    """Shares of rows per cell of one grid, real and synthetic; None where a cell is too small."""

    title: str
    real: Matrix
    synthetic: Matrix
    place: int
    axes: tuple[str, str] = ("first component", "second component")


@dataclass(frozen=True)
class Mark:
    """A value with its interval; ``place`` None marks a reference."""

    label: str
    value: float
    low: float | None
    high: float | None
    place: int | None


@dataclass(frozen=True)
class Line:
    """A vertical line of comparison with its interval."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Forest:
    """Values with intervals, one below the other; limits are by the values where absent."""

    axis: str
    marks: tuple[Mark, ...]
    line: Line | None = None
    limits: tuple[float, float] | None = None


@dataclass(frozen=True)
class Group:
    """One group's marks, with what they stand beside; none where the group is too small."""

    label: str
    note: str
    marks: tuple[Mark, ...]
    beside: Line | None = None


@dataclass(frozen=True)
class Groups:
    """Groups one below the other, each with the marks of all generators."""

    title: str
    axis: str
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Standing:
    """One generator's rank on each dataset, and their mean."""

    label: str
    place: int
    mean: float
    ranks: Values


@dataclass(frozen=True)
class Ranks:
    """Generators one below the other, best mean rank first.

    ``groups`` are rows that a bar joins, because no test tells any two of them apart.
    """

    axis: str
    rows: tuple[Standing, ...]
    groups: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True)
class Point:
    """Two values with their intervals; ``place`` None marks a reference."""

    label: str
    x: Mark
    y: Mark
    place: int | None
    best: bool = False  # no other generator is better on both axes


@dataclass(frozen=True)
class Scatter:
    """Two measures against each other; the text of an axis says which way is better."""

    x_axis: str
    y_axis: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Reliability:
    """Observed (y) by foretold (x) shares, in [0, limit], of models trained on two kinds of rows.

    Points by rising x; ``place`` is that of the generator whose rows one model was trained on, the
    other's points have None.
    """

    title: str
    points: tuple[Point, ...]
    place: int
    limit: float


@dataclass(frozen=True)
class Survival:
    """Shares without the event at rising times, of real rows with their interval, and of others.

    All begin with 1 at time 0; a series that is shorter than the times has ended.
    """

    x_axis: str
    at: Values
    real: tuple[Mark, ...]
    series: tuple[Series, ...]


@dataclass(frozen=True)
class Dose:
    """A value at one dose: an ε, or an amount of rows."""

    at: float
    mark: Mark


@dataclass(frozen=True)
class Track:
    """One generator's values by ascending dose, and its place in the palette."""

    label: str
    place: int
    doses: tuple[Dose, ...]


@dataclass(frozen=True)
class Curve:
    """Values over doses; ``lines`` are horizontal lines of comparison, which have no dose.

    Limits of the vertical axis are by the values where absent.
    """

    title: str
    axis: str
    tracks: tuple[Track, ...]
    lines: tuple[Mark, ...] = ()
    x_axis: str = "ε of one release (log scale)"
    limits: tuple[float, float] | None = None


@dataclass(frozen=True)
class Bar:
    """A stretch of time in a row; ``shade`` is the position of what its colour stands for."""

    row: int
    start: float
    length: float
    shade: int
    failed: bool = False


@dataclass(frozen=True)
class Gantt:
    """What was done when, in seconds; ``limit`` is where time was up."""

    rows: tuple[str, ...]
    shades: tuple[str, ...]
    bars: tuple[Bar, ...]
    limit: float | None = None


@dataclass(frozen=True)
class Band:
    """Values with their intervals, if any, one after the other, and their place in the palette."""

    label: str
    place: int
    at: Values
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Trace:
    """How values changed; the limits of the vertical axis are free where absent."""

    title: str
    x_axis: str
    bands: tuple[Band, ...]
    limits: tuple[float, float] | None = None


@dataclass(frozen=True)
class Drawn:
    """What another library has drawn, as SVG text."""

    svg: str


Plot = (
    Histogram
    | Levels
    | Heat
    | Cloud
    | Forest
    | Groups
    | Ranks
    | Scatter
    | Reliability
    | Survival
    | Curve
    | Gantt
    | Trace
    | Drawn
)
