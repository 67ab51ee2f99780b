"""Rows of the target groups from a generator, long enough for the largest dose."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, cast

import numpy as np
import pandas as pd

from synthcraft.augment.cohort import Cohort, rows_of
from synthcraft.augment.doses import doses_of, primary_of, rows_to_add
from synthcraft.augment.groups import members
from synthcraft.catalogue import GeneratorCard, Params
from synthcraft.data.table import Table
from synthcraft.generators.base import Conditional, Fitted, Generator
from synthcraft.privacy.release import Release
from synthcraft.records import Phase
from synthcraft.redact import reason_of
from synthcraft.spec.types import AugmentationSpec

Tell = Callable[[Phase], None]
Fit = Callable[[Table], Fitted]
FEWEST, MOST = 100, 50_000  # rows of one draw: what it costs to start it, and memory


@dataclass(frozen=True, eq=False)
class Added:
    """What a generator made for each target, and for everyone, in canonical form.

    A smaller dose takes the first rows of a larger one. ``drawn`` tells how many rows were drawn
    for each target (more than it got, by rejection); ``failed`` the targets that did not get what
    the largest dose asks for, and why (then ``rows`` holds what there is). ``everyone`` has rows of
    all groups as the generator makes them, as many as the primary dose adds to all targets.
    ``made`` are the targets' rows before they were put in canonical form, which rounds by the train
    rows' decimals and lists all of their levels: no private release is stored so.
    """

    rows: Mapping[str, pd.DataFrame]
    everyone: pd.DataFrame
    made: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    drawn: Mapping[str, int] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    everyone_failed: str = ""


@dataclass(frozen=True)
class Wanted:
    """Rows for each target, and for everyone."""

    rows: Mapping[str, int]
    everyone: int


def add_rows(
    card: GeneratorCard,
    params: Params,
    cohort: Cohort,
    aug: AugmentationSpec,
    *,
    fit_seed: int,
    sample_seed: int,
    device: str,
    release: Release | None,
    tell: Tell,
) -> Added:
    """Rows for every dose from one fit to ``cohort.train`` (by per_group: one fit per target, too).

    The same seeds give the same rows, unless a private generator's noise is the system's. What the
    generator raises while it learns from all train rows, or draws from that for everybody, is
    raised; a target whose own fit or request fails, or whose rows are too rare to reach by
    ``draws``, is told in ``failed``. ``tell`` hears when fitting and when sampling starts.
    """
    doses = (max(doses_of(aug)), primary_of(aug))
    most, main = (rows_to_add(aug, cohort.grouping, cohort.sizes, dose) for dose in doses)
    wanted = Wanted(most, sum(main.values()))
    terms = {} if release is None else {"release": release}

    def fit(train: Table) -> Fitted:
        tell("fit")
        generator = cast(Generator, card.load()(params=params, device=device, **terms))
        fitted = cast(Fitted, generator.fit(train, seed=fit_seed))
        tell("sample")
        return fitted

    match way_of(card, aug):
        case "conditional":
            return _asked(cast(Conditional, fit(cohort.train)), cohort, wanted, sample_seed)
        case "rejection":
            return _sifted(fit(cohort.train), cohort, wanted, aug.draws, sample_seed)
        case "per_group":
            return _apart(fit, cohort, wanted, sample_seed)


def way_of(
    card: GeneratorCard, aug: AugmentationSpec
) -> Literal["conditional", "per_group", "rejection"]:
    """How a generator makes rows of one group: by its own fit where declared, else as it can.

    Where the spec says conditional, only a reference generator is left to draw and throw away: any
    other that cannot be asked is refused (spec/augmentation).
    """
    if aug.how in ("per_group", "rejection"):
        return aug.how
    return "conditional" if card.conditional else "rejection"


def _asked(fitted: Conditional, cohort: Cohort, wanted: Wanted, seed: int) -> Added:
    """Each target's rows by asking for them; everyone's without any condition."""
    groups = cohort.grouping
    made, failed = {}, {}
    for place, (name, n) in enumerate(wanted.rows.items(), start=1):
        where = groups.condition(name)
        try:
            if n:
                made[name] = fitted.sample_where(n, where, seed=_seed(seed, place))
        except MemoryError:
            raise
        except Exception as exc:
            failed[name] = _reason(exc, cohort)
    found = _added(made, fitted.sample(wanted.everyone, seed=_seed(seed, 0)), cohort, wanted)
    for name, rows in found.rows.items():
        if (members(groups, rows).codes != groups.names.index(name)).any():
            raise AssertionError("a generator made rows of another group than it was asked for")
    return replace(found, failed=failed)


def _sifted(fitted: Fitted, cohort: Cohort, wanted: Wanted, draws: int, seed: int) -> Added:
    """Rows as they are drawn, those of the targets kept, until there are enough or too many drawn.

    A target's rows are the first of its kind in one stream, so they are drawn from the generator's
    distribution given the group. How long a piece of the stream is follows from what was wanted and
    made so far, never from real rows: under differential privacy that would tell of them.
    """
    places = {name: cohort.grouping.names.index(name) for name in wanted.rows}
    limits = {name: draws * n for name, n in wanted.rows.items()}
    kept: dict[str, list[pd.DataFrame]] = {name: [] for name in places}
    drawn, have = dict.fromkeys(places, 0), dict.fromkeys(places, 0)
    everyone: list[pd.DataFrame] = []
    total = 0
    while True:
        lacking = [n for n in places if have[n] < wanted.rows[n] and total < limits[n]]
        if total >= wanted.everyone and not lacking:
            break
        asked = [(wanted.rows[n] - have[n]) * (total + 1) / (have[n] + 1) for n in lacking]
        size = round(np.clip(1.1 * max([wanted.everyone - total, *asked]), FEWEST, MOST))
        made = fitted.sample(size, seed=_seed(seed, total))
        everyone.append(made.iloc[: max(0, wanted.everyone - total)])
        codes = members(cohort.grouping, cohort.train.with_frame(made).frame).codes
        for name in lacking:
            ours = np.flatnonzero(codes == places[name])
            ours = ours[total + ours < limits[name]][: wanted.rows[name] - have[name]]
            kept[name].append(made.iloc[ours])
            have[name] += len(ours)
            full = have[name] == wanted.rows[name]
            drawn[name] = total + int(ours[-1]) + 1 if full else min(total + size, limits[name])
        total += size
    joined = {name: pd.concat(parts, ignore_index=True) for name, parts in kept.items() if parts}
    failed = {
        name: f"of {drawn[name]:,} rows drawn, {have[name]:,} are of this group; {n:,} are wanted "
        "(augmentation.draws)"
        for name, n in wanted.rows.items()
        if have[name] < n
    }
    found = _added(joined, pd.concat(everyone, ignore_index=True), cohort, wanted)
    return replace(found, drawn=drawn, failed=failed)


def _apart(fit: Fit, cohort: Cohort, wanted: Wanted, seed: int) -> Added:
    """Each target's rows from a fit to its own train rows; everyone's from one to all of them.

    A group's own columns say nothing within it: they are left out of the fit and put back. Other
    columns that do not vary within a group are the generator's affair, as in any small table.
    """
    train, groups = cohort.train, cohort.grouping
    made, failed, why = {}, {}, ""
    for place, (name, n) in enumerate(wanted.rows.items(), start=1):
        own = _without(train.take(rows_of(groups, train, name)), groups.columns)
        try:
            if n:
                rows = fit(own).sample(n, seed=_seed(seed, place))
                made[name] = rows.assign(**groups.condition(name))
        except MemoryError:
            raise
        except Exception as exc:
            failed[name] = _reason(exc, cohort)
    try:
        everyone = fit(train).sample(wanted.everyone, seed=_seed(seed, 0))
    except MemoryError:
        raise
    except Exception as exc:
        everyone, why = train.frame.iloc[:0], _reason(exc, cohort)
    return replace(_added(made, everyone, cohort, wanted), failed=failed, everyone_failed=why)


def _added(
    made: Mapping[str, pd.DataFrame], everyone: pd.DataFrame, cohort: Cohort, wanted: Wanted
) -> Added:
    """What was made, in canonical form, too; no rows where nothing was, and each drawn once."""
    none = cohort.train.frame.iloc[:0]
    whole = {name: made.get(name, none) for name in wanted.rows}
    return Added(
        rows={name: cohort.train.with_frame(rows).frame for name, rows in whole.items()},
        everyone=cohort.train.with_frame(everyone).frame,
        made=whole,
        drawn={name: len(rows) for name, rows in whole.items()},
    )


def _without(table: Table, columns: tuple[str, ...]) -> Table:
    """The table less some of its columns."""
    kept = tuple(column for column in table.columns if column.name not in columns)
    return replace(
        table,
        columns=kept,
        frame=table.frame[[column.name for column in kept]],
        sensitive=tuple(name for name in table.sensitive if name not in columns),
        quasi_identifiers=tuple(n for n in table.quasi_identifiers if n not in columns),
    )


def _reason(exc: Exception, cohort: Cohort) -> str:
    return reason_of(exc, names=cohort.train.names, levels=cohort.train.all_levels)


def _seed(seed: int, part: int) -> int:
    """A 31-bit seed for one part of what a sample seed stands for."""
    return int(np.random.SeedSequence([seed, part]).generate_state(1)[0]) >> 1
