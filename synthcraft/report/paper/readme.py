"""What is what in a paper pack, and the LaTeX file that takes all of it in."""

from collections.abc import Sequence

from synthcraft.report.document import Document
from synthcraft.report.paper.text import marked
from synthcraft.report.printed import escaped
from synthcraft.report.summary import Summary
from synthcraft.report.words import counted

_FILES = {
    "methods.md, methods.tex": "what was done, with citations (pandoc’s in Markdown, \\cite in "
    "LaTeX). Check it and shorten it: it says what specs and journals tell, and nothing more",
    "measures.md, measures.tex": "the definition of everything that was measured, for a supplement",
    "tables.md": "all tables of the report",
    "tables/*.csv, tables/*.tex": "each of them for itself, cell by cell as the report shows it; "
    "tables.tex takes in all",
    "figures/*.pdf, figures/*.svg": "figures at 89 mm (one column of a journal) or 183 mm (two), "
    "letters of at least 6.5 points at that size, fonts embedded; figures.tex takes them in",
    "references.bib": "BibTeX of what was used: generators, measures, data, methods and tools",
    "checklist.md, checklist.tex": "TRIPOD+AI (2024) and the criteria of the scorecard for "
    "synthetic medical data (2025), filled where the run knows; the rest is marked",
    "main.tex": "a whole document that takes in all of the above",
    "SHA256SUMS": "hashes of these files (sha256sum -c SHA256SUMS)",
}


def readme(document: Document, summaries: Sequence[Summary], *, root: str) -> str:
    """The first file to read: what is here, from which runs, and how to verify it."""
    files = "\n".join(f"- `{name}`: {marked(about)}" for name, about in _FILES.items())
    runs = "\n".join(f"- {marked(s.run.id)}, spec `{s.run.plan.spec_id}`" for s in summaries)
    warning = (
        ""
        if all(s.run.complete for s in summaries)
        else ("\nA run is not complete: its numbers may still change.\n")
    )
    return f"""# Paper pack: {marked(document.title)}

{counted(len(summaries), "run")}:

{runs}
{warning}
The root hash of the report that these numbers are from:

    {root}

Quote it in the paper. Whoever has the folder of that report (not this one) checks every number with

    python -m synthcraft verify REPORT

which makes the report again from spec and journal, compares byte for byte, and prints this hash.

## Files

{files}

The LaTeX was checked for balance and for characters that must be escaped, and not compiled: no TeX
is part of SynthCraft. Compile in this folder with `latexmk -pdf main.tex`, or with
`latexmk -lualatex main.tex` where names of yours are in other letters than Latin ones; packages are
booktabs, longtable, adjustbox, caption, graphicx, geometry, textcomp and iftex.

Figures that another library drew are in the report’s own `figures/` only.

The pack is made again, byte for byte, by the same command and package versions. A file that you
changed is never overwritten: the command then stops and names it.
"""


def main_tex(document: Document, *, figures: bool) -> str:
    """A document that can be compiled as it is, with everything in it."""
    pictures = ["\\section*{Figures}", "\\input{figures.tex}"] if figures else []
    return "\n".join(
        [
            "\\documentclass[10pt]{article}",
            "\\usepackage{iftex}",
            "\\ifPDFTeX",
            "\\usepackage[T1]{fontenc}",
            "\\usepackage[utf8]{inputenc}",
            "\\else",
            "\\usepackage{fontspec}",
            "\\fi",
            "\\usepackage[a4paper,left=13.5mm,right=13.5mm,top=20mm,bottom=20mm]{geometry}",
            "\\usepackage{booktabs,longtable,adjustbox,caption,graphicx,textcomp}",
            "% Names of columns and parameters may break after an underscore.",
            "\\DeclareRobustCommand{\\_}{\\textunderscore\\allowbreak}",
            "\\setlength{\\emergencystretch}{3em}",
            f"\\title{{{escaped(document.title)}}}",
            "\\author{}",
            "\\date{}",
            "\\begin{document}",
            "\\maketitle",
            *([escaped(document.subtitle)] if document.subtitle else []),
            "\\section*{Methods}",
            "\\input{methods.tex}",
            "\\section*{Tables}",
            "\\input{tables.tex}",
            *pictures,
            "\\section*{Measures}",
            "\\input{measures.tex}",
            "\\input{checklist.tex}",
            "\\bibliographystyle{unsrt}",
            "\\bibliography{references}",
            "\\end{document}",
            "",
        ]
    )
