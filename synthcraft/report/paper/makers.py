"""Of the methods section: what made synthetic rows, and on what terms."""

from collections.abc import Iterator

from synthcraft.privacy.guarantee import guarantee
from synthcraft.privacy.ledger import Ledger
from synthcraft.privacy.words import CLAIMED
from synthcraft.report.augmentation import RULES
from synthcraft.report.campaign import Campaign
from synthcraft.report.doses import level
from synthcraft.report.gains import NAMES, Design, design_of, groups_in_words
from synthcraft.report.paper.bibliography import cited
from synthcraft.report.paper.text import Line, Points, line, listed_lines
from synthcraft.report.paper.used import (
    cite,
    is_smote,
    unknown,
)
from synthcraft.report.pooled import Study
from synthcraft.report.privacy import amount
from synthcraft.report.summary import Contender, Summary
from synthcraft.report.words import (
    clean,
    counted,
    filled,
    listed,
    short,
    title,
)
from synthcraft.results import ledger_of
from synthcraft.stats import LEVEL


def generators(study: Study) -> tuple[Line | Points, ...]:
    """Each generator with its versions and the parameters that were changed; the references."""
    summary = study.first
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
            f"{short(c.label)}{f' ({about})' if about else ''}"
            for c in references
            for about in [clean(str(summary.card(c).get("summary", ""))).rstrip(".")]
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
        unknown("generators", arm.plugin),
        f" ({plugin}{'; '.join((*used, *more, parameters))}). {about} ",
        clean(str(card.get("caveat", ""))),
    )


def _by(plugin: str) -> tuple[str, ...]:
    found = cited("generators", plugin)
    return found.by if found else ()


def _value(value: object) -> str:
    if isinstance(value, list | tuple):
        value = ", ".join(map(str, value))
    return "none" if value in (None, "") else short(str(value), 40)


def selection(study: Study) -> tuple[Line | Points, ...]:
    """How a selector chose what is reported; nothing where all were trained."""
    summary = study.first
    if not summary.chosen:
        return ()
    spec = summary.run.spec
    tried = counted(len(Campaign(summary.run).steps), "trial")
    most = f" of at most {spec.budget.pulls:,}" if spec.budget.pulls else ""
    within = f" within {spec.budget.seconds:g} seconds" if spec.budget.seconds else ""
    rungs = sorted({arm.rung for arm in summary.run.plan.arms})
    efforts = f", at {listed([f'{rung:.0%}' for rung in rungs])} of the training" * (len(rungs) > 1)
    ends = [
        "What it chose was then trained on all train rows, fully, and judged on holdout rows."
        if summary.generators
        else "Nothing that it chose has been judged on holdout rows.",
        "A limit in seconds makes the choice depend on the machine." if within else "",
    ]
    return (
        line(
            f"Generators were chosen by the selector {short(spec.selector.plugin)}",
            cite("selectors", spec.selector.plugin),
            unknown("selectors", spec.selector.plugin),
            f" on {counted(summary.run.plan.inner, 'inner split')} of train rows, by {tried}{most}"
            f"{within}{efforts}; holdout rows took no part in the choice. ",
            " ".join(filled(*ends)),
        ),
    )


def augmentation(study: Study) -> tuple[Line | Points, ...]:
    """Whose rows were added to, and what that is compared with; nothing without it."""
    summary = study.first
    design, spec = design_of(summary), summary.run.spec.augmentation
    if design is None or spec is None:
        return ()
    controls = [
        line(
            NAMES.get(arm.id, short(arm.label)),
            cite("methods", "smote_nc") if is_smote(arm) else "",
        )
        for arm in summary.run.plan.controls
    ]
    kept = spec.undersample
    stayed = f"{kept:,} train rows" if isinstance(kept, int) else f"{kept or 1:.0%} of train rows"
    withheld = f"Of each of these groups {stayed} stayed before any fit. " if kept else ""
    return (
        line(
            f"Synthetic rows were added to the train rows of {groups_in_words(design.targets)} in "
            f"doses of {listed([f'{d:g} %' for d in design.doses])}: {RULES[spec.rule]}. {withheld}"
            f"The dose of {design.primary:g} % decides, all others are exploratory. Models were "
            "trained on the augmented rows and tested on holdout rows, which are real. Controls: ",
            listed_lines(controls),
            ".",
        ),
        _gains(design),
    )


def _gains(design: Design) -> Line:
    """What decides on a gain, and on harm."""
    decides = f"{title(design.endpoint)}, decides in each of these groups. "
    if design.splits == 1:
        return line(f"{decides}There is one split, so that no gain has an interval.")
    return line(
        f"{decides}A gain is what it is with added rows less what it is with none, paired over "
        f"splits, with a {LEVEL:.0%} t interval corrected for the rows that splits share",
        cite("methods", "corrected"),
        "; p values are adjusted over all generators and groups by Holm’s method",
        cite("methods", "holm"),
        ", those of controls are plain. That a group without added rows is not harmed counts as "
        f"shown where the interval of its change lies above −{design.margin:g}.",
    )


# Differential privacy ---------------------------------------------------------------------------


def privacy(study: Study) -> tuple[Line | Points, ...]:
    """The terms of differential privacy, what was spent, and what no ε covers."""
    summary = study.first
    run = summary.run
    if run.spec.privacy is None:
        return (
            line("No generator was run with differential privacy: no ε bounds what they tell."),
        )
    terms, spent = guarantee(run.spec), ledger_of(run)
    ours = spent.accounted.fits > 0
    audit = line(" Mechanisms were audited by a membership game", cite("methods", "audit"), ".")
    private = run.selection is not None
    chosen = line(" An exponential mechanism chose", cite("methods", "exponential"), ".")
    void = f"Every ε of this run is void: {'; '.join(terms.void)}. " if terms.void else ""
    return (
        line(
            f"{void}Privacy loss is (ε, δ)-differential privacy",
            cite("methods", "epsilon"),
            line(", composed by Rényi divergences", cite("methods", "renyi")) if ours else "",
            f". {terms.unit} {terms.delta} {terms.domain} {terms.selection} ",
            " ".join(_spent(spent)),
            audit if run.audits else (),
            chosen if private else (),
        ),
        line("No ε covers:"),
        Points(tuple((sentence,) for sentence in terms.uncovered)),
    )


def _spent(ledger: Ledger) -> Iterator[str]:
    if ledger.accounted.fits:
        fits = counted(ledger.accounted.fits, "accounted fit")
        yield f"Together, {fits} spent {amount(ledger.accounted)}."
    if ledger.claimed.fits:
        fits = counted(ledger.claimed.fits, "fit")
        yield f"Besides, {fits} spent {amount(ledger.claimed)}, {CLAIMED}."
