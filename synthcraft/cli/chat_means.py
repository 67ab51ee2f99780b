"""What a conversation acts with: the table's profile, checks, proposals, and who answers."""

import argparse
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from synthcraft.catalogue import DATASETS
from synthcraft.chat.host import Means
from synthcraft.chat.host import Shared as Agreeable
from synthcraft.chat.talk import Data, Interviewer
from synthcraft.chat.transcript import Sent, Transcript
from synthcraft.cli.chat_terminal import Terminal

if TYPE_CHECKING:
    from synthcraft.chat import client
    from synthcraft.chat.endpoint import Endpoint
    from synthcraft.chat.guard import Guard
    from synthcraft.chat.sharing import Shared


def means(options: argparse.Namespace, transcript: Transcript, terminal: Terminal) -> Means:
    """The means that the options ask for; where no model can be had, it is told, and rules lead."""
    from synthcraft.chat.checks import problems
    from synthcraft.chat.offline.rules import Rules
    from synthcraft.chat.proposals import complete

    tables = Tables(options.k, mask=options.mask_names)
    local = Means(
        rules=Rules(),
        load=tables.load,
        problems=problems,
        complete=complete,
        assent=options.yes,
    )
    at = None if options.offline else _endpoint(options, terminal)
    if at is None:
        return local
    model = Model(at, tables, transcript=transcript, terminal=terminal)
    return Means(
        rules=local.rules,
        load=local.load,
        problems=local.problems,
        complete=local.complete,
        model=model.interviewer,
        share=tables.shared,
        agree=model.agree,
        assent=options.yes,
    )


def _endpoint(options: argparse.Namespace, terminal: Terminal) -> "Endpoint | None":
    from synthcraft.chat.endpoint import NoKey, endpoint

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
        from synthcraft.data.profile import profile_dataset
        from synthcraft.spec.types import DatasetSpec

        dataset = DatasetSpec(plugin=plugin, params=dict(params))
        return Data(plugin, params, profile_dataset(dataset, k=self._k))

    def shared(self, data: Data) -> "Shared":
        """Exactly what would be told of a table."""
        from synthcraft.chat.sharing import share

        for known, _, shared in self._known:
            if known == data:
                return shared
        guard = self._guard(data)
        shared = share(data.profile, guard=guard, mask_all=self._mask)
        guard = guard.allowing([shared.text]).without(shared.names.unsaid)
        self._known.append((data, guard, shared))
        return shared

    def check(self, text: str) -> None:
        """Nothing, where a text holds nothing of any table's rows.

        Raises
        ------
        Blocked
            When it does; with the kind of thing and its column, never a value.
        """
        for _, guard, _ in self._known:
            guard.check(text)

    def _guard(self, data: Data) -> "Guard":
        from synthcraft.chat.guard import guard_of
        from synthcraft.data.load import params_of
        from synthcraft.spec.types import DatasetSpec

        card = DATASETS.get(data.plugin)
        whole = {key: value for key, value in data.params.items() if key != "sample"}
        params = params_of(card, DatasetSpec(plugin=data.plugin, params=whole))
        source = card.load()(params, seed=0)
        columns = data.profile.columns
        ids = [column.name for column in columns if column.kind == "identifier"]
        person = next((c.name for c in columns if "id" in c.roles), None)
        return guard_of(
            source.frame,
            allowed=own_words(),
            unsaid=_file_names(data),
            identifiers=ids,
            person=person,
            k=self._k,
        )


def own_words() -> list[str]:
    """Every text that is ours, whatever a table holds."""
    import json

    from synthcraft.chat import confirm, prompt
    from synthcraft.chat.client import Mode
    from synthcraft.chat.session import UNDO, UNDONE
    from synthcraft.chat.talk import Talk

    modes: tuple[Mode, ...] = ("tools", "json", "plain")
    systems = [
        prompt.system(Talk(), mode, about="", problems=(), hide=lambda text: text)
        for mode in modes
    ]
    tool = json.dumps(prompt.tool(), ensure_ascii=False)
    return [*systems, tool, confirm.HELD, confirm.NOT_HELD, UNDO, UNDONE]


def _file_names(data: Data) -> list[str]:
    from pathlib import Path

    places = ("path", "holdout_path", "trained_on")
    return [Path(str(data.params[key])).stem for key in places if key in data.params]


class Model:
    """The language model at an address, and what it may be told of a table."""

    def __init__(
        self, at: "Endpoint", tables: Tables, *, transcript: Transcript, terminal: Terminal
    ) -> None:
        from synthcraft.chat.client import Client

        self._tables, self._transcript, self._terminal = tables, transcript, terminal
        self._where = f"{at.model or 'the model'} at {at.url}"
        self._client = Client(at, check=tables.check, sent=self._sent)

    def _sent(self, sent: "client.Sent") -> None:
        self._transcript.append(Sent(sent.sha256, sent.bytes, sent.url, sent.model))

    def interviewer(self, data: Data | None) -> Interviewer:
        """Whoever answers about a table to which the researcher has agreed."""
        from synthcraft.chat.checks import problems
        from synthcraft.chat.model import ModelInterviewer
        from synthcraft.chat.sharing import Names

        shared = None if data is None else self._tables.shared(data)
        return ModelInterviewer(
            self._client,
            problems,
            about=shared.text if shared else "",
            names=shared.names if shared else Names(),
            hear=self._terminal.hear,
        )

    def agree(self, shared: Agreeable, before: str) -> bool:
        """Whether the researcher says yes to the text that would be sent."""
        from synthcraft.chat.confirm import answer_in
        from synthcraft.chat.sharing import diff

        show = self._terminal.show
        show(f"This is every word about your table that would be sent to {self._where}:")
        show(shared.text)
        if before:
            show(f"What differs from what you agreed to before:\n{diff(before, shared.text)}")
        asked = "May exactly this be sent? Without a yes the rules go on, and nothing is sent."
        return answer_in(self._terminal.ask(asked))[0] == "yes"
