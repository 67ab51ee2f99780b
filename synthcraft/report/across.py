"""What several runs on different data say together: ranks over datasets, and tests of them."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from synthcraft.report.choice import DECIDING
from synthcraft.report.document import Block, Cell, Head, Paragraph, Rows, Section, Table
from synthcraft.report.inference import endpoints, p_text
from synthcraft.report.summary import Quantity, Summary, shared_name
from synthcraft.report.words import counted, listed, number, short, title
from synthcraft.stats import (
    Pair,
    TooFew,
    friedman,
    over_splits,
    pairwise,
    ranked,
    signed_rank_rope,
)

Scores = Mapping[str, Sequence[float | None]]  # by generator: one score per dataset, None: failed


def across_section(summaries: Sequence[Summary]) -> Section:
    """Mean ranks of generators over datasets by endpoint, with the tests that their number allows.

    A generator that failed on a dataset has the worst rank there.
    """
    blocks = list(_blocks(summaries))
    return Section("across", "Over all datasets", tuple(blocks))


def _blocks(summaries: Sequence[Summary]) -> Iterator[Block]:
    tables = {summary.run.plan.fingerprint for summary in summaries}
    if len(tables) < len(summaries):
        yield Paragraph(
            f"No ranks over datasets: these {counted(len(summaries), 'run')} are on "
            f"{counted(len(tables), 'table')}, and runs on one table are no independent datasets."
        )
        return
    if chosen := [short(summary.run.id) for summary in summaries if summary.chosen]:
        yield Paragraph(
            f"No ranks over datasets: a selector chose what {listed(chosen)} reports, and ranks "
            "would count only those that it liked."
        )
        return
    arms = [[c.arm.id for c in summary.generators] for summary in summaries]
    common = [arm for arm in arms[0] if all(arm in others for others in arms)]
    if len(common) < 2:
        yield Paragraph("No ranks over datasets: the runs share fewer than two generators.")
        return
    left = sorted({arm for others in arms for arm in others} - set(common))
    if left:
        names = listed([short(shared_name(summaries, arm)) for arm in left])
        yield Paragraph(f"Without {names}, not tried in every run.")
    for family in DECIDING:
        yield from _family(summaries, family, common)


def _family(summaries: Sequence[Summary], family: str, arms: Sequence[str]) -> Iterator[Block]:
    found = [endpoints(summary).get(family) for summary in summaries]
    shared = {quantity for quantity in found if quantity is not None}
    name = family.capitalize()
    if None in found or len({quantity.metric for quantity in shared}) != 1:
        yield Paragraph(f"{name}: the runs have no common endpoint that is informative in each.")
        return
    quantities = [quantity for quantity in found if quantity is not None]
    falling = summaries[0].falling(quantities[0])
    scores = {
        shared_name(summaries, arm): [
            _mean(s, arm, q) for s, q in zip(summaries, quantities, strict=True)
        ]
        for arm in arms
    }
    # Two runs may have chosen different models for one score: both are that run's endpoint.
    label = title(quantities[0] if len(shared) == 1 else Quantity(quantities[0].metric))
    yield _ranks(f"{name}, {label}", scores, falling=falling)
    yield Paragraph(_friedman(scores, falling=falling))
    yield from _pairs(scores, falling=falling)
    margin = _margin(summaries)
    if family == "utility" and margin is not None:
        yield _posteriors(scores, margin, falling=falling, seed=summaries[0].run.spec.seed)


def _mean(summary: Summary, arm: str, quantity: Quantity) -> float | None:
    """The mean over splits; None where a split or trial is missing: a failure counts as one."""
    score = summary.score(arm, quantity)
    samples = summary.samples(arm, quantity)
    return over_splits(samples, ratio=summary.ratio).mean if score.complete else None


def _ranks(about: str, scores: Scores, *, falling: bool) -> Table:
    columns = list(zip(*scores.values(), strict=True))
    ranks = np.array([ranked(column, falling=falling) for column in columns])
    means = dict(zip(scores, ranks.mean(axis=0), strict=True))
    rows = tuple(
        (
            Cell(short(arm)),
            Cell(f"{means[arm]:.2f}"),
            Cell(str(sum(value is None for value in scores[arm]))),
        )
        for arm in sorted(scores, key=lambda arm: means[arm])
    )
    return Table(
        f"{about}: mean rank over {counted(len(columns), 'dataset')}, 1 is best; ties are "
        "averaged, and a generator that lacks a trial on a dataset has the worst rank there.",
        (Head("Generator"), Head("Mean rank"), Head("Datasets that lack a trial")),
        (Rows(rows),),
    )


def _friedman(scores: Scores, *, falling: bool) -> str:
    try:
        found = friedman(scores, falling=falling)
    except TooFew as refusal:
        return f"{refusal}."
    shown = "differ" if found.p <= 0.05 else "are not shown to differ"
    return (
        f"The generators {shown} over {found.datasets} datasets (Friedman’s test, Iman and "
        f"Davenport’s F: p {p_text(found.p)})."
    )


def _pairs(scores: Scores, *, falling: bool) -> Iterator[Block]:
    try:
        pairs = pairwise(scores, falling=falling)
    except TooFew as refusal:
        yield Paragraph(f"{refusal}.")
        return
    yield Table(
        "Pairs of generators over datasets: Wilcoxon’s signed-rank test, exact, with Holm’s "
        "adjustment.",
        tuple(Head(text) for text in ("Pair", "Wins, ties, losses", "p", "p (Holm)")),
        (Rows(tuple(_pair_row(pair) for pair in pairs)),),
    )


def _pair_row(pair: Pair) -> tuple[Cell, ...]:
    return (
        Cell(f"{short(pair.first)} against {short(pair.second)}"),
        Cell(f"{pair.wins}, {pair.ties}, {pair.losses}"),
        Cell(p_text(pair.p)),
        Cell(p_text(pair.adjusted)),
    )


def _margin(summaries: Sequence[Summary]) -> float | None:
    """The margin that all runs declare, if they declare the same."""
    objectives = [summary.run.spec.objective for summary in summaries]
    margins = {objective.non_inferiority if objective else None for objective in objectives}
    return margins.pop() if len(margins) == 1 else None


def _posteriors(scores: Scores, margin: float, *, falling: bool, seed: int) -> Block:
    """The best by mean rank against each other one, where both have every score."""
    whole = {arm: [v for v in values if v is not None] for arm, values in scores.items()}
    whole = {arm: values for arm, values in whole.items() if len(values) == len(scores[arm])}
    if len(whole) < 2:
        return Paragraph("No posterior probabilities: fewer than two generators never failed.")
    columns = [ranked(column, falling=falling) for column in zip(*whole.values(), strict=True)]
    best = list(whole)[int(np.argmin(np.mean(columns, axis=0)))]
    rows = []
    for arm in whole:
        if arm != best:
            sign = -1.0 if falling else 1.0
            gains = [sign * (a - b) for a, b in zip(whole[best], whole[arm], strict=True)]
            stream = np.random.default_rng(np.random.SeedSequence([seed, *arm.encode()]))
            found = signed_rank_rope(gains, stream, rope=margin)
            shares = (found.better, found.equal, found.worse)
            rows.append((Cell(short(arm)), *(Cell(number(share)) for share in shares)))
    return Table(
        f"Probability that {short(best)} is better, practically equal (within ±{margin:g}) or "
        "worse on a next dataset (Bayesian signed-rank test, Benavoli et al. 2017).",
        tuple(Head(text) for text in ("Against", "Better", "Practically equal", "Worse")),
        (Rows(tuple(rows)),),
    )
