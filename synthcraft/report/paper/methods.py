"""The methods section: what was done, from the specs and journals alone, with citations."""

from collections.abc import Callable, Iterator, Sequence

from synthcraft.privacy.guarantee import guarantee
from synthcraft.privacy.words import CLAIMED
from synthcraft.records import MetricDescriptor
from synthcraft.report.document import Document
from synthcraft.report.doses import level
from synthcraft.report.gains import design_of, groups_in_words
from synthcraft.report.inference import endpoints
from synthcraft.report.paper.bibliography import cited
from synthcraft.report.paper.text import Line, Part, Points, line, listed_lines
from synthcraft.report.paper.used import (
    cite,
    everybody,
    is_smote,
    measured,
    model_name,
    models,
    tools,
)
from synthcraft.report.pooled import studies, tables_named
from synthcraft.report.printed import tables
from synthcraft.report.privacy import amount
from synthcraft.report.summary import Contender, Quantity, Summary
from synthcraft.report.words import (
    capital,
    clean,
    counted,
    filled,
    listed,
    short,
    span,
    title,
)
from synthcraft.results import ledger_of
from synthcraft.spec.privacy import cut_of
from synthcraft.stats import LEVEL

Told = Callable[[Summary], tuple[Line | Points, ...]]

MISSING = {
    "model": "left to the generators, which reproduce them",
    "impute": "filled in from train rows, with an indicator column",
    "drop": "a reason to leave the row out",
}


def methods(summaries: Sequence[Summary], document: Document) -> tuple[Part, ...]:
    """The parts of a methods section; of several runs, each part once for all that agree in it.

    ``document`` is the report of these runs: statistics are told that it shows.
    """
    parts = [
        *_each(summaries, "Data", _data),
        *_each(summaries, "Train and holdout rows", _division),
        *_each(summaries, "Generators", _generators),
        *_each(summaries, "Selection", _selection),
        *_each(summaries, "Augmentation", _augmentation),
        *_each(summaries, "Differential privacy", _privacy),
        *_each(summaries, "Measures", _measures),
        *_each(summaries, "Statistics", _statistics),
        *_across(summaries, document),
        *_each(summaries, "Failures", _failures),
        *_each(summaries, "Software", _software),
    ]
    return tuple(parts)


def _each(summaries: Sequence[Summary], name: str, tell: Told) -> Iterator[Part]:
    """A part for each way in which runs differ, named by its runs; one where they agree."""
    found: dict[tuple[Line | Points, ...], list[str]] = {}
    for study, called in zip(found_studies := studies(summaries), _named(summaries), strict=True):
        for summary in study.runs:
            if body := tell(summary):
                found.setdefault(body, []).append(called)
    of_all = sum(map(len, found.values())) >= len(found_studies)
    for body, where in found.items():
        sole = len(found) == 1 and of_all
        yield Part(name if sole else f"{name}: {listed(list(dict.fromkeys(where)))}", body)


def _named(summaries: Sequence[Summary]) -> list[str]:
    return tables_named(studies(summaries))


# Data -------------------------------------------------------------------------------------------


def _data(summary: Summary) -> tuple[Line | Points, ...]:
    run, table = summary.run, summary.run.table
    spec = run.spec.dataset
    columns = table.get("columns", {})
    gaps = any(column.get("missing") for column in columns.values())
    roles = [
        f"{role}: {listed([short(str(name)) for name in names])}"
        for role, names in (
            ("Sensitive columns", table.get("sensitive") or ()),
            ("Quasi-identifiers (what an attacker may know)", table.get("quasi_identifiers") or ()),
        )
        if names
    ]
    told = line(
        f"The dataset {short(spec.plugin)}",
        cite("datasets", spec.plugin),
        f" gave a table of {counted(table.get('rows', 0), 'row')} and "
        f"{counted(len(columns), 'column')}. {_outcome(summary)} ",
        f"Absent values were {MISSING[spec.missing]}. " if gaps else "No value was absent. ",
        " ".join(f"{role}." for role in roles),
    )
    notes = tuple((clean(str(note)),) for note in table.get("notes", ()))
    return (told, Points(notes)) if notes else (told,)


def _outcome(summary: Summary) -> str:
    table = summary.run.table
    balance = table.get("target_balance") or {}
    levels = ", ".join(
        f"{short(str(name))} {count:,}" if isinstance(count, int) else f"{short(str(name))} {count}"
        for name, count in balance.items()
    )
    about = filled(
        str(table.get("task", "")),
        f"time in {short(str(table['time']))}" if table.get("time") else "",
        f"the event is {short(str(table['positive']))}" if table.get("positive") else "",
        levels,
    )
    return f"The outcome was {short(str(table.get('target')))} ({'; '.join(about)})."


def _division(summary: Summary) -> tuple[Line | Points, ...]:
    run = summary.run
    spec, plan = run.spec, run.plan
    declared = {"holdout_path", "trained_on"} & {k for k, v in spec.dataset.params.items() if v}
    train = span(_range([size.train for size in run.splits]))
    holdout = span(_range([size.holdout for size in run.splits]))
    sizes = f" ({train} train and {holdout} holdout rows)" if train else ""
    if declared:
        how = f"Train and holdout rows were as the data declare them{sizes}."
    else:
        by = (
            "each by a keyed hash of its own row or person"
            if cut_of(spec) == "hashed"
            else "at random, stratified by outcome"
        )
        whole = "; all rows of a person fell on one side" if spec.dataset.id else ""
        how = (
            f"Rows were divided {counted(plan.splits, 'time')}, {by}, with "
            f"{spec.design.fractions.holdout:.0%} held out{sizes}{whole}."
        )
    rows = spec.design.synthetic_rows
    size = f"{rows:,} rows" if rows else "as many rows as there were train rows"
    return (
        line(
            f"{how} Generators saw train rows only; holdout rows tested models and were the "
            f"yardstick of privacy. In each split every generator was fitted with "
            f"{counted(plan.replicates, 'seed')} and gave "
            f"{counted(spec.design.draws, 'synthetic table')} of {size}. All random numbers come "
            f"from the seed {spec.seed}"
            + (", but for the noise of private generators." if _secret(summary) else ".")
        ),
    )


def _secret(summary: Summary) -> bool:
    privacy = summary.run.spec.privacy
    return privacy is not None and privacy.noise == "os"


def _range(sizes: Sequence[int]) -> tuple[int, int] | None:
    return (min(sizes), max(sizes)) if sizes else None


# Generators -------------------------------------------------------------------------------------


def _generators(summary: Summary) -> tuple[Line | Points, ...]:
    limits = summary.run.spec.budget
    given = (*summary.generators, *summary.left_out)
    references = summary.references
    blocks: list[Line | Points] = [
        line(
            "Parameters are named where they differ from the defaults of the plug-in. A trial was "
            f"stopped, and counted as failed, after {limits.trial_seconds:g} seconds or at "
            f"{limits.trial_mb:,} MB of memory."
        ),
        Points(tuple(_generator(summary, contender) for contender in given)),
    ]
    if references:
        said = [
            f"{short(c.label)} ({clean(str(summary.card(c).get('summary', ''))).rstrip('.')})"
            for c in references
        ]
        blocks.append(line(f"References, which are no candidates: {listed(said)}."))
    return tuple(blocks)


def _generator(summary: Summary, contender: Contender) -> Line:
    arm, card = contender.arm, summary.card(contender)
    versions = summary.run.provenance.get("versions") or {}
    used = [f"{t} {versions[t]}" for t in _by(arm.plugin) if versions.get(t)]
    defaults = card.get("defaults") or {}
    changed = [
        f"{name} {_value(value)} (default {_value(defaults[name])})"
        for name, value in arm.params.items()
        if name in defaults and defaults[name] != value
    ]
    more = filled(
        f"reduced to {arm.reduce['to']} components by {arm.reduce['by']}" if arm.reduce else "",
        level(arm) if arm.epsilon is not None else "",
        f"ε {CLAIMED}" if contender.promise == "claimed" else "",
        "its ε is void" if contender.promise == "void" else "",
        "left out by the selector" if contender in summary.left_out else "",
    )
    plugin = "" if arm.plugin == contender.label else f"plug-in {short(arm.plugin)}; "
    parameters = ", ".join(changed) if changed else "default parameters"
    about = clean(str(card.get("summary", "")))
    return line(
        short(contender.label),
        cite("generators", arm.plugin),
        f" ({plugin}{'; '.join((*used, *more, parameters))}). {about} ",
        clean(str(card.get("caveat", ""))),
    )


def _by(plugin: str) -> tuple[str, ...]:
    found = cited("generators", plugin)
    return found.by if found else ()


def _value(value: object) -> str:
    return "none" if value is None else short(str(value), 40)


def _selection(summary: Summary) -> tuple[Line | Points, ...]:
    if not summary.chosen:
        return ()
    spec = summary.run.spec
    limits = filled(
        f"{spec.budget.seconds:g} seconds" if spec.budget.seconds else "",
        counted(spec.budget.pulls, "trial") if spec.budget.pulls else "",
    )
    within = f" within {listed(limits)}" if limits else ""
    return (
        line(
            f"What is reported was chosen by the selector {short(spec.selector.plugin)}",
            cite("selectors", spec.selector.plugin),
            f" on {counted(summary.run.plan.inner, 'inner split')} of train rows{within}; holdout "
            "rows took no part in the choice. Only what it chose was then judged on holdout rows.",
        ),
    )


def _augmentation(summary: Summary) -> tuple[Line | Points, ...]:
    design, spec = design_of(summary), summary.run.spec.augmentation
    if design is None or spec is None:
        return ()
    controls = [short(arm.label) for arm in summary.run.plan.controls]
    smote = cite("methods", "smote_nc") if any(map(is_smote, summary.run.plan.controls)) else ""
    return (
        line(
            f"Synthetic rows were added to the train rows of {groups_in_words(design.targets)} "
            f"by the rule {spec.rule} in doses of {listed([f'{d:g} %' for d in design.doses])}; "
            f"the dose of {design.primary:g} % decides, all others are exploratory. Models were "
            "trained on the augmented rows and tested on holdout rows, which are real. Controls "
            f"that add no synthetic rows: {listed(controls)}",
            smote,
            f". A loss of {spec.margin:g} of a group that got no rows would count as harm.",
        ),
    )


# Differential privacy ---------------------------------------------------------------------------


def _privacy(summary: Summary) -> tuple[Line | Points, ...]:
    run = summary.run
    if run.spec.privacy is None:
        return (
            line("No generator was run with differential privacy: no ε bounds what they tell."),
        )
    terms, spent = guarantee(run.spec), ledger_of(run)
    audit = line(" Mechanisms were audited by a membership game", cite("methods", "audit"), ".")
    private = run.selection is not None
    chosen = line(" An exponential mechanism chose", cite("methods", "exponential"), ".")
    void = f"Every ε of this run is void: {'; '.join(terms.void)}. " if terms.void else ""
    return (
        line(
            f"{void}Privacy loss is (ε, δ)-differential privacy",
            cite("methods", "epsilon"),
            ", composed by Rényi divergences",
            cite("methods", "renyi"),
            f". {terms.unit} {terms.delta} {terms.domain} {terms.selection} "
            f"All {counted(spent.accounted.fits, 'accounted fit')} together: "
            f"{amount(spent.accounted)}.",
            audit if run.audits else (),
            chosen if private else (),
        ),
        line("No ε covers:"),
        Points(tuple((sentence,) for sentence in terms.uncovered)),
    )


# Measures and statistics ------------------------------------------------------------------------


def _measures(summary: Summary) -> tuple[Line | Points, ...]:
    found = [metric for metric in measured(summary) if _is_told(metric)]
    families = tuple(
        line(
            f"{capital(family)}: ",
            listed_lines(
                [
                    line(title(Quantity(metric.name)), cite("measures", metric.name))
                    for metric in found
                    if metric.family == family
                ],
                between="; ",
                last="; ",
            ),
            ".",
        )
        for family in dict.fromkeys(metric.family for metric in found)
    )
    opening = line(
        "These measures judge; the supplement of measures defines them, and what only describes:"
    )
    return (*_models(summary), opening, Points(families)) if families else ()


def _is_told(metric: MetricDescriptor) -> bool:
    """Whether a measure judges; a gap is what two of the others differ by."""
    return metric.direction != "none" and not metric.name.startswith("gap.")


def _models(summary: Summary) -> Iterator[Line]:
    parts = [line(model_name(name), cite("models", name)) for name in models(summary)]
    if parts:
        yield line(
            "Models that measure what rows are worth (settings fixed, not tuned): ",
            listed_lines(parts),
            ".",
        )


def _statistics(summary: Summary) -> tuple[Line | Points, ...]:
    splits = summary.run.plan.splits
    if splits == 1:
        over = line(
            "There is one split: intervals are those of the measures within it, and nothing is "
            "told of how results vary between splits."
        )
        return (over, *_endpoints(summary))
    return (
        line(
            f"Numbers are means over splits with {LEVEL:.0%} intervals: t with "
            f"{counted(splits - 1, 'degree')} of freedom, the variance corrected for the overlap "
            "of train parts",
            cite("methods", "corrected"),
            "; seeds of one split are averaged first, and an interval is cut at the bounds of its "
            "measure. Where splits agree, it is the interval of the measure within a split. "
            "Generators are compared by paired differences over splits; p values are adjusted for "
            "all pairs by Holm’s method",
            cite("methods", "holm"),
            f". All other measures are exploratory, at a false discovery rate of {1 - LEVEL:.0%}",
            cite("methods", "discovery"),
            ". The excess of a risk is what it exceeds its control by, the same attack on holdout "
            "rows.",
        ),
        *_endpoints(summary),
    )


def _endpoints(summary: Summary) -> Iterator[Line]:
    found = endpoints(summary)
    if not found:
        return
    objective = summary.run.spec.objective
    chosen = (
        "declared by the authors or, where they declare none, the first of a fixed list that tells "
        "good from bad"
        if objective
        else "the first of a fixed list that tells good from bad on these data"
    )
    told = [f"{family}: {title(quantity)}" for family, quantity in found.items()]
    yield line(f"One endpoint decides in each family, {chosen}. {capital('; '.join(told))}.")


def _across(summaries: Sequence[Summary], document: Document) -> Iterator[Part]:
    """What the report of several runs, or of several seeds, computes beside."""
    there = {table.id for table in tables(document)}
    body: list[Line] = []
    if any(name.startswith("standings-") for name in there):
        body.append(
            line(
                f"Over {counted(len(studies(summaries)), 'dataset')}, generators are ranked by "
                "the endpoint of each; one without a result has the worst rank. Ranks are compared "
                "by Friedman’s test and pairs by Wilcoxon’s signed-rank test with Holm’s "
                "adjustment, where the number of datasets allows significance",
                cite("methods", "ranks", "holm"),
                "; shares have Wilson’s interval",
                cite("methods", "shares"),
                ", and the probability of the best mean rank is by the Bayesian bootstrap",
                cite("methods", "best"),
                ".",
            )
        )
    if any(name.startswith("variance") for name in there):
        body.append(
            line(
                "Variance is attributed to datasets, splits and seeds by Henderson’s method III, "
                "with modified large-sample intervals",
                cite("methods", "variance"),
                ".",
            )
        )
    if body:
        yield Part("Statistics over runs and seeds", tuple(body))


# What became of it ------------------------------------------------------------------------------


def _failures(summary: Summary) -> tuple[Line | Points, ...]:
    asked = [(c, c.ended + c.missing) for c in everybody(summary)]
    succeeded = sum(c.succeeded for c, _ in asked)
    planned = sum(number_of for _, number_of in asked)
    rule = (
        "A generator that lacks a trial ranks behind those that have all of them, and its numbers "
        "are told with the number of splits that they rest on."
    )
    lines = [
        (f"{short(c.label)}: {c.succeeded} of {number_of}; {clean(c.failures[0])}",)
        for c, number_of in asked
        if c.failures
    ]
    impossible = [
        (f"{short(name)} could not be tried: {clean(why)}",)
        for name, why in summary.run.plan.impossible.items()
    ]
    told = line(
        f"{succeeded:,} of {counted(planned, 'trial')} succeeded. {rule}",
        "" if summary.run.complete else " The run is not complete: numbers may still change.",
    )
    points = (*lines, *impossible)
    return (told, Points(points)) if points else (told,)


def _software(summary: Summary) -> tuple[Line | Points, ...]:
    known = summary.run.provenance
    versions = known.get("versions") or {}
    used = tools(summary)
    parts = [
        line(f"{name} {versions.get(name) or ''}".strip(), cite("tools", name)) for name in used
    ]
    python = f" under Python {clean(str(known['python']))}" if known.get("python") else ""
    return (
        line(
            "Everything was computed with ",
            listed_lines(parts),
            f"{python}. The identity of the specification (sha256) is {summary.run.plan.spec_id}, "
            f"that of the data {summary.run.plan.fingerprint}.",
        ),
    )
