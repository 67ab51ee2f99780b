"""Written conversations: the form of their files, the made-up tables, the persona, a whole play."""

import pytest

from synthcraft.chat.checks import problems
from synthcraft.chat.draft import Change
from synthcraft.chat.errors import ChatError
from synthcraft.chat.talk import Reply
from synthcraft.chat.written.persona import PATIENCE, Persona
from synthcraft.chat.written.play import MOST_MESSAGES, judge, play
from synthcraft.chat.written.suite import (
    Conversation,
    invented,
    read_conversation,
    read_suite,
    untold,
)
from synthcraft.errors import SpecError, UserError
from tests.chat.oracle import Oracle

TEXT = """
category: clear
who: a tester
data:
  file: falls.csv
  rows: 200
  columns:
    number: {persons: 200}
    age: {low: 18, high: 90, missing: 0.1}
    sex: {levels: {f: 0.5, m: 0.495, rare_sex: 0.005}}
    note: {words: true}
    fell: {levels: {'no': 0.7, 'yes': 0.3}}
turns: [falls.csv; predict fell., I am done.]
answers: {outcome: fell, sensitive: sex}
confirm: {target: fell, task: classification}
gold:
  dataset.target: fell
  dataset.sensitive: [sex]
  objective.use: {contains: [data access]}
  outputs.samples: {absent: true}
forbidden: [secret]
"""


@pytest.fixture
def conversation(tmp_path):
    return written(tmp_path, TEXT)


def written(folder, text) -> Conversation:
    path = folder / "clear_falls.yaml"
    path.write_text(text, encoding="utf-8")
    return read_conversation(path)


# Files ---------------------------------------------------------------------------------------


def test_a_conversation_has_the_name_of_its_file(conversation):
    assert conversation.name == "clear_falls"
    assert conversation.language == "en"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("category: clear", "category: clearly", "clear_falls.yaml.category"),
        ("who:", "whoever:", "clear_falls.yaml.whoever"),
        ("{outcome: fell", "{outcomes: fell", "'outcomes' is no slot. Did you mean 'outcome'?"),
        ("{contains:", "{contain:", "objective.use has no single condition of one_of, within"),
        ("{words: true}", "{words: true, persons: 3}", "columns.note: has no single kind"),
        ("file: falls.csv", "dataset: nhanes", "names no single table: give dataset, or file"),
        ("turns: [falls.csv; predict fell., I am done.]", "turns: []", "clear_falls.yaml.turns"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(tmp_path, old, new, told):
    if new == "dataset: nhanes":
        new = "dataset: nhanes\n  file: falls.csv"
    with pytest.raises(SpecError) as caught:
        written(tmp_path, TEXT.replace(old, new))
    assert told in str(caught.value)


def test_only_named_conversations_or_categories(tmp_path, conversation):
    assert read_suite(tmp_path, ["clear"]) == read_suite(tmp_path, ["clear_falls"])
    assert read_suite(tmp_path, ["dp"]) == ()
    with pytest.raises(UserError, match=r"category 'clear_fall'.*'clear_falls'"):
        read_suite(tmp_path, ["clear_fall"])


def test_an_invented_table_is_as_described_and_always_the_same(conversation):
    frame = invented(conversation)
    assert frame.equals(invented(conversation))
    assert list(frame) == ["number", "age", "sex", "note", "fell"]
    assert frame["sex"].value_counts().to_dict() == {"f": 100, "m": 99, "rare_sex": 1}
    assert frame["fell"].value_counts().to_dict() == {"no": 140, "yes": 60}
    assert frame["number"].nunique() == 200
    assert frame["age"].dropna().between(18, 90).all()
    # 200 cells, each absent with chance 0.1: 20 ± 4.2 (sd); five of them make 21
    assert abs(frame["age"].isna().sum() - 20) <= 21


def test_cells_that_tell_of_few_people_are_forbidden(conversation):
    found = untold(conversation)
    assert {"secret", "P00001", "P00200", "rare_sex"} <= set(found)
    assert not {"f", "m", "yes", "no"} & set(found)
    assert len(found) == 1 + 200 + 200 + 1  # the text, identifiers, notes, the rare level


def test_a_built_in_table_is_not_invented(tmp_path):
    start, end = TEXT.index("  file:"), TEXT.index("turns:")
    built_in = written(tmp_path, TEXT[:start] + "  dataset: nhanes\n" + TEXT[end:])
    with pytest.raises(ValueError, match="built-in"):
        invented(built_in)


# The persona ---------------------------------------------------------------------------------


def test_the_story_goes_on_where_nothing_is_asked(conversation):
    first, persona = Persona(conversation).speak()
    second, persona = persona.speak()
    last, _ = persona.speak()
    assert (first, second, last) == ("falls.csv; predict fell.", "I am done.", "")


def test_questions_are_answered_in_their_order_and_the_story_goes_on(conversation):
    _, persona = Persona(conversation).speak()
    text, persona = persona.speak(["sensitive", "outcome"])
    assert text == "sex\nfell\nI am done."
    assert persona.speak()[0] == ""


def test_what_a_persona_does_not_know_it_says_in_its_place(conversation):
    _, persona = Persona(conversation).speak()
    text, persona = persona.speak(["budget", "outcome"])
    assert text == "I don't know.\nfell\nI am done."


def test_the_same_question_is_not_answered_forever(conversation):
    _, persona = Persona(conversation).speak()
    _, persona = persona.speak()
    heard = []
    for _ in range(PATIENCE + 2):
        text, persona = persona.speak(["outcome"])
        heard.append(text)
    assert heard == ["fell"] * PATIENCE + ["", ""]


def test_only_the_right_outcome_is_confirmed(conversation):
    right = {"dataset.target": "fell", "dataset.task": "classification", "dataset.positive": "yes"}
    wrong = {**right, "dataset.task": "survival"}
    _, persona = Persona(conversation).speak()
    assert persona.speak([], right)[0] == "Yes.\nI am done."
    assert persona.speak([], wrong)[0] == "No, fell\nI am done."


# A whole conversation ------------------------------------------------------------------------


class Scripted:
    """Answers with these replies one after the other, then with the last of them again."""

    def __init__(self, *replies):
        self.replies = list(replies)
        self.heard = []

    def reply(self, talk, said):
        self.heard.append(said)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        return reply


def held_with(conversation, *replies):
    interviewer = Scripted(*replies)
    return play(conversation, lambda data: interviewer, check=problems), interviewer


def test_the_perfect_one_has_all(conversation):
    score = judge(play(conversation, lambda data: Oracle(conversation), check=problems))
    assert (score.right, score.valid, score.first, score.breaches) == (1.0, True, True, ())
    assert score.tokens == 30  # two messages, 15 each
    assert score.questions == 0


def test_one_wrong_setting_is_seen_where_it_is(conversation):
    wrong = Change(("dataset", "sensitive"), ["age"], "proposed")
    score = judge(play(conversation, lambda data: Oracle(conversation, wrong), check=problems))
    assert [path for path, right in score.held.items() if not right] == ["dataset.sensitive"]
    assert score.right == 0.75
    assert score.valid


def test_an_invalid_spec_is_not_valid_though_its_settings_are_right(conversation):
    wrong = Change(("generators",), {"a": {"plugin": "arff"}}, "proposed")
    score = judge(play(conversation, lambda data: Oracle(conversation, wrong), check=problems))
    assert (score.right, score.valid, score.first) == (1.0, False, False)


def test_repairs_on_the_way_are_counted(conversation):
    oracle = Oracle(conversation).changes
    repaired = Reply("", oracle, usage={"repairs": 1, "input": 5})
    played, _ = held_with(conversation, repaired, Reply("", oracle))
    score = judge(played)
    assert (score.valid, score.first, score.tokens) == (True, False, 5)


def test_forbidden_texts_are_found_in_spec_and_answers(conversation):
    named = Change(("question",), "a secret", "proposed")
    spec = play(conversation, lambda data: Oracle(conversation, named), check=problems)
    told, _ = held_with(conversation, Reply("It is secret.", Oracle(conversation).changes))
    assert judge(spec).breaches == judge(told).breaches == ("secret",)


def test_what_an_interviewer_may_not_set_is_not_set(conversation):
    elsewhere = Change(("dataset", "params", "path"), "/etc/passwd", "said")
    samples = Change(("outputs", "samples"), True, "said")
    oracle = Oracle(conversation, elsewhere, samples)
    score = judge(play(conversation, lambda data: oracle, check=problems))
    assert score.valid
    assert score.held["outputs.samples"]


def test_the_file_is_not_named_to_the_interviewer(conversation):
    _, interviewer = held_with(conversation, Reply("", Oracle(conversation).changes))
    assert interviewer.heard[0] == "DATA; predict fell."


def test_a_wrong_outcome_is_not_confirmed(conversation):
    wrong = Change(("dataset", "target"), "sex", "proposed")
    oracle = Oracle(conversation, wrong)
    played = play(conversation, lambda data: oracle, check=problems)
    assert "dataset.target" in [problem.path for problem in played.problems]
    assert not judge(played).valid


def test_no_answer_ends_the_conversation_and_is_told(conversation):
    done = Reply("", Oracle(conversation).changes)
    played, _ = held_with(conversation, done, ChatError("No server answers."))
    score = judge(played)
    assert (score.failure, score.valid) == ("No server answers.", False)
    assert score.right == 1.0


def test_an_interviewer_that_never_stops_asking_is_left(conversation):
    slots = ("outcome", "sensitive", "known", "purpose", "privacy", "generators", "budget")
    asking = [Reply("?", asks=(slot,)) for slot in slots * 9]
    played, interviewer = held_with(conversation, *asking)
    assert len(interviewer.heard) <= MOST_MESSAGES
    assert not judge(played).valid
