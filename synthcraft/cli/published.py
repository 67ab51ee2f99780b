"""The reports in ``reports/``: all made again, and a page that lists them.

``python -m synthcraft.cli.published`` writes them; with ``--check`` it says which are stale.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from synthcraft import shipped
from synthcraft.report import build
from synthcraft.report.crate import FILE as CRATE
from synthcraft.report.manifest import FILE, read, root_of
from synthcraft.report.verify import verify
from synthcraft.report.words import clean, counted

INDEX = "index.html"
NAMED = ("report.md", "results.csv", FILE, CRATE)  # files that the list leads to

_PAGE = Markup(
    """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Published SynthCraft reports</title>
<style>
:root {{ --paper: #fefefd; --ink: #1c2329; --accent: #0b5d7a; color-scheme: light dark; }}
@media screen and (prefers-color-scheme: dark) {{
  :root {{ --paper: #14191d; --ink: #e4e8ea; --accent: #7cc4dd; }}
}}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: auto; padding: 1rem;
  background: var(--paper); color: var(--ink); overflow-wrap: anywhere; }}
a {{ color: var(--accent); }}
h2 {{ margin-bottom: 0; }}
dt {{ font-weight: 600; }}
dd {{ margin: 0 0 0.4rem; }}
</style>
</head>
<body>
<main>
<h1>Published SynthCraft reports</h1>
<p>Each folder has a report and all that it was made from: the spec and the journal of each run, no
row of anybody. <code>python -m synthcraft verify reports/NAME</code> makes every file of it again
and compares; the root hash stands for all of them.</p>
{entries}
</main>
</body>
</html>
"""
)
_ENTRY = Markup(
    """<h2><a href="{name}/index.html">{title}</a></h2>
<p>{description}</p>
<dl>
<dt>Runs</dt><dd>{runs}</dd>
<dt>Files</dt><dd>{files}, {size}: {links}</dd>
<dt>Root hash</dt><dd><code>{root}</code></dd>
</dl>"""
)

_LINK = Markup('<a href="{name}/{file}" aria-label="{file} of {name}">{file}</a>')


def main(argv: Sequence[str]) -> int:
    """Write what is stale, or with ``--check`` name it and return 1."""
    folder = shipped.home() / "reports"
    stale = list(_stale(folder))
    if "--check" in argv:
        print("\n".join(f"reports/{name} is stale" for name in stale) or "reports are fresh")
        return 1 if stale else 0
    for name in stale:
        if name != INDEX:
            remake(folder / name)
            print(f"reports/{name} made again")
    (folder / INDEX).write_text(index(folder), encoding="utf-8")
    return 0


def bundles(folder: Path) -> list[Path]:
    """The reports in a folder: its folders with a manifest."""
    return sorted(path.parent for path in folder.glob(f"*/{FILE}"))


def remake(bundle: Path) -> None:
    """Make a published report again, in its place, from the runs that it carries."""
    build([bundle / run.folder for run in read(bundle).runs], to=bundle)


def _stale(folder: Path) -> Iterator[str]:
    for bundle in bundles(folder):
        if verify(bundle).differences:
            yield bundle.name
    page = folder / INDEX
    if not page.is_file() or page.read_text(encoding="utf-8") != index(folder):
        yield INDEX


def index(folder: Path) -> str:
    """The page that lists the reports in a folder."""
    entries = Markup("\n").join(_entry(bundle) for bundle in bundles(folder))
    return str(_PAGE.format(entries=entries))


def _entry(bundle: Path) -> Markup:
    manifest, about = read(bundle), _about(bundle)
    size = sum(listed.size for listed in manifest.files.values()) / 1e6
    return _ENTRY.format(
        name=bundle.name,
        title=clean(str(about.get("name", bundle.name))),
        description=clean(str(about.get("description", ""))),
        runs=Markup("<br>").join(escape(clean(run.id)) for run in manifest.runs),
        files=counted(len(manifest.files), "file"),
        size=f"{size:.1f} MB",
        links=Markup(",\n").join(_LINK.format(name=bundle.name, file=file) for file in NAMED),
        root=root_of((bundle / FILE).read_bytes()),
    )


def _about(bundle: Path) -> dict[str, Any]:
    """What the metadata for archives say of the whole report."""
    graph = json.loads((bundle / CRATE).read_text(encoding="utf-8"))["@graph"]
    return dict(next((thing for thing in graph if thing["@id"] == "./"), {}))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
