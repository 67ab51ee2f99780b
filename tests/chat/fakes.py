"""A small table, and an interviewer that answers as it is told to."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from synthcraft.chat.draft import Change, Draft
from synthcraft.chat.errors import ChatError
from synthcraft.chat.host import Means
from synthcraft.chat.talk import Data, Reply, Talk
from synthcraft.data.profile import ColumnProfile, Profile
from synthcraft.errors import Problem

PROFILE = Profile(
    rows=200,
    columns=(
        ColumnProfile("died", "categorical", levels=("no", "yes"), roles=("outcome",)),
        ColumnProfile("months", "numeric", low=0, high=60, roles=("time",)),
        ColumnProfile("sex", "categorical", levels=("f", "m"), roles=("sensitive",)),
    ),
)
OUTCOME = {"dataset.target": "died", "dataset.task": "classification"}


def said(*path: str, to: Any, how: Any = "said", why: str = "") -> Change:
    return Change(path, to, how, why)


TARGET = said("dataset", "target", to="died")
ARF = said("generators", "arf", "plugin", to="arf", how="proposed", why="fast and faithful")


class Scripted:
    """Answers with each of these in turn; an exception is raised, the last one stays."""

    def __init__(self, *replies: Reply | ChatError) -> None:
        self.replies = list(replies) or [Reply("I see.")]
        self.heard: list[tuple[Talk, str]] = []

    def reply(self, talk: Talk, said: str) -> Reply:
        self.heard.append((talk, said))
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        return reply


def load(plugin: str, params: Mapping[str, Any]) -> Data:
    return Data(plugin, params, PROFILE)


def fill(draft: Draft, data: Data | None) -> Sequence[Change]:
    wanted = (said("name", to="who-dies", how="default", why="made from the question"), ARF)
    return tuple(change for change in wanted if draft.get(*change.path) is None)


def means(*replies: Reply | ChatError, **other: Any) -> Means:
    return Means(
        **{
            "rules": Scripted(*replies),
            "load": load,
            "problems": lambda draft, data: (),
            "complete": fill,
            **other,
        }
    )


def wrong(*paths: str) -> Callable[[Draft, Data | None], Iterable[Problem]]:
    return lambda draft, data: [Problem(path, "is wrong", "Change it.") for path in paths]
