"""An interviewer that knows the gold settings, and proposes a spec that holds them all."""

from collections.abc import Iterator, Mapping
from typing import Any

from synthcraft.catalogue import METRICS
from synthcraft.chat.draft import Change
from synthcraft.chat.talk import Reply, Talk
from synthcraft.chat.written.score import ANY
from synthcraft.chat.written.suite import Conversation
from synthcraft.shipped import option

USES = ("data_access", "model_development", "augmentation", "dp_release")
LABELS = {"metrics": "estimand", "analyses": "main"}  # a spec may call these as it likes


class Oracle:
    """Says nothing, asks nothing, knows all; ``but`` spoils what it proposes."""

    def __init__(self, conversation: Conversation, *but: Change) -> None:
        self.changes = (*changes(conversation), *but)

    def reply(self, talk: Talk, said: str) -> Reply:
        return Reply("Noted.", self.changes, usage={"input": 10, "output": 5, "requests": 1})


def changes(conversation: Conversation) -> tuple[Change, ...]:
    return tuple(
        Change(path, value, "said")
        for dotted, wanted in conversation.gold.items()
        if an_example(wanted) is not None
        for path, value in placed(dotted.split("."), an_example(wanted))
    )


def an_example(wanted: Any) -> Any:
    """A value that a gold setting takes; None where it asks for nothing to be there."""
    if not isinstance(wanted, Mapping):
        return wanted
    ((condition, asked),) = wanted.items()
    match condition:
        case "one_of":
            return asked[0]
        case "within":
            return asked[0]
        case "contains":
            return asked
    return None


def placed(keys: list[str], value: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The settings that put a value where the gold path says."""
    if keys[-2:] == [ANY, "plugin"]:
        # Whoever names one metric measures nothing else, and every use needs more than that.
        usual = [card.name for card in METRICS if card.default] if keys[0] == "metrics" else []
        for plugin in [*usual, *value]:
            yield (keys[0], plugin, "plugin"), plugin
        return
    if keys == ["objective", "use"]:
        (words,) = value
        uses = [option("objective", name) for name in USES]
        yield ("objective",), next(use for use in uses if words in use["use"])
        return
    path = [LABELS[keys[i - 1]] if key == ANY else key for i, key in enumerate(keys)]
    if path[-1] == "model":
        (value,) = value
    yield tuple(path), [value] if path[-1] == "epsilons" and not isinstance(value, list) else value


def proposal(conversation: Conversation) -> dict[str, Any]:
    """The same, as a model proposes it: a nested map without what no model may set."""
    plain: dict[str, Any] = {}
    for change in changes(conversation):
        if change.path == ("dataset", "plugin"):
            continue
        inner = plain
        for key in change.path[:-1]:
            inner = inner.setdefault(key, {})
        inner[change.path[-1]] = change.value
    return plain
