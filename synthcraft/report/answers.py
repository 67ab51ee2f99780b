"""The answer of several runs together, in the same three sentences."""

from collections import Counter
from collections.abc import Sequence

from synthcraft.report.across import leaders
from synthcraft.report.answer import limits, upper
from synthcraft.report.choice import leading
from synthcraft.report.document import Bullets, Item, Section
from synthcraft.report.pooled import runs_named, studies
from synthcraft.report.risks import by_answer
from synthcraft.report.summary import Summary
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
        return (
            f"Over {datasets} {told[0].lower()}{told[1:]} How sure each lead is stands under “Over "
            "all datasets”."
        )
    return (
        "These runs allow no ranks over datasets, so no generator is best over all of them: each "
        "run’s own answer stands below, and their results side by side."
    )


def _privacy(summaries: Sequence[Summary]) -> str:
    """The highest that any run's deciding risk may be, and in how many runs an excess is shown."""
    risks = [
        (contender, score, risk, name)
        for summary, name in zip(summaries, runs_named(summaries), strict=True)
        for risk in leading(summary, "privacy")[:1]
        for contender, score in summary.ranked(risk)
    ]
    if not risks:
        return f"No run has a risk with a control; {_epsilon(summaries)}."
    contender, score, risk, name = max(risks, key=lambda found: upper(found[1]))
    above = sum(_is_shown(summary) for summary in summaries)
    shown = "none" if not above else str(above)
    proof = "" if above else ", which is no proof of privacy"
    return (
        "The deciding risk (0: as fresh real rows, 1: a table of copies) may be as high as "
        f"{number(upper(score))}: the highest end of any interval, that of "
        f"{short(contender.label)} on {name}, “{within(risk)}”, {scored(score)}; in {shown} of "
        f"{counted(len(summaries), 'run')} some measure shows an excess over all splits, or a "
        f"large one{proof}; {_epsilon(summaries)}."
    )


def _is_shown(summary: Summary) -> bool:
    return any("above" in by_answer(summary, risk) for risk in leading(summary, "privacy"))


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
