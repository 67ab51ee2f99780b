"""What a conversation acts with: the table's profile, checks, proposals, and who answers."""

import argparse
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from synthcraft.catalogue import DATASETS
from synthcraft.chat.host import Means
from synthcraft.chat.host import Shared as Agreeable
from synthcraft.chat.talk import Data, Interviewer
from synthcraft.chat.transcript import Sent, Transcript
from synthcraft.cli.chat_terminal import Terminal

if TYPE_CHECKING:
    from synthcraft.chat.model import client
    from synthcraft.chat.model.endpoint import Endpoint
    from synthcraft.chat.outgoing.guard import Guard
    from synthcraft.chat.outgoing.sharing import Shared
    from synthcraft.spec.types import DatasetSpec


def means(options: argparse.Namespace, transcript: Transcript, terminal: Terminal) -> Means:
    """The means that the options ask for; where no model can be had, it is told, and rules lead."""
    from synthcraft.chat.checks import local_problems, problems_when_completed
    from synthcraft.chat.offline.rules import Rules
    from synthcraft.chat.proposals import complete

    tables = Tables(options.k, mask=options.mask_names)
    local = Means(
        rules=Rules(),
        load=tables.load,
        problems=problems_when_completed,
        complete=complete,
        assent=options.yes,
        few=local_problems,
        tell=lambda text: terminal.show(text, style="dim"),
    )
    at = None if options.offline else _endpoint(options, terminal)
    if at is None:
        return local
    model = Model(at, tables, transcript=transcript, terminal=terminal)
    return replace(
        local, model=model.interviewer, share=tables.shared, agree=model.agree, address=at.url
    )


def _endpoint(options: argparse.Namespace, terminal: Terminal) -> "Endpoint | None":
    from synthcraft.chat.model.endpoint import NoKey, endpoint

    try:
        return endpoint(options.base_url, options.model, environ=os.environ)
    except NoKey as exc:
        terminal.show(f"{exc} Going on by rules, without any model.", style="dim")
        return None


class Tables:
    """Tables that were read in this process: what may be told of them, and the guards of the rest.

    ``k`` people stand behind anything that is told; ``mask`` hides every column's name.
    """

    def __init__(self, k: int, *, mask: bool) -> None:
        self._k, self._mask = k, mask
        self._known: list[tuple[Data, Guard, Shared]] = []

    def load(self, plugin: str, params: Mapping[str, Any]) -> Data:
        """A table, read and profiled on this computer.

        Raises
        ------
        UserError
            When it cannot be read.
        """
        from synthcraft.data.dialect import with_dialect
        from synthcraft.data.profile import profile_dataset

        # Nobody who talks should have to know what a separator is; the spec states it.
        params = with_dialect(plugin, params)
        return Data(plugin, params, profile_dataset(_dataset(plugin, params), k=self._k))

    def shared(self, data: Data) -> "Shared":
        """Exactly what would be told of a table."""
        return self.guarded(data)[1]

    def guarded(self, data: Data) -> "tuple[Guard, Shared]":
        """The guard of a table's rows, and what would be told of it.

        Raises
        ------
        UserError
            When its file can no longer be read.
        """
        from synthcraft.chat.outgoing.sharing import share

        for known, guard, shared in self._known:
            if known == data:
                return guard, shared
        guard = _guard(data)
        shared = share(data.profile, guard=guard, mask_all=self._mask)
        self._known.append((data, guard, shared))
        return guard, shared

    def guards(self) -> "tuple[Guard, ...]":
        """The guards of all tables so far: one that was left for another is secret all the same."""
        return tuple(guard for _, guard, _ in self._known)


def _dataset(plugin: str, params: Mapping[str, Any]) -> "DatasetSpec":
    from synthcraft.spec.types import DatasetSpec

    return DatasetSpec(plugin=plugin, params=dict(params))


def _guard(data: Data) -> "Guard":
    """The guard of all rows of a table, a holdout file's included, whatever sample is used."""
    from synthcraft.chat.outgoing.guard import guard_for, place_names
    from synthcraft.data.load import params_of

    card = DATASETS.get(data.plugin)
    whole = {key: value for key, value in data.params.items() if key != "sample"}
    source = card.load()(params_of(card, _dataset(data.plugin, whole)), seed=0)
    files = [str(whole[key]) for key in ("path", "holdout_path", "trained_on") if key in whole]
    return guard_for(source.frame, data.profile, unsaid=place_names(files))


class Model:
    """The language model at an address, and what it may be told of a table."""

    def __init__(
        self, at: "Endpoint", tables: Tables, *, transcript: Transcript, terminal: Terminal
    ) -> None:
        self._at, self._tables = at, tables
        self._transcript, self._terminal = transcript, terminal

    def interviewer(self, data: Data | None) -> Interviewer:
        """Whoever answers about a table to which the researcher has agreed, or about none yet."""
        from synthcraft.chat.checks import problems_when_completed
        from synthcraft.chat.model.interviewer import interviewer_at

        shared = self._tables.shared(data) if data else None
        return interviewer_at(
            self._at,
            problems=problems_when_completed,
            shared=shared,
            guards=self._tables.guards(),
            sent=self._sent,
            hear=self._terminal.hear,
        )

    def _sent(self, sent: "client.Sent") -> None:
        self._transcript.append(Sent(sent.sha256, sent.bytes, sent.url, sent.model))

    def agree(self, shared: Agreeable, before: str) -> bool:
        """Whether the researcher says yes to the text that would be sent."""
        from synthcraft.chat.confirm import answer_in
        from synthcraft.chat.outgoing.sharing import diff

        show, where = self._terminal.show, f"{self._at.model or 'the model'} at {self._at.url}"
        show(f"This is every word about your table that would be sent to {where}:")
        show(shared.text)
        if before:
            show(f"What differs from what you agreed to before:\n{diff(before, shared.text)}")
        asked = "May exactly this be sent? Without a yes the rules go on, and nothing is sent."
        return answer_in(self._terminal.ask(asked))[0] == "yes"
