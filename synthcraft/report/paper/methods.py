"""The methods section: what was done, from the specs and journals alone, with citations."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain

from synthcraft.report.document import Document
from synthcraft.report.paper.data import data, division
from synthcraft.report.paper.declared import analyses, policy
from synthcraft.report.paper.judging import across, deciding, measures, objective, statistics
from synthcraft.report.paper.makers import augmentation, generators, privacy, selection
from synthcraft.report.paper.text import Line, Part, Points, line, listed_lines
from synthcraft.report.paper.used import (
    cite,
    everybody,
    tools,
)
from synthcraft.report.pooled import Study, studies, tables_named
from synthcraft.report.summary import Summary
from synthcraft.report.words import (
    clean,
    counted,
    listed,
    short,
)

DIFFERENCES = "differences"  # the report's section of which differences are shown
Told = Callable[[Study], tuple[Line | Points, ...]]


def methods(summaries: Sequence[Summary], document: Document) -> tuple[Part, ...]:
    """The parts of a methods section; of several studies, each part once for all that agree in it.

    ``document`` is the report of these runs: statistics are told that it shows. Runs that differ in
    their seed only are one study.
    """
    differences = any(section.id == DIFFERENCES for section in document.sections)
    found = dict(zip(tables_named(grouped := studies(summaries)), grouped, strict=True))
    return (
        *_each(found, "Data", data),
        *_each(found, "Train and holdout rows", division),
        *_each(found, "Generators", generators),
        *_each(found, "Selection", selection),
        *_each(found, "Augmentation", augmentation),
        *_each(found, "Differential privacy", privacy),
        *_each(found, "Measures", measures),
        *_each(found, "Analyses", analyses),
        *_each(found, "Statistics", partial(statistics, exploratory=differences)),
        *deciding(found),
        *_each(found, "Objective", objective),
        *_each(found, "Release policy", policy),
        *across(summaries, document),
        _failures(summaries),
        _software(summaries),
    )


def _each(found: Mapping[str, Study], name: str, tell: Told) -> Iterator[Part]:
    """A part for each way in which studies differ, named by them; one where they agree."""
    told: dict[tuple[Line | Points, ...], list[str]] = {}
    for called, study in found.items():
        if body := tell(study):
            told.setdefault(body, []).append(called)
    for body, names in told.items():
        of_all = len(names) == len(found)
        yield Part(name if of_all else f"{name}: {listed(names)}", body)


def _failures(summaries: Sequence[Summary]) -> Part:
    tried = [(s, c) for s in summaries for c in (*everybody(s), *s.controls)]
    succeeded = sum(contender.succeeded for _, contender in tried)
    planned = sum(contender.ended + contender.missing for _, contender in tried)
    half = [clean(s.run.id) for s in summaries if not s.run.complete]
    told = line(
        f"{succeeded:,} of {counted(planned, 'trial')} that the report rests on succeeded. A "
        "generator that lacks a trial ranks behind those that have all of them, and its numbers "
        "are told with the number of splits that they rest on.",
        f" Not complete, so that numbers may still change: {listed(half)}." if half else "",
    )
    points = tuple(dict.fromkeys(chain(*map(_failed, summaries))))
    return Part("Failures", (told, Points(points)) if points else (told,))


def _failed(summary: Summary) -> Iterator[Line]:
    run = short(summary.run.id)
    for contender in (*everybody(summary), *summary.controls):
        if contender.failures:
            asked = contender.ended + contender.missing
            first = clean(contender.failures[0])
            yield line(
                f"{run}, {short(contender.label)}: {contender.succeeded} of {asked}; {first}"
            )
    for name, why in summary.run.plan.impossible.items():
        yield line(f"{run}: {short(name)} could not be tried: {clean(why)}")


def _software(summaries: Sequence[Summary]) -> Part:
    used = dict.fromkeys(tool for summary in summaries for tool in tools(summary))
    parts = [line(_versioned(tool, summaries), cite("tools", tool)) for tool in used]
    python = {clean(str(s.run.provenance.get("python") or "")) for s in summaries} - {""}
    under = f" under Python {listed(sorted(python))}" if python else ""
    runs = tuple(
        line(
            f"{short(s.run.id)}: seed {s.run.spec.seed}, specification {s.run.plan.spec_id}, data "
            f"{s.run.plan.fingerprint}"
        )
        for s in summaries
    )
    return Part(
        "Software and identities",
        (
            line("Everything was computed with ", listed_lines(parts), f"{under}."),
            line("Each run by its seed and the sha256 of its specification and of its data:"),
            Points(runs),
        ),
    )


def _versioned(tool: str, summaries: Sequence[Summary]) -> str:
    """A tool with the versions of it that runs tell, and no others."""
    told = [(s.run.provenance.get("versions") or {}).get(tool) for s in summaries]
    versions = sorted({clean(str(version)) for version in told if version})
    return f"{tool} {listed(versions)}".strip()
