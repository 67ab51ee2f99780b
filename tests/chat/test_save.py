import pytest
from hypothesis import given
from hypothesis import settings as given_settings
from hypothesis import strategies as st

from synthcraft.chat.draft import Draft
from synthcraft.chat.explain import Origins, read_origins, sidecar
from synthcraft.chat.save import in_order, may_write, settings, spec_text, write
from synthcraft.chat.session import fold
from synthcraft.chat.transcript import ENDING, Answered, Said, Saved, Started, Transcript
from synthcraft.errors import UserError
from synthcraft.spec.read import read_file, read_text
from synthcraft.spec.types import Spec
from tests.chat.fakes import said

CHANGES = (
    said("generators", "arf", "plugin", to="arf", how="proposed", why="fast"),
    said("seed", to=3),
    said("dataset", "target", to="died"),
    said("dataset", "plugin", to="simulated"),
    said("name", to="who-dies", how="default", why="made from the question"),
)
EVENTS = (Started("0"), Said("hello", "hello"), Answered("Good.", CHANGES))


@pytest.fixture
def transcript(tmp_path):
    with Transcript(tmp_path / f"x{ENDING}") as opened:
        for event in EVENTS:
            opened.append(event)
        yield opened


def test_a_spec_stands_in_its_order_with_its_reasons(tmp_path, transcript):
    path = tmp_path / "sub" / "x.yaml"
    done = write(fold(EVENTS), path, transcript, force=False)
    text = path.read_text()
    assert list(read_file(path)) == ["name", "seed", "dataset", "generators"]
    assert list(read_file(path)["dataset"]) == ["plugin", "target"]
    assert "# arf: fast\ngenerators:" in text
    assert "explain" in text
    assert len(done.id) == 64
    assert [item.name for item in sorted(path.parent.iterdir())] == ["x.origins.json", "x.yaml"]


def test_the_schema_is_named_where_it_is(tmp_path, transcript, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "spec.schema.json").write_text("{}")
    path = tmp_path / "experiments" / "x.yaml"
    write(fold(EVENTS), path.relative_to(tmp_path), transcript, force=False)
    first = path.read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=../conf/spec.schema.json"


def test_the_sidecar_tells_of_each_setting(tmp_path, transcript):
    path = tmp_path / "x.yaml"
    done = write(fold(EVENTS), path, transcript, force=False)
    origins = read_origins(path)
    assert isinstance(origins, Origins)
    assert origins.spec == done.sha256
    assert origins.transcript == {"file": transcript.path.name, "sha256": transcript.head}
    assert {one.path: one.how for one in origins.settings}[("generators", "arf", "plugin")] == (
        "proposed"
    )
    assert origins.turns == 1


names = st.text(min_size=1, max_size=8).filter(lambda name: name.strip() == name)
texts = st.text(max_size=30)


@given_settings(max_examples=150)
@given(st.dictionaries(names, texts | st.booleans() | st.floats(-1e9, 1e9), max_size=4), texts)
def test_any_name_and_any_reason_read_back_as_they_are(columns, why):
    """Column names and reasons come from tables and servers: no text may become a setting."""
    change = said("dataset", "columns", to=columns or {"a": 1}, how="proposed", why=why)
    draft = Draft().changed([change], turn=1)
    assert read_text(spec_text(draft), "")["dataset"]["columns"] == (columns or {"a": 1})


def test_settings_stand_in_the_order_of_the_spec():
    draft = Draft().changed(CHANGES, turn=1)
    assert [one.path[0] for one in settings(draft)] == [
        *("name", "seed", "dataset", "dataset", "generators"),
    ]
    assert list(in_order({"zzz": 1, "seed": 2}, Spec)) == ["seed", "zzz"]


@pytest.mark.parametrize("name", ["x.txt", "x", "x.json"])
def test_a_spec_has_a_name_of_its_kind(tmp_path, transcript, name):
    with pytest.raises(UserError, match=r"ends in \.yaml"):
        write(fold(EVENTS), tmp_path / name, transcript, force=True)


def test_a_draft_that_is_no_spec_is_not_written(tmp_path, transcript):
    with pytest.raises(UserError, match="is missing"):
        write(fold(EVENTS[:2]), tmp_path / "x.yaml", transcript, force=False)
    assert not (tmp_path / "x.yaml").exists()


def test_a_folder_that_cannot_be_written_is_told(tmp_path, transcript):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written"):
        write(fold(EVENTS), tmp_path / "file" / "x.yaml", transcript, force=False)


@pytest.mark.parametrize("killed_after", [sidecar, None])
def test_a_save_that_was_cut_short_can_be_made_again(tmp_path, transcript, killed_after):
    """First save whole; then a second one with another seed is killed between its files."""
    path = tmp_path / "x.yaml"
    first = write(fold(EVENTS), path, transcript, force=False)
    events = [*EVENTS, Saved(str(path), first.sha256), Said("seed 4", "seed 4")]
    session = fold([*events, Answered("Good.", (said("seed", to=4),))])
    old = path.read_text()
    write(session, path, transcript, force=False)
    if killed_after is sidecar:
        path.write_text(old)
    again = fold([*events, Answered("Good.", (said("seed", to=4),))])
    assert may_write(again, path, transcript.path)
    assert not may_write(again, path, tmp_path / "other.chat.jsonl") or killed_after is sidecar
