"""The answer of several runs together, in the same three sentences."""

from collections import Counter
from collections.abc import Sequence

from synthcraft.report.across import leaders
from synthcraft.report.answer import limits
from synthcraft.report.document import Bullets, Item, Section
from synthcraft.report.pooled import runs_named, studies
from synthcraft.report.risks import by_answer, highest, is_bounded, judged_risks, upper
from synthcraft.report.summary import Quantity, Summary
from synthcraft.report.verdict import promises
from synthcraft.report.words import counted, listed, number, scored, short, within


def answers_section(summaries: Sequence[Summary]) -> Section:
    """What the runs say together; each run's own answer stands further down."""
    sentences = (
        Item(_best(summaries), "Best"),
        Item(_privacy(summaries), "Privacy"),
        Item(_limits(summaries), "What limits this"),
    )
    return Section("answer", "The answer", (Bullets(sentences),))


def _best(summaries: Sequence[Summary]) -> str:
    if told := leaders(summaries):
        datasets = counted(len(studies(summaries)), "dataset")
        return f"{told} How sure each lead is, over {datasets}, stands under “Over all datasets”."
    return (
        "No generator can be called best over all of these runs: each run’s own answer stands "
        "below, and their results side by side."
    )


def _privacy(summaries: Sequence[Summary]) -> str:
    """The highest that any run's deciding risk may be, and in how many runs an excess is shown."""
    deciding = [
        (summary, name, risks)
        for summary, name in zip(summaries, runs_named(summaries), strict=True)
        if (risks := judged_risks(summary))
    ]
    if not deciding:
        return f"In no run has a risk a value that tells anything; {_epsilon(summaries)}."
    above = sum(any("above" in by_answer(s, risk) for risk in risks) for s, _, risks in deciding)
    silent = len(summaries) - len(deciding)
    rest = f" ({silent} more have no risk that tells anything)" if silent else ""
    runs = f"of {counted(len(deciding), 'run')}{rest}"
    shown = (
        f"in {above} {runs} a measure of risk shows an excess over all splits, or a large one, by "
        "intervals for one comparison each"
        if above
        else f"in none {runs} does a measure of risk show an excess over all splits, or a large "
        "one, which is no proof of privacy"
    )
    return f"{_at_most(deciding)}; {shown}; {_epsilon(summaries)}."


def _at_most(deciding: Sequence[tuple[Summary, str, tuple[Quantity, ...]]]) -> str:
    """The highest upper bound of a run's deciding risk, and how many values have none."""
    there = [
        ((contender, score), f"{name}, “{within(risk)}”")
        for summary, name, (risk, *_) in deciding
        for contender, score in summary.ranked(risk)
    ]
    contender, score = found = highest([risk for risk, _ in there])
    place = next(place for risk, place in there if risk is found)
    where = f"{short(contender.label)} on {place}"
    risk = "The deciding risk (0: as fresh real rows, 1: a table of copies)"
    if not is_bounded(score):
        return f"{risk} has no interval; its highest value is {number(upper(score))}, of {where}"
    free = sum(not is_bounded(s) for (_, s), _ in there)
    left = f" ({free} of {counted(len(there), 'value')} without an interval)" if free else ""
    return (
        f"{risk} may be as high as {number(upper(score))}: the highest end of any interval, that "
        f"of {where}, {scored(score)}{left}"
    )


def _epsilon(summaries: Sequence[Summary]) -> str:
    kinds = {kind for summary in summaries for kind in promises(summary)}
    if kinds <= {"none"}:
        return "no generator gives a formal guarantee (differential privacy)"
    return "what each ε is worth stands with its run"


def _limits(summaries: Sequence[Summary]) -> str:
    """How many runs have which limit."""
    found = Counter(kind for summary in summaries for kind in limits(summary))
    if not found:
        return "Results hold for these tables and this training only."
    each = [f"{kind} in {runs}" for kind, runs in found.items()]
    return f"Of {counted(len(summaries), 'run')}: {listed(each)}."
