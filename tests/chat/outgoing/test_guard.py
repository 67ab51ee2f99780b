"""The firewall: what of a table's rows it finds in a message, and what it lets pass."""

import json
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthcraft.catalogue import DATASETS
from synthcraft.chat.errors import Blocked
from synthcraft.chat.outgoing.guard import Guard, guard_for, guard_of, place_names
from synthcraft.data.load import params_of
from synthcraft.data.profile import profile_source
from synthcraft.spec.types import DatasetSpec

NOTE = "He fell from the blue ladder behind his house and was found by a neighbour"


def patients() -> pd.DataFrame:
    """Forty rows, of which one holds what nobody may read."""
    count = 40
    return pd.DataFrame(
        {
            "patient_id": [f"AB-{81_000 + 7 * at}" for at in range(count)],
            "sex": ["female", "male"] * (count // 2),
            "town": ["Oxford"] * 30 + ["Zennor", "St. Ives"] * 5,
            "age": [20 + at for at in range(count)],
            "weight_kg": [60.25 + 1.75 * at for at in range(count)],
            "ferritin": [1000.5 + 111.25 * at for at in range(count)],
            "seen": [f"2019-03-{1 + at % 28:02d}" for at in range(count)],
            "note": ["nothing to report"] * (count - 1) + [NOTE],
            "phone": [f"(0{at}1) 555-{7000 + at}" for at in range(count)],
        }
    )


@pytest.fixture(scope="module")
def guard() -> Guard:
    return guard_of(patients(), identifiers=["patient_id"])


FOUND = {
    "a rare level": ("how many live in Zennor?", "text", "town"),
    "in other letters": ("how many live in ZENNOR?", "text", "town"),
    "with unseen characters": ("in Zen\u200bnor and Zen\u00adnor", "text", "town"),
    "in wide letters": ("in Ｚｅｎｎｏｒ", "text", "town"),
    "between signs": ("town=zennor;", "text", "town"),
    "two words": ("in st-ives", "text", "town"),
    "over two lines": ("in St.\n   Ives", "text", "town"),
    "a number": ("her ferritin was 1111.75", "number", "ferritin"),
    "with a comma": ("her ferritin was 1111,75", "number", "ferritin"),
    "with thousands": ("her ferritin was 1,111.75", "number", "ferritin"),
    "in German": ("her ferritin was 1.111,75", "number", "ferritin"),
    "in Swiss": ("her ferritin was 1'111.75", "number", "ferritin"),
    "in French": ("her ferritin was 1\u202f111,75", "number", "ferritin"),
    "with zeros": ("her ferritin was 1111.7500", "number", "ferritin"),
    "with a sign": ("a change of -1111.75", "number", "ferritin"),
    "with an exponent": ("her ferritin was 1.11175e3", "number", "ferritin"),
    "of four digits": ("a woman of 62.00, a man of 63.75 kg", "number", "weight_kg"),
    "within a list": ("[1, 2,1111.75,3]", "number", "ferritin"),
    "a date": ("who was seen on 2019-03-14", "date", "seen"),
    "a British date": ("who was seen on 14/3/19", "date", "seen"),
    "an American date": ("who was seen on 03-14-2019", "date", "seen"),
    "a spoken date": ("who was seen on March 14th, 2019", "date", "seen"),
    "a date in a name": ("scan_20190314.png", "date", "seen"),
    "a note's words": ("someone fell from the blue ladder, I think", "text", "note"),
    "a note in capitals": ("FELL FROM THE BLUE LADDER", "text", "note"),
    "an identifier": ("look at AB-81014", "code", "patient_id"),
    "an identifier, cut": ("look at ab 81-014", "code", "patient_id"),
    "an identifier, glued": ("rowAB81014x", "code", "patient_id"),
    "a telephone": ("call 031 555 7003", "code", "phone"),
    "escaped": (json.dumps({"a": ["Zenn\u00f6r", 1]}), "text", "town"),
    "escaped twice": (json.dumps({"a": json.dumps({"b": "Zennör"})}), "text", "town"),
    "escaped in a text": ("he said \\u005aennor", "text", "town"),
    "escaped as Python does": ("he said \\x5aennor", "text", "town"),
    "with an escaped tab": ("he said 'St. Ives\\tZennor'", "text", "town"),
    "of a web address": ("?town=St%2E%20Ives", "text", "town"),
    "of a web page": ("Zenn&ouml;r", "text", "town"),
    "a JSON number": ('{"x": [1, 1111.75]}', "number", "ferritin"),
    "a JSON key": ('{"Zennor": 1}', "text", "town"),
    "a repeated JSON key": ('{"a": "Zennor", "a": 1}', "text", "town"),
}


@pytest.mark.parametrize("case", FOUND)
def test_what_tells_of_few_people_is_found(guard: Guard, case: str) -> None:
    text, kind, column = FOUND[case]
    found = list(guard.found(text))
    assert any(one.kind == kind and column in one.columns for one in found), found


def test_of_what_was_found_kind_and_column_are_told_and_no_value(guard: Guard) -> None:
    with pytest.raises(Blocked) as raised:
        guard.check("Zennor, AB-81014, 1111.75, 14 March 2019")
    told = str(raised.value)
    for value in ("zennor", "81014", "1111", "march", "14"):
        assert value not in told.lower()
    assert "'town'" in told and "'patient_id'" in told and "Nothing was sent" in told
    assert raised.value.exit_code == 2


@pytest.mark.parametrize(
    "text",
    [
        "adults in Oxford, n = 5000, 20 to 80",
        "women: 1111 of them",  # rounded to another number than any cell
        "in 2019",
        "nothing to report here",  # shared by 39
        "weights between 60 and 130 kg",
        "zennorian pasties",  # another word
    ],
)
def test_what_many_share_passes(guard: Guard, text: str) -> None:
    guard.check(text)


def test_what_our_own_texts_say_passes_but_identifiers_never() -> None:
    frame = patients().assign(town=["Oxford"] * 39 + ["Target"])
    guard = guard_of(frame, identifiers=["patient_id"])
    with pytest.raises(Blocked):
        guard.check("what is the target?")
    allowing = guard.allowing(["dataset.target: the column that is predicted", "see AB-81014"])
    allowing.check("what is the Target?")
    with pytest.raises(Blocked):
        allowing.check("who is ab81014?")


def test_a_value_is_rare_when_few_people_share_it_however_many_rows() -> None:
    town = ["Oxford"] * 50 + ["Zennor"] * 50
    frame = pd.DataFrame({"town": town, "person": [*range(50), *([7] * 50)]})
    guard_of(frame).check("Zennor")
    with pytest.raises(Blocked):
        guard_of(frame, person="person").check("Zennor")


def test_a_value_that_is_common_in_one_column_is_no_secret_of_another() -> None:
    frame = pd.DataFrame({"mother": ["smoker"] * 20, "father": ["smoker", *["never"] * 19]})
    guard_of(frame).check("smoker")


def test_names_that_must_not_leave() -> None:
    guard = guard_of(patients(), unsaid=["ward_7_smith", "target"], allowed=["dataset.target"])
    guard.check("predict the target on ward 7")
    with pytest.raises(Blocked, match="stays on this computer"):
        guard.check("predict Ward-7 Smith")


# Parts of rows -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def nhanes() -> tuple[pd.DataFrame, Guard]:
    """The built-in table and its guard."""
    card, dataset = DATASETS.get("nhanes"), DatasetSpec(plugin="nhanes")
    source: Any = card.load()(params_of(card, dataset), seed=0)
    return source.frame, guard_for(source.frame, profile_source(source))


def _row(frame: pd.DataFrame, at: int) -> dict[str, Any]:
    return {str(k): v for k, v in frame.iloc[at].to_dict().items() if pd.notna(v)}


WRITINGS = {
    "as text": lambda row: ",".join(str(v) for v in row.values()),
    "with bars": lambda row: " | ".join(str(v) for v in row.values()),
    "with tabs": lambda row: "\t".join(str(v) for v in row.values()),
    "with commas in numbers": lambda row: ";".join(str(v).replace(".", ",") for v in row.values()),
    "as a list": lambda row: "\n".join(f"- {k}: {v}" for k, v in row.items()),
    "with equals": lambda row: "; ".join(f"{k} = {v}" for k, v in row.items()),
    "as JSON": lambda row: json.dumps(row),
    "as a JSON list": lambda row: json.dumps({"rows": [list(row.values())]}),
    "as words": lambda row: "a patient with " + " and ".join(f"{k} {v}" for k, v in row.items()),
    "backwards": lambda row: ", ".join(str(v) for v in reversed(row.values())),
    "in a sentence": lambda row: f"Look at {', '.join(str(v) for v in row.values())} for instance.",
}


@pytest.mark.parametrize("writing", WRITINGS)
def test_a_row_is_found_however_it_is_written(
    nhanes: tuple[pd.DataFrame, Guard], writing: str
) -> None:
    frame, guard = nhanes
    rng = np.random.default_rng(5)
    for at in rng.choice(len(frame), size=20, replace=False):
        found = list(guard.found(WRITINGS[writing](_row(frame, int(at)))))
        assert any(one.kind == "row" for one in found)


@pytest.mark.parametrize("size", [4, 6, 8])
def test_neighbouring_cells_of_few_people_are_found(
    nhanes: tuple[pd.DataFrame, Guard], size: int
) -> None:
    frame, guard = nhanes
    rng = np.random.default_rng(6)
    tried = missed = 0
    while tried < 40:
        at, first = int(rng.integers(len(frame))), int(rng.integers(frame.shape[1] - size))
        part = frame.iloc[at, first : first + size]
        same = (frame.iloc[:, first : first + size] == part).all(axis=1).sum()
        if part.isna().any() or same >= 10:
            continue
        tried += 1
        missed += not any(guard.found(", ".join(map(str, part))))
    # Allowed to be missed: whole numbers that say little, such as 62, 60, 80.
    assert missed == 0


# Ordinary talk -----------------------------------------------------------------------------------

TALK = """\
Hello, I would like to know whether synthetic data could replace our survey data.
I want to predict heart attack from the usual risk factors.
Adults between 20 and 80 only, please.
People with a BMI over 30 are obese; those over 40 severely so.
Use epsilon 1 and delta 1e-5.
epsilon = 0.5, 1, 2, 4, 8
We have about 5,300 participants, say n = 5000 for the public number of rows.
I have 5265 rows and 17 columns.
The target is heart_attack and it is a classification.
sex and ethnicity are sensitive, age is known to outsiders.
An outsider could know age, sex, ethnicity and education.
What is epsilon?
I don't know, you choose.
No, I meant stroke, not heart attack.
Compare ctgan, tvae, ddpm, arf and bayesian_network.
Remove ctgan and add pategan and adsgan as in the paper.
At most ten minutes on my laptop, 600 seconds.
A quick look first, then an overnight run with 10 splits and 5 replicates.
Blood pressure of 140/90 or more counts as hypertension.
Use sbp >= 140 and dbp >= 90 as cut-offs.
HbA1c of 6.5 or above means diabetes, 5.7 to 6.4 borderline.
Bins for age: 20, 30, 40, 50, 60, 70, 80
age bins [20, 35, 50, 65, 80], bmi bins [18.5, 25, 30, 35, 40]
Total cholesterol over 240 mg/dL and HDL below 40 are risk factors.
The waist should be below 102 cm in men and 88 cm in women.
Non-Hispanic Black and Mexican American people must not be worse off.
Non-Hispanic Asian women are few: could rows be added for them?
Add rows for Other Hispanic and Other or multi-racial participants.
The data are NHANES 2017-2018, so please cite that.
Levels are Never, Former and Current.
Yes.
Yes, that is right.
no
Never mind, go back to the question before.
Is the odds ratio of smoking on heart attack preserved, adjusted for age and sex?
A logistic regression of diabetes on bmi, age and education.
The income ratio runs from 0 to 5 and is top-coded at 5.
I care most about privacy: nobody must be re-identified.
We want to publish the data with differential privacy, epsilon at most 3 in total.
Keep 20 % as holdout, 10 % for validation, seed 42.
Results within 0.02 AUROC are fine, otherwise not.
Women aged 50 to 59 who never smoked are the group of interest.
Female, 20-29, and male, 30-39, are the smallest cells.
Why do you propose arf? Is it better than ctgan?
Explain dataset.quasi_identifiers.
Ich möchte Diabetes vorhersagen; das Geschlecht ist schützenswert.
Je veux prédire l'infarctus chez les adultes de plus de 40 ans.
Make 10000 synthetic rows with 2000 iterations and a batch size of 500.
privacy: epsilon 1, delta 1e-6, rows 5000; generators: aim, mst
Education: 9-11th grade, Below 9th grade, High school, Some college, College graduate
Please drop income_ratio, it has too many missing values (14%).
Age 65 and over against under 65; income ratio below 1.3 is poor.
The p-value must be under 0.001 and power at least 0.8 with alpha 0.05.
"""


def test_ordinary_talk_passes(nhanes: tuple[pd.DataFrame, Guard]) -> None:
    _, guard = nhanes
    blocked = {line: found for line in TALK.splitlines() if (found := list(guard.found(line)))}
    assert blocked == {}
    guard.check(TALK)
    guard.check(json.dumps({"messages": [{"role": "user", "content": TALK}]}))


def test_a_message_is_checked_fast(nhanes: tuple[pd.DataFrame, Guard]) -> None:
    _, guard = nhanes
    guard.check(TALK)
    best = min(_seconds(guard, TALK) for _ in range(3))
    assert best < 1.0  # measured 0.03 s; the margin is for busy machines


def _seconds(guard: Guard, text: str) -> float:
    start = time.perf_counter()
    guard.check(text)
    return time.perf_counter() - start


@pytest.mark.parametrize("piece", ["x", "1.", "1,", "jan", "1a", "a:", "[", "2019-01-"])
def test_no_text_takes_for_ever(guard: Guard, piece: str) -> None:
    """Twice the text takes twice the time, not four times: a model may write anything."""
    short, long = (_least_seconds(guard, piece * (size // len(piece))) for size in (4000, 32_000))
    assert long < 8 * 4 * short + 0.1  # quadratic would be 64 times


def _least_seconds(guard: Guard, text: str) -> float:
    times = []
    for _ in range(2):
        start = time.process_time()
        list(guard.found(text))
        times.append(time.process_time() - start)
    return min(times)


# Odd tables and texts ----------------------------------------------------------------------------


def odd() -> pd.DataFrame:
    """Every kind of column, sixty rows."""
    count = 60
    return pd.DataFrame(
        {
            "when": pd.date_range("2019-01-01", periods=count),
            "flag": [True, False] * 30,
            "maybe": [True, None, False] * 20,
            "empty": [None] * count,
            "nothing": [float("nan")] * count,
            "level": pd.Categorical(["a", "b", "c"] * 20),
            "mixed": [1, "one", 2.5] * 20,
            "small": pd.Series(np.linspace(1000.1, 1001.3, count), dtype="float32"),
            "whole": pd.Series([*range(count - 1), None], dtype="Int64"),
            "endless": [float("inf"), *([1.0] * (count - 1))],
            "blank": ["", " ", "\u200b"] * 20,
            5: range(count),
        }
    )


def test_every_kind_of_column_is_guarded() -> None:
    guard = guard_of(odd().set_axis([str(name) for name in odd().columns], axis=1), person="whole")
    found = {one.kind: one.columns for one in guard.found("1000.1 on 2 January 2019")}
    assert found["date"] == ("when",) and found["number"] == ("small",)


def test_an_empty_table_blocks_nothing() -> None:
    guard_of(pd.DataFrame({"a": pd.Series([], dtype="float64")})).check("1234.5 is 12-34")


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=60))
def test_any_text_can_be_checked(guard: Guard, text: str) -> None:
    list(guard.found(text))


@settings(max_examples=100, deadline=None)
@given(at=st.integers(0, 39), before=st.text(max_size=8), after=st.text(max_size=8))
def test_an_identifier_is_found_within_any_text(
    guard: Guard, at: int, before: str, after: str
) -> None:
    """As long as no digit or letter joins it to something else."""
    cell = patients()["patient_id"][at]
    assert any(one.identifies for one in guard.found(f"{before} {cell} {after}"))


def test_ordinary_words_of_a_file_s_name_may_be_said_and_others_not():
    frame = pd.DataFrame({"age": [*range(20)]})
    talk = guard_of(frame, unsaid=place_names(["clinic/stroke_registry.csv"]))
    talk.check("We would like to share our stroke registry with partners")
    with pytest.raises(Blocked):
        talk.check("it is in stroke_registry.csv")
    person = guard_of(frame, unsaid=place_names(["clinic/anna_mueller.csv"]))
    with pytest.raises(Blocked):
        person.check("Anna Mueller's table")
