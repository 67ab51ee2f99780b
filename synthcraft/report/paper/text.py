"""Text with citations, written once and rendered as Markdown (for pandoc) and as LaTeX."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from synthcraft.report.printed import escaped
from synthcraft.report.words import clean


@dataclass(frozen=True)
class Cite:
    """A citation: keys of ``references.bib``."""

    keys: tuple[str, ...]


Line = tuple[str | Cite, ...]


@dataclass(frozen=True)
class Points:
    """A list of lines."""

    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Part:
    """A heading and what stands under it."""

    title: str
    body: tuple[Line | Points, ...]


def line(*parts: str | Cite | Line) -> Line:
    """Parts one after the other; citations of nothing fall away.

    >>> line("ARF", Cite(("watson2023",)), Cite(()), ".")
    ('ARF', Cite(keys=('watson2023',)), '.')
    """
    flat = (piece for part in parts for piece in (part if isinstance(part, tuple) else (part,)))
    return tuple(piece for piece in flat if piece and piece != Cite(()))


def listed_lines(parts: Sequence[Line], between: str = ", ", last: str = " and ") -> Line:
    """Lines as a phrase.

    >>> listed_lines([line("a"), line("b"), line("c")])
    ('a', ', ', 'b', ' and ', 'c')
    """
    found: list[str | Line] = []
    for place, part in enumerate(parts):
        gap = last if place == len(parts) - 1 else between
        found += [part] if place == 0 else [gap, part]
    return line(*found)


def keys(parts: Iterable[Part]) -> frozenset[str]:
    """Every key that is cited."""
    return frozenset(
        key
        for part in parts
        for each in _lines(part)
        for piece in each
        if isinstance(piece, Cite)
        for key in piece.keys
    )


def _lines(part: Part) -> Iterator[Line]:
    for block in part.body:
        yield from block.lines if isinstance(block, Points) else (block,)


def markdown(parts: Sequence[Part], *, level: int = 2) -> str:
    """Markdown with pandoc's citations: ``[@key; @other]``."""
    blocks: list[str] = []
    for part in parts:
        blocks.append(f"{'#' * level} {marked(part.title)}")
        for block in part.body:
            if isinstance(block, Points):
                blocks.append("\n".join(f"- {_marked(each)}" for each in block.lines))
            else:
                blocks.append(_marked(block))
    return "\n\n".join(blocks) + "\n"


def latex(parts: Sequence[Part]) -> str:
    r"""LaTeX with ``\cite``, a ``\subsection*`` for each part."""
    blocks: list[str] = []
    for part in parts:
        blocks.append(f"\\subsection*{{{escaped(part.title)}}}")
        for block in part.body:
            if isinstance(block, Points):
                items = "\n".join(f"\\item {_tex(each)}" for each in block.lines)
                blocks.append(f"\\begin{{itemize}}\n{items}\n\\end{{itemize}}")
            else:
                blocks.append(_tex(block))
    return "\n\n".join(blocks) + "\n"


def marked(text: str) -> str:
    r"""Text that Markdown, and pandoc with its citations, shows as it is.

    >>> print(marked("aim@eps=1 of n_syn"))
    aim\@eps=1 of n\_syn
    """
    return re.sub(r"([\\`*_{}\[\]<>#|~&$@^])", r"\\\1", clean(text))


def _marked(of: Line) -> str:
    return _shown(of, marked, lambda cite: f" [{'; '.join(f'@{key}' for key in cite.keys)}]")


def _tex(of: Line) -> str:
    return _shown(of, escaped, lambda cite: f"~\\cite{{{','.join(cite.keys)}}}")


def _shown(of: Line, words: Callable[[str], str], citation: Callable[[Cite], str]) -> str:
    pieces = (
        citation(piece) if isinstance(piece, Cite) else _spaced(piece, words(piece)) for piece in of
    )
    return "".join(pieces).strip()


def _spaced(text: str, shown: str) -> str:
    """The shown text with the space that the text had at its ends, which cleaning takes."""
    return f"{' ' * text.startswith(' ')}{shown}{' ' * text.endswith(' ')}"
