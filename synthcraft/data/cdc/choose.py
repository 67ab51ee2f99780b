"""Which columns are made: from names of presets, concepts and variables of the CDC."""

import re
from collections.abc import Mapping, Sequence

import pandas as pd

from synthcraft.data.cdc.concepts import PRESETS, Concept, Reader, concepts
from synthcraft.data.cdc.cycles import Cycle
from synthcraft.data.files import is_one_of
from synthcraft.errors import DataError, Problem, nearest
from synthcraft.spec.types import ColumnSpec

_RAW = re.compile(r"(\w+)\.(\w+)")
Codes = Mapping[str, Sequence[float | str]]


def chosen_columns(
    names: Sequence[str], cycles: Sequence[Cycle], *, adults_from: int, missing_codes: Codes
) -> tuple[dict[str, Concept], tuple[str, ...]]:
    """What each column is, in the order asked for, and the preset's that the cycles do not have.

    Parameters
    ----------
    names
        presets, concepts, or ``TABLE.VARIABLE`` for a variable as the CDC coded it (the table
        without the cycle's letter), which becomes a column of that name in small letters.
    missing_codes
        of such variables, the codes that mean no answer.

    Raises
    ------
    DataError
        naming every unknown name, and what was asked for by name but not measured in all cycles.

    >>> from synthcraft.data.cdc.cycles import CYCLES
    >>> late = [CYCLES["2021-2023"]]
    >>> found, left_out = chosen_columns(
    ...     ["cardiovascular", "ALQ.ALQ130"], late, adults_from=20, missing_codes={}
    ... )
    >>> "sbp_oscillometric" in found, "alq130" in found, left_out
    (True, True, ('ldl', 'triglycerides', 'cotinine'))
    """
    known = concepts(cycles, adults_from=adults_from)
    found: dict[str, Concept] = {}
    left_out: list[str] = []
    problems: list[Problem] = []
    for name in names:
        if name in PRESETS:
            measured = {choice: _first(choice, known, cycles) for choice in PRESETS[name]}
            found |= {column: known[column] for column in measured.values() if column}
            left_out += [choice.split("|")[0] for choice, column in measured.items() if not column]
        elif name in known:
            found[name] = known[name]
            problems += _gaps(name, known[name], cycles)
        elif parts := _RAW.fullmatch(name.upper()):
            stem, variable = parts.groups()
            concept = Concept(ColumnSpec(), stem, _as_coded(variable, missing_codes))
            found[variable.lower()] = concept
            problems += _gaps(name, concept, cycles)
        else:
            hint = f"{nearest(name, {*known, *PRESETS})} Or name a variable as TABLE.VARIABLE."
            problems.append(Problem("dataset.params.variables", f"unknown: {name!r}", hint))
    asked = {name.rpartition(".")[2].upper() for name in names}
    problems += [
        Problem(f"dataset.params.missing_codes.{code}", "is not among dataset.params.variables")
        for code in missing_codes
        if code.upper() not in asked
    ]
    if problems:
        raise DataError(problems)
    return found, tuple(left_out)


def _first(choice: str, known: Mapping[str, Concept], cycles: Sequence[Cycle]) -> str | None:
    """The first of the alternatives that all cycles have."""
    names = choice.split("|")
    return next((name for name in names if not known[name].missing_from(cycles)), None)


def _gaps(name: str, concept: Concept, cycles: Sequence[Cycle]) -> list[Problem]:
    if not (without := concept.missing_from(cycles)):
        return []
    message = f"{name} was not measured, or has another name, in {', '.join(without)}"
    hint = "Leave out the variable or these cycles."
    return [Problem("dataset.params.variables", message, hint)]


def _as_coded(variable: str, missing_codes: Codes) -> Reader:
    codes = {name.upper(): tuple(codes) for name, codes in missing_codes.items()}.get(variable, ())

    def read(raw: pd.DataFrame) -> "pd.Series":
        return raw[variable].mask(is_one_of(raw[variable], codes))

    return read
