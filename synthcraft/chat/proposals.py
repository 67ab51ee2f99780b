"""What a complete spec needs beyond what was said: each setting with its reason in plain words.

Whoever leads the conversation, a model or the rules, these fill what stays open. Numbers come from
the options in ``conf`` and the experiments that are shipped, not from here.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from synthcraft import shipped
from synthcraft.catalogue import DATASETS, GENERATORS, GeneratorCard
from synthcraft.chat.draft import Change, Draft
from synthcraft.chat.talk import Data
from synthcraft.data.profile import ColumnProfile, Role
from synthcraft.spec.types import FractionsSpec

FILES = ("csv", "parquet", "xpt")
"""Dataset plug-ins that read the researcher's own file; all others are public tables."""
DECLARES = ("nhanes", "simulated")
"""Public tables whose own description declares every range and level."""
PRIVATE = ("aim", "mst", "independent")
MANY_ROWS = 50_000
ENOUGH = 15
"""Events of a group that its holdout is expected to have: half as many again as AUROC needs."""
LIGHT = ("arf", "bayesian_network", "tvae")
EXPERIMENTS = ("nhanes_mi", "quickstart", "nhanes_mi")
"""Whose training is taken: of the first for print; else of the second, then of the third."""
BUILDS_ON = {
    "rtvae": "tvae",
    "survae": "tvae",
    "survival_ctgan": "ctgan",
    "survival_gan": "adsgan",
    "survival_nflow": "nflow",
}
BINS = 20
NEUTRAL_DELTA = 1e-6
NEUTRAL_ROWS = 1000
LONGEST_NAME = 40
MOST_WORDS = 5
EVENTS = (
    "true",
    "yes",
    "event",
    "dead",
    "died",
    "deceased",
    "death",
    "relapse",
    "progressed",
    "si",
    "sí",
    "oui",
    "ja",
)
_FILLERS = re.compile(
    "a|an|and|are|at|be|by|can|could|data|do|does|for|from|how|i|if|in|is|it|my|of|on|or|our|"
    "synthetic|that|the|this|to|want|we|what|when|whether|which|who|will|with|would|you"
)

Step = Callable[[Draft, Data | None], Iterator[Change]]


def complete(draft: Draft, data: Data | None) -> tuple[Change, ...]:
    """What the draft still needs to be a whole spec, as far as it can be known.

    Nothing that the draft settles is changed; a completed draft needs nothing more. Without data
    the outcome stays open, and validation tells.

    >>> draft = Draft().changed([Change(("question",), "Who falls ill again?", "said")], turn=1)
    >>> {change.path: change.value for change in complete(draft, None)}[("name",)]
    'falls-ill-again'
    """
    found: list[Change] = []
    for step in STEPS:
        new = tuple(step(draft, data))
        draft = draft.changed(new, turn=0)
        found += new
    return tuple(found)


def slug(text: str) -> str:
    """A short name from the telling words of a text; empty where it has none.

    >>> slug("Can synthetic rows predict MI in Zürich?")
    'rows-predict-mi-zurich'
    """
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = [w for w in re.findall(r"[a-z0-9]+", ascii_text.lower()) if not _FILLERS.fullmatch(w)]
    name = "-".join(words[:MOST_WORDS])
    return name if len(name) <= LONGEST_NAME else name[:LONGEST_NAME].rpartition("-")[0]


def augmented(draft: Draft) -> tuple[str, ...]:
    """The columns whose groups get rows.

    >>> augmented(Draft({"augmentation": {"column": "sex"}})), augmented(Draft())
    (('sex',), ())
    """
    column = draft.get("augmentation", "column") or ()
    return (column,) if isinstance(column, str) else tuple(column)


def adds_rows(draft: Draft) -> bool:
    """Whether rows are added to groups: to those of named columns, or by what they are for."""
    return bool(augmented(draft)) or _use_of(draft) == _use_named("augmentation")


def is_private(draft: Draft) -> bool:
    """Whether differential privacy is part of the draft: its terms, or a generator that has it."""
    return draft.get("privacy") is not None or any(
        card.dp != "none" for card in (_card(plugin) for plugin in _plugins(draft)) if card
    )


def column_of(data: Data | None, name: str | None) -> ColumnProfile | None:
    """The profile of a column, or None."""
    columns = data.profile.columns if data else ()
    return next((column for column in columns if column.name == name), None)


def default_target(data: Data | None) -> str | None:
    """The outcome that the table's own description proposes, else the likeliest of its profile."""
    if data is None:
        return None
    own = _own(data).get("target")
    if column_of(data, own):
        return str(own)
    return next(iter(guessed(data, "outcome")), None)


def guessed(data: Data | None, role: Role) -> tuple[str, ...]:
    """Columns that the profile takes for this role first of all; what is known may be sensitive."""
    columns = data.profile.columns if data else ()
    first = None if role == "known" else 1
    return tuple(column.name for column in columns if role in column.roles[:first])


def _own(data: Data) -> Mapping[str, Any]:
    """What the description of a public table proposes."""
    card = next((card for card in DATASETS if card.name == data.plugin), None)
    return (card.defaults or {}) if card else {}


def _plugins(draft: Draft) -> list[str]:
    generators = draft.get("generators") or {}
    return [str(g.get("plugin")) for g in generators.values() if isinstance(g, Mapping)]


def _card(plugin: Any) -> GeneratorCard | None:
    return next((card for card in GENERATORS if card.name == plugin), None)


def _source(draft: Draft, data: Data | None) -> Iterator[Change]:
    if data and draft.get("dataset", "plugin") is None:
        yield Change(("dataset", "plugin"), data.plugin, "said", "the table of this conversation")
        if data.params:
            why = "where this conversation's table is"
            yield Change(("dataset", "params"), dict(data.params), "said", why)


def _outcome(draft: Draft, data: Data | None) -> Iterator[Change]:
    if data is None:
        return
    target = draft.get("dataset", "target")
    if target is None:
        target = default_target(data)
        if target is None:
            return
        if _own(data).get("target") == target:
            yield Change(("dataset", "target"), target, "default", "the table's usual outcome")
        else:
            yield Change(("dataset", "target"), target, "profile", "its name looks like an outcome")
    yield from _task(draft, data, column_of(data, target))


def _task(draft: Draft, data: Data, column: ColumnProfile | None) -> Iterator[Change]:
    task = draft.get("dataset", "task")
    if column is None:
        return
    if task is None:
        numeric = column.kind == "numeric"
        timed = draft.get("dataset", "time") is not None
        task = "survival" if timed else "regression" if numeric else "classification"
        why = (
            "an event with a follow-up time"
            if timed
            else f"{column.name} holds {'amounts' if numeric else 'classes'}"
        )
        yield Change(("dataset", "task"), task, "profile", why)
    if task == "survival" and draft.get("dataset", "time") is None:
        times = guessed(data, "time")
        if len(times) == 1:
            why = "the one column that looks like a follow-up time"
            yield Change(("dataset", "time"), times[0], "profile", why)
    level = event_level(column)
    if task == "survival" and draft.get("dataset", "positive") is None and level:
        why = "the level that says that the event happened"
        yield Change(("dataset", "positive"), level, "profile", why)


def event_level(column: ColumnProfile) -> str | None:
    """The level of two that says that something happened, where the levels tell.

    >>> event_level(ColumnProfile("status", "categorical", levels=("alive", "dead")))
    'dead'
    """
    return happened(column.levels) if len(column.levels) == 2 else None


def happened(levels: Sequence[str]) -> str | None:
    """The one level that says that something happened; of codes, 1 beside 0 alone.

    >>> happened(("0", "1")), happened(("1", "2")), happened(("Borderline", "No", "Yes"))
    ('1', None, 'Yes')
    """
    found = [level for level in levels if level.casefold() in EVENTS]
    if set(levels) == {"0", "1"}:
        return "1"
    return found[0] if len(found) == 1 else None


def _words(draft: Draft, data: Data | None) -> Iterator[Change]:  # noqa: ARG001
    if draft.get("version") is None:
        yield Change(("version",), 1, "default", "the format of spec files")
    question, target = draft.get("question"), draft.get("dataset", "target")
    if question is None and target is not None:
        told = (
            f"Do added synthetic rows tell small groups' {target} better, and nobody's worse?"
            if adds_rows(draft)
            else f"Which generator makes synthetic rows that still tell about {target}?"
        )
        yield Change(("question",), told, "default", "nobody put it into words")
    if draft.get("name") is None:
        name = slug(str(question or "")) or slug(f"{target or ''} study") or "study"
        yield Change(("name",), name, "default", "from the words of the question")


def _person(draft: Draft, data: Data | None) -> Iterator[Change]:
    ids = guessed(data, "id")
    if draft.get("dataset", "id") is None and ids and ids[0] not in _used(draft):
        why = "looks like a person's number: kept out of the table, keeps a person's rows together"
        yield Change(("dataset", "id"), ids[0], "profile", why)


def _left_out(draft: Draft, data: Data | None) -> Iterator[Change]:
    """Columns that no table may hold: other identifiers, free text, dates, and empty ones."""
    if data is None or draft.get("dataset", "keep"):
        return
    kinds = {"text", "identifier", "date", "empty"} | ({"constant"} if is_private(draft) else set())
    dropped = list(draft.get("dataset", "drop") or ())
    settled = {*dropped, *_used(draft), *(draft.get("dataset", "columns") or ())}
    names = [c.name for c in data.profile.columns if c.kind in kinds and c.name not in settled]
    if names:
        why = "identifiers, free text, dates and empty columns cannot be synthesised safely"
        yield Change(("dataset", "drop"), dropped + names, "profile", why)


def _used(draft: Draft) -> set[str]:
    """Columns that play a part already."""
    one = {draft.get("dataset", role) for role in ("target", "time", "id", "weight")}
    groups = ("sensitive", "quasi_identifiers")
    several = {name for group in groups for name in draft.get("dataset", group) or ()}
    return {name for name in one | several if name is not None}


def _groups(draft: Draft, data: Data | None) -> Iterator[Change]:
    if data is None:
        return
    roles: tuple[tuple[str, Role, str], ...] = (
        ("sensitive", "sensitive", "looks sensitive, so results are also shown by its groups"),
        ("quasi_identifiers", "known", "what an outsider could know about a person"),
    )
    outcome = {draft.get("dataset", role) for role in ("target", "time", "id", "weight")}
    outcome |= set(draft.get("dataset", "drop") or ())
    for setting, role, why in roles:
        if draft.get("dataset", setting) is not None:
            continue
        own = _own(data).get(setting)
        names = [n for n in own or guessed(data, role) if n not in outcome and column_of(data, n)]
        if names and own:
            yield Change(("dataset", setting), names, "default", "proposed with the table")
        elif names:
            yield Change(("dataset", setting), names, "profile", why)


def _use(draft: Draft, data: Data | None) -> Iterator[Change]:  # noqa: ARG001
    if draft.get("objective") is not None:
        return
    if augmented(draft):
        name, why = "augmentation", "rows are added to small groups"
    elif is_private(draft):
        name, why = "dp_release", "differential privacy is part of it"
    else:
        name, why = "data_access", "nothing was said of the purpose: the strictest use is taken"
    yield Change(("objective",), shipped.option("objective", name), "default", why)


def _augmentation(draft: Draft, data: Data | None) -> Iterator[Change]:
    """Whose rows are added to, and how much: where rows are for that, or somebody said so."""
    columns = augmented(draft)
    if not columns and adds_rows(draft) and not is_private(draft):
        columns = _with_groups(draft, data)[:1]
        why = "the sensitive column of which several groups are large enough to be judged"
        yield from (Change(("augmentation", "column"), [name], "default", why) for name in columns)
    if not columns:
        return
    if is_private(draft):
        yield from _declared_counts(draft)
        return
    settled = draft.get("augmentation") or {}
    judged = groups_judged(draft, data, columns[0]) if len(columns) == 1 else ()
    if judged and not {"groups", "shares", "counts"} & settled.keys():
        why = "all but the largest that have people enough to be judged on"
        yield Change(("augmentation", "groups"), list(judged), "profile", why)
    rule = settled.get("rule", "dose")
    if rule in shipped.groups()["augmentation"] and "doses" not in settled:
        doses = shipped.option("augmentation", rule)["doses"]
        why = f"the usual doses of the rule {rule}, in percent"
        yield Change(("augmentation", "doses"), doses, "default", why)


def _declared_counts(draft: Draft) -> Iterator[Change]:
    """Under differential privacy how many rows a group gets is no fact of the rows."""
    settled = draft.get("augmentation") or {}
    groups = settled.get("groups")
    if settled.get("rule", "counts") != "counts" or "counts" in settled:
        return
    if isinstance(groups, (list, tuple)) and groups:
        why = "under differential privacy numbers are declared: a round figure; please check it"
        yield Change(("augmentation", "rule"), "counts", "default", why)
        counts = dict.fromkeys(map(str, groups), NEUTRAL_ROWS)
        yield Change(("augmentation", "counts"), counts, "default", why)


def _with_groups(draft: Draft, data: Data | None) -> tuple[str, ...]:
    """The sensitive columns of several levels; first those whose groups can be judged."""
    named = [column_of(data, name) for name in draft.get("dataset", "sensitive") or ()]
    several = [c.name for c in named if c and c.kind == "categorical" and len(c.levels) > 1]
    return tuple(sorted(several, key=lambda name: not groups_judged(draft, data, name)))


def groups_judged(draft: Draft, data: Data | None, name: str) -> tuple[str, ...]:
    """The levels of a column, but the largest, of which the holdout will hold enough to judge.

    By the rounded counts of the profile, as if the outcome were as frequent in each group.
    """
    column, target = column_of(data, name), column_of(data, draft.get("dataset", "target"))
    if column is None or target is None or not column.counts or data is None:
        return ()
    classes = target.counts if target.kind == "categorical" else ()
    share = min(classes) / max(sum(classes), 1) if len(classes) > 1 else 1.0
    holdout, validation = _fraction(draft, "holdout"), _fraction(draft, "validation")
    if _is_limited(draft):  # a selector judges on a part of the train rows
        holdout = min(holdout, (1 - holdout) * validation)
    sizes = dict(zip(column.levels, column.counts, strict=True))
    largest = max(sizes, key=lambda level: sizes[level])
    return tuple(
        level
        for level, size in sizes.items()
        if level != largest and size * holdout * share >= ENOUGH
    )


def _fraction(draft: Draft, part: str) -> float:
    value = draft.get("design", "fractions", part)
    return float(value if isinstance(value, (int, float)) else getattr(FractionsSpec(), part))


def _is_limited(draft: Draft) -> bool:
    """Whether choosing has a limit, so that a selector does it."""
    return any(draft.get("budget", limit) is not None for limit in ("seconds", "pulls"))


def _generators(draft: Draft, data: Data | None) -> Iterator[Change]:
    if draft.get("generators"):
        if draft.get("privacy") and not _any_private(draft):
            why = "differential privacy is wanted, and none of the others has it"
            yield Change(("generators", PRIVATE[0]), {"plugin": PRIVATE[0]}, "proposed", why)
        return
    names, why = default_generators(draft, data)
    value = {name: {"plugin": name} for name in names}
    yield Change(("generators",), value, "default", why)


def _any_private(draft: Draft) -> bool:
    return any(card.dp != "none" for card in map(_card, _plugins(draft)) if card)


def default_generators(draft: Draft, data: Data | None) -> tuple[tuple[str, ...], str]:
    """Generators for this purpose, task and size of table, and why these."""
    if draft.get("privacy") or _use_of(draft) == _use_named("dp_release"):
        return PRIVATE, "the generators whose differential privacy we account for ourselves"
    if draft.get("dataset", "task") == "survival":
        return _set("survival4"), "the generators that are made for survival data"
    if data and data.profile.rows > MANY_ROWS:
        return LIGHT, "three families that stay affordable on a table of this size"
    return _set("quick5"), "five generators of five families: trees, graph, diffusion, VAE and GAN"


def _set(option: str) -> tuple[str, ...]:
    """The generators of an option that names several."""
    return tuple(shipped.option("generator", option)["defaults"])


def _use_of(draft: Draft) -> Any:
    return draft.get("objective", "use")


def _use_named(name: str) -> str:
    """What a preset of the purpose says of the use."""
    return str(shipped.option("objective", name)["use"])


def _effort(draft: Draft, data: Data | None) -> Iterator[Change]:  # noqa: ARG001
    """Training efforts of shipped experiments, for generators that declare none."""
    long = draft.get("design") == shipped.option("design", "paper")
    for label, generator in (draft.get("generators") or {}).items():
        card = _card(generator.get("plugin")) if isinstance(generator, Mapping) else None
        if card is None or "params" in generator:
            continue
        for experiment in EXPERIMENTS[not long :]:
            params = _tried(card, experiment)
            if params:
                why = f"the training of the shipped experiment {experiment}"
                yield Change(("generators", label, "params"), params, "default", why)
            if params is not None:
                break


def _tried(card: GeneratorCard, experiment: str) -> dict[str, Any] | None:
    """Parameters that a shipped experiment gives this generator, or one that it builds on.

    None where the experiment has neither.
    """
    tried = shipped.experiment(experiment)["generators"]
    block = tried.get(BUILDS_ON.get(card.name, card.name))
    if block is None:
        return None
    params = block.get("params", {})
    return {name: value for name, value in params.items() if name in card.params.model_fields}


def _privacy(draft: Draft, data: Data | None) -> Iterator[Change]:
    if not is_private(draft):
        return
    if not draft.get("privacy", "epsilons"):
        epsilons = shipped.option("privacy", "release")["epsilons"]
        yield Change(("privacy", "epsilons"), epsilons, "default", "a common, strict epsilon")
    if draft.get("privacy", "rows") is not None:
        return
    if data and data.plugin not in FILES:
        why = "the size of this public table, rounded"
        yield Change(("privacy", "rows"), data.profile.rows, "default", why)
        return
    # The number of rows is data of somebody: without a public one, what needs it is fixed instead.
    if draft.get("privacy", "delta") is None:
        why = "no public number of rows: small enough for any table of up to a million people"
        yield Change(("privacy", "delta"), NEUTRAL_DELTA, "default", why)
    if draft.get("design", "synthetic_rows") is None and not augmented(draft):
        why = "no public number of rows: a round figure that tells nothing of the table"
        yield Change(("design", "synthetic_rows"), NEUTRAL_ROWS, "default", why)


def _domain(draft: Draft, data: Data | None) -> Iterator[Change]:
    """Types, which a private release must declare; what else is undeclared is bought with noise."""
    accounted = any(c.dp == "accounted" for c in map(_card, _plugins(draft)) if c)
    if data is None or data.plugin in DECLARES or not accounted:
        return
    columns = _released(draft, data)
    for column in columns:
        settled = draft.get("dataset", "columns", column.name) or {}
        if "type" not in settled:
            kind = "numeric" if column.kind == "numeric" else "categorical"
            if column.name == draft.get("dataset", "target") and _has_classes(draft):
                kind = "categorical"
            why = "a private release must declare its type; please check it"
            yield Change(("dataset", "columns", column.name, "type"), kind, "profile", why)
    whole = all(_is_declared(draft, column) for column in columns)
    if whole and draft.get("privacy", "domain") in (None, "declared"):
        yield from _bins(draft, columns)
    if not whole and draft.get("privacy", "domain") is None:
        why = (
            "ranges and levels read off the rows would void epsilon: a part of it buys them with "
            "noise; declare them in dataset.columns to spare that part"
        )
        yield Change(("privacy", "domain"), "private", "default", why)


def _has_classes(draft: Draft) -> bool:
    return draft.get("dataset", "task") in ("classification", "survival")


def _released(draft: Draft, data: Data) -> list[ColumnProfile]:
    """Columns of the table that generators see."""
    out = {draft.get("dataset", "id"), draft.get("dataset", "weight")}
    out |= set(draft.get("dataset", "drop") or ())
    kept = draft.get("dataset", "keep")
    return [
        c for c in data.profile.columns if c.name not in out and (kept is None or c.name in kept)
    ]


def _is_declared(draft: Draft, column: ColumnProfile) -> bool:
    settled = draft.get("dataset", "columns", column.name) or {}
    return bool(settled.get("levels")) or {"low", "high"} <= settled.keys()


def _bins(draft: Draft, columns: Sequence[ColumnProfile]) -> Iterator[Change]:
    """Bins of declared ranges, which noisy counts need; they tell nothing of the rows."""
    for column in columns:
        settled = draft.get("dataset", "columns", column.name) or {}
        if settled.get("levels") or "bins" in settled:
            continue
        why = "equally wide bins of the range that you declared"
        yield Change(("dataset", "columns", column.name, "bins"), BINS, "default", why)


def _plan(draft: Draft, data: Data | None) -> Iterator[Change]:  # noqa: ARG001
    """Design, limits of a trial, and who decides what is trained."""
    if not (draft.get("design") or {}).get("splits"):
        why = "three splits: enough to see which differences are luck"
        for key, value in shipped.option("design", "standard").items():
            if draft.get("design", key) is None:
                yield Change(("design", key), value, "default", why)
    seconds = draft.get("budget", "seconds")
    for key, value in shipped.option("budget", "standard").items():
        if draft.get("budget", key) is None:
            capped = seconds if key == "trial_seconds" and seconds and seconds < value else value
            why = "no trial may take longer than the whole choice" if capped != value else ""
            why = why or "limits for an ordinary computer"
            yield Change(("budget", key), capped, "default", why)
    choosing = _is_limited(draft)
    private_trial = is_private(draft) and augmented(draft)  # no policy chooses by that yet
    if choosing and draft.get("selector", "plugin") is None and not private_trial:
        why = "with a limit of time, what promises most per second is trained next"
        yield Change(("selector", "plugin"), "kg", "default", why)


STEPS: tuple[Step, ...] = (
    _source,
    _outcome,
    _words,
    _person,
    _left_out,
    _groups,
    _use,
    _augmentation,
    _generators,
    _privacy,
    _domain,
    _plan,
    _effort,
)
