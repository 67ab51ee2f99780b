"""Analyses whose results must survive, and metrics that are asked for by name."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from synthcraft.catalogue import METRICS
from synthcraft.chat.draft import Change
from synthcraft.chat.offline import vocabulary
from synthcraft.chat.offline.heard import NOTHING, Context, Heard, Sentence
from synthcraft.chat.offline.words import labelled, says


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
    kind = next((key for _, key in found if key), "")
    start = found[0][0].start
    target = context.draft.get("dataset", "target")
    named = [m for m in sentence.mentions if m.span.start >= start and not m.ordinary]
    if not named:
        return NOTHING
    if kind == "mean":
        return _estimands(
            {f"mean_{_label(m.column)}": {"model": "mean", "outcome": m.column} for m in named},
            context,
        )
    on = re.search(
        r"\b(?:on|for|with|and the risk of|auf|sur|sobre|predicting)\b", sentence.text[start:]
    )
    split = start + on.start() if on and on.start() > named[0].span.end - start else None
    terms = list(dict.fromkeys(m.column for m in named if split is None or m.span.start < split))
    after = [m.column for m in named if split is not None and m.span.start >= split]
    if after and says(r"regress\w+ of", sentence.text):
        terms, after = after, terms  # one regresses an outcome on what explains it
    outcome = next((c for c in after if c not in terms), target)
    terms = [c for c in terms if c != outcome]
    column = context.column(outcome) if outcome else None
    amount = column is not None and column.kind == "numeric"
    survival = context.draft.get("dataset", "task") == "survival" and outcome == target
    model = kind or ("cox" if survival else "linear" if amount else "logistic")
    block: dict[str, Any] = {"model": model, "terms": terms}
    if outcome and outcome != target:
        block["outcome"] = outcome
    return _estimands({"main": block}, context)


def _label(name: str) -> str:
    return re.sub(r"\W+", "_", name)


def _estimands(analyses: Mapping[str, Any], context: Context) -> Heard:
    before = context.draft.get("metrics", "estimand", "params", "analyses") or {}
    blocks = _suite(context)
    blocks["estimand"] = {"plugin": "estimand", "params": {"analyses": {**before, **analyses}}}
    why = "the analysis whose result must survive, beside the usual suite"
    return Heard((Change(("metrics",), blocks, "said", why),))
