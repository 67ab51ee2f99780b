"""Target and task, put to the researcher by the program itself, and the yes or no to it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from synthcraft.catalogue import DATASETS
from synthcraft.chat.draft import Draft
from synthcraft.chat.talk import Data
from synthcraft.data.profile import ColumnProfile

HELD = "Yes, target and task are right."
"""What an interviewer hears where the researcher's message was a bare yes to the question."""
NOT_HELD = "No, the target or the task is not right."

_TASKS = {
    "classification": "the class that a person belongs to is predicted (classification)",
    "regression": "its number is predicted (regression)",
    "survival": "the time until this event is predicted (survival)",
}
_YES = (
    r"y|yes|yep|yeah|yup|correct|exactly|ok|okay|sure|confirmed?|agreed|true|right"
    r"|(?:that(?:'s| is)|it is) (?:right|correct|true|fine)"
    r"|ja|genau|richtig|stimmt|korrekt|oui|exact|exactement|d'accord|s[ií]|s[iì]|correcto|exacto"
)
_NO = r"n|no|nope|not (?:right|correct|quite)|wrong|incorrect|nein|falsch|non|faux"
_UNSURE = re.compile(r"\W*(?:no idea|not sure|no sé|i don'?t know|don'?t know)\b", re.IGNORECASE)
_ANSWER = re.compile(
    rf"\W*(?:(?P<yes>{_YES})|(?P<no>{_NO}))(?:\s*$|\s*[,.;:!–—-]+\s*|\s+(?=and\b|und\b|et\b|y\b|please\b))",
    re.IGNORECASE,
)
_BUT = re.compile(r"\W*(?:but|except|only|though|aber|mais|pero)\b", re.IGNORECASE)


def outcome(draft: Draft, data: Data | None) -> dict[str, Any]:
    """Target, task and, where they are settled, event level and time, by dotted setting.

    The task is the draft's, or told by the time, the built-in table or the target's kind; the
    event of a binary outcome its rarer level. Empty while there is no target in the table.

    >>> outcome(Draft(), None)
    {}
    """
    target = draft.get("dataset", "target")
    column = next((c for c in _columns(data) if c.name == target), None)
    if data is None or column is None:
        return {}
    own = DATASETS.get(data.plugin).defaults or {}
    same = own.get("target") == target
    settled = {key: draft.get("dataset", key) for key in ("positive", "time")}
    if same and settled["positive"] is None:
        settled["positive"] = own.get("positive")
    task = draft.get("dataset", "task") or (own.get("task") if same else None)
    found = {"target": target, "task": task or _task_of(column, settled["time"]), **settled}
    if found["task"] != "classification":
        found.pop("positive")
    elif found["positive"] is None:
        found["positive"] = _rarer(column)
    return {f"dataset.{key}": value for key, value in found.items() if value is not None}


def _columns(data: Data | None) -> Sequence[ColumnProfile]:
    return data.profile.columns if data else ()


def _rarer(column: ColumnProfile) -> str | None:
    """The rarer of two levels, which counts as the event unless told otherwise; None if alike."""
    if column.hidden or len(column.levels) != 2 or len(set(column.counts)) != 2:
        return None
    return min(zip(column.counts, column.levels, strict=True))[1]


def _task_of(column: ColumnProfile, time: str | None) -> str:
    if time is not None:
        return "survival"
    return "regression" if column.kind == "numeric" else "classification"


def question(settled: Mapping[str, Any]) -> str:
    """How an outcome is put to the researcher.

    >>> question({"dataset.target": "died", "dataset.task": "classification"})
    "To be sure: the outcome is 'died', and the class that a person belongs to is predicted \
(classification). Is that right?"
    """
    task = settled["dataset.task"]
    event = settled.get("dataset.positive")
    time = settled.get("dataset.time")
    level = f" (the event is {str(event)!r})" if event is not None else ""
    follow = f", with the follow-up time {time!r}" if time is not None else ""
    return (
        f"To be sure: the outcome is {settled['dataset.target']!r}{level}{follow}, and "
        f"{_TASKS[task]}. Is that right?"
    )


Answer = Literal["yes", "no", "other"]


def answer_in(text: str) -> tuple[Answer, str]:
    """Whether a message starts with a yes or a no, and what else it says.

    >>> answer_in("Yes, and sex is sensitive")
    ('yes', 'and sex is sensitive')
    >>> answer_in("nein"), answer_in("Right now I do not know"), answer_in("yes, but use stroke")
    (('no', ''), ('other', 'Right now I do not know'), ('no', 'but use stroke'))
    """
    match = None if _UNSURE.match(text) else _ANSWER.match(text)
    if match is None:
        return "other", text
    rest = text[match.end() :].strip()
    return ("yes" if match["yes"] and not _BUT.match(rest) else "no"), rest


def names_target(texts: Sequence[str], settled: Mapping[str, Any], data: Data | None) -> bool:
    """Whether the researcher's own words hold the target's name or label, as whole words.

    >>> names_target(["predict Heart attack"], {"dataset.target": "heart_attack"}, None)
    True
    """
    target = str(settled.get("dataset.target", ""))
    labels = [column.label for column in _columns(data) if column.name == target]
    spoken = f" {' '.join(_plain(text) for text in texts)} "
    wanted = [_plain(name) for name in (target, *labels)]
    return any(name and f" {name} " in spoken for name in wanted)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold().replace("_", " ")))
