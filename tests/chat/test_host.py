from dataclasses import replace

import pytest

from synthcraft.chat import confirm
from synthcraft.chat.errors import Blocked, ChatError
from synthcraft.chat.host import Host, table_of
from synthcraft.chat.talk import Data, Reply
from synthcraft.chat.transcript import ENDING, Agreed, Answered, Declined, Transcript, events_of
from synthcraft.errors import Problem, UserError
from synthcraft.spec.read import read_file
from tests.chat.fakes import ARF, OUTCOME, PROFILE, TARGET, Scripted, means, said, wrong


@pytest.fixture
def transcript(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("died\nno\n")
    with Transcript(tmp_path / f"x{ENDING}") as opened:
        yield opened


def test_a_file_in_a_message_is_read_here_and_not_named(transcript):
    rules = Scripted(Reply("Good.", (TARGET,)))
    told = []
    host = Host(transcript, means(rules=rules, tell=told.append))
    host.say("Take a.csv and predict died")
    talk, heard = rules.heard[0]
    assert heard == "Take DATA and predict died"
    assert talk.data.params == {"path": "a.csv"}
    assert "200 rows" in told[0]
    assert host.session.draft.get("dataset", "params", "path") == "a.csv"


def test_a_holdout_is_named_later(transcript, tmp_path):
    (tmp_path / "h.csv").write_text("died\nno\n")
    host = Host(transcript, means(Reply("Good.", (TARGET,))))
    host.say("predict died in a.csv")
    host.say("the held-out rows are in h.csv")
    assert host.session.draft.get("dataset") == {
        "plugin": "csv",
        "params": {"path": "a.csv", "holdout_path": "h.csv"},
        "target": "died",
    }


def test_another_file_takes_the_place_of_the_first_and_a_mere_name_does_not(transcript, tmp_path):
    (tmp_path / "b.csv").write_text("died\nno\n")
    host = Host(transcript, means(Reply("Good.", (TARGET,)), Reply("Good.")))
    host.say("predict died in a.csv")
    host.say("it is much like NHANES")
    assert host.session.data.params == {"path": "a.csv"}
    host.say("sorry, b.csv it is")
    assert host.session.draft.get("dataset") == {"plugin": "csv", "params": {"path": "b.csv"}}
    host.use("nhanes")
    assert host.session.data.plugin == "nhanes"


def test_text_that_is_none_is_kept_as_far_as_it_is(transcript):
    rules = Scripted()
    Host(transcript, means(rules=rules)).say("caf\udce9")
    assert rules.heard[0][1] == "caf?"


def test_a_file_that_is_not_there_is_told_here_only(transcript):
    rules, told = Scripted(), []
    Host(transcript, means(rules=rules, tell=told.append)).say("it is b.csv")
    assert "Did you mean 'a.csv'?" in told[0]
    assert "b.csv" not in rules.heard[0][1]


def test_a_table_that_cannot_be_read_is_told_and_the_conversation_goes_on(transcript):
    def load(plugin, params):
        raise UserError([Problem("a.csv", "has no header")])

    told = []
    host = Host(transcript, means(Reply("Which table?"), load=load, tell=told.append))
    assert host.say("a.csv").text == "Which table?"
    assert told == ["a.csv: has no header."]
    assert host.session.data is None


def test_target_and_task_are_confirmed_by_the_program(transcript):
    rules = Scripted(Reply("Noted.", (TARGET,)))
    host = Host(transcript, means(rules=rules))
    turn = host.say("predict died in a.csv")
    assert turn.text.startswith("Noted.\n\nTo be sure: the outcome is 'died'")
    assert host.unconfirmed()
    host.say("Yes, and sex is sensitive")
    assert host.session.talk.confirmed == {"dataset.target", "dataset.task"}
    assert rules.heard[-1][1] == "and sex is sensitive"
    assert host.session.draft.origins[("dataset", "task")].how == "said"
    assert not host.unconfirmed()


@pytest.mark.parametrize(
    ("answer", "heard"),
    [("yes", confirm.HELD), ("no", confirm.NOT_HELD), ("no, stroke", "no, stroke")],
)
def test_a_bare_answer_is_told_as_what_it_answers(transcript, answer, heard):
    rules = Scripted(Reply("Noted.", (TARGET,)), Reply("Go on."))
    host = Host(transcript, means(rules=rules))
    host.say("predict died in a.csv")
    host.say(answer)
    assert rules.heard[-1][1] == heard
    assert bool(host.session.confirmed) == (answer == "yes")


def test_what_is_not_answered_is_asked_once_and_again_when_it_changes(transcript):
    other = said("dataset", "target", to="sex")
    host = Host(transcript, means(Reply("1", (TARGET,)), Reply("2"), Reply("3", (other,))))
    host.say("predict died in a.csv")
    assert host.say("what is a split?").text == "2"
    assert "'sex'" in host.say("rather sex").text


def test_a_later_yes_is_to_something_else(transcript):
    host = Host(transcript, means(Reply("1", (TARGET,)), Reply("Shall it be quick?")))
    host.say("predict died in a.csv")
    host.say("hm")
    host.say("yes")
    assert not host.session.confirmed


@pytest.mark.parametrize(
    "change",
    [
        said("dataset", "plugin", to="parquet"),
        said("dataset", "params", "path", to="/etc/passwd"),
        said("dataset", "params", to={"holdout_path": "/etc/passwd"}),
        said("dataset", to={"plugin": "csv", "params": {"path": "/etc/passwd"}}),
        said("dataset", to=None),
        said("generators", "x", to={"plugin": "file", "params": {"paths": ["/etc/passwd"]}}),
        said("outputs", "samples", to=True),
        said("outputs", "samples", to=True, how="proposed"),
    ],
    ids=lambda change: f"{'.'.join(change.path)}",
)
def test_no_interviewer_names_files_or_keeps_rows(transcript, change):
    host = Host(transcript, means(Reply("1"), Reply("2", (change, ARF))))
    host.say("a.csv")
    before = host.session.draft.get("dataset")
    turn = host.say("go on")
    assert turn.refused
    assert host.session.draft.get("dataset") == before
    assert host.session.draft.get("outputs") is None
    assert host.session.draft.get("generators") == {"arf": {"plugin": "arf"}}


def test_rows_are_kept_where_the_researcher_asks_for_it(transcript):
    host = Host(transcript, means(Reply("1", (said("outputs", "samples", to=True),))))
    host.say("keep the synthetic tables")
    assert host.session.draft.get("outputs", "samples") is True


def test_only_problems_of_what_stands_are_told(transcript):
    problems = wrong("dataset.target", "generators", "seed")
    host = Host(transcript, means(Reply("1", (TARGET,)), problems=problems))
    assert [p.path for p in host.say("predict died").problems] == ["dataset.target"]


def test_a_failure_keeps_the_message_and_changes_nothing(transcript):
    rules = Scripted(ChatError("Nobody answers."), Reply("Here I am.", (TARGET,)))
    host = Host(transcript, means(rules=rules))
    with pytest.raises(ChatError, match="Nobody"):
        host.say("predict died in a.csv")
    assert host.session.waiting == "predict died in DATA"
    assert host.session.draft.get("dataset", "target") is None
    assert "Here I am." in host.answer().text
    assert host.session.turn == 2
    assert host.answer().text == ""


def test_a_killed_conversation_goes_on_from_every_event(transcript, tmp_path):
    rules = Scripted(Reply("1", (TARGET,)), Reply("2", (ARF,)))
    host = Host(transcript, means(rules=rules))
    host.say("predict died in a.csv")
    host.say("yes, use arf")
    whole = host.session
    raw = transcript.path.read_bytes().splitlines(keepends=True)
    for cut in range(1, len(raw) + 1):
        path = tmp_path / f"cut{cut}{ENDING}"
        path.write_bytes(b"".join(raw[:cut]) + b'{"v":1,"seq":')
        left = 2 - sum(isinstance(event, Answered) for event in events_of(path))
        with Transcript(path) as again:
            resumed = Host(again, means(*(Reply("1", (TARGET,)), Reply("2", (ARF,)))[2 - left :]))
            if resumed.session.waiting is not None:
                resumed.answer()
                left -= 1
            for message in ("predict died in a.csv", "yes, use arf")[2 - left :]:
                resumed.say(message)
            assert resumed.session.draft.plain == whole.draft.plain
            assert resumed.session.confirmed == whole.confirmed


# What leaves -------------------------------------------------------------------------------------


class Text:
    def __init__(self, text):
        self.text, self.sha256 = text, f"hash of {text}"


def remote(model, agree, *, share=lambda data: Text(data.params["path"]), **other):
    return means(Reply("by rules"), model=lambda data: model, share=share, agree=agree, **other)


def test_a_model_hears_of_a_table_only_after_a_yes(transcript):
    model, asked = Scripted(Reply("by model")), []
    host = Host(transcript, remote(model, lambda shared, before: asked.append(shared.text)))
    assert host.say("hello").text == "by model"  # there is no table yet
    assert host.say("a.csv").text == "by rules"
    assert host.say("go on").text == "by rules"
    assert asked == ["a.csv"]  # once for the text
    assert any(isinstance(event, Declined) for event in transcript.events)
    assert len(model.heard) == 1


def test_a_yes_is_asked_for_once_for_each_text(transcript, tmp_path):
    (tmp_path / "b.csv").write_text("died\nno\n")
    model, asked = Scripted(Reply("by model")), []

    def agree(shared, before):
        asked.append((shared.text, before))
        return True

    host = Host(transcript, remote(model, agree, tell=lambda text: asked.append(text[:9])))
    for message in ("a.csv", "go on", "b.csv", "go on", "a.csv"):
        assert host.say(message).text == "by model"
    # What was found is told before anything is asked, and may be sent.
    table = "The table"
    assert asked == [table, ("a.csv", ""), table, ("b.csv", "a.csv"), table]
    again = Host(transcript, remote(model, agree))  # resumed
    again.say("go on")
    assert len(asked) == 5


def test_a_yes_for_one_server_is_none_for_another(transcript):
    agree, asked = lambda *text: asked.append(text) is None, []
    near = remote(Scripted(Reply("m")), agree, address="http://localhost:1/v1")
    Host(transcript, near).say("a.csv")
    far = replace(near, address="https://far.example/v1")
    resumed = Host(transcript, far)
    resumed.say("go on")
    assert [before for _, before in asked] == ["", ""]  # nothing was agreed to for the other one
    for known in (near, far):
        Host(transcript, known).say("go on")
    assert len(asked) == 2


def test_declined_can_be_agreed_to_later(transcript):
    answers = [False, True]
    host = Host(transcript, remote(Scripted(Reply("m")), lambda *_: answers.pop(0)))
    assert host.say("a.csv").text == "by rules"
    assert host.agreed(host.session.data, ask_again=True)
    assert host.say("go on").text == "m"
    assert any(isinstance(event, Agreed) for event in transcript.events)


def test_assent_stands_for_every_yes(transcript):
    host = Host(transcript, remote(Scripted(Reply("m", (TARGET,))), None, assent=True))
    assert host.say("a.csv").text.startswith("m")
    assert host.unconfirmed() == ""
    assert host.session.draft.origins[("dataset", "task")].how == "proposed"


def test_what_is_blocked_is_kept_as_not_answered(transcript):
    model = Scripted()
    model.reply = lambda talk, said: (_ for _ in ()).throw(Blocked([Problem("message", "no")]))
    host = Host(transcript, remote(model, lambda *_: True))
    with pytest.raises(Blocked):
        host.say("a row of it")
    host.means = replace(host.means, model=None)
    assert host.answer().text == "by rules"


# To the file -------------------------------------------------------------------------------------


def ready(transcript, **other):
    host = Host(transcript, means(Reply("Good.", (TARGET,)), **other))
    host.say("predict died in a.csv")
    host.say("yes")
    return host


def test_a_conversation_ends_in_a_spec(transcript, tmp_path):
    done = ready(transcript).save(tmp_path / "x.yaml")
    plain = read_file(done.path)
    assert plain["dataset"] == {
        "plugin": "csv",
        "params": {"path": "a.csv"},
        "task": "classification",
        "target": "died",
    }
    assert plain["generators"] == {"arf": {"plugin": "arf"}}


def test_nothing_is_saved_before_the_outcome_is_confirmed(transcript, tmp_path):
    host = Host(transcript, means(Reply("Good.", (TARGET,))))
    host.say("predict died in a.csv")
    with pytest.raises(UserError, match="have to be confirmed"):
        host.save(tmp_path / "x.yaml")
    assert not host.confirm("what?")
    assert host.confirm("yes")
    assert host.save(tmp_path / "x.yaml").path.exists()


def test_nothing_is_saved_that_is_wrong(transcript, tmp_path):
    host = ready(transcript, problems=wrong("generators.arf"))
    with pytest.raises(UserError, match="is wrong"):
        host.save(tmp_path / "x.yaml")
    assert not (tmp_path / "x.yaml").exists()


def test_what_few_people_make_wrong_is_told_at_saving_alone(transcript, tmp_path):
    host = ready(transcript, few=wrong("dataset.columns.age.high"))
    assert host.say("go on").problems == ()
    with pytest.raises(UserError, match=r"age\.high: is wrong"):
        host.save(tmp_path / "x.yaml")
    assert not any("age.high" in repr(event) for event in transcript.events)


def test_another_file_is_never_replaced_and_its_own_may_be(transcript, tmp_path):
    path = tmp_path / "x.yaml"
    host = ready(transcript)
    path.write_text("name: other\n")
    with pytest.raises(UserError, match="is there already"):
        host.save(path)
    host.save(path, force=True)
    host.save(path)
    path.write_text(path.read_text() + "# by hand\n")
    with pytest.raises(UserError, match="is there already"):
        host.save(path)


def test_a_named_file_names_the_study(transcript, tmp_path):
    assert ready(transcript).save(tmp_path / "mi.yaml").path.exists()
    assert read_file(tmp_path / "mi.yaml")["name"] == "mi"


def test_a_table_that_has_changed_is_told_when_a_conversation_goes_on(transcript):
    ready(transcript)
    assert Host(transcript, means()).refresh() == ""
    more = replace(PROFILE, rows=300)
    again = Host(transcript, means(load=lambda plugin, params: Data(plugin, params, more)))
    assert "about 300 rows" in again.refresh()
    assert again.session.draft.get("dataset", "target") == "died"
    assert not again.session.confirmed

    def gone(plugin, params):
        raise UserError([Problem("a.csv", "no such file")])

    assert "no such file" in Host(transcript, means(load=gone)).refresh()


def test_a_built_in_table_brings_its_own_outcome(transcript, tmp_path):
    host = Host(transcript, means())
    host.take("breast_cancer", {})
    changes = {change.path: change for change in host.complete()}
    assert changes[("dataset", "target")].value == "diagnosis"
    assert changes[("dataset", "target")].how == "default"


def test_the_researchers_own_words_can_name_the_target(transcript):
    host = Host(transcript, means(Reply("Good.", (TARGET,))))
    host.say("who died, in a.csv?")
    assert host.named_the_target()
    assert host.session.is_confirmed(OUTCOME)
    other = Host(transcript, means(Reply("Good.", (said("dataset", "target", to="sex"),))))
    other.say("anything else")
    assert not other.named_the_target()


@pytest.mark.parametrize("words", ["nowhere.csv", "nhans", "", "csv"])
def test_a_table_that_there_is_not_is_told(words):
    with pytest.raises(UserError):
        table_of(words)
