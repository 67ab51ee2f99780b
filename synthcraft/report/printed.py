"""A report's tables for print: as comma-separated text and as LaTeX, cell by cell as shown."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence

from synthcraft.printable import no_formula
from synthcraft.report.document import Cell, Document, Head, Table, flat
from synthcraft.report.words import clean

_LATEX = {
    "\\": r"\textbackslash{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": "$<$",
    ">": "$>$",
    "−": "$-$",
    "±": r"$\pm$",
    "×": r"$\times$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "→": r"$\rightarrow$",
    "α": r"$\alpha$",
    "β": r"$\beta$",
    "δ": r"$\delta$",
    "ε": r"$\varepsilon$",
    "²": "$^2$",
    "–": "--",
    "—": "---",
    "“": "``",
    "”": "''",
    "‘": "`",
    "’": "'",
    "…": r"\ldots{}",
    "«": r"\guillemotleft{}",
    "»": r"\guillemotright{}",
    # After the end of a row an opening bracket would begin its height.
    "[": "{[}",
    "]": "{]}",
    "|": r"\textbar{}",
    **{
        sign: f"${name}$"
        for sign, name in {
            "←": r"\leftarrow",
            "≠": r"\neq",
            "≈": r"\approx",
            "∞": r"\infty",
            "·": r"\cdot",
            "√": r"\surd",
            "∩": r"\cap",
            "∈": r"\in",
            "∫": r"\int",
            "Σ": r"\Sigma",
            "λ": r"\lambda",
            "ρ": r"\rho",
            "ẑ": r"\hat{z}",
            "ŷ": r"\hat{y}",
            "Δ": r"\Delta",
            "Φ": r"\Phi",
            "γ": r"\gamma",
            "μ": r"\mu",
            "µ": r"\mu",
            "π": r"\pi",
            "σ": r"\sigma",
            "τ": r"\tau",
            "÷": r"\div",
            "½": r"\frac{1}{2}",
            "³": "^3",
            "₀": "_0",
            "₁": "_1",
            "₂": "_2",
            "ᵀ": r"^{\top}",
        }.items()
    },
}
_ACCENTS = {"\u0302": r"$\hat{%s}$", "\u0304": r"$\bar{%s}$"}  # of the letter before


def printed(document: Document) -> dict[str, str]:
    """The files of every table that has an id, by name: ``tables/<id>.csv`` and ``.tex``."""
    files = {}
    for table in tables(document):
        files[f"tables/{table.id}.csv"] = as_csv(table)
        files[f"tables/{table.id}.tex"] = latex(table)
    return files


def tables(document: Document) -> Iterator[Table]:
    """The tables that are written for print."""
    for section in document.sections:
        for block in flat(section.blocks):
            if isinstance(block, Table) and block.id:
                yield block


def as_csv(table: Table) -> str:
    """Heads and rows as text; small lines follow their cell in brackets, minus signs are ASCII.

    Where rows stand under titles, each row's title is its first cell. Text that a spreadsheet would
    take for a formula stands behind an apostrophe.

    >>> from synthcraft.report.document import Rows
    >>> row = (Cell("arf"), Cell("−0.1 (0.2)", ("−0.5 to 0.3",)))
    >>> print(as_csv(Table("", (Head("Generator"), Head("Gain")), (Rows((row,)),))), end="")
    Generator,Gain
    arf,-0.1 (0.2) [-0.5 to 0.3]
    """
    titled = any(group.title for group in table.groups)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*["Part"] * titled, *map(_plain, table.heads)])
    for group in table.groups:
        part = [_plain(Cell(group.title))] * titled
        writer.writerows([*part, *map(_plain, row)] for row in group.rows)
    return out.getvalue()


def _plain(part: Cell | Head) -> str:
    small = f" [{'; '.join(part.details)}]" if part.details else ""
    text = clean(part.text + small).replace("−", "-")
    return no_formula(text)


def latex(table: Table, *, columns: str = "") -> str:
    """A ``tabular`` with rules of the package booktabs, and the caption as a comment above it.

    ``columns`` says how columns are set, such as ``lrr``; the first one on the left, others on the
    right (text on the left) when it is empty.

    >>> from synthcraft.report.document import Rows
    >>> row = (Cell("my_gan"), Cell("0.9 (0.1)", ("0.7 to 1.1",)))
    >>> print(latex(Table("Scores", (Head("Generator"), Head("R²")), (Rows((row,)),))), end="")
    % Scores
    % Needs \\usepackage{booktabs}
    \\begin{tabular}{lr}
    \\toprule
    Generator & R$^2$ \\\\
    \\midrule
    my\\_gan & \\shortstack[r]{0.9 (0.1)\\\\0.7 to 1.1} \\\\
    \\bottomrule
    \\end{tabular}
    """
    side = "r" if table.numeric else "l"
    lines = [
        f"% {clean(table.caption)}",
        "% Needs \\usepackage{booktabs}",
        f"\\begin{{tabular}}{{{columns or 'l' + side * (len(table.heads) - 1)}}}",
        "\\toprule",
        _row(table.heads, side),
    ]
    for group in table.groups:
        lines.append("\\midrule")
        if group.title:
            title = escaped(group.title)
            lines.append(f"\\multicolumn{{{len(table.heads)}}}{{l}}{{\\emph{{{title}}}}} \\\\")
        lines += [_row(row, side) for row in group.rows]
    return "\n".join([*lines, "\\bottomrule", "\\end{tabular}"]) + "\n"


def _row(parts: Sequence[Cell | Head], side: str) -> str:
    first, *rest = parts
    cells = [_cell(first, "l"), *(_cell(part, side) for part in rest)]
    return f"{' & '.join(cells)} \\\\"


def _cell(part: Cell | Head, side: str) -> str:
    lines = [escaped(text) for text in (part.text, *part.details)]
    stacked = "\\\\".join(lines)
    text = lines[0] if len(lines) == 1 else f"\\shortstack[{side}]{{{stacked}}}"
    return f"\\textbf{{{text}}}" if isinstance(part, Cell) and part.tone == "best" else text


def escaped(text: str) -> str:
    """Text that LaTeX prints as it is.

    >>> print(escaped("R² of 50 % [of n_syn], mean x̄"))
    R$^2$ of 50 \\% {[}of n\\_syn{]}, mean $\\bar{x}$
    """
    composed = unicodedata.normalize("NFC", clean(text))  # LaTeX sets no accent after its letter
    signs = re.findall(f"-+|.[{''.join(_ACCENTS)}]?", composed, flags=re.DOTALL)
    shown = "".join(map(_sign, signs))
    return f"{{}}{shown}" if shown.startswith("*") else shown  # a row's end takes a star after it


def _sign(sign: str) -> str:
    if sign.startswith("-"):
        return "{}".join(sign)  # as in an option: two together would be a dash
    if len(sign) > 1:
        return _ACCENTS[sign[1]] % sign[0]
    return _LATEX.get(sign, sign)
