"""The paper pack: its files, and how they come into a folder without harm to what is there."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from synthcraft import journal
from synthcraft.errors import Problem, RunError
from synthcraft.report.document import Document
from synthcraft.report.manifest import FILE as MANIFEST
from synthcraft.report.paper.bibliography import bibtex
from synthcraft.report.paper.checklist import CHECKLISTS, checklist
from synthcraft.report.paper.methods import methods
from synthcraft.report.paper.readme import main_tex, readme
from synthcraft.report.paper.supplement import definitions
from synthcraft.report.paper.tables import table_files
from synthcraft.report.paper.text import keys, latex, markdown
from synthcraft.report.render import undrawable
from synthcraft.report.summary import Summary
from synthcraft.report.write import compose
from synthcraft.results import Run, distinct, load_run

SUMS = "SHA256SUMS"
"""Names our files and their hashes, as ``sha256sum`` writes them."""


def pack(run_dirs: Sequence[Path], *, to: Path, root: str) -> Path:
    """Write the paper pack of one or several runs into a folder; return its ``README.md``.

    ``root`` is the root hash of the report of the same runs (``report/manifest``), which the pack
    quotes. The pack depends on spec.yaml and journal.jsonl of the runs, on that hash and on the
    versions of the installed packages only: the same runs give the same bytes.

    A file that an earlier pack left there is replaced, or removed where it is no longer part of
    it, as long as nobody changed it; any other file is left alone.

    Raises
    ------
    RunError
        When a directory is no run, two are of the same spec; when the folder belongs to a report,
        holds a changed or foreign file where one of ours would go, or cannot be written.
    """
    runs = distinct([load_run(directory) for directory in run_dirs])
    _require_own(to)
    files = contents(runs, root=root)
    before = _sums(to)
    _require_unchanged(to, files, before)
    _write(to, files, [name for name in before if name not in files and _is_ours(to, name, before)])
    return to / "README.md"


def contents(runs: Sequence[Run], *, root: str) -> dict[str, bytes]:
    """Every file of the pack of these runs, by name; nothing is written."""
    document, summaries = compose(runs), [Summary(run) for run in runs]
    told, measures = methods(summaries, document), definitions(summaries)
    checked = checklist(summaries)
    cited = keys((*told, *measures)) | CHECKLISTS
    pictures, figures_tex = _figures(document)
    texts = {
        "README.md": readme(document, summaries, root=root),
        "main.tex": main_tex(document, figures=bool(pictures)),
        "methods.md": _headed("Methods", markdown(told)),
        "methods.tex": latex(told),
        "measures.md": _headed("Measures", markdown(measures)),
        "measures.tex": latex(measures),
        "checklist.md": checked.markdown(),
        "checklist.tex": checked.latex(),
        "references.bib": bibtex(cited),
        **({"figures.tex": figures_tex} if pictures else {}),
        **table_files(document),
    }
    files = {name: text.encode() for name, text in texts.items()} | pictures
    sums = "".join(f"{_hash(content)}  {name}\n" for name, content in sorted(files.items()))
    return files | {SUMS: sums.encode()}


def _headed(title: str, text: str) -> str:
    made = (
        "Written by rule from the runs' specs and journals. Check it, shorten it, and say what it "
        "cannot know."
    )
    return f"# {title}\n\n{made}\n\n{text}"


def _figures(document: Document) -> tuple[dict[str, bytes], str]:
    """Pictures by name and the LaTeX that takes them in; nothing where none can be drawn."""
    if undrawable():
        return {}, ""
    from synthcraft.report.paper.figures import drawn, figures_tex, printed_figures

    found = printed_figures(document)
    files = {
        f"figures/{figure.name}-{figure.width}mm.{form}": content
        for figure in found
        for form, content in drawn(figure).items()
    }
    return files, figures_tex(found)


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# Into the folder --------------------------------------------------------------------------------


def _require_own(to: Path) -> None:
    """Nothing, where the folder is no run's, and not within a report, which lists its files."""
    hint = "Choose a folder of its own."
    if to.exists() and not to.is_dir():
        raise RunError([Problem(str(to), "is no folder", hint)])
    for folder in (to, *to.resolve().parents):
        if (folder / MANIFEST).is_file() and (folder / "index.html").is_file():
            told = f"is within the report {folder}, whose every file is in its manifest"
            raise RunError([Problem(str(to), told, hint)])
    if (to / journal.FILE).exists():
        raise RunError([Problem(str(to), "is a run’s directory", hint)])


def _sums(to: Path) -> dict[str, str]:
    """Hashes by name of what an earlier pack wrote here; nothing where there was none."""
    try:
        lines = (to / SUMS).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as exc:
        hint = "Choose another folder, or remove this one."
        raise RunError([Problem(str(to / SUMS), f"cannot be read ({exc})", hint)]) from None
    pairs = (line.partition("  ") for line in lines)
    return {name: digest for digest, gap, name in pairs if gap and _is_inside(name)}


def _is_inside(name: str) -> bool:
    path = Path(name)
    return not path.is_absolute() and ".." not in path.parts


def _is_ours(to: Path, name: str, before: Mapping[str, str]) -> bool:
    """Whether the file there is as an earlier pack wrote it."""
    path = to / name
    if name == SUMS:
        return bool(before)
    return path.is_file() and not path.is_symlink() and before.get(name) == _hash(path.read_bytes())


def _require_unchanged(to: Path, files: Mapping[str, bytes], before: Mapping[str, str]) -> None:
    problems = list(_problems(to, files, before))
    if problems:
        raise RunError(problems)


def _problems(to: Path, files: Mapping[str, bytes], before: Mapping[str, str]) -> Iterator[Problem]:
    hint = "Choose another folder, or move the file."
    for name, content in files.items():
        path = to / name
        if not path.exists() and not path.is_symlink():
            continue
        if path.is_file() and path.read_bytes() == content:
            continue
        if not _is_ours(to, name, before):
            was = "was changed since the pack was written" if name in before else "is not ours"
            yield Problem(str(path), f"{was}, and would be overwritten", hint)


def _write(to: Path, files: Mapping[str, bytes], stale: Sequence[str]) -> None:
    partial = {to / name: (to / name).with_name(f"{Path(name).name}.partial") for name in files}
    try:
        for name, content in files.items():
            path = to / name
            path.parent.mkdir(parents=True, exist_ok=True)
            partial[path].write_bytes(content)
        for name in stale:
            (to / name).unlink()
        for path, written in partial.items():
            written.replace(path)
    except OSError as exc:
        for written in partial.values():
            with suppress(OSError):
                written.unlink()
        problem = Problem(
            str(to),
            f"the paper pack cannot be written here ({exc.strerror})",
            "Make room or give permission, or choose another folder.",
        )
        raise RunError([problem]) from None
