"""Settings in the words of a conversation: what was noted, and the whole of it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from synthcraft.chat.draft import Change, Draft
from synthcraft.chat.proposals import complete
from synthcraft.chat.talk import Data

_LINES = (
    ("outcome", ("dataset", "target")),
    ("task", ("dataset", "task")),
    ("event", ("dataset", "positive")),
    ("follow-up time", ("dataset", "time")),
    ("person", ("dataset", "id")),
    ("survey weight", ("dataset", "weight")),
    ("sensitive", ("dataset", "sensitive")),
    ("known to outsiders", ("dataset", "quasi_identifiers")),
    ("only the columns", ("dataset", "keep")),
    ("left out", ("dataset", "drop")),
    ("missing values", ("dataset", "missing")),
    ("purpose", ("objective", "use")),
    ("rows are added to groups of", ("augmentation", "column")),
    ("of these the groups", ("augmentation", "groups")),
    ("rows by the rule", ("augmentation", "rule")),
    ("doses in percent", ("augmentation", "doses")),
    ("limits", ("objective", "constraints")),
    ("largest loss accepted", ("objective", "non_inferiority")),
    ("epsilon", ("privacy", "epsilons")),
    ("delta", ("privacy", "delta")),
    ("public number of rows", ("privacy", "rows")),
    ("total epsilon at most", ("privacy", "max_total_epsilon")),
    ("generators", ("generators",)),
    ("analyses", ("metrics", "estimand", "params", "analyses")),
    ("splits", ("design", "splits")),
    ("replicates", ("design", "replicates")),
    ("holdout", ("design", "fractions", "holdout")),
    ("synthetic rows", ("design", "synthetic_rows")),
    ("seconds for choosing", ("budget", "seconds")),
    ("selector", ("selector", "plugin")),
    ("samples kept", ("outputs", "samples")),
    ("device", ("execution", "device")),
    ("seed", ("seed",)),
    ("question", ("question",)),
)
"""What is told of a spec, and by which words."""


def told(changes: Iterable[Change], draft: Draft) -> str:
    """The settings that these changes made, as the draft has them now, in one line.

    >>> change = Change(("dataset", "sensitive"), ["sex", "age"], "said")
    >>> told([change], Draft().changed([change], turn=1))
    'sensitive: sex, age'
    """
    paths = [change.path for change in changes]
    return "; ".join(
        f"{words}: {_value(draft.get(*place))}"
        for words, place in _LINES
        if any(_meet(path, place) for path in paths) and draft.get(*place) is not None
    )


def _meet(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    return a[: len(b)] == b or b[: len(a)] == a


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(str(key) for key in value)
    if isinstance(value, (list, tuple)):
        return ", ".join(f"{v:g}" if isinstance(v, float) else str(v) for v in value) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value).rstrip(".")


def summary(draft: Draft, data: Data | None) -> str:
    """The whole spec in lines; what nobody spoke of is marked as a default."""
    whole = draft.changed(complete(draft, data), turn=0)
    return "\n".join(["This is the study:", *_summary(whole)])


def _summary(draft: Draft) -> Iterator[str]:
    for words, place in _LINES:
        value = draft.get(*place)
        if value is None:
            continue
        said = any(
            origin.how in ("said", "edited")
            for path, origin in draft.origins.items()
            if path[: len(place)] == place
        )
        yield f"- {words}: {_value(value)}" + ("" if said else " (proposed)")
