"""NHANES cycles, and what the CDC calls each table in each of them."""

import re
from dataclasses import dataclass
from typing import Literal

CycleName = Literal[
    "1999-2000",
    "2001-2002",
    "2003-2004",
    "2005-2006",
    "2007-2008",
    "2009-2010",
    "2011-2012",
    "2013-2014",
    "2015-2016",
    "2017-2018",
    "prepandemic",
    "2021-2023",
]
_PREFIX = "P_"
_OWN_CYCLE = re.compile(r"P_\w+|\w+_[B-L]")  # a table's name that says its cycle


@dataclass(frozen=True)
class Cycle:
    """One release of the survey.

    ``letter`` ends its tables' names (of pre-pandemic ones, ``P_`` begins them); ``release`` is
    what its people's ``SDDSRVYR`` says; ``years`` is the time that its weights stand for.
    """

    name: CycleName
    first_year: int
    letter: str
    release: int
    years: float = 2.0

    def named(self, stem: str) -> str:
        """The stem with this cycle's suffix or prefix."""
        if self.name == "prepandemic":
            return _PREFIX + stem
        return f"{stem}_{self.letter}" if self.letter else stem


# No cycle was released for 2019-2020 alone: its people are in the pre-pandemic files, together
# with those of 2017-2018 under new numbers.
CYCLES: dict[str, Cycle] = {
    cycle.name: cycle
    for cycle in (
        Cycle("1999-2000", 1999, "", 1),
        Cycle("2001-2002", 2001, "B", 2),
        Cycle("2003-2004", 2003, "C", 3),
        Cycle("2005-2006", 2005, "D", 4),
        Cycle("2007-2008", 2007, "E", 5),
        Cycle("2009-2010", 2009, "F", 6),
        Cycle("2011-2012", 2011, "G", 7),
        Cycle("2013-2014", 2013, "H", 8),
        Cycle("2015-2016", 2015, "I", 9),
        Cycle("2017-2018", 2017, "J", 10),
        Cycle("prepandemic", 2017, "", 66, years=3.2),
        Cycle("2021-2023", 2021, "L", 12),
    )
}
ORDER = tuple(CYCLES)

# Names in the first cycles, in order; from then on the stem has the cycle's letter.
_FIRST_NAMES = {
    "TCHOL": "LAB13 L13_B L13_C",
    "HDL": "LAB13 L13_B L13_C",
    "TRIGLY": "LAB13AM L13AM_B L13AM_C",
    "GLU": "LAB10AM L10AM_B L10AM_C",
    "INS": "LAB10AM L10AM_B L10AM_C GLU_D GLU_E GLU_F GLU_G",
    "GHB": "LAB10 L10_B L10_C",
    "COT": "LAB06 L06_B L06COT_C COT_D COTNAL_E COTNAL_F COTNAL_G",
    "BIOPRO": "LAB18 L40_B L40_C",
    "HSCRP": "LAB11 L11_B L11_C CRP_D CRP_E CRP_F",
}
_NOT_IN = {
    "TRIGLY": ("2021-2023",),
    "COT": ("2021-2023",),
    "BIOPRO": ("2021-2023",),
    "HSCRP": ("2011-2012", "2013-2014"),
    "BPX": ("prepandemic", "2021-2023"),
    "BPXO": ORDER[:9],
}


def table_name(stem: str, cycle: Cycle) -> str | None:
    """What the CDC calls a table in a cycle; None where it is not known to have it.

    A stem is the name of recent cycles without its letter; a name with a letter (or ``P_``) is a
    table of that one cycle. Source: CDC/NCHS, lists of NHANES variables.

    >>> table_name("TCHOL", CYCLES["2003-2004"]), table_name("TCHOL", CYCLES["prepandemic"])
    ('L13_C', 'P_TCHOL')
    >>> table_name("BPXO", CYCLES["2003-2004"]) is None, table_name("DEMO_C", CYCLES["2003-2004"])
    (True, 'DEMO_C')
    """
    if cycle.name in _NOT_IN.get(stem, ()):
        return None
    if _OWN_CYCLE.fullmatch(stem):
        return stem if cycle.named(_bare(stem)) == stem else None
    names = dict(zip(ORDER, _FIRST_NAMES.get(stem, "").split(), strict=False))
    return names.get(cycle.name, cycle.named(stem))


def _bare(name: str) -> str:
    return name.removeprefix(_PREFIX) if name.startswith(_PREFIX) else name[:-2]
