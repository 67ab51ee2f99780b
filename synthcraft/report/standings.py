"""Who is best on which dataset, and whether anybody is best on all: scores, ranks, wins."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from synthcraft.report.document import (
    Block,
    Cell,
    Figure,
    Head,
    Panel,
    Paragraph,
    Rows,
    Table,
)
from synthcraft.report.plots import Ranks, Standing
from synthcraft.report.words import counted, listed, number, short
from synthcraft.stats import (
    LEVEL,
    TooFew,
    alike,
    chance_of_best,
    pairwise,
    ranked,
    wilson,
    wins,
)

Scores = Mapping[str, Sequence[float | None]]  # by generator: one score per dataset, None: failed
Matrix = NDArray[np.float64]  # datasets × generators


def standings(
    family: str,
    about: str,
    datasets: Sequence[str],
    scores: Scores,
    unbeaten: Mapping[str, int],
    *,
    falling: bool,
    seed: int,
) -> Iterator[Block]:
    """Scores and ranks by dataset, where each generator stands, the rank plot, and the upshot.

    ``unbeaten`` counts the datasets whose own splits do not tell a generator from the best.
    """
    columns = zip(*scores.values(), strict=True)
    ranks = np.array([ranked(column, falling=falling) for column in columns])
    means = dict(zip(scores, map(float, ranks.mean(axis=0)), strict=True))
    order = sorted(scores, key=lambda name: means[name])
    stream = np.random.default_rng(np.random.SeedSequence([seed, *family.encode()]))
    won = wins(scores, falling=falling)
    chance = chance_of_best(scores, stream, falling=falling)
    yield Paragraph(_upshot(family, order, means, won, chance, len(datasets)))
    yield _by_dataset(family, about, datasets, scores, ranks)
    yield _standing(family, order, scores, unbeaten, means, won, chance)
    yield _picture(family, order, scores, ranks, falling=falling)


def _upshot(
    family: str,
    order: Sequence[str],
    means: Mapping[str, float],
    won: Mapping[str, float],
    chance: Mapping[str, float],
    count: int,
) -> str:
    """Whether one generator is best on all datasets, and how sure the lead of the first is."""
    winners = sorted((name for name in order if won[name]), key=lambda name: -won[name])
    told = listed([f"{short(name)} on {_count(won[name])}" for name in winners])
    best = (
        f"{short(winners[0])} is best on all {count} datasets"
        if len(winners) == 1 and won[winners[0]] == count
        else f"no single generator is best on all {count} datasets ({told})"
    )
    lead = order[0]
    return (
        f"{family.capitalize()}: {best}. {short(lead)} has the best mean rank, {means[lead]:.2f}; "
        f"it has it over datasets such as these with probability {number(chance[lead])}."
    )


def _count(won: float) -> str:
    return f"{won:g}" if won == round(won) else f"{won:.1f}"


def _by_dataset(
    family: str, about: str, datasets: Sequence[str], scores: Scores, ranks: Matrix
) -> Table:
    names = list(scores)
    rows = tuple(
        (
            Cell(table),
            *(
                _ranked(scores[name][row], float(ranks[row, k]), float(ranks[row].min()))
                for k, name in enumerate(names)
            ),
        )
        for row, table in enumerate(datasets)
    )
    return Table(
        f"{about}: score and rank on each dataset, 1 is best; ties are averaged, and a generator "
        "that lacks a trial on a dataset has the worst rank there.",
        (Head("Dataset"), *(Head(short(name)) for name in names)),
        (Rows(rows),),
        id=f"scores-{family}",
    )


def _ranked(score: float | None, rank: float, best: float) -> Cell:
    if score is None:
        return Cell("—", ("lacks a trial", f"rank {rank:g}"), "alert")
    return Cell(number(score), (f"rank {rank:g}",), "best" if rank == best else "")


def _standing(
    family: str,
    order: Sequence[str],
    scores: Scores,
    unbeaten: Mapping[str, int],
    means: Mapping[str, float],
    won: Mapping[str, float],
    chance: Mapping[str, float],
) -> Table:
    count = len(scores[order[0]])

    def row(name: str) -> tuple[Cell, ...]:
        low, high = wilson(won[name], count)
        lacking = sum(score is None for score in scores[name])
        return (
            Cell(short(name)),
            Cell(f"{means[name]:.2f}"),
            Cell(_count(won[name])),
            Cell(number(won[name] / count), (f"{number(low)} to {number(high)}",)),
            Cell(str(unbeaten[name])),
            Cell(number(chance[name])),
            Cell(str(lacking)),
        )

    return Table(
        f"Where each generator stands over {counted(count, 'dataset')}. Share of datasets on which "
        f"it is best with its {LEVEL:.0%} interval (Wilson); datasets whose own splits do not tell "
        "it from the best (Holm); how probably its mean rank is the best over datasets such as "
        "these (Bayesian bootstrap, with one more dataset of random order).",
        (
            Head("Generator"),
            Head("Mean rank"),
            Head("Best on", ("datasets; ties share",)),
            Head("Share", ("interval",)),
            Head("Not told apart", ("from the best; datasets",)),
            Head("Best mean rank", ("probability",)),
            Head("Lacks a trial on", ("datasets",)),
        ),
        (Rows(tuple(row(name) for name in order)),),
        id=f"standings-{family}",
    )


def _picture(
    family: str, order: Sequence[str], scores: Scores, ranks: Matrix, *, falling: bool
) -> Figure:
    places = {name: place for place, name in enumerate(scores)}
    rows = tuple(
        Standing(
            short(name),
            places[name],
            float(ranks[:, places[name]].mean()),
            tuple(map(float, ranks[:, places[name]])),
        )
        for name in order
    )
    try:
        found = alike(order, pairwise(scores, falling=falling))
        groups = tuple(tuple(order.index(name) for name in group) for group in found)
        joined = (
            "Bars on the right join generators whose order may be chance: no test tells any two of "
            "them apart (Wilcoxon, Holm)"
            if groups
            else "All pairs are told apart (Wilcoxon, Holm)"
        )
    except TooFew:
        groups, joined = (), "No bars: datasets are too few to tell any two generators apart"
    what = f"{family.capitalize()}: ranks over {counted(len(ranks), 'dataset')}"
    return Figure(
        f"{what}, 1 is best. Coloured: mean; grey: single datasets, larger where several agree. "
        f"{joined}.",
        (
            Panel(
                f"ranks-{family}", f"{what} of each generator.", Ranks("rank", rows, groups), "wide"
            ),
        ),
    )
