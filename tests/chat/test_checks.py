"""Whatever is wrong with a draft is told at once, and nothing of few people with it."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synthcraft.chat.checks import MISSING, coarse, duration, local_problems, problems
from synthcraft.chat.draft import Draft
from synthcraft.chat.talk import Data
from synthcraft.data.profile import ColumnProfile, Profile, profile_dataset
from synthcraft.errors import Problem
from synthcraft.spec.types import DatasetSpec

N = 400


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "age": rng.integers(20, 80, N).astype(float),
            "sex": rng.choice(["f", "m"], N),
            "stage": rng.choice(["I", "II", "III"], N),
            "months": np.round(rng.exponential(20, N), 1),
            "died": rng.choice(["no", "yes"], N),
            "note": [f"seen by nurse number {i}" for i in range(N)],
        }
    )


@pytest.fixture
def table(tmp_path):
    """The data of a conversation about a frame."""

    def of(frame, **fields) -> Data:
        path = tmp_path / "secret_study.csv"
        frame.to_csv(path, index=False)
        return data_at(path, **fields)

    return of


def data_at(path, **fields) -> Data:
    params = {"path": str(path)}
    dataset = DatasetSpec(plugin="csv", params=params, **fields)
    return Data("csv", params, profile_dataset(dataset))


def draft_of(dataset=None, **more) -> Draft:
    plain = {
        "name": "study",
        "dataset": {
            "target": "died",
            "task": "classification",
            "drop": ["note"],
            **(dataset or {}),
        },
        "generators": {"arf": {"plugin": "arf"}},
    }
    return Draft({key: value for key, value in {**plain, **more}.items() if value is not None})


def told(draft, data) -> dict[str, str]:
    found = problems(draft, data)
    assert found == sorted(found, key=lambda problem: problem.path)
    assert all(problem.hint for problem in found)
    return {problem.path: f"{problem.message} | {problem.hint}" for problem in found}


def test_a_sound_draft_has_no_problems(frame, table):
    assert told(draft_of(), table(frame)) == {}
    assert local_problems(draft_of(), table(frame)) == []


def test_an_empty_draft_lacks_what_every_spec_needs(frame, table):
    assert {p.path for p in problems(Draft(), None)} == {"name", "dataset", "generators"}
    found = {p.path: p.message for p in problems(Draft(), table(frame))}
    assert found == {"name": MISSING, "generators": MISSING, "dataset.target": MISSING}


def test_the_rest_is_checked_before_there_are_generators(frame, table):
    draft = draft_of({"task": "regression"}, name=None, generators=None)
    found = told(draft, table(frame))
    assert "categorical" in found.pop("dataset.task")
    assert set(found) == {"name", "generators"}


@pytest.mark.parametrize(
    ("dataset", "path", "told_of_it"),
    [
        ({"target": "dead"}, "dataset.target", "Did you mean 'died'?"),
        ({"sensitive": ["gender", "sex"]}, "dataset.sensitive", "no column 'gender'"),
        ({"id": "patient"}, "dataset.id", "no column 'patient'"),
        ({"columns": {"agee": {"low": 0}}}, "dataset.columns.agee", "Did you mean 'age'?"),
        ({"quasi_identifiers": ["note"]}, "dataset.quasi_identifiers", "free text"),
        ({"task": "survival", "time": "sex"}, "dataset.time", "not numeric"),
        ({"positive": "dead"}, "dataset.positive", "no level 'dead'"),
        ({"positive": "Yes"}, "dataset.positive", "Did you mean 'yes'?"),
        ({"columns": {"age": {"high": 40}}}, "dataset.columns.age.high", "up to about 80"),
        ({"columns": {"stage": {"levels": ["I", "II"]}}}, "dataset.columns.stage.levels", "'III'"),
        ({"targett": "died"}, "dataset.targett", "Did you mean 'target'?"),
        ({"target": "age"}, "dataset.task", "different values"),
    ],
)
def test_what_does_not_fit_the_table(frame, table, dataset, path, told_of_it):
    note = {} if "quasi_identifiers" in dataset else {"drop": ["note"]}
    found = told(draft_of({**note, **dataset}), table(frame))
    assert told_of_it in found[path]
    assert "secret_study" not in json.dumps(found)


def test_classes_need_rows(frame, table):
    frame.loc[:4, "died"] = "perhaps"
    found = told(draft_of(), table(frame))
    assert "fewer than 10 rows" in found["dataset.target"]
    assert "perhaps" not in json.dumps(found)


def test_generators_must_support_the_task(frame, table):
    frame["died"] = frame["died"].map({"no": 0, "yes": 1})
    survival = {"task": "survival", "time": "months", "positive": "1"}
    generators = {"arf": {"plugin": "arf"}, "gan": {"plugin": "survival_gan"}}
    assert told(draft_of(survival, generators=generators), table(frame)) == {}
    found = told(draft_of(generators=generators), table(frame))
    assert "does not support the task classification" in found["generators.gan"]


def test_an_epsilon_must_be_feasible(frame, table):
    private = {"independent": {"plugin": "independent"}}
    privacy = {"epsilons": [1e-9], "rows": 400, "domain": "from_data"}
    found = told(draft_of(generators=private, privacy=privacy), table(frame))
    assert "no amount of noise" in found["privacy.epsilons"]
    found = told(draft_of(generators=private, privacy={"epsilons": [0]}), table(frame))
    assert "0" in found["privacy.epsilons.0"]
    found = told(draft_of(generators=private, privacy={"epsilons": [1], "rows": 400}), table(frame))
    assert "known in public" in found["dataset.columns.age"]


def test_a_private_draft_is_checked_before_there_are_generators(frame, table):
    privacy = {"epsilons": [1], "rows": 400, "domain": "from_data"}
    assert set(told(draft_of(generators=None, privacy=privacy), table(frame))) == {"generators"}


def test_a_trial_must_be_done_in_time(frame, table):
    slow = {"slow": {"plugin": "ctgan", "params": {"n_iter": 100_000}}}
    draft = draft_of(generators=slow, budget={"trial_seconds": 60})
    found = told(draft, table(frame))
    assert "a trial of slow takes about" in found["budget.trial_seconds"]
    assert duration(draft, table(frame)).run.median > 60  # the trial is stopped then
    assert duration(Draft({"dataset": []}), table(frame)) is None


def test_a_choice_needs_time_for_a_trial(frame, table):
    gans = {name: {"plugin": "ctgan", "params": {"n_iter": 2000}} for name in ("one", "two")}
    choice = {
        "generators": gans,
        "selector": {"plugin": "kg"},
        "objective": {"use": "access"},
        "budget": {"seconds": 2, "trial_seconds": 86_400},
    }
    assert "less than one trial" in told(draft_of(**choice), table(frame))["budget.seconds"]
    longer = {**choice, "budget": {"seconds": 86_400, "trial_seconds": 86_400}}
    assert told(draft_of(**longer), table(frame)) == {}


# The table stays where it is ---------------------------------------------------------------------


def test_no_draft_decides_which_file_is_read(frame, table, tmp_path):
    data = table(frame)
    other = tmp_path / "other.csv"
    frame.rename(columns={"died": "dead"}).to_csv(other, index=False)
    for params in ({"path": str(other)}, {"trained_on": str(other)}, {"holdout_path": str(other)}):
        assert told(draft_of({"plugin": "parquet", "params": params}), data) == {}
    assert told(draft_of({"plugin": "csv", "params": {"path": "nowhere.csv"}}), None) == {}


def test_a_file_that_has_gone_is_not_named(frame, table, tmp_path):
    data = table(frame)
    (tmp_path / "secret_study.csv").unlink()
    found = told(draft_of(), data)
    assert found == {"dataset.params.path": "the table cannot be read | Name its file once more."}


def test_a_changed_file_is_read_again(frame, table):
    data = table(frame)
    assert told(draft_of(), data) == {}
    table(frame.assign(died="no"))
    assert "same value" in told(draft_of(), data)["dataset.target"]


def test_what_few_people_make_wrong_is_told_here_only(frame, table):
    frame.loc[3, "age"] = 104
    frame.loc[5, "stage"] = "canary"
    data = table(frame)
    columns = {"age": {"high": 100}, "stage": {"levels": ["I", "II", "III"]}}
    draft = draft_of({"columns": columns, "rules": {"a": "stage != 'canary'"}})
    assert told(draft, data) == {}
    assert [(p.path, p.message) for p in local_problems(draft, data)] == [
        ("dataset.columns.age.high", "1 values are above 100"),
        ("dataset.columns.stage.levels", "1 values are not among the 3 declared levels"),
        ("dataset.rules.a", "'stage' has no level 'canary'"),
    ]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(high=st.integers(0, 300), extreme=st.integers(80, 299))
def test_ranges_do_not_find_a_persons_value(frame, tmp_path, high, extreme):
    """Whatever range is proposed: the problems are those of a table without the oldest person."""
    answers = []
    for oldest in (79, extreme):
        frame.loc[0, "age"] = oldest
        path = tmp_path / f"{oldest}.csv"
        frame.to_csv(path, index=False)
        data = data_at(path)
        draft = draft_of({"columns": {"age": {"high": high}, "sex": {"levels": ["f"]}}})
        answers.append(told(draft, data))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("high", range(60, 82, 3))
def test_ranges_do_not_find_more_than_the_profile_tells(frame, tmp_path, high):
    """Where the oldest 12 people are 71 or 79, the profile is the same; so are the problems."""
    answers, profiles = [], []
    for age in (71.0, 79.0):
        frame["age"] = np.where(frame.index < 12, age, np.minimum(frame["age"], 70))
        path = tmp_path / f"{age}.csv"
        frame.to_csv(path, index=False)
        data = data_at(path)
        profiles.append(data.profile)
        answers.append(told(draft_of({"columns": {"age": {"high": high}}}), data))
    assert profiles[0] == profiles[1]
    assert answers[0] == answers[1]


def test_a_range_that_holds_all_values_is_no_problem(frame, table):
    """The profile's bound is rounded outwards: 78 lies inside of it, and nobody beyond."""
    frame["age"] = np.minimum(frame["age"], 78)
    data = table(frame)
    assert data.profile.column("age").high == 80
    draft = draft_of({"columns": {"age": {"high": 78, "low": 20}}})
    assert told(draft, data) == {}
    assert local_problems(draft, data) == []


@pytest.mark.parametrize("level", ["canary", "absent"])
def test_levels_cannot_be_found_by_asking_for_them(frame, table, level):
    frame.loc[:2, "stage"] = "canary"
    frame.loc[:2, "died"] = "canary"
    data = table(frame)
    found = told(draft_of({"positive": level, "rules": {"a": f"stage == '{level}'"}}), data)
    assert {text.replace(level, "LEVEL") for text in found.values()} == {
        "'died' has no level 'LEVEL' of 10 people or more | Accepted: no, yes.",
        "'died' has classes of fewer than 10 rows | Merge them, or leave their rows out "
        "(dataset.params.missing_codes); if the values are amounts, set dataset.task=regression.",
    }


def test_one_persons_rows_are_not_people(frame, table):
    """A person with 30 rows is one person, whom no count may tell of."""
    frame["patient"] = [*range(370), *[999] * 30]
    frame.loc[370:, "months"] = -5.0
    survival = {"task": "survival", "time": "months", "positive": "yes", "id": "patient"}
    draft = draft_of(survival)
    assert "dataset.time" not in told(draft, table(frame))
    assert [p.path for p in local_problems(draft, table(frame))] == ["dataset.time"]


TEXTS = [
    ("1,234 values are not numbers", "about 1,200 values are not numbers"),
    ("41 values are infinite or beyond 1e+30", "about 40 values are infinite or beyond 1e+30"),
    ("57 values are numbers and 12 are not", "about 60 values are numbers and about 10 are not"),
    ("87 levels in 5,265 rows: it looks", "about 90 levels in about 5,300 rows: it looks"),
    ("123 levels, more than dataset.max_levels=100", "about 120 levels, more than"),
    ("43 usable rows", "about 40 usable rows"),
    ("'x7' has 3 values, but an event indicator has two", "'x7' has fewer than 10 values, but"),
    ("'x' has 1 class of fewer than 10 rows", "'x' has classes of fewer than 10 rows"),
    ("'x' has 17 classes of fewer than 10 rows", "'x' has classes of fewer than 10 rows"),
    ("5,265 different values, and by its name", "about 5,300 different values, and by its name"),
    ("a number such as 7254.5 that is nobody's business", "a number such as … that is"),
    ("above 42.5, which the draft holds", "above 42.5, which the draft holds"),
    ("Fewer than 10 rows have no usable weight", "Fewer than 10 rows have no usable weight"),
]


@pytest.mark.parametrize(("text", "wanted"), TEXTS)
def test_counts_are_coarse(text, wanted):
    plain = {"dataset": {"columns": {"x": {"high": 42.5}}}}
    profile = Profile(rows=5300, columns=(ColumnProfile("x", "numeric"),))
    out = coarse(Problem("dataset.columns.x", text, f"{text} Its levels: Ann, Bo."), plain, profile)
    assert out.message.startswith(wanted)
    assert out.hint.startswith(wanted)
    assert "Ann" not in out.hint


def test_limits_follow_the_profiles_k():
    profile = Profile(rows=5300, columns=(), k=25)
    out = coarse(Problem("dataset", "24 usable rows"), {}, profile)
    assert out.message == "fewer than 25 usable rows"


# Groups that get rows ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("augmentation", "path", "message"),
    [
        ({"column": "stge"}, "column", "no column 'stge' | Did you mean 'stage'?"),
        ({"column": "age"}, "column", "'age' holds amounts, and groups are levels"),
        ({"column": "note"}, "column", "'note' holds free text"),
        ({"column": "died"}, "column", "is the outcome"),
        ({"column": "stage", "groups": ["IV"]}, "groups", "no level 'IV' of 10 people or more"),
        (
            {"column": ["stage", "sex"], "groups": ["II & w"]},
            "groups",
            "'sex' has no level 'w' of 10 people or more",
        ),
    ],
)
def test_groups_that_cannot_get_rows_are_told(frame, table, augmentation, path, message):
    draft = draft_of(augmentation=augmentation)
    found = told(draft, table(frame))
    assert list(found) == [f"augmentation.{path}"]
    assert message in found[f"augmentation.{path}"]
    assert local_problems(draft, table(frame)) == []


@pytest.mark.parametrize("groups", [["I"], ["I", "III"], "all"])
def test_a_trial_that_can_be_run_has_no_problems(frame, table, groups):
    draft = draft_of(augmentation={"column": ["stage"], "groups": groups})
    assert told(draft, table(frame)) == {}
    assert local_problems(draft, table(frame)) == []


def test_a_selector_s_own_splits_are_looked_at_too(frame, table):
    frame["stage"] = ["II" if i % 9 == 0 else "I" for i in range(N)]  # 45 people
    limited = {"budget": {"seconds": 3000}, "selector": {"plugin": "kg"}, "objective": {}}
    data, augmentation = table(frame), {"column": ["stage"], "groups": ["II"]}
    design = {"splits": 2, "fractions": {"holdout": 0.6, "validation": 0.2}}
    whole = draft_of(augmentation=augmentation, design={**design, "splits": 1})
    assert local_problems(whole, data) == []  # 27 people in the holdout
    chosen = draft_of(augmentation=augmentation, design=design, **limited)
    assert told(chosen, data) == {}
    (few,) = local_problems(chosen, data)  # and 4 where the selector judges
    assert "stage=II has" in few.message


def test_whom_too_few_can_be_judged_of_stays_with_the_researcher(frame, table):
    frame.loc[:13, "stage"] = "IV"  # enough to be named, and too few to judge a model by
    frame.loc[14:20, "stage"] = "Xerophthalmia"
    data = table(frame)
    draft = draft_of(augmentation={"column": ["stage"], "groups": ["IV"]})
    assert told(draft, data) == {}
    (few,) = local_problems(draft, data)
    assert "stage=IV" in few.message and "split 0" in few.message
    rare = draft_of(augmentation={"column": ["stage"], "groups": ["Xerophthalmi"]})
    found = told(rare, data)
    # Neither that there is such a level nor how it is spelled.
    assert "Xerophthalmia" not in str(found)
    exact = draft_of(augmentation={"column": ["stage"], "groups": ["Xerophthalmia"]})
    assert (
        told(exact, data)["augmentation.groups"].replace("Xerophthalmia", "Xerophthalmi")
        == (found["augmentation.groups"])
    )
