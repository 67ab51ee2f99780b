"""What to cite: publications of plug-ins, measures, methods and tools, as BibTeX.

``references.bib`` holds the entries, ``cited.yaml`` says which of them a name stands for.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml

Kind = Literal["generators", "measures", "selectors", "datasets", "models", "methods", "tools"]


@dataclass(frozen=True)
class Cited:
    """What stands for a name: keys of its publications, or why there are none, and its tools."""

    cite: tuple[str, ...] = ()
    own: str = ""
    by: tuple[str, ...] = ()

    def __add__(self, other: "Cited") -> "Cited":
        """Both together, each key once."""
        return Cited(
            tuple(dict.fromkeys((*self.cite, *other.cite))),
            self.own or other.own,
            tuple(dict.fromkeys((*self.by, *other.by))),
        )


def cited(kind: Kind, name: str) -> Cited | None:
    """What to cite for a name; None where we know nothing of it, as of others' plug-ins.

    >>> cited("generators", "ctgan").cite
    ('xu2019',)
    >>> cited("measures", "tstr.auroc").cite
    ('esteban2017', 'hanley1982')
    >>> cited("generators", "marginals").own
    'A reference of SynthCraft: columns drawn independently.'
    """
    known = _known()[kind]
    if name in known:
        return known[name]
    head, dot, tail = name.partition(".")
    parts = [known[key] for key in (f"{head}{dot}", f"{dot}{tail}") if dot and key in known]
    return sum(parts[1:], parts[0]) if parts else None


def names(kind: Kind) -> tuple[str, ...]:
    """All names of a kind that something is known of."""
    return tuple(_known()[kind])


def bibtex(keys: Iterable[str]) -> str:
    """The entries of these keys, sorted.

    >>> print(bibtex(["holm1979"]).splitlines()[0])
    @article{holm1979,
    """
    return "\n".join(entries()[key] for key in sorted(set(keys)))


@cache
def entries() -> Mapping[str, str]:
    """Every BibTeX entry by its key, as it is written."""
    text = _file("references.bib")
    blocks = (block.strip() + "\n" for block in re.split(r"\n\n+", text) if block.strip())
    return {re.split(r"[{,]", block)[1]: block for block in blocks}


@cache
def _known() -> Mapping[str, Mapping[str, Cited]]:
    return {
        kind: {
            name: Cited(tuple(told.get("cite", ())), told.get("own", ""), tuple(told.get("by", ())))
            for name, told in named.items()
        }
        for kind, named in yaml.safe_load(_file("cited.yaml")).items()
    }


def _file(name: str) -> str:
    return (files("synthcraft.report.paper") / name).read_text(encoding="utf-8")
