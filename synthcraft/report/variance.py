"""Where the spread of repeated trials comes from: datasets, splits, generator seeds."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean

from synthcraft.report.choice import DECIDING
from synthcraft.report.document import (
    Block,
    Cell,
    Fold,
    Head,
    Paragraph,
    Rows,
    Section,
    Table,
)
from synthcraft.report.inference import endpoints
from synthcraft.report.pooled import Study, tables_named
from synthcraft.report.summary import Quantity, Samples, shared_name
from synthcraft.report.words import listed, number, title
from synthcraft.stats import LEVEL
from synthcraft.stats.variance import Decomposition, Source, Values, decompose

_SOURCES: dict[Source, str] = {
    "dataset": "Dataset, all generators alike",
    "dataset × generator": "Dataset, each generator for itself",
    "split": "Split, all generators alike",
    "split × generator": "Split, each generator for itself",
    "seed": "Generator seed",
}
_TOLD: dict[Source, str] = {
    "dataset": "what a dataset does to all generators alike",
    "dataset × generator": "what a dataset does to single generators",
    "split": "what a split does to all generators alike",
    "split × generator": "what a split does to single generators",
    "seed": "the generator seed",
}


@dataclass(frozen=True)
class Told:
    """What decides in a family: values by generator, dataset and split, and what they are."""

    family: str
    about: str
    values: Values
    falling: bool

    @cached_property
    def found(self) -> Decomposition | None:
        """Variances by source; None where nothing was repeated."""
        try:
            return decompose(self.values)
        except ValueError:
            return None


Named = Sequence[tuple[str, Study]]


def judged(studies: Sequence[Study]) -> Named:
    """Studies with their names, without those in which a selector chose what is reported.

    It chose for high values, so that those reported vary less than all do.
    """
    named = zip(tables_named(studies), studies, strict=True)
    return [(name, study) for name, study in named if not study.first.chosen]


def variance_section(studies: Sequence[Study]) -> Section | None:
    """Variances by source, of studies on several tables in one; None where nothing repeats."""
    blocks = tuple(_sources(judged(studies)))
    return Section("variance", "Where the spread comes from", blocks) if blocks else None


def _sources(named: Named) -> Iterator[Block]:
    """Variances over all tables at once; of studies on one table each has its own."""
    tables = {study.first.run.plan.fingerprint for _, study in named}
    if 1 < len(tables) == len(named):
        yield from _decomposed([t for f in DECIDING if (t := _over(f, named))], "variance")
        return
    for place, (name, study) in enumerate(named, 1):
        one = len(named) == 1
        told = [t for family in DECIDING if (t := within(family, study))]
        blocks = tuple(_decomposed(told, "variance" if one else f"variance-{place}"))
        if blocks:
            yield from blocks if one else (Fold(name, blocks),)


def within(family: str, study: Study) -> Told | None:
    """What decides in a family, in its own unit; None where nothing does."""
    quantity = endpoints(study.first).get(family)
    if quantity is None:
        return None
    labels = {c.arm.id: shared_name(study.runs, c.arm.id) for c in study.first.generators}
    samples = {label: study.samples(arm, quantity) for arm, label in labels.items()}
    values: Values = {label: {0: found} for label, found in samples.items() if found}
    return Told(family, title(quantity), values, study.first.falling(quantity))


def _over(family: str, named: Named) -> Told | None:
    """What decides in a family on each table; calibrated where the measures differ."""
    chosen = [(n, s, q) for n, s in named if (q := endpoints(s.first).get(family))]
    if len(chosen) < 2:
        return None
    mixed = len({quantity.metric for _, _, quantity in chosen}) > 1
    values: dict[str, dict[Hashable, Samples]] = {}
    for name, study, quantity in chosen:
        for arm in (c.arm.id for c in study.first.generators):
            samples = (_placed if mixed else Study.samples)(study, arm, quantity)
            if samples:
                values.setdefault(shared_name(study.runs, arm), {})[name] = samples
    scale = "own endpoint of each dataset, on its scale from 0 to 1 of reference generators"
    about = scale if mixed else title(Quantity(chosen[0][2].metric))
    falling = family == "privacy" if mixed else chosen[0][1].first.falling(chosen[0][2])
    return Told(family, about, values, falling)


def _placed(study: Study, arm: str, quantity: Quantity) -> Samples:
    """Values on the scale of reference generators, whose means of a run are its ends."""
    found: list[list[float]] = []
    for run in study.runs:
        if run.score(arm, quantity).calibrated is None:
            return {}
        low, high = (
            fmean(v for values in side.values() for v in values)
            for side in run.anchors(arm, quantity)
        )
        by_split = run.samples(arm, quantity).values()
        found += [[(v - low) / (high - low) for v in values] for values in by_split]
    return dict(enumerate(found))


def _decomposed(told: Sequence[Told], name: str) -> Iterator[Block]:
    """A family's variances in a sentence, then all of them in a table."""
    usable = [(one, one.found) for one in told if one.found]
    for one, found in usable:
        yield Paragraph(_upshot(one.family, found))
    if not usable:
        return
    groups = (
        Rows(tuple(_rows(found)), f"{one.family.capitalize()}: {one.about}")
        for one, found in usable
    )
    yield Table(
        "Spread of single trials about their generator’s mean, by source: standard deviation with "
        f"its {LEVEL:.0%} interval (variances by Henderson’s method III, intervals by the modified "
        "large-sample method; an estimate below 0 is told as 0), and share of the variance. It is "
        "taken to be alike for all generators; seeds also make the rows drawn and the measures’ "
        "own chance.",
        (
            Head("Source"),
            Head("Standard deviation", ("interval",)),
            Head("Share of the variance"),
            Head("Degrees of freedom"),
        ),
        tuple(groups),
        id=name,
    )


def _variances(found: Decomposition) -> dict[Source, float]:
    """Of each term, under the first of its sources."""
    return {term.sources[0]: found.variance(term.sources[0]).value for term in found.terms}


def _rows(found: Decomposition) -> Iterator[tuple[Cell, ...]]:
    values = _variances(found)
    whole = sum(values.values())
    for term in found.terms:
        first, *others = (_SOURCES[source] for source in term.sources)
        interval = found.variance(term.sources[0])
        ends = f"{number(interval.low**0.5)} to {number(interval.high**0.5)}"
        also = tuple(f"not told apart from: {_lower(other)}" for other in others)
        yield (
            Cell(first, also),
            Cell(number(interval.value**0.5), (ends,)),
            Cell(_percent(interval.value, whole)),
            Cell(str(term.freedom)),
        )


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "—"


def _upshot(family: str, found: Decomposition) -> str:
    """Where most of the spread comes from, and how much of it a comparison feels."""
    values = _variances(found)
    whole = sum(values.values())
    name = family.capitalize()
    if not whole:
        return f"{name}: repeated trials of one generator do not differ."
    largest = max(values, key=lambda source: values[source])
    term = next(term for term in found.terms if term.sources[0] == largest)
    about = listed([_TOLD[source] for source in term.sources])
    apart = "" if len(term.sources) == 1 else " (not told apart)"
    text = f"{name}: {_percent(values[largest], whole)} of the variance is {about}{apart}."
    if found.generators < 2:
        return text
    alike = sum(values.get(source, 0.0) for source in ("dataset", "split"))
    left = _percent(whole - alike, whole)
    return f"{text} {left} of it is left where generators are compared on the same rows."
