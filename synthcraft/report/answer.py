"""The answer to a run's question in three sentences, made from its numbers by rule.

Which generator is best for the declared use, what privacy shows at most, what limits both most.
Each has its uncertainty with it, and claims no more than the tests of the run show.
"""

from collections.abc import Iterator, Mapping, Sequence

from synthcraft.records import POOLED
from synthcraft.report.campaign import Campaign
from synthcraft.report.compared import efforts, is_given
from synthcraft.report.document import Block, Bullets, Item, Paragraph, Section
from synthcraft.report.helped import upshot
from synthcraft.report.inference import Difference, differences, endpoints
from synthcraft.report.objective import (
    Standing,
    score_differences,
    standings,
    unsettled_limits,
)
from synthcraft.report.risks import by_answer, highest, is_bounded, judged_risks, upper
from synthcraft.report.selection import shaky, verdict_of
from synthcraft.report.summary import Contender, Quantity, Summary
from synthcraft.report.verdict import FEW_SPLITS, promises
from synthcraft.report.words import (
    capital,
    counted,
    filled,
    interval,
    listed,
    number,
    scored,
    short,
    within,
)
from synthcraft.select.arena import CLOSE

FEW_EVENTS = 100
"""Events, and non-events, that judging a model wants (Vergouwe et al. 2005)."""
JUDGED = ("fidelity", "utility")  # privacy has a sentence of its own


def answer_section(summary: Summary, *, prefix: str = "") -> Section:
    """The three sentences; above them a warning where the run is not complete."""
    blocks: list[Block] = []
    if not summary.run.complete:
        blocks.append(Paragraph(_interrupted(summary), "alert"))
    doubted = summary.chosen and shaky(summary)
    nothing = not summary.chosen and not any(c.succeeded for c in summary.generators)
    sentences = (
        Item(best(summary), "Best", "alert" if doubted or nothing else ""),
        Item(privacy(summary), "Privacy"),
        Item(limit(summary), "What limits this"),
    )
    return Section(f"{prefix}answer", "The answer", (*blocks, Bullets(sentences)))


def _interrupted(summary: Summary) -> str:
    done = len(summary.run.records)
    return (
        f"This run is not complete: {counted(done, 'trial')} of "
        f"{done + len(summary.run.missing)} known so far have ended. The same command resumes it; "
        "every number below may still change."
    )


# Which generator is best --------------------------------------------------------------------------


def best(summary: Summary) -> str:
    """The generator to prefer, how far ahead of the next it is, and whether that is shown."""
    gain = upshot(summary)
    if summary.chosen:
        told = (verdict_of(summary), _believed(summary), gain.text if gain else "")
        return " ".join(text for text in told if text)
    if not any(c.succeeded for c in summary.generators):
        if summary.run.complete:
            return "No generator produced a usable table: there is nothing to compare."
        return "No trial of a generator has succeeded so far: there is nothing to compare yet."
    if summary.run.spec.objective:
        return " ".join(filled(gain.text if gain else "", _for_use(summary)))
    return gain.text if gain else _by_family(summary)


def _believed(summary: Summary) -> str:
    """How sure a selector is of its choice; one holdout gives no interval."""
    campaign = Campaign(summary.run)
    if not campaign.winner:
        return ""
    if not campaign.beliefs:
        return "One holdout gives no interval, and this selector does not tell how sure it is."
    belief = campaign.beliefs[-1]
    return (
        "One holdout gives no interval; by what validation rows showed, the selector believes it "
        f"the best with probability {belief.opinions[campaign.winner].p_best:.0%}, and within "
        f"{CLOSE:g} of the best with probability {belief.p_close:.0%}."
    )


def _for_use(summary: Summary) -> str:
    """The generator with the highest score for the declared use."""
    objective = summary.run.spec.objective
    use = f"For “{short(objective.use)}”" if objective and objective.use else "For the declared use"
    found = standings(summary)
    able = [s for s in found if s.judgement.feasible and s.judgement.score is not None]
    broken = [short(s.contender.label) for s in found if s.judgement.violated]
    if not able:
        kept = " that can be scored keeps the declared limits" if broken else " can be scored"
        return f"{use} no generator{kept}. {_by_family(summary)}"
    first = able[0]
    bounds = interval(first.estimate) if first.estimate else ""
    level = f" ({first.estimate.level:.0%} interval {bounds})" if first.estimate and bounds else ""
    score = number(first.judgement.score or 0.0)
    text = f"{use} {short(first.contender.label)} scores highest, {score} of 1{level}"
    text += _ahead_in_score(summary, able)
    if unsettled := unsettled_limits(summary, first):
        kept = f"that {short(first.contender.label)} keeps {_quoted(unsettled)}"
        text += f"; {kept} rests on its mean, not on an interval"
    limits = f"; the declared limits, judged by means, are broken by {listed(broken)}"
    return f"{text}{limits if broken else ''}."


def _ahead_in_score(summary: Summary, able: Sequence[Standing]) -> str:
    """By how much the first is ahead of those that have all their trials, as it has."""
    first = able[0]
    others = [s.contender for s in able[1:] if s.whole == first.whole]
    last = [short(s.contender.label) for s in able[1:] if s.whole != first.whole]
    if not others:
        kept = " that keeps the declared limits" if _limited(summary) else ""
        return f", the only one with a score{kept}{_unlike_trials(last)}"
    mixed = "" if first.whole else _MIXED
    if summary.run.plan.splits == 1:
        lead = f", next {short(others[0].label)}; one split cannot tell whether the lead is real"
        return f"{lead}{mixed}{_unlike_trials(last)}"
    _, found = score_differences(summary, able)
    told = _ahead(others[0], found, falling=False)
    return f", {told}; {_apart(others, found, falling=False)}{mixed}{_unlike_trials(last)}"


def _quoted(names: Sequence[str]) -> str:
    return listed([f"“{name}”" for name in names])


def _limited(summary: Summary) -> bool:
    objective = summary.run.spec.objective
    return bool(objective and objective.constraints)


_MIXED = "; none has all its trials, so means may rest on different splits"


def _unlike_trials(names: Sequence[str]) -> str:
    """Who is placed last whatever its mean."""
    return f"; placed last for lack of a split or a trial: {listed(names)}" if names else ""


def _by_family(summary: Summary) -> str:
    """Who leads by the deciding measure of each family, where no use is declared."""
    led = {
        family: quantity
        for family, quantity in endpoints(summary).items()
        if family in JUDGED and summary.ranked(quantity)
    }
    if not led:
        return f"Which generator is best cannot be told: {_why_nobody(summary)}."
    judged = [c for c in summary.generators if c.succeeded]
    if len(judged) == 1:
        leads = [_lead(summary, quantity, f"by {family}") for family, quantity in led.items()]
        return f"Only {short(judged[0].label)} was judged: {'; '.join(leads)}."
    tests = [_told_apart(summary, quantity) for quantity in led.values()]
    same = tests[0] if len(set(tests)) == 1 else ""
    leads = [
        ", and ".join(filled(_lead(summary, quantity, f"by {family}"), "" if same else test))
        for (family, quantity), test in zip(led.items(), tests, strict=True)
    ]
    none = "" if summary.run.spec.objective else "No use was declared, so none is best overall: "
    each = "each time, " if same and len(led) > 1 else ""
    end = f"; {each}{same}" if same else ""
    return capital(f"{none}{'; '.join(leads)}{end}.")


def _why_nobody(summary: Summary) -> str:
    """Why neither fidelity nor utility has a leader."""
    if is_unheld(summary):
        return "no row was held out"
    if not any(summary.family(family) for family in JUDGED):
        return "neither fidelity nor utility was measured"
    return "no measure of fidelity or utility has a value that tells good from bad on these data"


def is_unheld(summary: Summary) -> bool:
    """Whether no row was held out."""
    return bool(summary.run.splits) and not any(size.holdout for size in summary.run.splits)


def _lead(summary: Summary, quantity: Quantity, by: str) -> str:
    """Who leads by a measure, with its value and how far ahead it is."""
    ranked = summary.ranked(quantity)
    first, score = ranked[0]
    leads = "leads with" if len(ranked) > 1 else "reaches"
    beside = _yardstick(summary, first, quantity)
    text = f"{by}, {within(quantity)},{beside} {short(first.label)} {leads} {scored(score)}"
    others = _others(summary, quantity)
    last = [short(c.label) for c, _ in ranked[1:] if c not in others]
    if others and summary.run.plan.splits > 1:
        found = differences(summary, quantity)
        text += f", {_ahead(others[0], found, falling=summary.falling(quantity))}"
    mixed = _MIXED if others and not score.complete else ""
    return f"{text}{mixed}{_unlike_trials(last)}"


def _yardstick(summary: Summary, contender: Contender, quantity: Quantity) -> str:
    """What real rows give, or the references at the ends of the scale; "" where neither is known.

    Without it nobody sees whether a leader is good, or worse than independent columns.
    """
    kind, _, score = quantity.metric.partition(".")
    if kind == "tstr":
        real = summary.score(contender.arm.id, Quantity(f"trtr.{score}", quantity.model)).estimate
        return f" where as many real rows give {number(real.mean)}," if real else ""
    metric = summary.descriptors[quantity.metric]
    there = {c.arm.id: summary.score(c.arm.id, quantity).estimate for c in summary.references}
    floor, ceiling = there.get(metric.floor), there.get(metric.ceiling)
    if floor is None or ceiling is None:
        return ""
    return (
        f" where {metric.floor} has {number(floor.mean)} and {metric.ceiling} "
        f"{number(ceiling.mean)},"
    )


def _others(summary: Summary, quantity: Quantity) -> list[Contender]:
    """Those behind the leader, without any that lack a split or a trial that it has."""
    ranked = summary.ranked(quantity)
    return [c for c, s in ranked[1:] if s.complete == ranked[0][1].complete]


def _told_apart(summary: Summary, quantity: Quantity) -> str:
    """From how many the leader is told apart; "" where there is nobody else."""
    others = _others(summary, quantity)
    if not others:
        return ""
    if summary.run.plan.splits == 1:
        return "one split cannot tell whether the lead is real"
    found = differences(summary, quantity)
    return _apart(others, found, falling=summary.falling(quantity))


def _ahead(following: Contender, found: Mapping[str, Difference], *, falling: bool) -> str:
    """By how much the leader is ahead of the next."""
    gap = found.get(following.arm.id)
    if gap is None:
        return f"next {short(following.label)}, with which it shares no split"
    lead = (1.0 if falling else -1.0) * gap.estimate.mean  # a difference is other minus leader
    sign = (1.0 if falling else -1.0) * (1.0 if lead >= 0 else -1.0)
    bounds = [sign * end for end in (gap.estimate.low, gap.estimate.high) if end is not None]
    reach = f" ({number(min(bounds))} to {number(max(bounds))})" if bounds else ""
    name = short(following.label)
    place = f"ahead of {name}" if lead >= 0 else f"behind {name} on the splits that both have"
    return f"{number(abs(lead))}{reach} {place}"


def _apart(others: Sequence[Contender], found: Mapping[str, Difference], *, falling: bool) -> str:
    """From whom a test that pays for all pairs tells the leader apart; intervals do not pay."""
    sign = 1.0 if falling else -1.0
    tests = {o.arm.id: d for o in others if (d := found.get(o.arm.id)) and d.adjusted is not None}
    if not tests:
        return "no paired test can be made, for splits give no error"
    apart = [i for i, d in tests.items() if d.shown and sign * d.estimate.mean > 0]
    if len(others) == 1:
        return f"a paired test {'tells' if apart else 'does not tell'} the two apart"
    which = "all" if len(apart) == len(others) else str(len(apart)) if apart else "none"
    next_ = others[0].arm.id
    but = f", not from {short(others[0].label)}" if apart and next_ not in apart else ""
    so = "" if apart else ", so that its lead may be chance"
    untested = len(others) - len(tests)
    left = f"; {untested} cannot be tested" if untested else ""
    return (
        "allowing for all pairs compared (Holm’s test; an interval allows for one"
        f"{left}), the leader is told apart from {which} of the {len(others)} others{but}{so}"
    )


# What privacy shows at most -----------------------------------------------------------------------


def privacy(summary: Summary) -> str:
    """The highest that the deciding risk may be, what else is shown, and what an ε promises."""
    risks = judged_risks(summary)
    parts = [_at_most(summary, risks[0]), _excesses(summary, risks)] if risks else [_bare(summary)]
    return f"{capital('; '.join([*parts, *_epsilon(summary)]))}."


def _at_most(summary: Summary, quantity: Quantity) -> str:
    """The highest upper bound of the deciding risk, and whom it says nothing of."""
    ranked = summary.ranked(quantity)
    contender, score = highest(ranked)
    role = "the deciding risk"
    if endpoints(summary).get("privacy") != quantity:
        role = "the declared risk tells nothing here; the first that does"
    risk = f"{role}, “{within(quantity)}” (0: as fresh real rows, 1: a table of copies)"
    there = [c for c, _ in ranked]
    silent = [short(c.label) for c in summary.generators if c.succeeded and c not in there]
    lacking = [f"without a value: {listed(silent)}"] if silent else []
    if score.estimate is None or score.estimate.high is None:
        notes = f" ({lacking[0]})" if lacking else ""
        return (
            f"{risk}, has no interval; its highest value is {number(upper(score))}, of "
            f"{short(contender.label)}{notes}"
        )
    free = [f"{short(c.label)} {scored(s)}" for c, s in ranked if not is_bounded(s)]
    lacking = [f"without an interval: {listed(free)}", *lacking] if free else lacking
    notes = f" ({'; '.join(lacking)})" if lacking else ""
    return (
        f"{risk}, may be as high as {number(upper(score))}: the highest end of any interval, that "
        f"of {short(contender.label)}, {scored(score)}{notes}"
    )


def _excesses(summary: Summary, risks: Sequence[Quantity]) -> str:
    """In which risks an excess is shown, or that none is and what that is worth."""
    found = {risk: by_answer(summary, risk) for risk in risks}
    above = [
        f"“{within(risk)}” ({listed([short(c.label) for c, _ in answers['above']])})"
        for risk, answers in found.items()
        if "above" in answers
    ]
    if above:
        return (
            f"an excess over fresh real rows is shown, or large, in {listed(above)}, by intervals "
            "for one comparison each"
        )
    if all(answers.keys() == {"unsure"} for answers in found.values()):
        return "no measure of risk has an interval, so how far chance moves it is not known"
    single = sum("partly" in answers for answers in found.values())
    unsure = sum("unsure" in answers for answers in found.values())
    notes = [f"{single} in single splits"] if single else []
    notes += [f"{unsure} without an interval"] if unsure else []
    beside = f" ({'; '.join(notes)})" if notes else ""
    tried = f"none of {len(risks)} measures" if len(risks) > 1 else "no measure"
    return f"{tried} of risk shows an excess over all splits{beside}, which is no proof of privacy"


def _bare(summary: Summary) -> str:
    if not summary.family("privacy"):
        return "no risk was measured"
    if is_unheld(summary):
        return "without held-out rows no risk has a control, so what chance explains is not known"
    return "no measure of risk has a value that tells anything here"


def _epsilon(summary: Summary) -> Iterator[str]:
    """What each ε is worth."""
    found = promises(summary)
    told = {
        "refuted": "the audit refutes the ε of {}",
        "promised": "each release of {} promises its ε to every person",
        "void": "no ε of this run holds ({})",
        "claimed": "the protection of {} is claimed by synthcity, not verified",
    }
    yield from (text.format(listed(found[key])) for key, text in told.items() if key in found)
    if "none" in found:
        whose = "no generator" if len(found) == 1 else "no other"
        yield f"{whose} gives a formal guarantee (differential privacy)"


# What limits both most ----------------------------------------------------------------------------


def limit(summary: Summary) -> str:
    """The limit that matters most, and the next two."""
    found = [*limits(summary).values(), "results hold for this table and this training only"]
    besides = f"; besides, {'; '.join(found[1:3])}" if found[1:] else ""
    return f"{capital(found[0])}{besides}."


def limits(summary: Summary) -> dict[str, str]:
    """The limits of a run in words by their kind, the worst first; empty where there is none."""
    run, splits = summary.run, summary.run.plan.splits
    given = any(is_given(summary, c) for c in summary.generators)
    unheld = is_unheld(summary)
    found = {
        "trials to go": ""
        if run.complete
        else f"{counted(len(run.missing), 'trial')} known so far did not end",
        "no holdout": "no row was held out, so fidelity and utility are not measured"
        if unheld
        else "",
        "one holdout": "one holdout judges, and another one would give other numbers"
        if (summary.chosen or given) and not unheld
        else "",
        "one split": "one split cannot tell how far results vary"
        if splits == 1 and not (summary.chosen or given)
        else "",
        "few splits": f"{splits} splits give wide intervals: real differences may go unseen"
        if 1 < splits < FEW_SPLITS
        else "",
        "failed trials": _failed(summary),
        "few events": _few_events(summary),
        "low training effort": _low_effort(summary),
    }
    return {kind: told for kind, told in found.items() if told}


def _failed(summary: Summary) -> str:
    never = [short(c.label) for c in summary.generators if c.ended and not c.succeeded]
    once = [short(c.label) for c in summary.generators if 0 < c.succeeded < c.ended]
    told = [f"{listed(never)} failed in every trial"] if never else []
    told += [f"{listed(once)} failed in some trials"] if once else []
    return ", and ".join(told)


def _few_events(summary: Summary) -> str:
    """A holdout with fewer events, or non-events, than judging a model wants."""
    table, sizes = summary.run.table, summary.run.splits
    told = table.get("target_balance") or {}
    counts = [n for n in told.values() if isinstance(n, int) and n]
    least = min((size.holdout for size in sizes), default=0)
    rows = table.get("rows", 0)
    if not least or not rows or not counts:
        return ""
    if POOLED in told:
        return "an outcome is so rare that its number is not told"
    events = round(min(counts) * least / rows)
    if events >= FEW_EVENTS:
        return ""
    return (
        f"of {least:,} holdout rows about {events:,} have the rarer outcome, where judging a "
        f"model wants {FEW_EVENTS}"
    )


def _low_effort(summary: Summary) -> str:
    names = list(efforts(summary))
    was = "was" if len(names) == 1 else "were"
    return f"{listed(names)} {was} trained less than by default" if names else ""
