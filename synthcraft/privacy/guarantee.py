"""What a spec's privacy block promises, on what conditions, and what it leaves out: in words."""

from dataclasses import dataclass

from synthcraft.spec.types import PrivacySpec, Spec


@dataclass(frozen=True)
class Guarantee:
    """Sentences for the report, the ledger and the command line.

    ``void`` tells why no ε of the spec is a promise (empty where each is); ``unit`` whom a release
    protects; ``delta``, ``domain`` and ``selection`` on what terms; ``uncovered`` what leaves, or
    may leave, outside any ε.
    """

    void: tuple[str, ...]
    unit: str
    delta: str
    domain: str
    selection: str
    uncovered: tuple[str, ...]


def guarantee(spec: Spec) -> Guarantee:
    """What the spec promises.

    Raises
    ------
    ValueError
        When the spec has no privacy block: it promises nothing.
    """
    privacy = spec.privacy
    if privacy is None:
        raise ValueError("the spec has no privacy block")
    return Guarantee(
        void=_void(spec, privacy),
        unit=_unit(spec, privacy),
        delta=_delta(privacy),
        domain=_domain(privacy),
        selection=_selection(privacy),
        uncovered=_uncovered(spec, privacy),
    )


def _void(spec: Spec, privacy: PrivacySpec) -> tuple[str, ...]:
    reasons = {
        "the domain was taken from the data": privacy.domain == "from_data",
        "the noise was seeded: whoever knows the seed can take it off": privacy.noise == "seeded",
        "the split is stratified: one person more can move others between its parts": (
            spec.design.cut == "stratified"
        ),
    }
    return tuple(reason for reason, holds in reasons.items() if holds)


def _unit(spec: Spec, privacy: PrivacySpec) -> str:
    if spec.dataset.id is None:
        return "One row of the table, taken to be one person, more or less among the train rows."
    most = privacy.contribution
    rows = "one row is used" if most == 1 else f"at most {most} rows are used"
    return f"One person ({spec.dataset.id}), of whom {rows}, more or less among the train rows."


def _delta(privacy: PrivacySpec) -> str:
    rule = (
        "as declared"
        if privacy.delta is not None
        else "the smaller of 0.00001 and 1 / (10 rows), of the declared number of rows"
    )
    return f"Delta of one release: {rule}. Deltas of several fits add up."


def _domain(privacy: PrivacySpec) -> str:
    share = f"{privacy.domain_share:.0%}"
    return {
        "declared": "Ranges, levels and bins were declared, and looked up in no real row.",
        "private": f"Ranges and levels were bought with {share} of each fit's budget and delta.",
        "from_data": "Ranges and levels were taken from the real rows, at no charge.",
    }[privacy.domain]


def _selection(privacy: PrivacySpec) -> str:
    if privacy.selection == "fixed":
        return f"{privacy.release} was chosen for release before the run."
    if privacy.selection == "public":
        return f"{privacy.release} was chosen for release on public data, as its owner states."
    if privacy.selection == "private":
        return (
            "The arm to release is drawn by the exponential mechanism with "
            f"{privacy.selection_epsilon:g} of epsilon, the likelier the nearer its samples come "
            "to the train rows, by pairs of columns. Its samples then cost what all fits that took "
            "part and the draw cost together, not the epsilon of that arm alone."
        )
    return (
        "Which arm is released was not fixed before the run: a choice by these results is a look "
        "at real rows that no epsilon covers."
    )


def _uncovered(spec: Spec, privacy: PrivacySpec) -> tuple[str, ...]:
    several = spec.design.splits * spec.design.replicates * len(privacy.epsilons) > 1
    sentences = {
        "Only samples of a private generator are covered: this report, its tables and figures and "
        "the journal are not, for they hold measures of real rows.": True,
        "Choosing a generator, its parameters, or one of its fits by such measures.": (
            privacy.selection is None or several
        ),
        "Holdout rows, which every measure compares with.": True,
        "Row counts and the fingerprint of the table, in the journal and the report.": True,
        "That rows were left out for want of a declared outcome, and the shares of values beyond a "
        "declared range, told while the data were read.": True,
        "That the data were accepted: too few rows, a class of fewer than 10, or a column of one "
        "value are refused.": True,
        "How long a fit took, how much memory it used, and whether it failed.": True,
        "Rounding of floating-point numbers: noise is drawn as double-precision numbers, and what "
        "their last digits may tell is not accounted for.": True,
        "Noise is drawn by PCG64 from a seed of the operating system: statistically sound, but not "
        "cryptographic.": True,
        "The reference generators (copies and resamples of real rows) and every arm without "
        "epsilon.": True,
    }
    return tuple(sentence for sentence, holds in sentences.items() if holds)
