"""Which part each column plays, as a sentence says it: outcome, time, person, sensitive, known …"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from synthcraft.chat.draft import Change
from synthcraft.chat.offline import vocabulary
from synthcraft.chat.offline.augmentation import groups_are
from synthcraft.chat.offline.columns import Mention, closest, name_like, with_close, words_of
from synthcraft.chat.offline.heard import NOTHING, Context, Heard, Sentence
from synthcraft.chat.offline.vocabulary import Part
from synthcraft.chat.offline.words import Span, labelled, negated, says, spans
from synthcraft.chat.proposals import augmented, event_level, guessed

LISTS: dict[Part, str] = {
    "sensitive": "sensitive",
    "known": "quasi_identifiers",
    "drop": "drop",
    "keep": "keep",
}
_JOINED = re.compile(
    r"[\s,/&+]*(?:(?:and|or|und|oder|et|ou|y|e|o|plus|as well as)\b)?[\s,/&+]*"
    r"(?:(?:the|a|an|my|our|also|die|der|das|la|le|les|el|los)\s+)?['\"`]?"
)
_SAYS_SO = re.compile(
    r"['\"`]?[\s,(]*(?:(?:which|that|who) )?(?:is|are|as|=|:|->|should be|would be|being|counts? as"
    r"|could|may|might|can|to be|ist|sind|gilt als|gelten als|als|est|sont|comme|es|son|como|must"
    r"|has to be)(?!\w)[^.;]{0,30}"
)
_PHRASE = re.compile(
    r"\s*(?:variable|column|whether|if|that|who|is|are|:|the|a|an|will|shall|should be|of|for|="
    r"|called|named|die|der|das|la|le|el|los|les|ob|si)*\s*(?P<words>[\w'-]+(?: [\w'-]+){0,3})"
)
_STOP = re.compile(
    r"\b(?:from|using|in|with|among|for|at|based|given|by|because|and|or|but|on|when|while|to|aus"
    r"|bei|mit|und|dans|avec|chez|con|en|models?|scores?|well|performance|power|it|this|them)\b.*"
)


@dataclass(frozen=True)
class Role:
    """A part that a sentence gives a column, or (``off``) takes from it."""

    part: Part
    mention: Mention
    off: bool = False
    cue: str = ""
    """The word that said so."""


def read_parts(sentence: Sentence, context: Context) -> Heard:
    """The settings that a sentence's columns decide.

    >>> from synthcraft.chat.draft import Draft
    >>> from synthcraft.chat.offline.columns import lexicon
    >>> from synthcraft.chat.talk import Data
    >>> from synthcraft.data.profile import ColumnProfile, Profile
    >>> columns = ColumnProfile("died", "categorical"), ColumnProfile("sex", "categorical")
    >>> data = Data("csv", {}, Profile(100, columns))
    >>> known = lexicon(data.profile)
    >>> said = Sentence("Predict who dies; sex is sensitive", known)
    >>> [(c.path[-1], c.value) for c in read_parts(said, Context(Draft(), data, known)).changes]
    [('target', 'died'), ('task', 'classification'), ('sensitive', ['sex'])]
    """
    if context.data is None:
        return NOTHING
    named, unknown = _spelled(sentence, context)
    roles = roles_of(sentence.text, named)
    if not roles and says(vocabulary.INSTEAD, sentence.text):
        roles = [Role("outcome", m, _is_off(m, sentence.text)) for m in named if not m.ordinary]
    roles = roles or _likely(named, context)
    heard = _outcome(roles, sentence, context) + _time(roles, context)
    for part, setting in LISTS.items():
        heard += list_of(setting, [r for r in roles if r.part == part], sentence, context)
    heard += _single(roles, "id", context) + _single(roles, "weight", context)
    heard += _few(roles, sentence, context) + _none(roles, sentence, context)
    if not any(r.part == "outcome" for r in roles):
        heard += _sought(sentence, context)
    close = [_read_as(m) for m in named if m.close and any(r.mention == m for r in roles)]
    return heard + Heard(notes=(*close, *unknown))


def _likely(named: Sequence[Mention], context: Context) -> list[Role]:
    """The one column that a sentence names, where it looks like an outcome and none is settled."""
    columns = {m.column for m in named}
    looks = columns & set(guessed(context.data, "outcome"))
    if len(columns) != 1 or not looks or context.draft.get("dataset", "target") or context.asked:
        return []
    return [Role("outcome", named[0])]


def _read_as(mention: Mention) -> str:
    return f"I read «{mention.close}» as {mention.column}."


def _spelled(sentence: Sentence, context: Context) -> tuple[list[Mention], list[str]]:
    """The columns that are meant, those only nearly spelled right too; and what is no column."""
    named = list(sentence.mentions)
    unknown = []
    for span, word in name_like(sentence.text):
        if any(span.overlaps(m.span) for m in named) or word in _OTHER_NAMES:
            continue
        if near := closest(word.replace("_", " "), context.known):
            named += [Mention(span, column, close=word) for column in near[:1]]
        elif "_" in word:
            unknown.append(f"The table has no column «{word}». {told_columns(context)}")
    if any(says(vocabulary.CUES[part], sentence.text) for part in LISTS):
        named = with_close(sentence.text, named, context.known)
        missed = _listed_in_vain(sentence, named)
        unknown += [f"I find no column for «{word}». {told_columns(context)}" for word in missed]
    return sorted(named, key=lambda m: m.span.start), unknown


def _listed_in_vain(sentence: Sentence, named: Sequence[Mention]) -> list[str]:
    """What stands in a list of columns by a name of our field, and is none of the table's."""
    terms = labelled(
        {term: re.escape(term) for group in vocabulary.SYNONYMS for term in group}, sentence.text
    )
    listed = [m.span for m in named]
    return [
        term
        for span, term in terms
        if term not in vocabulary.COMMON_WORDS
        and not any(span.overlaps(other) for other in listed)
        and any(_is_joined(span, other, sentence.text) for other in listed)
    ]


def _is_joined(a: Span, b: Span, text: str) -> bool:
    first, last = sorted((a, b), key=lambda span: span.start)
    return _JOINED.fullmatch(text[first.end : last.start].strip("'\"`")) is not None


_OTHER_NAMES = {
    *vocabulary.ALIASES,
    *vocabulary.PURPOSES,
    *("quasi_identifiers", "bayesian_network", "successive_halving"),
}


def told_columns(context: Context, most: int = 25) -> str:
    """The columns of the table in one sentence."""
    names = [column.name for column in context.data.profile.columns] if context.data else []
    more = f", … ({len(names)} in all)" if len(names) > most else ""
    return f"It has: {', '.join(names[:most])}{more}." if names else ""


def roles_of(text: str, named: Sequence[Mention]) -> list[Role]:
    """The part that each named column plays in a plain text, where a word says so."""
    cues = labelled(vocabulary.CUES, text)
    # A level may be an ordinary word, too: "public knowledge" is not the level public.
    firm = [span for span, part in cues if part != "few"]
    named = [m for m in named if not (m.level and any(m.span.overlaps(s) for s in firm))]
    inner = [m for m in named if not m.ordinary]
    free = [cue for cue in cues if not any(cue[0].overlaps(m.span) for m in inner)]
    roles, spoken = list[Role](), set[Span]()
    for group in _apart(_groups(text, named), text, free):
        told = set[Span]()
        for mention in group:
            own = next((part for span, part in cues if span.overlaps(mention.span)), None)
            others = [cue for cue in free if not cue[0].overlaps(mention.span)]
            cue = _cue_of(_around(group), text, others, named)
            if cue is None and own and not mention.ordinary:
                roles.append(Role(own, mention, _is_off(mention, text)))
            if cue is None or (cue[1] == "outcome" and cue[0] in spoken):
                continue  # what follows the outcome's own words are features or other remarks
            told.add(cue[0])
            roles.append(_role(mention, group, cue, text))
        spoken |= told
    return roles


def _role(mention: Mention, group: Sequence[Mention], cue: tuple[Span, Part], text: str) -> Role:
    """The part that a word gives a column of a list, or takes from it."""
    span, part = cue
    rest = _without(text, span)
    denied = says(vocabulary.NOT, text[group[-1].span.end : span.start])
    off = denied or _is_off(group[0], rest) or _is_off(mention, rest)
    return Role(part, mention, off, text[span.start : span.end])


def _apart(
    groups: Iterable[list[Mention]], text: str, cues: Sequence[tuple[Span, Part]]
) -> Iterator[list[Mention]]:
    """Lists, with the outcome apart: "predict death, sex is sensitive" lists no two of a kind."""
    end = 0
    for group in groups:
        place = _around(group)
        before = [part for span, part in cues if end <= span.start and span.end <= place.start][-1:]
        end = place.end
        after = [cue for cue in cues if cue[0].start >= place.end][:1]
        said = [c for c in after if _is_said_so(text[place.end : c[0].start], c[1])]
        if before == ["outcome"] and said:
            first = [mention for mention in group if mention.span == group[0].span]
            yield first
            group = group[len(first) :]
        if group:
            yield group


def _around(group: Sequence[Mention]) -> Span:
    return Span(group[0].span.start, group[-1].span.end)


def _groups(text: str, named: Sequence[Mention]) -> list[list[Mention]]:
    """Columns that are listed together: "age, sex and ethnicity"."""
    groups: list[list[Mention]] = []
    for mention in named:
        last = groups[-1][-1].span if groups else None
        if last and (
            last == mention.span
            or _JOINED.fullmatch(text[last.end : mention.span.start].strip("'\"`"))
        ):
            groups[-1].append(mention)
        else:
            groups.append([mention])
    return groups


def _cue_of(
    group: Span, text: str, cues: Sequence[tuple[Span, Part]], named: Sequence[Mention]
) -> tuple[Span, Part] | None:
    """The word that says what a list of columns is: after it ("… are sensitive"), or before it."""
    after = [cue for cue in cues if cue[0].start >= group.end]
    before = [cue for cue in cues if cue[0].end <= group.start]
    if after and _is_said_so(text[group.end : after[0][0].start], after[0][1]):
        between = Span(group.end, after[0][0].start)
        if not any(between.overlaps(m.span) for m in named):
            return after[0]
    before = [cue for cue in before if _is_about(cue, group, text)]
    if before:
        return before[-1]
    return after[0] if after else None


def _is_about(cue: tuple[Span, Part], group: Span, text: str) -> bool:
    """Whether a word speaks of what follows: not "prediction" of "for rural people"."""
    between = text[cue[0].end : group.start]
    return cue[1] != "outcome" or not says(vocabulary.NOT_PREDICTED, between)


def _is_said_so(between: str, part: Part) -> bool:
    """Whether a word that follows a list speaks of it: "are sensitive", "an outsider may know"."""
    if part == "known" and re.fullmatch(
        r"['\"`]?\s*(?:(?:which|that|an?|the|any|some) )*", between
    ):
        return True
    return _SAYS_SO.fullmatch(between) is not None


def _without(text: str, span: Span) -> str:
    """The text with blanks in place of a word, which then negates nothing."""
    return text[: span.start] + " " * (span.end - span.start) + text[span.end :]


def _is_off(mention: Mention, text: str) -> bool:
    return negated(mention.span, text)


def _outcome(roles: Sequence[Role], sentence: Sentence, context: Context) -> Heard:
    wanted = [r.mention for r in roles if r.part == "outcome" and not r.off]
    survival = says(vocabulary.SURVIVAL, sentence.text)
    timed = [r for r in roles if r.part == "time" and not r.off]
    # "time to death" names the event, though it speaks of time
    until = [r.mention for r in timed if says(vocabulary.UNTIL, r.cue)]
    wanted += [m for m in until if _has_classes(m.column, context)]
    if timed and not wanted and context.draft.get("dataset", "target") is None:
        taken = {r.mention.column for r in roles if r.part != "time"}
        others = [m for m in sentence.mentions if m.column not in taken and not m.ordinary]
        wanted = [m for m in others if _has_classes(m.column, context)]
    if survival or timed:
        wanted = [m for m in wanted if not _is_amount(m.column, context)]
    wanted = [m for m in wanted if not (m.ordinary and len(wanted) > 1)]
    columns = list(dict.fromkeys(m.column for m in wanted))
    likely = [name for name in columns if name in guessed(context.data, "outcome")]
    if len(likely) == 1 and len({m.span for m in wanted}) == 1:
        columns = likely  # one word that may mean several columns
    if not columns:
        return NOTHING
    if len(columns) > 1:
        return Heard(notes=(_which(columns),), answers=frozenset())
    return target_is(columns[0], sentence, context, level=wanted[0].level)


def _which(columns: Sequence[str]) -> str:
    return f"Only one outcome can be predicted: which of {', '.join(columns)} do you mean?"


def _is_amount(name: str, context: Context) -> bool:
    column = context.column(name)
    return column is not None and column.kind == "numeric"


def _has_classes(name: str, context: Context) -> bool:
    column = context.column(name)
    return column is not None and column.kind == "categorical"


def target_is(name: str, sentence: Sentence, context: Context, *, level: str = "") -> Heard:
    """The settings of an outcome: target, task, and the level that counts as the event."""
    column = context.column(name)
    if column is None:
        return NOTHING
    if column.kind in ("identifier", "text", "date", "constant", "empty"):
        note = f"{name} cannot be predicted: it looks like {_KINDS[column.kind]}. Name another."
        return Heard(notes=(note,))
    changes = [Change(("dataset", "target"), name, "said", "named in your message")]
    task = _task_of(name, sentence, context)
    settled = context.draft.get("dataset", "task")
    if task != settled:
        changes.append(Change(("dataset", "task"), task, "profile", _why_task(name, task)))
    if task != "survival" and context.draft.get("dataset", "time") is not None:
        changes.append(Change(("dataset", "time"), None, "said"))
    if name in augmented(context.draft):
        changes.append(Change(("augmentation",), None, "said"))
    if level:
        why = "the level that you named"
        changes.append(Change(("dataset", "positive"), level, "said", why))
    elif context.draft.get("dataset", "positive") is not None and _is_new(name, context):
        changes.append(Change(("dataset", "positive"), None, "said"))
    return Heard(tuple(changes)) + _survival(name, task, context)


_KINDS = {
    "identifier": "an identifier",
    "text": "free text",
    "date": "a date",
    "constant": "a column of one value",
    "empty": "an empty column",
}


def _is_new(target: str, context: Context) -> bool:
    return bool(context.draft.get("dataset", "target") != target)


def _task_of(name: str, sentence: Sentence, context: Context) -> str:
    amount = _is_amount(name, context)
    if says(vocabulary.SURVIVAL, sentence.text) and not amount:
        return "survival"
    if context.draft.get("dataset", "task") == "survival" and not amount:
        return "survival"
    if says(vocabulary.TASKS["classification"], sentence.text):
        return "classification"
    return "regression" if amount else "classification"


def _why_task(name: str, task: str) -> str:
    told = {
        "survival": "an event and the time until it",
        "regression": f"{name} holds amounts",
        "classification": f"{name} holds classes",
    }
    return told[task]


def _survival(target: str, task: str, context: Context) -> Heard:
    """The follow-up time and the event's level, where the profile tells them."""
    if task != "survival":
        return NOTHING
    changes, notes = list[Change](), list[str]()
    times = [name for name in guessed(context.data, "time") if name != target]
    if context.draft.get("dataset", "time") is None and len(times) == 1:
        why = "the one column that looks like a follow-up time"
        changes.append(Change(("dataset", "time"), times[0], "profile", why))
    column = context.column(target)
    if column and event_level(column) is None and len(column.levels) == 2:
        a, b = column.levels
        notes.append(f"Which value of {target} says that the event happened: {a} or {b}?")
    return Heard(tuple(changes), tuple(notes))


def _time(roles: Sequence[Role], context: Context) -> Heard:
    found = [r.mention.column for r in roles if r.part == "time" and not r.off]
    times = [name for name in dict.fromkeys(found) if _is_amount(name, context)]
    if not times:
        return NOTHING
    changes = [Change(("dataset", "time"), times[0], "said", "named as the follow-up time")]
    if context.draft.get("dataset", "task") != "survival":
        why = "an event and the time until it"
        changes.append(Change(("dataset", "task"), "survival", "said", why))
    return Heard(tuple(changes))


def list_of(setting: str, roles: Sequence[Role], sentence: Sentence, context: Context) -> Heard:
    """A list of columns with those that were named, less those that were taken out."""
    fit = [r for r in roles if setting in ("drop", "keep") or not _is_personal(r, context)]
    named = [r.mention.column for r in fit if not r.off]
    out = {r.mention.column for r in roles if r.off}
    if not fit:
        return NOTHING
    before = list(context.draft.get("dataset", setting) or ())
    if setting == "keep":
        named += [name for name in _settled(context) if name not in named]
    fresh = not context.was_said("dataset", setting) or says(vocabulary.ONLY, sentence.text)
    base = [] if named and fresh and not says(vocabulary.ALSO, sentence.text) else before
    value = [name for name in dict.fromkeys([*base, *named]) if name not in out]
    return Heard((Change(("dataset", setting), value, "said", "named in your message"),))


def _is_personal(role: Role, context: Context) -> bool:
    """Whether a column is an identifier or free text, which forms no groups and is kept out."""
    column = context.column(role.mention.column)
    return column is not None and column.kind in ("identifier", "text", "date")


def _settled(context: Context) -> Iterator[str]:
    for role in ("target", "time", "id", "weight"):
        if name := context.draft.get("dataset", role):
            yield name
    for group in ("sensitive", "quasi_identifiers"):
        yield from context.draft.get("dataset", group) or ()


def _single(roles: Sequence[Role], part: Part, context: Context) -> Heard:
    named = [r.mention for r in roles if r.part == part and not r.off]
    fit = [m for m in named if part != "id" or tells_persons(m.column, context)]
    if not fit:
        return NOTHING
    return Heard((Change(("dataset", part), fit[0].column, "said", "named in your message"),))


def read_row(sentence: Sentence, context: Context) -> Heard:  # noqa: ARG001
    """That a row is a person: nothing to set, and nothing more to ask."""
    is_person = says(vocabulary.ROW_IS_PERSON, sentence.text)
    return Heard(answers=frozenset({"person"} if is_person else ()))


def tells_persons(name: str, context: Context) -> bool:
    """Whether a column can hold the numbers of persons, by its kind and what it looks like."""
    column = context.column(name)
    if column is None or column.kind in ("categorical", "date", "constant", "empty"):
        return False
    named = says(
        r"ids?|no|nr|num|number|code|key|pid|mrn|record|case|subject|patient", words_of(name)
    )
    return column.kind != "numeric" or named or "id" in column.roles


def _few(roles: Sequence[Role], sentence: Sentence, context: Context) -> Heard:
    """Columns whose small groups are to be augmented."""
    predicted = {r.mention.column for r in roles if r.part == "outcome"}
    few = [r.mention for r in roles if r.part == "few" and not r.off]
    return groups_are([m for m in few if m.column not in predicted], sentence, context)


def _none(roles: Sequence[Role], sentence: Sentence, context: Context) -> Heard:  # noqa: ARG001
    """ "Nothing is sensitive": an empty list, so that the table's own proposal is not taken."""
    changes = []
    for part in ("sensitive", "known"):
        told = spans(vocabulary.CUES[part], sentence.text)
        nothing = spans(rf"{vocabulary.NOTHING}|no|not|keine?|aucune?", sentence.text)
        near = any(
            abs(a.start - b.end) < 25 or abs(b.start - a.end) < 25 for a in told for b in nothing
        )
        if near and not any(r.part == part for r in roles):
            why = "you said that there is none"
            changes.append(Change(("dataset", LISTS[part]), [], "said", why))
    return Heard(tuple(changes))


def _sought(sentence: Sentence, context: Context) -> Heard:
    """An outcome whose words name no column: the nearest spelling, or a word that it is missing."""
    for cue in spans(vocabulary.STRONG_OUTCOME, sentence.text):
        match = _PHRASE.match(sentence.text, cue.end)
        phrase = _STOP.sub("", match["words"]).strip() if match else ""
        if not phrase:
            continue
        near = closest(phrase, context.known)
        if len(near) == 1:
            note = Heard(notes=(f"I read «{phrase}» as {near[0]}.",))
            return note + target_is(near[0], sentence, context)
        if context.draft.get("dataset", "target") is None or says(
            vocabulary.INSTEAD, sentence.text
        ):
            return Heard(notes=(f"I find no column for «{phrase}». {told_columns(context)}",))
    return NOTHING
