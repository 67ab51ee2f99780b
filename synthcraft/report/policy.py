"""Whether the declared release policy of a run is kept, limit by limit. Pure.

A limit is kept where that is *shown*: where the worse end of the interval keeps it. What cannot be
told (a failed trial, no interval, an attack that does not even notice a copy of the train rows, an
ε that nobody vouches for) does not pass.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from synthcraft.ids import canonical
from synthcraft.privacy.ledger import Total
from synthcraft.privacy.words import CLAIMED
from synthcraft.report.audit import refuted
from synthcraft.report.campaign import Campaign
from synthcraft.report.privacy import amount
from synthcraft.report.summary import Contender, Quantity, Score, Summary, quantity_of
from synthcraft.report.words import (
    counted,
    coverage,
    group_name,
    listed,
    number,
    scored,
    short,
    span,
    title,
)
from synthcraft.results import Run, is_first, ledger_of
from synthcraft.spec.release import BUDGET, declared, named_arm
from synthcraft.spec.types import LimitSpec

Status = Literal["pass", "fail", "unknown"]
WORST: tuple[Status, ...] = ("fail", "unknown", "pass")
ROUNDING = 1e-9  # relative: sums of equal parts may end a digit above their limit
COPY = "train_copy"
DECLARED = "release_policy"  # in the journal's header: the policy as it was before any result


@dataclass(frozen=True)
class Line:
    """One limit of the policy, judged.

    ``label`` is its label in the spec, ``limit`` what it asks in words, ``found`` what was found
    with its interval ("" where nothing was). ``unknown`` cannot be told, and never passes; ``why``
    tells the reason of what does not pass.
    """

    label: str
    limit: str
    found: str
    status: Status
    why: str = ""


def passes(summary: Summary) -> bool:
    """Whether a policy was declared and each of its lines passes."""
    found = lines(summary)
    return bool(found) and all(line.status == "pass" for line in found)


def lines(summary: Summary) -> tuple[Line, ...]:
    """Every limit of the spec's release policy, judged; none where no policy was declared.

    What no table may be released without comes first, where it is lacking: a run that has ended, an
    arm, a first fit that succeeded, an audit that did not refute its ε.
    """
    run, policy = summary.run, summary.run.spec.release_policy
    if policy is None:
        return _removed(summary)
    if why := _nothing_told(summary):
        limits = policy.limits.items()
        return tuple(Line(key, asked(summary, limit), "", "unknown", why) for key, limit in limits)
    arm = released(summary)
    assert arm is not None
    return (
        *_lacking(run, arm),
        *_averaged(summary, arm),
        *(_judged(summary, arm, label, limit) for label, limit in policy.limits.items()),
    )


def changed(summary: Summary) -> bool:
    """Whether the spec has another policy than the run was started with, or one of the two none."""
    run = summary.run
    return canonical(run.header.get(DECLARED) or {}) != canonical(declared(run.spec))


def _nothing_told(summary: Summary) -> str:
    """Why no limit can be judged; "" where each can."""
    run = summary.run
    if changed(summary):
        return "the run was not started with this policy: it was changed or declared afterwards"
    return unreleased(summary) if run.complete else "the run is not complete"


def _removed(summary: Summary) -> tuple[Line, ...]:
    """A policy that the run was started with and the spec no longer has."""
    if DECLARED not in summary.run.header:
        return ()
    why = "the run was started with a policy, which was removed from its spec since"
    return (Line(DECLARED, "the policy that the run was started with", "", "unknown", why),)


# The arm -----------------------------------------------------------------------------------------


def released(summary: Summary) -> Contender | None:
    """The arm that would be released, with or without a policy; None where there is none.

    The one that the policy names, else ``privacy.release``, else what the run itself has chosen
    (private selection or selector), else the only generator. Never a reference generator.
    """
    arm, _ = _named(summary)
    return next((c for c in summary.generators if c.arm.id == arm), None)


def unreleased(summary: Summary) -> str:
    """Why there is no arm that would be released; "" where there is one."""
    arm, why = _named(summary)
    if not arm:
        return why
    return "" if released(summary) else f"{short(arm)} has no trial in this run"


def _named(summary: Summary) -> tuple[str, str]:
    """The arm that spec and run name, or "" and why they name none."""
    run, spec = summary.run, summary.run.spec
    if arm := named_arm(spec):
        return arm, ""
    if spec.privacy and spec.privacy.selection == "private":
        chosen = run.selection
        return (chosen.arm if chosen else ""), (chosen.reason if chosen else "") or _NO_CHOICE
    if summary.chosen:
        return Campaign(run).winner, f"the selector {spec.selector.plugin} recommends none"
    several = listed([short(arm.id) for arm in run.plan.arms])
    return "", f"nothing says which of {several or 'no arm'} would be released"


_NO_CHOICE = "no arm was chosen privately"


def _lacking(run: Run, arm: Contender) -> Iterator[Line]:
    """What keeps any table of the arm from being released, whatever the limits say."""
    if not any(is_first(r.trial) and r.status == "ok" for r in run.of(arm.arm.id)):
        why = next(iter(arm.failures), "it has no result")
        yield Line("table", "The first fit succeeds: its table is released", "", "unknown", why)
    if arm.arm.id in refuted(run):
        why = "the audit of its ε shows a lower bound above it: something is wrong with it"
        yield Line("audit", "No audit refutes the arm’s ε", "", "fail", why)


def _averaged(summary: Summary, arm: Contender) -> Iterator[Line]:
    """Where measures are means over several tables: nothing then tells of the released one alone.

    ε is spent by the fit, however many tables it makes.
    """
    spec = summary.run.spec
    policy = spec.release_policy
    assert policy is not None
    tables = len(arm.arm.params["paths"]) if is_given(summary, arm) else spec.design.draws
    if tables > 1 and any(limit.measure not in BUDGET for limit in policy.limits.values()):
        why = f"measures are means over {tables} tables of a fit: the first may be worse than they"
        yield Line("table", "The table that is released is judged by itself", "", "unknown", why)


def is_given(summary: Summary, arm: Contender) -> bool:
    """Whether the rows of an arm were made elsewhere and came as files."""
    return bool(summary.card(arm).get("family") == "given")


# A limit -----------------------------------------------------------------------------------------


def _judged(summary: Summary, arm: Contender, label: str, limit: LimitSpec) -> Line:
    """One limit: of the parts that its measure has, the worst one decides."""
    words = asked(summary, limit)
    if limit.measure in BUDGET:
        return _budget(summary, arm, label, limit, words)
    parts = _parts(summary, limit)
    if not parts:
        return Line(label, words, "", "unknown", _unmeasured(summary, arm, limit))
    named = {q: _part_name(q) if len(parts) > 1 else "" for q in parts}
    judged = [_part(summary, arm, limit, quantity, name) for quantity, name in named.items()]
    judged += _hidden(summary, arm, limit)
    worst = next(status for status in WORST if any(one.status == status for one in judged))
    decisive = [one for one in judged if one.status == worst]
    return Line(
        label,
        words,
        "; ".join(one.found for one in (judged if len(judged) <= FEW else decisive[:FEW])),
        worst,
        "; ".join(dict.fromkeys(one.why for one in decisive[:FEW] if one.why)),
    )


FEW = 4  # parts of a measure that are told one by one


def _parts(summary: Summary, limit: LimitSpec) -> tuple[Quantity, ...]:
    """The quantities that a limit is about: of the whole table, or where there are none, all."""
    same = _about(summary, limit)
    return tuple([q for q in same if not q.column and not q.group] or same)


def _about(summary: Summary, limit: LimitSpec) -> list[Quantity]:
    return [
        q
        for q in summary.quantities
        if q.metric == limit.measure
        and q.role in ("value", "excess")
        and limit.model in (None, q.model)
    ]


def _hidden(summary: Summary, arm: Contender, limit: LimitSpec) -> Iterator[Line]:
    """Secrets that break a limit on a risk, which the mean over secrets may hide.

    By their value: of a rare secret alone an interval is too wide to show anything.
    """
    parts = _parts(summary, limit)
    for quantity in _about(summary, limit):
        score = summary.score(arm.arm.id, quantity)
        if quantity.group or quantity in parts or not _is_risk(summary, limit.measure):
            continue
        if score.estimate is not None and not keeps(limit, score.estimate.mean):
            name = _part_name(quantity)
            why = f"{name}the value itself breaks the limit"
            yield Line("", "", f"{name}{_told(score)}", "fail", why)


def _unmeasured(summary: Summary, arm: Contender, limit: LimitSpec) -> str:
    same = [q for q in summary.quantities if q.metric == limit.measure]
    models = list(dict.fromkeys(q.model for q in same if q.model))
    if limit.model and models and limit.model not in models:
        return f"there is no model {short(limit.model)}, only {listed([short(m) for m in models])}"
    if any(q.role == "main" for q in same):
        return "without holdout rows there is no control, so no excess"
    return f"not measured of {short(arm.label)}"


def _part(
    summary: Summary, arm: Contender, limit: LimitSpec, quantity: Quantity, name: str
) -> Line:
    """One quantity of a limit. A doubt can keep it from passing, and never lets it pass."""
    score = summary.score(arm.arm.id, quantity)
    if score.estimate is None:
        return Line("", "", "", "unknown", f"{name}{score.why or 'not measured'}")
    own = _own(summary, arm, quantity)
    found = f"{name}{_told(score)}"
    if broken := _broken(limit, score, own):
        return Line("", "", found, "fail", f"{name}{broken}")
    if doubt := next(_doubts(summary, arm, limit, score, quantity), ""):
        return Line("", "", found, "unknown", f"{name}{doubt}")
    return Line("", "", found, "pass")


def _broken(limit: LimitSpec, score: Score, own: float | None) -> str:
    """How the limit is broken; "" where it is not, as far as there are values."""
    estimate = score.estimate
    assert estimate is not None
    bound = estimate.high if limit.at_most is not None else estimate.low
    if not keeps(limit, estimate.mean):
        return "the value itself breaks the limit"
    if own is not None and not keeps(limit, own):
        return f"the table that would be released breaks it, with {number(own)}"
    if limit.by == "bound" and bound is not None and not keeps(limit, bound):
        return "the value keeps the limit, but its interval does not: it is not shown"
    return ""


def keeps(limit: LimitSpec, value: float) -> bool:
    """Whether a value lies on the accepted side of a limit, which itself is accepted.

    What is no number lies on no side.

    >>> limit = LimitSpec(measure="linkability", at_most=0.1)
    >>> keeps(limit, 0.1), keeps(limit, float("nan"))
    (True, False)
    """
    below = limit.at_most is None or value <= limit.at_most
    return below and (limit.at_least is None or value >= limit.at_least)


def _doubts(
    summary: Summary,
    arm: Contender,
    limit: LimitSpec,
    score: Score,
    quantity: Quantity,
) -> Iterator[str]:
    """Why a value that breaks no limit does not show that it is kept."""
    estimate = score.estimate
    if not score.complete:
        yield f"it rests on {coverage(score)}: what failed may have been worse"
    if _own(summary, arm, quantity) is None:
        yield "the table that would be released has no value"
    if limit.by == "bound" and (estimate is None or estimate.low is None):
        splits = summary.run.plan.splits
        yield "one split gives no interval" if splits == 1 else "all splits agree: no interval"
    if summary.informative(quantity) == "no":
        yield "the measure is not informative on these data"
    if _is_risk(summary, quantity.metric):
        yield from _blind(summary, arm, limit, quantity)


def _blind(summary: Summary, arm: Contender, limit: LimitSpec, quantity: Quantity) -> Iterator[str]:
    """Why a limit on a risk would not even notice a copy of the train rows."""
    copied = summary.score(COPY, quantity).estimate
    rows, share = _size(summary, arm)
    if copied is None:
        yield "it is not known what a copy of the train rows would have had"
    elif keeps(limit, copied.mean):
        yield f"a copy of the train rows would keep the limit, too, with {number(copied.mean)}"
    elif limit.measure.startswith(OF_PEOPLE) and keeps(limit, share * copied.mean):
        yield (
            f"of so few rows ({rows:,}) it tells nothing: copies of as many train rows would keep "
            f"the limit, too, with about {number(share * copied.mean)}"
        )


OF_PEOPLE = (
    *("linkability", "attribute_inference", "mia_", "identifiability"),
    *("replicated_uniques", "correct_attribution", "record_risk"),
)
"""Risks that are means over the people who were used: a file of few rows can give few away."""


def _size(summary: Summary, arm: Contender) -> tuple[int, float]:
    """The rows of a table that was made elsewhere, and their share of those of the copy, at most 1.

    What the run makes itself has as many rows as its copy of the train rows: the share is 1.
    """
    run = summary.run
    rows = next(
        (r.summaries["rows"]["synthetic"] for r in run.of(arm.arm.id) if "rows" in r.summaries), 0
    )
    if not rows or not is_given(summary, arm):
        return rows, 1.0
    return rows, min(1.0, rows / (run.spec.design.synthetic_rows or run.splits[0].train))


def _own(summary: Summary, arm: Contender, quantity: Quantity) -> float | None:
    """The value of the fit whose table would be released (over its draws)."""
    values = [
        m.value
        for r in summary.of(arm.arm.id)
        if is_first(r.trial)
        for m in r.measures
        if m.status == "ok" and m.value is not None and quantity_of(m) == quantity
    ]
    return fmean(values) if values else None


# What the ledger tells ---------------------------------------------------------------------------


def _budget(summary: Summary, arm: Contender, label: str, limit: LimitSpec, words: str) -> Line:
    """A limit on ε or δ: exact where it is a promise; without one nothing passes."""
    total = limit.measure.endswith("_total")
    if why := _no_promise(summary, arm):
        return Line(label, words, "", "fail", why)
    if why := _unaccounted(summary, arm, total=total):
        return Line(label, words, "", "unknown", why)
    found = spent(summary, arm, total=total)
    value = found.epsilon if limit.measure.startswith("epsilon") else found.delta
    kept = limit.at_most is not None and value <= limit.at_most * (1 + ROUNDING)
    return Line(label, words, amount(found), "pass" if kept else "fail")


def _no_promise(summary: Summary, arm: Contender) -> str:
    """Why the arm certainly has no ε that protects anybody."""
    if arm.promise == "none":
        return f"{short(arm.label)} gives no formal guarantee, so no ε"
    if arm.promise == "void":
        return f"its ε is void, because {'; '.join(ledger_of(summary.run).void)}"
    return "the audit refutes its ε" if arm.arm.id in refuted(summary.run) else ""


def _unaccounted(summary: Summary, arm: Contender, *, total: bool) -> str:
    """Why the ledger cannot tell what is asked."""
    run, ledger = summary.run, ledger_of(summary.run)
    if arm.promise == "claimed":
        return f"its ε is {CLAIMED}"
    if total and ledger.claimed.fits:
        return f"{counted(ledger.claimed.fits, 'fit')} of the run spent an ε that is {CLAIMED}"
    if arm.arm.id not in {line.arm for line in ledger.lines}:
        return "no fit of it is in the ledger"
    privacy = run.spec.privacy
    if not total and len(run.plan.arms) > 1 and (privacy is None or privacy.selection is None):
        return "which arm is released was not fixed before the run: no ε covers the choice"
    return ""


def spent(summary: Summary, arm: Contender, *, total: bool = False) -> Total:
    """What the release costs, or all fits together; chosen privately, it is the same.

    For the samples of an arm that was drawn tell of all fits that took part in the draw.
    """
    run, ledger = summary.run, ledger_of(summary.run)
    if total or (run.spec.privacy is not None and run.spec.privacy.selection == "private"):
        return ledger.accounted
    line = next(line for line in ledger.lines if line.arm == arm.arm.id)
    return Total(line.epsilon, line.delta, 1)


# Words -------------------------------------------------------------------------------------------


def asked(summary: Summary, limit: LimitSpec) -> str:
    """What a limit asks, in words with its number.

    Such as "upper bound of the excess of Singling out ≤ 0.1".
    """
    sign, value = ("≤", limit.at_most) if limit.at_most is not None else ("≥", limit.at_least)
    if limit.measure in BUDGET:
        return f"{BUDGET[limit.measure]} {sign} {value:g}"
    name = title(Quantity(limit.measure, limit.model or ""))
    name = name if name[:2].isupper() else name[:1].lower() + name[1:]
    of = f"the excess of {name}" if _is_risk(summary, limit.measure) else name
    end = "upper" if limit.at_most is not None else "lower"
    said = f"{end} bound of {of}" if limit.by == "bound" else f"mean of {of}"
    return f"{said} {sign} {f'{value:g}'.replace('-', '−')}"


def _is_risk(summary: Summary, measure: str) -> bool:
    """Whether a measure is a risk with a control: then its excess is limited."""
    metric = summary.descriptors.get(measure)
    return metric is not None and metric.family == "privacy" and metric.ceiling == COPY


def _part_name(quantity: Quantity) -> str:
    """What tells the parts of a measure apart, with a colon; "" where there is one."""
    named = (quantity.model, quantity.column, group_name(quantity.group) if quantity.group else "")
    told = ", ".join(short(part) for part in named if part)
    return f"{told}: " if told else ""


def _told(score: Score) -> str:
    """A value with its interval, and the rows that it rests on."""
    rows = f", n = {span(score.rows)}" if score.rows else ""
    return f"{scored(score)}{rows}"
