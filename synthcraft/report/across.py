"""What several runs on different data say together: ranks over datasets, and tests of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from synthcraft.report.choice import DECIDING
from synthcraft.report.document import Block, Cell, Head, Paragraph, Rows, Section, Table
from synthcraft.report.inference import endpoints, p_text, to_best
from synthcraft.report.pooled import Study, studies, tables_named
from synthcraft.report.standings import Scores, standings
from synthcraft.report.summary import Quantity, Summary, shared_name
from synthcraft.report.words import counted, listed, number, short, title
from synthcraft.stats import Pair, TooFew, friedman, pairwise, ranked, signed_rank_rope


@dataclass(frozen=True)
class Endpoint:
    """What decides in a family: on each dataset its own measure, and each generator's score by it.

    ``unbeaten`` counts the datasets whose own splits do not tell a generator from the best.
    ``mixed`` says that the measures differ (AUROC here, R² there); scores then are calibrated.
    """

    family: str
    datasets: tuple[str, ...]
    measures: tuple[Quantity, ...]
    scores: Scores
    unbeaten: Mapping[str, int]
    falling: bool
    mixed: bool


def across_section(summaries: Sequence[Summary]) -> Section:
    """Where generators stand over datasets, by family, with the tests that their number allows.

    Runs that differ in nothing but their seed are one dataset. A generator that failed on a dataset
    has the worst rank there.
    """
    return Section("across", "Over all datasets", tuple(_blocks(summaries)))


def _blocks(summaries: Sequence[Summary]) -> Iterator[Block]:
    found = studies(summaries)
    if refusal := _refusal(summaries, found):
        yield Paragraph(f"No ranks over datasets: {refusal}")
        return
    common = _common(found)
    left = sorted({c.arm.id for s in found for c in s.first.generators} - set(common))
    if left:
        names = listed([short(shared_name(summaries, arm)) for arm in left])
        yield Paragraph(f"Without {names}, not tried in every run.")
    labels = {arm: shared_name(summaries, arm) for arm in common}
    settled = {family: _settled(found, family, labels) for family in DECIDING}
    if told := _leaders([endpoint for endpoint in settled.values() if endpoint]):
        yield Paragraph(f"{told} How sure each lead is stands with the family.")
    for family, endpoint in settled.items():
        yield from _family(found, family, endpoint)


def _refusal(summaries: Sequence[Summary], found: Sequence[Study]) -> str:
    """Why these runs allow no ranks; "" where they do."""
    if chosen := [short(summary.run.id) for summary in summaries if summary.chosen]:
        return (
            f"a selector chose what {listed(chosen)} reports, and ranks would count only those "
            "that it liked."
        )
    tables = {study.first.run.plan.fingerprint for study in found}
    asked = {study.first.run.spec.dataset.model_dump_json() for study in found}
    if min(len(tables), len(asked)) < len(found) or len(found) == 1:
        return (
            f"these {counted(len(summaries), 'run')} are on "
            f"{counted(min(len(tables), len(asked)), 'table')}, and runs on one table are no "
            "independent datasets."
        )
    if len(_common(found)) < 2:
        return "the runs share fewer than two generators."
    return ""


def _common(found: Sequence[Study]) -> list[str]:
    """The generators of every study, in the order of the first."""
    arms = [[c.arm.id for c in study.first.generators] for study in found]
    return [arm for arm in arms[0] if all(arm in others for others in arms)]


def _settled(found: Sequence[Study], family: str, labels: Mapping[str, str]) -> Endpoint | None:
    """What decides in a family; None where fewer than two datasets have such a measure."""
    by_table = zip(_quantities(found, family).items(), found, strict=True)
    chosen = [(table, study, quantity) for (table, quantity), study in by_table if quantity]
    return _endpoint(family, chosen, labels) if len(chosen) > 1 else None


def _quantities(found: Sequence[Study], family: str) -> dict[str, Quantity | None]:
    tables = tables_named(found)
    return {t: endpoints(s.first).get(family) for t, s in zip(tables, found, strict=True)}


def leaders(summaries: Sequence[Summary]) -> str:
    """Who has the best mean rank over datasets, by family; "" where there are no ranks."""
    found = studies(summaries)
    if _refusal(summaries, found):
        return ""
    labels = {arm: shared_name(summaries, arm) for arm in _common(found)}
    settled = [e for family in DECIDING if (e := _settled(found, family, labels))]
    return _leaders(settled)


def _leaders(settled: Sequence[Endpoint]) -> str:
    """Whether one generator has the best mean rank in all families."""
    if len(settled) < 2:
        return ""
    leaders = {endpoint.family: _leading(endpoint) for endpoint in settled}
    told = listed(
        [f"{listed(names)} in {family} ({rank:.2f})" for family, (names, rank) in leaders.items()]
    )
    shared = set.intersection(*(set(names) for names, _ in leaders.values()))
    return (
        f"{listed(sorted(shared))} {'has' if len(shared) == 1 else 'have'} the best mean rank in "
        "all families."
        if shared
        else f"No single generator has the best mean rank in all families: {told}."
    )


def _leading(endpoint: Endpoint) -> tuple[list[str], float]:
    """Who has the best mean rank, and that rank: 1 is the first place on every dataset."""
    columns = zip(*endpoint.scores.values(), strict=True)
    means = np.mean([ranked(column, falling=endpoint.falling) for column in columns], axis=0)
    best = [
        short(name)
        for name, mean in zip(endpoint.scores, means, strict=True)
        if np.isclose(mean, means.min())
    ]
    return best, float(means.min())


def _family(found: Sequence[Study], family: str, endpoint: Endpoint | None) -> Iterator[Block]:
    name = family.capitalize()
    if endpoint is None:
        yield Paragraph(f"{name}: fewer than two datasets have an endpoint that tells anything.")
        return
    if silent := [table for table, q in _quantities(found, family).items() if q is None]:
        yield Paragraph(f"{name}: without {listed(silent)}, where no endpoint tells anything.")
    yield from standings(
        family,
        _about(endpoint),
        endpoint.datasets,
        endpoint.scores,
        endpoint.unbeaten,
        falling=endpoint.falling,
        seed=found[0].first.run.spec.seed,
    )
    yield Paragraph(_friedman(endpoint.scores, falling=endpoint.falling))
    yield from _pairs(family, endpoint.scores, falling=endpoint.falling)
    margin = _margin([study.first for study in found])
    if family == "utility" and margin is not None and not endpoint.mixed:
        seed = found[0].first.run.spec.seed
        yield _posteriors(endpoint.scores, margin, falling=endpoint.falling, seed=seed)


def _endpoint(
    family: str, chosen: Sequence[tuple[str, Study, Quantity]], labels: Mapping[str, str]
) -> Endpoint:
    metrics = {quantity.metric for _, _, quantity in chosen}
    mixed = len(metrics) > 1
    _, study, quantity = chosen[0]
    return Endpoint(
        family,
        tuple(table for table, _, _ in chosen),
        tuple(quantity for _, _, quantity in chosen),
        {
            label: [_score(s, arm, q, mixed=mixed) for _, s, q in chosen]
            for arm, label in labels.items()
        },
        _unbeaten(chosen, labels),
        # On the calibrated scale 1 is the better end, but of a risk.
        falling=family == "privacy" if mixed else study.first.falling(quantity),
        mixed=mixed,
    )


def _unbeaten(
    chosen: Sequence[tuple[str, Study, Quantity]], labels: Mapping[str, str]
) -> dict[str, int]:
    count = dict.fromkeys(labels.values(), 0)
    for _, study, quantity in chosen:
        for arm in _near_best(study, list(labels), quantity):
            count[labels[arm]] += 1
    return count


def _near_best(study: Study, arms: Sequence[str], quantity: Quantity) -> list[str]:
    """The best generator of a study, and those that its splits do not tell from it."""
    whole = [arm for arm in arms if study.complete(arm, quantity)]
    values = {arm: study.samples(arm, quantity) for arm in whole}
    means = {arm: e.mean for arm in whole if (e := study.estimate(arm, quantity))}
    if not means:
        return []
    choose = min if study.first.falling(quantity) else max
    best = choose(means, key=lambda arm: means[arm])
    found = to_best(values, best, ratio=study.ratio)
    return [best, *(arm for arm, difference in found.items() if not difference.shown)]


def _score(study: Study, arm: str, quantity: Quantity, *, mixed: bool) -> float | None:
    """The mean over splits; None where a split or trial is missing: a failure counts as one."""
    if not study.complete(arm, quantity):
        return None
    if mixed:
        return study.place(arm, quantity)
    estimate = study.estimate(arm, quantity)
    return estimate.mean if estimate else None


def _about(endpoint: Endpoint) -> str:
    """What the scores are, in words."""
    name = endpoint.family.capitalize()
    if not endpoint.mixed:
        # Two runs may have chosen different models for one score: both are that run's endpoint.
        shared = set(endpoint.measures)
        first = endpoint.measures[0]
        return f"{name}, {title(first if len(shared) == 1 else Quantity(first.metric))}"
    by_measure: dict[str, list[str]] = {}
    for table, quantity in zip(endpoint.datasets, endpoint.measures, strict=True):
        by_measure.setdefault(title(Quantity(quantity.metric)), []).append(table)
    told = "; ".join(f"{measure}: {listed(tables)}" for measure, tables in by_measure.items())
    return (
        f"{name}, by what decides on each dataset, on its scale from 0 to 1 of reference "
        f"generators ({told})"
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


def _pairs(family: str, scores: Scores, *, falling: bool) -> Iterator[Block]:
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
        id=f"pairs-{family}",
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
