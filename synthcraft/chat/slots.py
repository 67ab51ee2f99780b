"""What a conversation has to settle, in the order in which it is asked."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Slot:
    """One thing to settle.

    ``paths`` are the dotted settings that it decides; ``question`` is how it is asked; ``meaning``
    explains it in plain words. Where it is not ``needed``, "I don't know" leaves a default.
    """

    name: str
    paths: tuple[str, ...]
    question: str
    meaning: str
    needed: bool = False


SLOTS = (
    Slot(
        "question",
        ("question", "name"),
        "What do you want to find out, in your own words?",
        "One sentence that stands at the top of the report. It changes no number.",
    ),
    Slot(
        "data",
        ("dataset.plugin", "dataset.params"),
        "Which data? Name a file (CSV, Parquet or SAS transport) or one of the built-in tables.",
        "The file is read on this computer only.",
        needed=True,
    ),
    Slot(
        "person",
        ("dataset.id",),
        "What is one row: a person, a visit, a sample? If persons have several rows, which column "
        "tells them apart?",
        "All rows of a person stay on the same side of every split; otherwise a person would be "
        "in train and holdout at once, and every number would look too good.",
    ),
    Slot(
        "outcome",
        ("dataset.target", "dataset.task", "dataset.positive", "dataset.time"),
        "What is predicted? Name the outcome column; for survival, also the follow-up time.",
        "Usefulness of synthetic rows is judged by how well models trained on them predict this "
        "column in real people whom no generator has seen.",
        needed=True,
    ),
    Slot(
        "sensitive",
        ("dataset.sensitive",),
        "Which columns are sensitive, such as ethnicity or sex? Results are also shown by group.",
        "Groups are compared, so that a generator that fails a minority does not hide in a mean.",
    ),
    Slot(
        "known",
        ("dataset.quasi_identifiers",),
        "Which columns could an outsider already know about a person (age, sex, postcode …)?",
        "These quasi-identifiers are what an attacker would search a released table with.",
    ),
    Slot(
        "purpose",
        ("objective",),
        "What are the synthetic data for: giving others access, developing models, adding to a "
        "small group (augmentation), or a public release with differential privacy? And what must "
        "not happen?",
        "The purpose decides how fidelity, utility and privacy are weighed, and which limits rule "
        "a generator out.",
    ),
    Slot(
        "privacy",
        ("privacy",),
        "Do you want a formal guarantee (differential privacy)? If so: which epsilon, and how many "
        "rows may be stated publicly?",
        "Epsilon bounds how much any one person can change what is released: smaller is safer and "
        "noisier; 1 is common, above 10 says little. Delta is the chance that the bound fails.",
    ),
    Slot(
        "generators",
        ("generators",),
        "Which generators shall be compared?",
        "They differ in what they keep, how long they train and whether they promise privacy.",
    ),
    Slot(
        "measures",
        ("metrics",),
        "Is there an analysis whose result must survive, such as a regression coefficient? "
        "Otherwise the usual measures of fidelity, utility and privacy are taken.",
        "An estimand is compared between real and synthetic rows with its interval.",
    ),
    Slot(
        "augmentation",
        ("augmentation",),
        "Which groups shall get synthetic rows: a column, or some of its levels?",
        "Models trained with and without the added rows are tested on real people; controls such "
        "as copies and weights show whether less would have done.",
    ),
    Slot(
        "budget",
        ("budget", "design", "selector"),
        "How long may it take: a quick look (minutes), a standard study, or one for print?",
        "More splits and longer training narrow the intervals.",
    ),
)
