"""A clinic's table, as the rules see it, and messages about it."""

from synthcraft.chat.draft import Change, Draft, leaf_paths
from synthcraft.chat.offline.rules import Rules
from synthcraft.chat.talk import Data, Exchange, Reply, Talk
from synthcraft.data.profile import ColumnProfile, Profile

COLUMNS = (
    ColumnProfile("patient_id", "identifier", roles=("id",)),
    ColumnProfile("visit_date", "date"),
    ColumnProfile("age", "numeric", low=18, high=95, roles=("known",)),
    ColumnProfile("gender", "categorical", levels=("female", "male"), roles=("sensitive", "known")),
    ColumnProfile("postcode", "categorical", levels=("N1", "N2"), hidden=True, roles=("known",)),
    ColumnProfile(
        "ethnic_group", "categorical", levels=("Asian", "Black", "White"), roles=("sensitive",)
    ),
    ColumnProfile("smoker", "categorical", levels=("no", "yes")),
    ColumnProfile("hba1c", "numeric", low=4, high=14),
    ColumnProfile("potassium", "numeric", low=2, high=7),
    ColumnProfile("creatinine", "numeric"),
    ColumnProfile("readmitted", "categorical", levels=("0", "1"), roles=("outcome",)),
    ColumnProfile("followup_days", "numeric", roles=("time",)),
    ColumnProfile("died", "categorical", levels=("0", "1"), roles=("outcome",)),
    ColumnProfile("tumour_size", "numeric", unit="mm"),
    ColumnProfile("treatment", "categorical", levels=("A", "B")),
    ColumnProfile("notes", "text"),
    ColumnProfile("insurance", "categorical", levels=("private", "public")),
)
CLINIC = Data("csv", {"path": "clinic.csv"}, Profile(1800, COLUMNS))


def converse(*messages: str, data: Data | None = CLINIC) -> tuple[Talk, list[Reply]]:
    """The talk after these messages, and the replies to them."""
    talk, replies = Talk(Draft(), data), []
    for said in messages:
        reply = Rules().reply(talk, said)
        draft = talk.draft.changed(reply.changes, turn=talk.turn)
        talk = Talk(draft, data, (*talk.exchanges, Exchange(said, reply.text)))
        replies.append(reply)
    return talk, replies


def settings(*messages: str) -> dict[str, object]:
    """What these messages settle, by dotted setting."""
    draft = converse(*messages)[0].draft
    return {".".join(path): draft.get(*path) for path in leaf_paths(draft.plain)}


def set_to(**values: object) -> tuple[Change, ...]:
    """Changes of the dataset block."""
    return tuple(Change(("dataset", name), value, "said") for name, value in values.items())
