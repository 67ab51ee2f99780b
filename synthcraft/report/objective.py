"""What a declared use makes of the generators of a run: score, place, constraints, losses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from synthcraft import objective as use
from synthcraft.objective import Judgement
from synthcraft.report.document import (
    Block,
    Cell,
    Head,
    Paragraph,
    Rows,
    Table,
)
from synthcraft.report.inference import (
    ALIKE,
    MARKS,
    SIGNIFICANT,
    Difference,
    endpoints,
    p_text,
    rank_cell,
    to_best,
    whole_table,
)
from synthcraft.report.summary import Contender, Quantity, Samples, Summary
from synthcraft.report.words import interval, listed, number, short, title, within
from synthcraft.spec.types import ConstraintSpec, ObjectiveSpec
from synthcraft.stats import (
    LEVEL,
    Estimate,
    NonInferiority,
    clipped,
    holm,
    non_inferior,
    over_splits,
    placed,
)


@dataclass(frozen=True)
class Standing:
    """What a declared use makes of one generator; ``estimate`` is free of the constraints."""

    contender: Contender
    judgement: Judgement
    estimate: Estimate | None
    parts: Mapping[str, float | None]
    by_split: Samples

    @property
    def whole(self) -> bool:
        """Whether every trial has succeeded."""
        return self.contender.succeeded == self.contender.ended + self.contender.missing


def objective_blocks(summary: Summary, objective: ObjectiveSpec) -> tuple[Block, ...]:
    """Rank, score, parts and constraints of each generator for the use that the spec declares."""
    deciding = endpoints(summary)
    share = use.weights(objective, deciding)
    blocks: list[Block] = [Paragraph(_declared(objective, deciding, share)), *_unpromised(summary)]
    found = standings(summary)
    if found:
        blocks.append(_score_table(summary, objective, deciding, found))
    losses = _losses(summary, objective, deciding)
    if losses is not None:
        blocks.append(losses)
    return tuple(blocks)


def standings(summary: Summary) -> tuple[Standing, ...]:
    """Each generator's standing for the declared use, best first; none without an objective.

    After the scored ones come those that lack a split or a trial, then those without a score.
    """
    objective = summary.run.spec.objective
    if objective is None:
        return ()
    deciding = endpoints(summary)
    found = [_standing(summary, objective, deciding, c) for c in summary.generators]
    return tuple(sorted(found, key=_badness))


def _badness(standing: Standing) -> tuple[bool, bool, float]:
    score = standing.judgement.score
    return score is None, not standing.whole, -(score or 0.0)


def _standing(
    summary: Summary, objective: ObjectiveSpec, deciding: Mapping[str, Quantity], one: Contender
) -> Standing:
    places = {family: _places(summary, one, quantity) for family, quantity in deciding.items()}
    share = use.weights(objective, deciding)
    weighed = [set(places[family]) for family in share]
    splits = sorted(set.intersection(*weighed)) if weighed else []
    parts = {
        family: over_splits({s: found[s] for s in splits}, ratio=summary.ratio).mean
        if splits and set(splits) <= set(found)
        else None
        for family, found in places.items()
    }
    by_split = {
        split: [sum(w * _worth(f, parts[f], places[f][split][0]) for f, w in share.items())]
        for split in splits
    }
    means = {c.measure: _mean(summary, one, c) for c in objective.constraints.values()}
    return Standing(
        one,
        use.judge(parts, means, objective),
        clipped(over_splits(by_split, ratio=summary.ratio), 0.0, 1.0) if by_split else None,
        parts,
        by_split,
    )


def _places(summary: Summary, one: Contender, quantity: Quantity) -> Samples:
    if summary.other_size(one.arm.id, quantity):
        return {}
    floor, ceiling = summary.anchors(one.arm.id, quantity)
    return placed(summary.samples(one.arm.id, quantity), floor, ceiling)


def _worth(family: str, mean: float | None, part: float) -> float:
    """One split's part of a family's worth; a clipped mean has no slope, so no spread either."""
    if mean is None or not 0 < mean < 1:
        return use.worth(family, mean or 0.0)
    return 1 - part if family == "privacy" else part


def _mean(summary: Summary, one: Contender, constraint: ConstraintSpec) -> float | None:
    found = _limited(summary, constraint)
    estimate = summary.score(one.arm.id, found).estimate if found else None
    return None if estimate is None else estimate.mean


def unsettled_limits(summary: Summary, standing: Standing) -> list[str]:
    """The constraints that a generator's mean keeps and its interval, if any, does not."""
    objective = summary.run.spec.objective
    found = []
    for name, constraint in objective.constraints.items() if objective else ():
        quantity = _limited(summary, constraint)
        estimate = summary.score(standing.contender.arm.id, quantity).estimate if quantity else None
        ends = (estimate.low, estimate.high) if estimate else ()
        if name not in standing.judgement.violated and not all(
            end is not None and use.keeps(end, constraint) for end in ends
        ):
            found.append(short(name))
    return found


def _limited(summary: Summary, constraint: ConstraintSpec) -> Quantity | None:
    """The quantity that a constraint is about: the endpoint's model, or the first one."""
    same = [q for q in whole_table(summary) if q.metric == constraint.measure]
    deciding = endpoints(summary).values()
    return next((q for q in same if q in deciding), same[0] if same else None)


def _declared(
    objective: ObjectiveSpec, deciding: Mapping[str, Quantity], share: Mapping[str, float]
) -> str:
    weighed = [f"{family} {w:.0%}, by {within(deciding[family])}" for family, w in share.items()]
    left = [f for f, weight in objective.weights if weight > 0 and f not in share]
    text = "The author of the spec declared this use before the run. "
    if not share:
        return (
            f"{text}There is no score: {listed(left)} cannot be judged here, and less than half of "
            "the declared weight would be left."
        )
    text += (
        f"The score is the weighted mean of {listed(weighed)}; each counts by its place on its "
        "calibrated scale, cut to 0 to 1, privacy as 1 − risk."
    )
    if left:
        text += (
            f" {listed(left).capitalize()} is left out for every generator, because its endpoint "
            "is not informative here; the others fill its place."
        )
    if objective.constraints:
        text += " A violated constraint makes the score 0."
    return text


def _unpromised(summary: Summary) -> tuple[Block, ...]:
    """Where there is differential privacy: who is scored without a promise of it."""
    free = [short(c.label) for c in summary.generators if c.promise != "promised"]
    if summary.run.spec.privacy is None or not free:
        return ()
    text = f"No ε enters the score. Scored, but without a promised ε: {listed(free)}."
    return (Paragraph(text, "alert"),)


def _score_table(
    summary: Summary,
    objective: ObjectiveSpec,
    deciding: Mapping[str, Quantity],
    found: tuple[Standing, ...],
) -> Table:
    best, differences = score_differences(summary, found)
    order = [s.contender.arm.id for s in found if s.judgement.feasible and s.by_split]
    rows = tuple(
        (
            Cell(short(s.contender.label)),
            rank_cell(s.contender.arm.id, order, differences),
            _score_cell(s),
            _difference_cell(s.contender.arm.id, best, differences),
            *(_part_cell(s, family) for family in deciding),
            *(_limit_cell(summary, s, name, c) for name, c in objective.constraints.items()),
        )
        for s in found
    )
    weights = use.weights(objective, deciding)
    heads = (
        Head("Generator"),
        Head("Rank"),
        Head("Score", ("higher is better ↑",)),
        Head("Difference to the best"),
        *(
            Head(f.capitalize(), (title(q), f"weight {weights.get(f, 0):.0%}"), q.metric)
            for f, q in deciding.items()
        ),
        *(Head(short(name), _limit(c)) for name, c in objective.constraints.items()),
    )
    return Table(_score_caption(summary.run.plan.splits), heads, (Rows(rows),), means=False)


def _score_caption(splits: int) -> str:
    """How to read the scores; one split gives neither an interval nor a test."""
    if splits == 1:
        return (
            "Score on one split, which gives no interval, and the calibrated value of each family. "
            "No difference can be tested: ranks are by the score alone. Limits are judged by means."
        )
    return (
        f"Score with its {LEVEL:.0%} interval over splits (corrected t), and the calibrated value "
        "of each family. Differences are paired over splits; p is Holm’s, over all pairs of "
        f"generators that keep the constraints; limits are judged by means. {MARKS}"
    )


def score_differences(
    summary: Summary, found: Sequence[Standing]
) -> tuple[str, dict[str, Difference]]:
    """The best that keeps the constraints ("" for none), and how far the others are behind it.

    Differences ``other − best`` by id, with p by Holm over all pairs that keep the constraints.
    """
    able = {s.contender.arm.id: s.by_split for s in found if s.by_split and s.judgement.feasible}
    best = next(iter(able), "")
    return best, to_best(able, best, ratio=summary.ratio) if best else {}


def _score_cell(standing: Standing) -> Cell:
    judgement, estimate = standing.judgement, standing.estimate
    if standing.contender.ended and not standing.contender.succeeded:
        return Cell("failed", tone="alert")
    if judgement.violated:
        free = f"{number(estimate.mean)} but for the constraint" if estimate else ""
        return Cell("0.000", tuple(x for x in ("constraint violated", free) if x), "alert")
    if judgement.score is None:
        return Cell("—", (judgement.why,), "muted")
    bounds = interval(estimate) if estimate else ""
    return Cell(number(judgement.score), (bounds or "no interval",))


def _difference_cell(name: str, best: str, differences: Mapping[str, Difference]) -> Cell:
    if name == best:
        return Cell("best", tone="best")
    found = differences.get(name)
    if found is None:
        return Cell("—", tone="muted")
    p = "no p: splits give no error" if found.adjusted is None else f"p {p_text(found.adjusted)}"
    alike = found.adjusted is not None and not found.shown
    lines = (interval(found.estimate), p, ALIKE if alike else "")
    return Cell(number(found.estimate.mean), tuple(line for line in lines if line))


def _part_cell(standing: Standing, family: str) -> Cell:
    part = standing.parts.get(family)
    return Cell("—", tone="muted") if part is None else Cell(number(part))


def _limit(constraint: ConstraintSpec) -> tuple[str, ...]:
    low, high = constraint.at_least, constraint.at_most
    limits = (
        "" if low is None else f"at least {low:g}",
        "" if high is None else f"at most {high:g}",
    )
    return (title(Quantity(constraint.measure)), *(text for text in limits if text))


def _limit_cell(
    summary: Summary, standing: Standing, name: str, constraint: ConstraintSpec
) -> Cell:
    quantity = _limited(summary, constraint)
    estimate = summary.score(standing.contender.arm.id, quantity).estimate if quantity else None
    if estimate is None or name in standing.judgement.unjudged:
        return Cell("—", ("not judged",), "muted")
    bounds = tuple(x for x in (interval(estimate),) if x)
    if name in standing.judgement.violated:
        return Cell(f"✗ {number(estimate.mean)}", (*bounds, "violated"), "alert")
    return Cell(f"✓ {number(estimate.mean)}", bounds)


def _losses(
    summary: Summary, objective: ObjectiveSpec, deciding: Mapping[str, Quantity]
) -> Block | None:
    """Non-inferiority of models trained on synthetic rows; None where no margin is declared."""
    margin, quantity = objective.non_inferiority, deciding.get("utility")
    if margin is None:
        return None
    if quantity is None or not quantity.metric.startswith("tstr."):
        return Paragraph("No non-inferiority test: the endpoint of utility has no gap.", "muted")
    gap = replace(quantity, metric=quantity.metric.replace("tstr.", "gap."))
    losses = {
        c.label: over_splits(samples, ratio=summary.ratio)
        for c in summary.generators
        if (samples := summary.samples(c.arm.id, gap))
    }
    tests = {name: non_inferior(loss, margin) for name, loss in losses.items()}
    adjusted = holm({name: test.p for name, test in tests.items() if test.p is not None})
    rows = tuple(
        (
            Cell(short(name)),
            Cell(number(loss.mean)),
            Cell(interval(loss) or "—"),
            Cell(p_text(adjusted[name]) if name in adjusted else "—"),
            Cell(_answer(tests[name], adjusted.get(name))),
        )
        for name, loss in losses.items()
    )
    return Table(
        f"Non-inferiority: {title(gap)}, against the declared margin of {margin:g}. The loss "
        "counts as smaller than the margin where its one-sided p, by Holm over the generators, is "
        f"at most {SIGNIFICANT / 2:g}.",
        tuple(Head(text) for text in ("Generator", "Loss", "Interval", "p (Holm)", "Shown")),
        (Rows(rows),),
    )


def _answer(test: NonInferiority, adjusted: float | None) -> str:
    if adjusted is None:
        return "splits give no error to test with"
    if adjusted <= SIGNIFICANT / 2:
        return "smaller than the margin"
    return "larger than the margin" if test.answer == "worse" else "not shown to be smaller"
