"""What a policy recommends: on what evidence, at what cost, and how it came to it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import fmean

from synthcraft.records import Stage
from synthcraft.report import pictures, timeline
from synthcraft.report.campaign import Campaign, Opinion, Step, endpoint
from synthcraft.report.document import (
    Block,
    Bullets,
    Cell,
    Fold,
    Head,
    Item,
    Paragraph,
    Rows,
    Section,
    Table,
    present,
)
from synthcraft.report.gains import deciding, design_of, these
from synthcraft.report.hindsight import hindsight
from synthcraft.report.objective import standings
from synthcraft.report.summary import Quantity, Summary
from synthcraft.report.words import (
    clean,
    counted,
    filled,
    group_name,
    interval,
    listed,
    number,
    short,
    signed,
    title,
    unsuccessful,
)
from synthcraft.select.arena import CLOSE, FAMILIES
from synthcraft.select.campaign import CHOOSING
from synthcraft.select.uses import USES, Use
from synthcraft.stats import Estimate

RULES = {
    "gain": "promised most per second",
    "floor": "in its turn, by successive halving",
    "confirm": "confirms the two best",
}
ENDS = {
    "sure": "the recommended generator is within 0.01 of the best with the probability asked for",
    "budget": "nothing more could be afforded",
    "learned": "no further pull promised to change the choice",
    "price": "no further pull promised to be worth its seconds",
    "failures": "every generator has failed too often",
}
PLACES: tuple[tuple[str, tuple[Stage, ...]], ...] = (
    ("Validation rows, by which it was chosen", CHOOSING),
    ("Holdout, same train rows and seeds", ("optimism",)),
    ("Holdout, trained on all train rows", ("report",)),
)
NOBODY = "none keeps the limits"
LEAST_GAIN = 5e-5  # of a score; below, a gain prints as zero


def selection_sections(summary: Summary) -> tuple[Section, ...]:
    """Recommendation, course of the choice, and other uses; nothing where no policy has chosen."""
    if not summary.chosen:
        return ()
    campaign = Campaign(summary.run)
    if not campaign.winner:
        return (
            Section("choice", "The recommended generator", (_nobody(campaign),)),
            *present(_course(summary, campaign)),
        )
    blocks: list[Block] = [Bullets(tuple(_recommendation(summary, campaign)))]
    blocks.append(_evidence(campaign))
    return (
        Section("choice", "The recommended generator", tuple(blocks)),
        *present(_course(summary, campaign), _uses(campaign)),
    )


def verdict_of(summary: Summary) -> str:
    """The recommendation in one sentence, for the top of a report and the end of a run."""
    campaign = Campaign(summary.run)
    if not campaign.winner:
        return f"Nobody is recommended: {_why_nobody(campaign)}."
    use = campaign.objective.use
    spent = f"after {counted(len(campaign.steps), 'pull')} in {campaign.seconds:.1f} s"
    told = f"Recommended{f' for {short(use)}' if use else ''}: {short(campaign.winner)}, {spent}"
    score = campaign.reported(campaign.winner)
    second = campaign.reported(campaign.second) if campaign.second else None
    if score is None:
        other = "" if second is None else f" ({short(campaign.second)}: {number(second)})"
        return f"{told}; but it has no score on the holdout{other}."
    beside = (
        f" (runner-up {short(campaign.second)}: {number(second)})" if second is not None else ""
    )
    scored = f"{told}; score on the holdout {number(score)}{beside}."
    return " ".join(filled(scored, *_doubts(summary, campaign)))


def shaky(summary: Summary) -> bool:
    """Whether nobody is recommended, or one whom the holdout does not bear out."""
    campaign = Campaign(summary.run)
    if not campaign.winner or campaign.reported(campaign.winner) is None:
        return True
    return any(_doubts(summary, campaign))


def _doubts(summary: Summary, campaign: Campaign) -> tuple[str, ...]:
    """In what the holdout does not bear the winner out, in words; empty ones where it does."""
    return (
        _behind(campaign),
        _broken_limits(summary, campaign),
        _useless(campaign),
        _harmful(campaign),
    )


def _useless(campaign: Campaign) -> str:
    """A warning where the groups that get rows gain nothing by the winner's."""
    gain = campaign.gained(campaign.winner)
    if gain is None or gain > 0:
        return ""
    return (
        f"On the holdout its rows bring the groups that get them nothing ({signed(gain)} on "
        "average): adding none does as well."
    )


def _harmful(campaign: Campaign) -> str:
    """A warning where another group loses more than the margin."""
    lost = [
        f"{group_name(g)} {signed(-loss)}" for g, loss in campaign.harmed(campaign.winner).items()
    ]
    return f"On the holdout other groups lose more than the margin: {listed(lost)}." if lost else ""


def _behind(campaign: Campaign) -> str:
    """A warning where the runner-up does better on the holdout by what matters."""
    first, second = (campaign.reported(name) for name in (campaign.winner, campaign.second))
    if first is None or second is None or second - first <= CLOSE:
        return ""
    return (
        "On the holdout the runner-up is ahead; one holdout cannot tell how much of that is "
        "chance. That is a warning, and no second choice: a holdout that chooses is no holdout any "
        "more."
    )


def _broken_limits(summary: Summary, campaign: Campaign) -> str:
    """The constraints that the winner violates on the holdout, in words; "" where none."""
    own = (s for s in standings(summary) if s.contender.arm.label == campaign.winner)
    broken = [short(name) for standing in own for name in standing.judgement.violated]
    return f"On the holdout {short(campaign.winner)} breaks {listed(broken)}." if broken else ""


def fate(campaign: Campaign, label: str) -> str:
    """What became of a generator in a choice, in words."""
    if label == campaign.winner:
        return "recommended"
    if label == campaign.second:
        return "runner-up"
    steps = campaign.tried(label)
    if not steps:
        return "never tried: left out without a pull"
    out = "left out" if campaign.over else "not decided yet"
    return f"{out}; its last pull was pull {steps[-1].number} of {len(campaign.steps)}"


def flattery(campaign: Campaign) -> str:
    """The optimism of choosing in words, without a full stop."""
    found = campaign.optimism
    if found is None:
        return "not known, as no fit of the winner could be judged on both sides"
    difference = found.difference
    bounds = interval(difference)
    spread = f" ({difference.level:.0%} interval {bounds})" if bounds else ", without an interval"
    return (
        f"{number(difference.mean)}{spread}: the same {counted(difference.splits, 'fit')} scored "
        f"{number(found.validation)} on the validation rows that chose them and "
        f"{number(found.holdout)} on the holdout, by {listed(found.families)}{_meaning(difference)}"
    )


def _meaning(difference: Estimate) -> str:
    if difference.low is None or difference.high is None:
        return ""
    if difference.low > 0:
        return "; the winner looked better than it is"
    if difference.high < 0:
        return "; the holdout was kinder than the validation rows"
    return "; it cannot be told from 0"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


# Recommendation ---------------------------------------------------------------------------------


def _nobody(campaign: Campaign) -> Paragraph:
    return Paragraph(f"No generator is recommended: {_why_nobody(campaign)}.", "alert")


def _why_nobody(campaign: Campaign) -> str:
    if not campaign.over:
        return f"the choice is not complete, {counted(len(campaign.steps), 'pull')} have ended"
    why = clean(str(campaign.last.get("end", "no generator could be judged")))
    return f"{why}{_likeliest(campaign)}"


def _likeliest(campaign: Campaign) -> str:
    """Who comes nearest to being known to keep the limits; "" where that is not known of anyone."""
    opinions = campaign.beliefs[-1].opinions if campaign.beliefs else {}
    kept = {
        name: opinion.kept
        for name, opinion in opinions.items()
        if opinion.kept is not None and any(not step.failure for step in campaign.tried(name))
    }
    if not kept:
        return ""
    name = max(kept, key=lambda name: kept[name])
    return (
        f"; the likeliest is {short(name)}, with a probability of {kept[name]:.0%} "
        "(selector.params.delta sets how much doubt is accepted)"
    )


def _recommendation(summary: Summary, campaign: Campaign) -> Iterator[Item]:
    yield Item(_who(summary, campaign), "Recommended")
    if aimed := _aimed(summary, campaign):
        yield Item(aimed, "Augmentation")
    yield Item(_by_what(campaign), "Why")
    if close := _close(campaign):
        yield Item(close, "As good")
    yield Item(_holdout(summary, campaign), "On rows that had no say")
    yield Item(f"{_upper(flattery(campaign))}.", "Optimism of choosing")
    yield Item(_cost(campaign), "Cost")
    if any(arm.epsilon is not None for arm in summary.run.plan.arms):
        yield Item(
            "The choice looked at real rows through every pull. No ε of one release covers that; "
            "see the section on differential privacy.",
            "Not covered by any ε",
        )


def _who(summary: Summary, campaign: Campaign) -> str:
    use = campaign.objective.use
    for_use = f"for “{short(use)}”" if use else "with the declared weights"
    text = (
        f"{short(campaign.winner)}, {for_use}, chosen by {summary.run.spec.selector.plugin} among "
        f"{counted(len(campaign.labels), 'generator')}."
    )
    runner_up = f" Runner-up: {short(campaign.second)}." if campaign.second else ""
    shares = listed([f"{family} {weight:.0%}" for family, weight in campaign.share.items()])
    declared = (family for family, weight in campaign.objective.weights if weight > 0)
    without = _without(declared, campaign.share, "on the inner splits")
    return (
        f"{text}{runner_up} The score weighs {shares}, each between its references, 0 to 1."
        f"{without}"
    )


def _aimed(summary: Summary, campaign: Campaign) -> str:
    """What is chosen by where rows are added, and what that is on the holdout; "" elsewhere."""
    design = design_of(summary)
    if design is None:
        return ""
    found = {name: campaign.gained(name) for name in (campaign.winner, campaign.second) if name}
    gains = [f"{short(name)} {signed(gain)}" for name, gain in found.items() if gain is not None]
    on_holdout = f" On the holdout that gain is {listed(gains)}." if gains else ""
    return (
        f"Utility is here the gain of {these(design)} over nothing added in {deciding(design)}, as "
        "a share of what is lacking to a perfect score; a loss counts as no gain. Who probably "
        f"costs another group more than {number(design.margin)} is not recommended.{on_holdout} "
        "The controls, under “Augmentation”, were no candidates."
    )


def _without(declared: Iterable[str], judged: Iterable[str], where: str) -> str:
    """Which families some divisions cannot judge; "" where they can judge all."""
    left = [family for family in declared if family not in judged]
    if not left:
        return ""
    return (
        f" {listed(left).capitalize()} cannot be judged {where}, as its references do not tell "
        "apart there: it is left out for every generator."
    )


def _by_what(campaign: Campaign) -> str:
    return " ".join(filled(_measured(campaign), _believed(campaign)))


def _measured(campaign: Campaign) -> str:
    found = campaign.validated(campaign.winner)
    if found is None:
        return "It was never judged at full effort; it is recommended by what less effort gave."
    if found.splits == 1:
        return (
            f"Its score on validation rows: {number(found.mean)}, on one inner split. It was seen "
            "once at full effort, and not confirmed."
        )
    bounds = f", {found.level:.0%} interval {interval(found)}" if interval(found) else ""
    return (
        f"Its score on validation rows: {number(found.mean)} (mean over "
        f"{counted(found.splits, 'inner split')}{bounds}). Inner splits divide the same people "
        "again: they replicate, and are no fresh data."
    )


def _believed(campaign: Campaign) -> str:
    if not campaign.beliefs:
        return ""
    belief = campaign.beliefs[-1]
    own = belief.opinions[campaign.winner]
    low, high = own.interval
    return (
        f"With all that was learned, the selector expects {number(own.mean)} ({number(low)} to "
        f"{number(high)}); by its belief this generator is the best with probability "
        f"{own.p_best:.0%}, and within {CLOSE:g} of the best with probability "
        f"{belief.p_close:.0%}."
    )


def _close(campaign: Campaign) -> str:
    """Those that are as good for all that matters, and which of them to prefer."""
    if not campaign.beliefs:
        return ""
    opinions = campaign.beliefs[-1].opinions
    same = [name for name in campaign.beliefs[-1].close if name != campaign.winner]
    if not same:
        return ""
    each = listed([f"{short(name)} ({number(opinions[name].mean)})" for name in same])
    text = f"Within {CLOSE:g} of it: {each}. Such a difference does not matter."
    return " ".join(filled(text, _private(campaign, same), _cheaper(campaign, same)))


def _private(campaign: Campaign, names: Sequence[str]) -> str:
    epsilon = {arm.label: arm.epsilon for arm in campaign.run.plan.arms}
    if epsilon[campaign.winner] is not None:
        return ""
    found = [short(name) for name in names if epsilon[name] is not None]
    return f"Where privacy matters, prefer {listed(found, 'or')}, which has an ε." if found else ""


def _cheaper(campaign: Campaign, names: Sequence[str]) -> str:
    known = {name: campaign.seconds_of(name) for name in (campaign.winner, *names)}
    seconds = {name: found for name, found in known.items() if found is not None}
    cheapest = min(seconds, key=lambda name: seconds[name], default="")
    if campaign.winner not in seconds or cheapest == campaign.winner:
        return ""
    return (
        f"{short(cheapest)} is cheaper: {seconds[cheapest]:.1f} s a pull at full effort, against "
        f"{seconds[campaign.winner]:.1f} s."
    )


def _holdout(summary: Summary, campaign: Campaign) -> str:
    ranked = [name for name in (campaign.winner, campaign.second) if name]
    told = [
        f"{short(name)} {'without a score' if score is None else number(score)}"
        for name, score in ((name, campaign.reported(name)) for name in ranked)
    ]
    rows = summary.run.splits[0] if summary.run.splits else None
    sizes = f" ({rows.train:,} train rows, {rows.holdout:,} holdout rows)" if rows else ""
    seeds = counted(summary.run.plan.replicates, "generator seed")
    text = (
        f"Trained again on all train rows{sizes} with up to {seeds}: {listed(told)}. Only these "
        "numbers are free of the choice; like every interval in the sections below they are "
        "conditional on this one holdout."
    )
    text += _without(campaign.share, campaign.reported_share, "on this holdout")
    first = next((c for c in summary.generators if c.arm.label == campaign.winner), None)
    if first is not None and (failed := unsuccessful(first)):
        text += f" Of {short(campaign.winner)}, {failed}."
    return " ".join(filled(text, *_doubts(summary, campaign)))


def _cost(campaign: Campaign) -> str:
    budget = campaign.run.spec.budget
    limits = filled(
        "" if budget.seconds is None else f"{budget.seconds:g} s",
        "" if budget.pulls is None else counted(budget.pulls, "pull"),
    )
    text = f"{counted(len(campaign.steps), 'pull')} took {campaign.seconds:.1f} s"
    text += f" of a budget of {listed(limits, 'or')}." if limits else "; there was no budget."
    if campaign.overshoot:
        text += f" The last one ended {campaign.overshoot:.1f} s beyond it."
    return (
        f"{text} A pull trains one generator on one inner split, fully or less, and judges it. "
        f"References and the trials that report took another {campaign.beside:.1f} s."
    )


def _stop(campaign: Campaign) -> str:
    """Why the choice ended, and what one more pull would have been worth."""
    rule = str(campaign.last.get("rule", ""))
    text = f"The choice ended because {ENDS.get(rule, 'the policy asked for nothing more')}."
    ahead = campaign.last.get("next")
    if not ahead:
        return text
    arm = campaign.run.plan.arms[ahead["candidate"]]
    if ahead["gain"] < LEAST_GAIN:
        return f"{text} No single pull more was expected to add anything to the score."
    return (
        f"{text} The pull with the most to add, {short(arm.label)} at {timeline.effort(arm.rung)}, "
        f"was expected to add {number(ahead['gain'])} to the score, in about "
        f"{ahead['seconds']:.1f} s."
    )


def _evidence(campaign: Campaign) -> Table:
    """Winner and runner-up by what they were chosen by, and by what had no say, apart."""
    ranked = [name for name in (campaign.winner, campaign.second) if name]
    groups = tuple(
        Rows(rows, f"{place}{_part(campaign, stages)}")
        for place, stages in PLACES
        if (rows := tuple(_evidence_row(campaign, name, stages) for name in ranked
                          if stages != ("optimism",) or name == campaign.winner))
    )  # fmt: skip
    families = campaign.scales
    heads = (
        Head("Generator"),
        Head("Score", ("higher is better ↑",)),
        *(
            Head(family.capitalize(), (title(endpoint(scale)),), scale.key[0])
            for family, scale in families.items()
        ),
    )
    return Table(
        "Winner and runner-up at full effort. Score: between the references of the same rows, 0 "
        "to 1; the other columns are means of the endpoint itself. Each group rests on other rows: "
        "compare within a group.",
        heads,
        groups,
        means=False,
    )


def _part(campaign: Campaign, stages: tuple[Stage, ...]) -> str:
    """By which families a group is scored, where it is not by all that the choice was."""
    judged = {
        CHOOSING: tuple(campaign.share),
        ("optimism",): campaign.optimism.families if campaign.optimism else (),
        ("report",): tuple(campaign.reported_share),
    }[stages]
    whole = set(judged) == set(campaign.share) or not judged
    return "" if whole else f" (score by {listed(judged)})"


def _evidence_row(campaign: Campaign, name: str, stages: tuple[Stage, ...]) -> tuple[Cell, ...]:
    cells = []
    for family in campaign.scales:
        values = campaign.values(name, family, stages)
        trials = (counted(len(values), "trial"),)
        cells.append(Cell(number(fmean(values)), trials) if values else Cell("—", tone="muted"))
    return Cell(short(name)), _score_cell(campaign, name, stages), *cells


def _score_cell(campaign: Campaign, name: str, stages: tuple[Stage, ...]) -> Cell:
    if stages == CHOOSING:
        found = campaign.validated(name)
        if found is None:
            return Cell("—", tone="muted")
        return Cell(number(found.mean), (interval(found) or "no interval",))
    if stages == ("report",):
        score = campaign.reported(name)
    else:
        score = campaign.optimism.holdout if campaign.optimism else None
    return Cell("—", tone="muted") if score is None else Cell(number(score))


# How it was chosen ------------------------------------------------------------------------------


def _course(summary: Summary, campaign: Campaign) -> Section | None:
    if not campaign.steps:
        return None
    colours = pictures.places(summary)
    blocks: list[Block | None] = [
        Paragraph(_stop(campaign)) if campaign.over else None,
        timeline.gantt(campaign),
        _standings(campaign),
        timeline.beliefs(campaign, colours),
        Fold("Every pull, and why it was made", (_pulls(campaign),)),
        Paragraph(
            "A run knows only the pulls that it made, so it cannot tell what another policy would "
            "have found here. How policies compare is measured on recorded tables "
            "(benchmarks/selector.py and docs/recorded.md).",
            "muted",
        ),
        *hindsight(campaign),
    ]
    return Section("how-chosen", "How it was chosen", tuple(present(*blocks)), level=3)


def _standings(campaign: Campaign) -> Table:
    """All generators as the choice saw them."""
    opinions = campaign.beliefs[-1].opinions if campaign.beliefs else {}
    limited = any(opinion.kept is not None for opinion in opinions.values())
    order = sorted(campaign.labels, key=lambda name: _rank(campaign, opinions, name))
    rows = tuple(
        (
            Cell(short(name)),
            _tries(campaign, name),
            _score_cell(campaign, name, CHOOSING),
            *_opinion_cells(opinions.get(name), believed=bool(opinions)),
            *((_kept_cell(opinions.get(name)),) if limited else ()),
            Cell(fate(campaign, name), _failures(campaign, name)),
        )
        for name in order
    )
    believed = [Head("Expected score"), Head("P(best)")] if opinions else []
    believed += [Head("P(keeps limits)")] if limited else []
    heads = (
        Head("Generator"),
        Head("Pulls"),
        Head("Score on validation rows", ("full effort",)),
        *believed,
        Head("What became of it"),
    )
    return Table(
        "All generators as the choice saw them, on validation rows: no number of this table is "
        "from the holdout, and none should be quoted as a result. Left out means not trained on "
        "all train rows, not failed.",
        heads,
        (Rows(rows),),
    )


def _rank(campaign: Campaign, opinions: Mapping[str, Opinion], name: str) -> tuple[int, float]:
    """Winner, runner-up, then by what is believed or was seen."""
    first = [campaign.winner, campaign.second]
    found = campaign.validated(name)
    seen = found.mean if found else -1.0
    value = opinions[name].mean if name in opinions else seen
    return first.index(name) if name in first else len(first), -value


def _tries(campaign: Campaign, name: str) -> Cell:
    steps = campaign.tried(name)
    rungs = sorted({step.arm.rung for step in steps})
    lines = [
        f"{sum(step.arm.rung == rung for step in steps)} at {timeline.effort(rung)}"
        for rung in rungs
    ]
    seconds = (f"{sum(step.seconds for step in steps):.1f} s",) if steps else ()
    return Cell(f"{len(steps)}", (*lines, *seconds))


def _opinion_cells(opinion: Opinion | None, *, believed: bool) -> tuple[Cell, ...]:
    if not believed:
        return ()
    if opinion is None:
        return Cell("—", tone="muted"), Cell("—", tone="muted")
    low, high = opinion.interval
    bounds = (f"{number(low)} to {number(high)}",)
    return Cell(number(opinion.mean), bounds), Cell(f"{opinion.p_best:.0%}")


def _kept_cell(opinion: Opinion | None) -> Cell:
    if opinion is None or opinion.kept is None:
        return Cell("—", tone="muted")
    return Cell(f"{opinion.kept:.0%}")


def _failures(campaign: Campaign, name: str) -> tuple[str, ...]:
    failed = [step for step in campaign.tried(name) if step.failure]
    if not failed:
        return ()
    return (f"{len(failed)} failed: {short(failed[0].failure, 90)}",)


def _pulls(campaign: Campaign) -> Table:
    rows = tuple(_pull_row(step) for step in campaign.steps)
    heads = (
        Head("Pull"),
        Head("Generator"),
        Head("Inner split"),
        Head("Why"),
        Head("Expected gain", ("of score",)),
        Head("Predicted", ("seconds",)),
        Head("Took", ("seconds",)),
        Head("Score", ("validation rows",)),
    )
    return Table(
        "Every pull in order. Expected gain: by how much the score of the recommended generator "
        "was expected to rise by this pull alone.",
        heads,
        (Rows(rows),),
    )


def _pull_row(step: Step) -> tuple[Cell, ...]:
    why = step.why
    rule = str(why.get("rule", ""))
    gain, predicted = why.get("gain"), why.get("seconds")
    failed = Cell("failed", (short(step.failure, 90),), "alert")
    return (
        Cell(f"{step.number}"),
        Cell(short(step.arm.label), (timeline.effort(step.arm.rung),)),
        Cell(f"{step.trial.split}"),
        Cell(RULES.get(rule, "with the one before" if not why else "in its turn")),
        Cell("—", tone="muted") if gain is None else Cell(_gain(gain)),
        Cell("—", tone="muted") if predicted is None else Cell(f"{predicted:.1f}"),
        Cell(f"{step.seconds:.1f}"),
        failed if step.score is None else Cell(number(step.score)),
    )


def _gain(gain: float) -> str:
    """An expected gain of score.

    >>> _gain(0.0123), _gain(0.00002), _gain(0.0)
    ('0.012', '< 0.0001', '0.000')
    """
    return "< 0.0001" if 0 < gain < LEAST_GAIN else number(gain)


# Other uses -------------------------------------------------------------------------------------


def _uses(campaign: Campaign) -> Section | None:
    """The best generator of other uses, by the same belief: none is best for all of them."""
    if not campaign.families or campaign.run.spec.augmentation is not None:
        return None  # what groups gain is no utility of a whole table
    found = (_use_row(campaign, use) for use in USES)
    rows = tuple(row for row in found if row is not None)
    table = Table(
        "The best generator for the uses of conf/objective, by the same pulls: only weights and "
        "limits change. Limits are checked on validation rows, where the choice measured them.",
        tuple(map(Head, ("Use", "Weights", "Best", "Expected score", "Next"))),
        (Rows(rows),),
        numeric=False,
    )
    leaders = {row[2].text for row in rows} - {NOBODY}
    several = "No single generator is best. " if len(leaders) > 1 else ""
    intro = Paragraph(
        f"{several}The selector learned fidelity, utility and privacy apart, so the same pulls "
        "answer other uses, for generators that were judged at full effort. It did not look for "
        "them: another use may deserve a run of its own, and nothing here was confirmed on the "
        "holdout."
    )
    return Section("uses", "For other uses", (intro, table), level=3)


def _use_row(campaign: Campaign, use: Use) -> tuple[Cell, ...] | None:
    share = use.shares(campaign.scales)
    if share is None:
        return None
    weights = dict(zip(FAMILIES, share, strict=True))
    broken = {name: _broken(campaign, use, name) for name in campaign.families}
    able = [name for name, limits in broken.items() if not limits]
    ranked = sorted(able, key=lambda name: -_expected(campaign, name, weights)[0])
    told = listed([f"{family} {w:.0%}" for family, w in weights.items() if w])
    name = Cell(short(use.name.replace("_", " ")))
    out = [f"not {short(n)}: {listed(limits)}" for n, limits in broken.items() if limits]
    if not ranked:
        return (
            name,
            Cell(told),
            Cell(NOBODY, tuple(out), "alert"),
            Cell("—"),
            Cell("—"),
        )
    best, *others = ranked
    unknown = [m for m in use.limits if campaign.measured(best, m) is None]
    lines = (*out, *(f"{title(Quantity(m))}: limit not checked" for m in unknown))
    following = [f"{short(n)} {number(_expected(campaign, n, weights)[0])}" for n in others[:1]]
    return (
        name,
        Cell(told),
        Cell(short(best), lines),
        _expected_cell(*_expected(campaign, best, weights)),
        Cell("".join(following) or "—"),
    )


def _broken(campaign: Campaign, use: Use, name: str) -> list[str]:
    """The limits of a use that a generator's mean violates."""
    found = {m: (campaign.measured(name, m), limit) for m, limit in use.limits.items()}
    return [
        f"{title(Quantity(m))} {number(value)} > {limit:g}"
        for m, (value, limit) in found.items()
        if value is not None and value > limit
    ]


def _expected(
    campaign: Campaign, name: str, weights: Mapping[str, float]
) -> tuple[float, float | None]:
    """Mean and standard deviation of a generator's score for other weights."""
    families = campaign.families[name]
    mean = sum(w * families[family][0] for family, w in weights.items() if w)
    sds = [families[family][1] for family, w in weights.items() if w]
    if any(sd is None for sd in sds):
        return mean, None
    squares = ((w * (families[family][1] or 0.0)) ** 2 for family, w in weights.items() if w)
    return mean, sum(squares) ** 0.5


def _expected_cell(mean: float, sd: float | None) -> Cell:
    if sd is None:
        return Cell(number(mean))
    low, high = Opinion(mean, sd, 0.0).interval
    return Cell(number(mean), (f"{number(low)} to {number(high)}",))
