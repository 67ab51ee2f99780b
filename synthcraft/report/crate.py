"""A report as a research object: metadata that archives read (RO-Crate 1.1, JSON-LD).

Source: Soiland-Reyes et al. 2022, Packaging research artefacts with RO-Crate, Data Science 5(2),
and https://w3id.org/ro/crate/1.1; a run is a CreateAction, as in the profile Process Run Crate.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from synthcraft.report.words import clean, counted
from synthcraft.results import Run
from synthcraft.spec.leaves import leaves

FILE = "ro-crate-metadata.json"
CONTEXT = "https://w3id.org/ro/crate/1.1/context"
PROFILE = "https://w3id.org/ro/crate/1.1"
SOFTWARE = "#synthcraft"
UNSAID = "#licence"
APACHE = "https://spdx.org/licenses/Apache-2.0"
FORMATS = {
    ".html": "text/html",
    ".md": "text/markdown",
    ".csv": "text/csv",
    ".svg": "image/svg+xml",
    ".pdf": "application/pdf",
    ".tex": "application/x-tex",
    ".yaml": "application/yaml",
    ".jsonl": "application/jsonl",
    ".json": "application/json",
}
TOLD = {
    "index.html": "The report as one page",
    "report.md": "The report as Markdown",
    "results.csv": "Every measured value, one a row",
    "release/index.html": "What a decision on releasing the synthetic table rests on, as one page",
    "release.md": "The release pack as Markdown",
    "data_card.md": "Data card of the synthetic table",
    "model_card.md": "Model card of each generator",
    "manifest.json": "Hash and size of every file",
    "spec.yaml": "What was asked: the spec of a run, every setting written out",
    "journal.jsonl": "What was found: the hash-chained journal of a run, no row of its data",
}

Thing = dict[str, Any]


def crate(
    title: str,
    runs: Sequence[Run],
    folders: Sequence[str],
    files: Mapping[str, bytes],
    *,
    version: str,
) -> str:
    """The metadata of a report with these files, its runs in these folders of it.

    Tells no person: who publishes the report adds the authors and a licence.
    """
    everything = [*_frame(title, runs, files, version), *_files(files)]
    for run, folder in zip(runs, folders, strict=True):
        everything += _run(run, folder)
    graph = {"@context": CONTEXT, "@graph": everything}
    return json.dumps(graph, indent=1, ensure_ascii=False) + "\n"


def _frame(
    title: str, runs: Sequence[Run], files: Mapping[str, bytes], version: str
) -> Iterator[Thing]:
    yield {
        "@id": FILE,
        "@type": "CreativeWork",
        "conformsTo": {"@id": PROFILE},
        "about": {"@id": "./"},
    }
    started = max((str(run.provenance.get("started") or "") for run in runs), default="")
    questions = dict.fromkeys(clean(run.spec.question) for run in runs if run.spec.question)
    told = [{"@id": f"#{run.id}"} for run in runs]  # RO-Crate wants no list of one
    about = f"A SynthCraft report on synthetic health data, of {counted(len(runs), 'run')}."
    yield {
        "@id": "./",
        "@type": "Dataset",
        "name": clean(title),
        "description": " ".join([about, *questions]),
        **({"datePublished": started} if started else {}),
        "license": {"@id": UNSAID},
        "hasPart": [{"@id": name} for name in sorted([*files, "manifest.json"])],
        "mentions": told[0] if len(told) == 1 else told,
    }
    yield {
        "@id": UNSAID,
        "@type": "CreativeWork",
        "name": "No licence is declared",
        "description": "Whoever publishes the report decides under which terms.",
    }
    yield {
        "@id": SOFTWARE,
        "@type": "SoftwareApplication",
        "name": "SynthCraft",
        "version": version,
        "license": {"@id": APACHE},
    }
    yield {"@id": APACHE, "@type": "CreativeWork", "name": "Apache License 2.0"}


def _files(files: Mapping[str, bytes]) -> Iterator[Thing]:
    for name in sorted([*files, "manifest.json"]):
        path = PurePosixPath(name)
        yield {
            "@id": name,
            "@type": "File",
            "name": TOLD.get("/".join(path.parts[-2:])) or TOLD.get(path.name, path.stem),
            "encodingFormat": FORMATS.get(path.suffix, "application/octet-stream"),
            # The manifest's own size would depend on this file's hash.
            **({"contentSize": str(len(files[name]))} if name in files else {}),
        }


def _run(run: Run, folder: str) -> Iterator[Thing]:
    """The action that made a journal from a spec, and what it was told."""
    settings = dict(leaves(run.spec.model_dump(mode="json", exclude_none=True)))
    started, state = run.provenance.get("started"), "Completed" if run.complete else "Active"
    yield {
        "@id": f"#{run.id}",
        "@type": "CreateAction",
        "name": f"Run of {clean(run.spec.name)}",
        "instrument": {"@id": SOFTWARE},
        "object": [
            {"@id": placed(folder, "spec.yaml")},
            *({"@id": f"#{run.id}/{path}"} for path in settings),
        ],
        "result": {"@id": placed(folder, "journal.jsonl")},
        **({"startTime": str(started)} if started else {}),
        "actionStatus": f"http://schema.org/{state}ActionStatus",
    }
    for path, value in settings.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        yield {
            "@id": f"#{run.id}/{path}",
            "@type": "PropertyValue",
            "name": path,
            "value": clean(text),
        }


def placed(folder: str, name: str) -> str:
    """The name of a run's file in the report.

    >>> placed(".", "spec.yaml"), placed("runs/x", "spec.yaml")
    ('spec.yaml', 'runs/x/spec.yaml')
    """
    return name if folder == "." else f"{folder}/{name}"
