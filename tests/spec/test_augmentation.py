"""What contradicts itself in an augmentation block."""

from typing import Any

import pytest

from synthcraft.errors import Problem, SpecError
from synthcraft.spec.read import dump, read_text
from synthcraft.spec.types import Spec
from synthcraft.spec.validate import parse


def spec_of(privacy: dict[str, Any] | None = None, generator: str = "arf", **block: Any) -> Spec:
    plain: dict[str, Any] = {
        "name": "x",
        "dataset": {"plugin": "simulated"},
        "generators": {"a": {"plugin": generator}},
        "augmentation": {"column": "group", **block},
    }
    if generator == "file":
        plain["generators"]["a"]["params"] = {"paths": ["s.csv"]}
    return parse(plain | ({"privacy": privacy} if privacy else {}))


def problems_of(**settings: Any) -> list[Problem]:
    with pytest.raises(SpecError) as caught:
        spec_of(**settings)
    return list(caught.value.problems)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"column": ["group", "sex"], "groups": ["C & female"]},
        {"rule": "counts", "counts": {"C": 40}},
        {"rule": "counts", "counts": {"C&female": 40}, "groups": ["C & female"]},
        {"rule": "proportion", "shares": {"B": 0.3, "C": 0.3}},
        {"doses": [0, 25, 100], "primary": 25},
        {"undersample": 50, "controls": ["real"]},
        {"how": "per_group"},
        {
            "privacy": {"rows": 1000},
            "generator": "mst",
            "rule": "counts",
            "counts": {"C": 40},
            "how": "rejection",
        },
    ],
)
def test_what_is_accepted_and_means_the_same_when_written_out(settings: dict[str, Any]) -> None:
    spec = spec_of(**settings)
    assert parse(read_text(dump(spec), "")) == spec


@pytest.mark.parametrize(
    ("settings", "path", "told"),
    [
        ({"column": "outcome"}, "augmentation.column", "prevalence, which calibration"),
        ({"column": ["sex", "outcome"]}, "augmentation.column", "prevalence"),
        ({"column": []}, "augmentation.column", "non-empty"),
        ({"column": ["sex", "sex"]}, "augmentation.column", "named twice"),
        ({"groups": []}, "augmentation.groups", "no group"),
        ({"groups": "C"}, "augmentation.groups", "got 'C'. Give all or a list."),
        ({"groups": 3}, "augmentation.groups", "got 3. Give all or a list."),
        (
            {"undersample": 5},
            "augmentation.undersample",
            "at least 10. Or: more than 0, less than 1.",
        ),
        ({"groups": ["a & b", "a&b"]}, "augmentation.groups", "'a & b' is named twice"),
        ({"doses": [0]}, "augmentation.doses", "no dose adds a row"),
        ({"doses": [50, 50.0]}, "augmentation.doses", "50 is given twice"),
        ({"doses": [50], "primary": 100}, "augmentation.primary", "Accepted: 50."),
        ({"rule": "counts"}, "augmentation.counts", "is missing"),
        ({"rule": "proportion"}, "augmentation.shares", "is missing"),
        ({"counts": {"C": 5}}, "augmentation.counts", "the rule is dose"),
        ({"rule": "equal", "shares": {"C": 0.5}}, "augmentation.shares", "the rule is equal"),
        (
            {"rule": "proportion", "shares": {"B": 0.6, "C": 0.4}},
            "augmentation.shares",
            "nothing is left",
        ),
        (
            {"rule": "counts", "counts": {"C": 500_000}, "doses": [100, 300]},
            "augmentation.counts",
            "1,500,000 rows; 1,000,000 is the most",
        ),
        (
            {"rule": "counts", "counts": {"C": 5}, "groups": ["C", "B"]},
            "augmentation.counts",
            "no number for the group 'B'",
        ),
        (
            {"rule": "counts", "counts": {"C": 5, "D": 5}, "groups": ["C"]},
            "augmentation.counts",
            "a number for 'D'",
        ),
        ({"controls": ["none", "real"]}, "augmentation.controls", "none are"),
        (
            {"how": "conditional", "generator": "nflow"},
            "augmentation.how",
            "a (nflow) cannot be asked for one group",
        ),
        ({"generator": "file"}, "generators.a", "made before the run"),
    ],
)
def test_what_is_refused(settings: dict[str, Any], path: str, told: str) -> None:
    problems = problems_of(**settings)
    assert [problem.path for problem in problems] == [path]
    assert told in str(problems[0])


PRIVATE = {"privacy": {"rows": 1000}, "generator": "mst"}


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({"rule": "dose"}, "augmentation.rule"),
        ({"rule": "equal"}, "augmentation.rule"),
        ({"rule": "counts", "counts": {"C": 5}, "how": "per_group"}, "augmentation.how"),
        ({"rule": "counts", "counts": {"C": 5}, "undersample": 50}, "augmentation.undersample"),
    ],
)
def test_nothing_of_a_private_release_follows_from_uncounted_looks(
    settings: dict[str, Any], path: str
) -> None:
    assert [problem.path for problem in problems_of(**PRIVATE, **settings)] == [path]


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("design.draws", {"design": {"draws": 2}}),
        ("design.synthetic_rows", {"design": {"synthetic_rows": 500}}),
        ("generators.weights", {"generators": {"weights": {"plugin": "arf"}}}),
        ("generators.a.reduce", {"generators": {"a": {"plugin": "arf", "reduce": {"to": 5}}}}),
        (
            "objective.endpoints.utility",
            {
                "selector": {"plugin": "kg"},
                "objective": {"endpoints": {"utility": "tstr.auroc"}},
                "budget": {"pulls": 9},
            },
        ),
        (
            "selector.plugin",
            {
                "selector": {"plugin": "kg"},
                "objective": {},
                "budget": {"pulls": 9},
                "generators": {"a": {"plugin": "mst"}},
                "privacy": {"rows": 900},
                "augmentation": {"column": "group", "rule": "counts", "counts": {"C": 40}},
            },
        ),
        (
            "privacy.selection",
            {
                "generators": {"a": {"plugin": "mst"}, "b": {"plugin": "aim"}},
                "privacy": {"rows": 900, "selection": "private", "selection_epsilon": 0.1},
                "augmentation": {"column": "group", "rule": "counts", "counts": {"C": 40}},
            },
        ),
    ],
)
def test_what_the_rest_of_the_spec_contradicts(path: str, changes: dict[str, Any]) -> None:
    plain = {
        "name": "x",
        "dataset": {"plugin": "simulated"},
        "generators": {"a": {"plugin": "arf"}},
        "augmentation": {"column": "group"},
    }
    with pytest.raises(SpecError) as caught:
        parse(plain | changes)
    assert path in [problem.path for problem in caught.value.problems]
