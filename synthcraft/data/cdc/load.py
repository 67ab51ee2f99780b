"""NHANES as the CDC publishes it: chosen cycles and columns as one table of adults."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from synthcraft.data.cards import NhanesCdcParams
from synthcraft.data.cdc import mortality
from synthcraft.data.cdc.choose import chosen_columns
from synthcraft.data.cdc.concepts import Concept, NotInCodebook, changes, concepts
from synthcraft.data.cdc.cycles import CYCLES, Cycle, table_name
from synthcraft.data.cdc.survey import (
    CLUSTER,
    FASTING_TABLE,
    STRATUM,
    WEIGHT,
    survey_columns,
    weight_variable,
)
from synthcraft.data.cdc.tables import RawTable, locate, mortality_name, read_table
from synthcraft.data.describe import count_text
from synthcraft.data.source import Source, subsample, unusable
from synthcraft.errors import DataError, nearest
from synthcraft.spec.types import ColumnSpec

_DEMO = "DEMO"
# People of a table among the last of DEMO, of whom none is there: chance leaves so many out once
# in e^20 tables.
_EXPECTED_AT_END = 20
_ROLES = {
    "weight": WEIGHT,
    "strata": STRATUM,
    "cluster": CLUSTER,
    "sensitive": ("ethnicity",),
    "quasi_identifiers": ("age", "sex", "ethnicity", "education"),
}
_DEATH = {"task": "survival", "target": "died", "positive": "Yes", "time": "months"}
_HEART_ATTACK = {"task": "classification", "target": "heart_attack", "positive": "Yes"}

Used = Mapping[str, Concept]


def load(params: NhanesCdcParams, *, seed: int) -> Source:
    """The adults of the chosen cycles, one row each, with columns made alike in all of them.

    Units, names and codes are those of docs/nhanes.md; refused and "don't know" are missing;
    nobody is left out for missing values. Beside them stand survey weight, stratum and cluster,
    which the dataset spec keeps out of the modelled table.

    Raises
    ------
    DataError
        for names that are unknown or not measured in all cycles, files that are not there, cannot
        be fetched, are damaged, or belong to another cycle.
    """
    cycles = [cycle for name, cycle in CYCLES.items() if name in params.cycles]
    used, left_out = chosen_columns(
        params.variables,
        cycles,
        adults_from=params.adults_from,
        missing_codes=params.missing_codes,
    )
    paths = locate(
        [(cycle, name) for cycle in cycles for name in _files(cycle, used, params)],
        params,
        holding=_holding(cycles, used),
    )
    parts, columns = [], {name: concept.column for name, concept in used.items()}
    for cycle in cycles:
        tables = {name: read_table(paths[name]) for name in _tables(cycle, used, params)}
        columns = _labelled(columns, used, tables, cycle)
        parts.append(_adults(cycle, cycles, used, tables, params))
    if params.mortality:
        parts = _followed(parts, [paths[mortality_name(cycle)] for cycle in cycles])
        columns |= mortality.COLUMNS
    frame = pd.concat(parts)
    source = Source(
        frame=frame.reset_index(drop=True),
        columns=columns,
        defaults=_ROLES | _outcome(used, params),
        notes=tuple(_notes(frame, used, left_out, cycles, params)),
    )
    return subsample(source, params.sample, seed=seed)


def _outcome(used: Used, params: NhanesCdcParams) -> dict[str, Any]:
    if params.mortality:
        return _DEATH
    return _HEART_ATTACK if "heart_attack" in used else {}


def _tables(cycle: Cycle, used: Used, params: NhanesCdcParams) -> list[str]:
    """The names of the cycle's tables that are needed, DEMO first."""
    stems = [_DEMO, *(concept.stem for concept in used.values())]
    if params.weights == "fasting":
        stems.append(FASTING_TABLE)
    names = (table_name(stem, cycle) for stem in stems)
    return list(dict.fromkeys(name for name in names if name is not None))


def _files(cycle: Cycle, used: Used, params: NhanesCdcParams) -> list[str]:
    linked = [mortality_name(cycle)] if params.mortality else []
    return _tables(cycle, used, params) + linked


def _holding(cycles: Sequence[Cycle], used: Used) -> dict[str, list[str]]:
    """The columns that each table holds, as ``variables`` names them."""
    known, found = concepts(cycles), dict[str, list[str]]()
    for cycle in cycles:
        for name, concept in used.items():
            told = name if name in known else f"{concept.stem}.{name.upper()}"
            found.setdefault(_name(concept.stem, cycle), []).append(told)
    return found


def _adults(
    cycle: Cycle,
    cycles: Sequence[Cycle],
    used: Used,
    tables: Mapping[str, RawTable],
    params: NhanesCdcParams,
) -> pd.DataFrame:
    """The chosen columns of a cycle's adults by SEQN, with their survey design."""
    demo = tables[_name(_DEMO, cycle)]
    _check_cycle(demo, cycle, tables.values())
    people = demo.rows[_variable(demo, "RIDAGEYR", "age") >= params.adults_from]
    found = {
        name: _read(name, concept, tables[_name(concept.stem, cycle)]).reindex(people.index)
        for name, concept in used.items()
    }
    weighing = tables[_name(FASTING_TABLE, cycle)] if params.weights == "fasting" else demo
    weights = _variable(weighing, weight_variable(params.weights, cycle, cycles), WEIGHT)
    for name in ("SDMVSTRA", "SDMVPSU"):
        _variable(demo, name, STRATUM)
    return pd.DataFrame(found).join(survey_columns(people, weights, cycle, cycles))


def _name(stem: str, cycle: Cycle) -> str:
    return str(table_name(stem, cycle))


def _read(name: str, concept: Concept, table: RawTable) -> "pd.Series[Any]":
    try:
        return concept.read(table.rows)
    except KeyError as missing:
        raise _lacks(table, str(missing.args[0]), name) from None
    except TypeError:
        raise _not_numbers(table, name) from None
    except NotInCodebook as found:
        codes = ", ".join(map(str, found.codes))
        raise unusable(
            f"{count_text(found.rows)} values of {found.variable} in {table.file} are none of its "
            f"codes ({codes})",
            "Is it the file that its name says? As it is coded, a variable can be named "
            f"{concept.stem}.{found.variable}.",
            at="variables",
        ) from None


def _variable(table: RawTable, variable: str, wanted_for: str) -> "pd.Series[Any]":
    if variable not in table.rows:
        raise _lacks(table, variable, wanted_for)
    if not pd.api.types.is_numeric_dtype(table.rows[variable]):
        raise _not_numbers(table, variable)
    return table.rows[variable]


def _not_numbers(table: RawTable, name: str) -> DataError:
    hint = "The CDC codes everything in numbers: is it the file that its name says?"
    return unusable(f"{table.file} holds text instead of numbers for {name}", hint)


def _lacks(table: RawTable, variable: str, wanted_for: str) -> DataError:
    return unusable(
        f"{table.file} has no {variable}, which {wanted_for} needs",
        nearest(variable, table.rows.columns),
        at="variables",
    )


def _check_cycle(demo: RawTable, cycle: Cycle, tables: Iterable[RawTable]) -> None:
    """Refuses tables of another cycle than their names say, and those that end too early."""
    releases = set(demo.rows["SDDSRVYR"]) if "SDDSRVYR" in demo.rows else {cycle.release}
    if releases != {cycle.release}:
        others = [one.name for one in CYCLES.values() if one.release in releases]
        held = " and ".join(others) or "no cycle"
        raise unusable(
            f"{demo.file} holds people of {held}, not of {cycle.name}",
            f"Fetch {_name(_DEMO, cycle)}.XPT of {cycle.name}.",
        )
    strangers = [t.file for t in tables if not t.rows.index.isin(demo.rows.index).all()]
    if strangers:
        raise unusable(
            f"{', '.join(strangers)}: people who are not in {demo.file}",
            "They belong to different cycles, or one of them is cut short: fetch them again.",
        )
    if cut := [table.file for table in tables if _ends_early(table.rows.index, demo.rows.index)]:
        message = f"{', '.join(cut)}: nobody from the end of {demo.file}, where many would be"
        raise unusable(message, "It is cut short: fetch it again.")


def _ends_early(found: pd.Index, people: pd.Index) -> bool:
    """Whether nobody is found among the last people, where by the share before many would be.

    A file that is cut between two records cannot be told from a whole one by its bytes.

    >>> everybody = pd.RangeIndex(10_000)
    >>> _ends_early(everybody[::3], everybody), _ends_early(everybody[:9_900:3], everybody)
    (False, True)
    """
    behind = int((people > found.max()).sum())
    share = len(found) / (len(people) - behind)
    return behind * share > _EXPECTED_AT_END


def _labelled(
    columns: dict[str, ColumnSpec], used: Used, tables: Mapping[str, RawTable], cycle: Cycle
) -> dict[str, ColumnSpec]:
    """The columns, with the CDC's own labels where we have none."""
    found = {}
    for name, column in columns.items():
        labels = tables[_name(used[name].stem, cycle)].labels
        label = column.label or labels.get(name.upper()) or None
        found[name] = column.model_copy(update={"label": label})
    return found


def _followed(parts: Sequence[pd.DataFrame], paths: Sequence[Path]) -> list[pd.DataFrame]:
    """The adults of each cycle with their linked mortality, all followed to the same day."""
    ends = {path.name.upper().partition("_MORT_")[2][:4] for path in paths}
    if len(ends) > 1:
        raise unusable(
            f"linked mortality of {' and '.join(sorted(ends))}: follow-up would end differently",
            "Use files of one linkage for all cycles.",
        )
    found = []
    for part, path in zip(parts, paths, strict=True):
        linked = mortality.read_mortality(path)
        if not part.index.isin(linked.index).all():
            raise unusable(
                f"{path.name} has no line for some people of its cycle",
                "It belongs to another cycle or is cut short: fetch it again.",
            )
        found.append(part.join(linked))
    return found


def _notes(
    frame: pd.DataFrame,
    used: Used,
    left_out: Sequence[str],
    cycles: Sequence[Cycle],
    params: NhanesCdcParams,
) -> Iterator[str]:
    names = ", ".join(cycle.name for cycle in cycles)
    yield f"NHANES {names}: {len(frame):,} people from {params.adults_from} years on."
    yield _weights_note(frame, params, cycles)
    if left_out:
        yield f"Not measured in all of these cycles, and left out: {', '.join(left_out)}."
    if fasting := [name for name, concept in used.items() if concept.fasting]:
        without = count_text(int(frame[fasting].isna().all(axis=1).sum()))
        yield (
            f"Measured in the morning fasting subsample only: {', '.join(fasting)}; {without} "
            "people have none of it, most of them by design. Their weights: "
            "dataset.params.weights=fasting."
        )
    for column, since in changes(used, cycles).items():
        yield (
            f"{column} was measured in another way from {', '.join(since)} on: values before and "
            "after are not comparable without the CDC's equations, which are not applied."
        )
    yield from dict.fromkeys(concept.note for concept in used.values() if concept.note)
    if any("oscillometric" in name for name in used):
        yield "Blood pressures by oscillometry are not comparable with those by stethoscope."
    if params.mortality:
        yield mortality.NOTE


def _weights_note(frame: pd.DataFrame, params: NhanesCdcParams, cycles: Sequence[Cycle]) -> str:
    apart = count_text(int((frame[WEIGHT] == 0).sum()))
    several = f", combined over {len(cycles)} cycles" if len(cycles) > 1 else ""
    return (
        f"Survey weights of the {params.weights}{several}; {apart} people took no part in it and "
        "have weight 0."
    )
