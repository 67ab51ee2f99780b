"""Analyses whose results must survive, and metrics that are asked for by name."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from synthcraft.catalogue import METRICS
from synthcraft.chat.draft import Change
from synthcraft.chat.offline import vocabulary
from synthcraft.chat.offline.columns import Mention
from synthcraft.chat.offline.heard import NOTHING, Context, Heard, Sentence
from synthcraft.chat.offline.words import labelled, says
from synthcraft.chat.proposals import happened


def _blocks(names: Iterable[str]) -> dict[str, Any]:
    return {name: {"plugin": name} for name in names}


def read_measures(sentence: Sentence, context: Context) -> Heard:
    """An analysis whose result must survive, or a metric by name."""
    heard = _analysis(sentence, context)
    asked = [
        card.name
        for card in METRICS
        if not card.default
        and card.name != "estimand"
        and says(re.escape(card.name).replace("_", "[ _-]"), sentence.text)
    ]
    if asked:
        blocks = _suite(context) | _blocks(asked)
        heard += Heard(
            (Change(("metrics",), blocks, "said", "the usual suite and what you named"),)
        )
    return heard


def _suite(context: Context) -> dict[str, Any]:
    """What is measured so far: as declared, else the default suite of the task, by name."""
    task = context.draft.get("dataset", "task") or "classification"
    now = context.draft.get("metrics")
    return dict(
        now or _blocks(card.name for card in METRICS if card.default and task in card.tasks)
    )


def _analysis(sentence: Sentence, context: Context) -> Heard:
    found = labelled(vocabulary.ANALYSES, sentence.text)
    if not found or context.data is None:
        return NOTHING
    start = found[0][0].start
    named = [m for m in sentence.mentions if m.span.start >= start and not m.ordinary]
    if not named:
        return NOTHING
    kind = next((key for _, key in found if key), "")
    if kind == "mean":
        means = {f"mean_{_label(m.column)}": _mean(m.column, context) for m in named}
        return _estimands(means, context)
    outcome, terms = _sides(sentence.text, named, start, kind, context)
    return _estimands({"main": _model(kind, outcome, terms, context)}, context)


def _sides(
    text: str, named: Sequence[Mention], start: int, kind: str, context: Context
) -> tuple[str | None, list[str]]:
    """What is explained, where it is not the target, and what explains it."""
    adjusted = re.compile(vocabulary.ADJUSTED).search(text, start)
    end = adjusted.start() if adjusted else len(text)
    on = re.compile(vocabulary.EXPLAINS).search(text, named[0].span.end, end)
    split = on.start() if on else end
    first = [m.column for m in named if m.span.start < split]
    second = [m.column for m in named if split <= m.span.start < end]
    others = [m.column for m in named if m.span.start >= end]
    if second and says(r"regress\w+ of", text):
        first, second = second, first  # one regresses an outcome on what explains it
    if not second and len(first) == 2 and says(r"between", text):
        first, second = first[:1], first[1:]
    target = context.draft.get("dataset", "target")
    fit = [name for name in [*second, *first] if name == target or _suits(name, kind, context)]
    outcome = target if target in fit else next((n for n in fit if n in second), target)
    terms = dict.fromkeys(name for name in [*first, *second, *others] if name != outcome)
    return outcome, list(terms)


def _suits(name: str, kind: str, context: Context) -> bool:
    """Whether a column can be what this kind of analysis explains."""
    column = context.column(name)
    wanted = {"linear": ("numeric",), "": ("numeric", "categorical")}.get(kind, ("categorical",))
    return column is not None and column.kind in wanted


def _model(
    kind: str, outcome: str | None, terms: Sequence[str], context: Context
) -> dict[str, Any]:
    target = context.draft.get("dataset", "target")
    column = context.column(outcome) if outcome else None
    amount = column is not None and column.kind == "numeric"
    survival = context.draft.get("dataset", "task") == "survival" and outcome == target
    model = kind or ("cox" if survival else "linear" if amount else "logistic")
    block: dict[str, Any] = {"model": model, "terms": list(terms)}
    if outcome and outcome != target:
        block |= {"outcome": outcome} | _level(outcome, context)
    return block


def _mean(name: str, context: Context) -> dict[str, Any]:
    return {"model": "mean", "outcome": name, **_level(name, context)}


def _level(name: str, context: Context) -> dict[str, str]:
    """The level of a categorical outcome that counts, where one says that it happened."""
    column = context.column(name)
    levels = column.levels if column and column.kind == "categorical" else ()
    level = happened(levels)
    return {"level": level} if level else {}


def _label(name: str) -> str:
    return re.sub(r"\W+", "_", name)


def _estimands(analyses: Mapping[str, Any], context: Context) -> Heard:
    before = context.draft.get("metrics", "estimand", "params", "analyses") or {}
    blocks = _suite(context)
    blocks["estimand"] = {"plugin": "estimand", "params": {"analyses": {**before, **analyses}}}
    why = "the analysis whose result must survive, beside the usual suite"
    return Heard((Change(("metrics",), blocks, "said", why),))
