"""How many splits and generator seeds are enough, study by study."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from synthcraft.report.choice import DECIDING
from synthcraft.report.document import (
    Block,
    Cell,
    Figure,
    Fold,
    Head,
    Legend,
    Panel,
    Paragraph,
    Rows,
    Section,
    Table,
)
from synthcraft.report.inference import endpoints
from synthcraft.report.plots import Band, Mark, Trace
from synthcraft.report.pooled import Study
from synthcraft.report.summary import shared_name
from synthcraft.report.variance import Named, Told, judged, within
from synthcraft.report.words import counted, filled, number, short
from synthcraft.stats.enough import (
    MOST,
    Design,
    enough,
    error,
    paired_error,
    smallest_gap,
    steadiness,
)
from synthcraft.stats.variance import Decomposition, decompose

_SPLITS, _SEEDS = (5, 10, 20, 100), (1, 5)  # of the designs that are foretold
_SHOWN = range(3, 21)  # splits that a figure shows
_SEEN = 5  # the place in the palette of what was seen


def enough_section(studies: Sequence[Study]) -> Section | None:
    """What more splits and seeds would show; None where no two generators were on two splits."""
    blocks = tuple(_blocks(judged(studies)))
    return Section("enough", "How many splits and seeds are enough", blocks) if blocks else None


def _blocks(named: Named) -> Iterator[Block]:
    for place, (name, study) in enumerate(named, 1):
        one = len(named) == 1
        blocks = tuple(_study(study, "" if one else f"-{place}"))
        if blocks:
            yield from blocks if one else (Fold(name, blocks),)


@dataclass(frozen=True)
class Pair:
    """The best two generators of a family: how far apart they are, and how they vary."""

    told: Told
    first: str
    second: str
    gap: float
    all_: Decomposition
    both: Decomposition


def _study(study: Study, suffix: str) -> Iterator[Block]:
    pairs = [pair for family in DECIDING if (pair := _pair(family, study))]
    if not pairs:
        return
    for pair in pairs:
        yield Paragraph(_verdict(pair, study))
    yield _designs(pairs, study, f"enough{suffix}")
    yield Paragraph(
        "Splits of one table share rows. However many there are, an error of "
        f"√{number(study.ratio)} (holdout rows / train rows) times the spread of one split stays "
        "(Nadeau & Bengio 2003), which only more rows or other tables make smaller. What is "
        "foretold rests on estimated spreads and, for the best two, on the difference that was "
        "seen: a small one may be chance, and then more would be needed.",
        "muted",
    )
    if not suffix:
        yield _pictures(pairs, study)


def _pair(family: str, study: Study) -> Pair | None:
    """None where fewer than two generators have all values, on at least two splits."""
    told = within(family, study)
    quantity = endpoints(study.first).get(family)
    if told is None or quantity is None or told.found is None:
        return None
    whole = {
        shared_name(study.runs, c.arm.id)
        for c in study.first.generators
        if study.complete(c.arm.id, quantity)
    }
    values = {label: found for label, found in told.values.items() if label in whole}
    means = {
        label: fmean(fmean(seeds) for seeds in found[0].values())
        for label, found in values.items()
        if len(found[0]) > 1
    }
    if len(means) < 2:
        return None
    first, second = sorted(means, key=lambda label: means[label], reverse=not told.falling)[:2]
    both = decompose({label: values[label] for label in (first, second)})
    gap = abs(means[first] - means[second])
    return Pair(
        Told(family, told.about, values, told.falling), first, second, gap, told.found, both
    )


def _verdict(pair: Pair, study: Study) -> str:
    """What it takes to tell the best two apart, and a margin where one is declared."""
    lead = f"{pair.told.family.capitalize()}: {short(pair.first)} and {short(pair.second)}"
    margin = _margin(study) if pair.told.family == "utility" else None
    texts = [
        f"{lead}, the best two, differ by {number(pair.gap)}.",
        f"To tell a true difference of that size takes {_needed(pair, pair.gap, study)}; here "
        f"there are {_design(_here(pair, study))}.",
        _steady(pair, study),
        f"The declared margin of {margin:g} takes {_needed(pair, margin, study)}."
        if margin
        else "",
    ]
    if not pair.gap:
        texts[:2] = [f"{lead}, the best two, do not differ."]
    return " ".join(filled(*texts))


def _steady(pair: Pair, study: Study) -> str:
    """How often half of the splits would have told the same best generator."""
    found = _steadiness(pair, study)
    half = max(2, len(found) // 2)
    if half >= len(found):
        return ""
    share = f"{100 * found[half]:.0f} %"
    return f"The same generator is best in {share} of all choices of {half} of these splits."


def _here(pair: Pair, study: Study) -> Design:
    return Design(pair.both.splits, study.first.run.plan.replicates)


def _design(design: Design) -> str:
    splits = counted(int(design.splits), "split")
    return f"{splits} with {counted(int(design.seeds), 'seed')} each"


def _needed(pair: Pair, gap: float, study: Study) -> str:
    tests = _tests(pair)
    found = enough(pair.both, gap, ratio=study.ratio, pairs=tests)
    if found is not None:
        return _design(found)
    most = Design(MOST, MOST if pair.both.separate("seed") else 1)
    least = smallest_gap(pair.both, most, ratio=study.ratio, pairs=tests)
    return f"more than {_design(most)}: even these show none below {number(least)}"


def _tests(pair: Pair) -> int:
    """Pairs of generators, among which Holm's adjustment shares its level."""
    count = len(pair.told.values)
    return count * (count - 1) // 2


def _margin(study: Study) -> float | None:
    objective = study.first.run.spec.objective
    return objective.non_inferiority if objective else None


def _designs(pairs: Sequence[Pair], study: Study, name: str) -> Table:
    return Table(
        "Foretold by number of splits and generator seeds: standard errors of one generator’s mean "
        "and of the best two’s difference, as this report computes them, and the smallest true "
        "difference that would be told apart in 4 of 5 repetitions (corrected t; adjusted for all "
        "pairs). First what there is.",
        tuple(
            Head(text)
            for text in (
                *("Splits", "Seeds of each", "Fits of one generator"),
                *("Error of a mean", "Error of a difference", "Smallest difference shown"),
            )
        ),
        tuple(
            Rows(
                tuple(_designed(pair, design, study) for design in _asked(pair, study)),
                f"{pair.told.family.capitalize()}: {pair.told.about}",
            )
            for pair in pairs
        ),
        id=name,
    )


def _asked(pair: Pair, study: Study) -> list[Design]:
    """What there is, then more; other numbers of seeds only where it is known what seeds do."""
    here = _here(pair, study)
    seeds = _SEEDS if pair.both.separate("seed") else (int(here.seeds),)
    more = [Design(splits, count) for count in seeds for splits in _SPLITS]
    return [here, *(design for design in more if design != here)]


def _designed(pair: Pair, design: Design, study: Study) -> tuple[Cell, ...]:
    ratio = study.ratio
    numbers = (
        error(pair.all_, design, ratio=ratio),
        paired_error(pair.both, design, ratio=ratio),
        smallest_gap(pair.both, design, ratio=ratio, pairs=_tests(pair)),
    )
    return (
        Cell(f"{design.splits:g}"),
        Cell(f"{design.seeds:g}"),
        Cell(f"{design.fits:g}"),
        *(Cell(number(value)) for value in numbers),
    )


# Figures ------------------------------------------------------------------------------------------


def _steadiness(pair: Pair, study: Study) -> dict[int, float]:
    words = [study.first.run.spec.seed, *pair.told.family.encode()]
    stream = np.random.default_rng(np.random.SeedSequence(words))
    values = {label: found[0] for label, found in pair.told.values.items()}
    return steadiness(values, stream, falling=pair.told.falling)


def _pictures(pairs: Sequence[Pair], study: Study) -> Figure:
    panels = [_steady_panel(pairs, study), *(_gap_panel(k, p, study) for k, p in enumerate(pairs))]
    legend = [Legend(pair.told.family, place) for place, pair in enumerate(pairs)]
    return Figure(
        "Left: in what share of subsets of the splits the best generator is that of all (which all "
        "of them are by construction). Then by family, with as many seeds as there are: the "
        "smallest true difference that more splits would show, against the difference seen between "
        "the best two.",
        tuple(panels),
        (*legend, Legend("difference of the best two", _SEEN)),
    )


def _steady_panel(pairs: Sequence[Pair], study: Study) -> Panel:
    bands = [_band(p.told.family, k, _steadiness(p, study)) for k, p in enumerate(pairs)]
    return Panel(
        "steadiness",
        "Share of subsets of splits in which the best generator is that of all splits.",
        Trace("Same generator best as in all splits", "splits", tuple(bands), (0.0, 1.05)),
        "small",
    )


def _gap_panel(place: int, pair: Pair, study: Study) -> Panel:
    name, seeds = pair.told.family, _here(pair, study).seeds
    gaps = {
        splits: smallest_gap(
            pair.both, Design(splits, seeds), ratio=study.ratio, pairs=_tests(pair)
        )
        for splits in _SHOWN
    }
    seen = dict.fromkeys((min(_SHOWN), max(_SHOWN)), pair.gap)
    top = 1.1 * max(*gaps.values(), pair.gap)
    heading = f"{name.capitalize()}: smallest difference shown"
    bands = (_band(name, place, gaps), _band("best two", _SEEN, seen))
    return Panel(
        f"enough-{name}",
        f"{heading}, by number of splits, and the difference of the best two.",
        Trace(heading, "splits", bands, (0.0, top or 1.0)),
        "small",
    )


def _band(label: str, place: int, values: Mapping[int, float]) -> Band:
    marks = tuple(Mark(label, value, None, None, place) for value in values.values())
    return Band(label, place, tuple(map(float, values)), marks)
