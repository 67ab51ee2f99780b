"""The documentation: what its pages tell the reader to do works, and the site is whole."""

import importlib
import io
import os
import re
import shutil
import subprocess
import sys
import tomllib
from glob import glob
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from synthcraft.cli.docs import NOTE
from synthcraft.cli.main import COMMANDS, main, module_of
from synthcraft.errors import SpecError
from synthcraft.spec.validate import parse
from tests.blocks import LANGUAGES, Block, blocks, commands, shown
from tests.conftest import ROOT

PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
}
# Pages written from the code are compared with it, whole: tests/test_setup.py.
BLOCKS = {
    page: found
    for page, text in PAGES.items()
    if not text.startswith(NOTE) and (found := blocks(page, text))
}
OURS = ["python", "-m", "synthcraft"]
COMPOSED = ("run", "validate", "audit")  # commands whose words compose a spec
SPEC = {
    "name": "fragment",
    "dataset": {"plugin": "simulated"},
    "generators": {"arf": {"plugin": "arf"}},
}


class Reader:
    """Somebody who follows a page, block by block, in a directory of their own.

    Commands are called in this process, or once a package was installed in their own.
    """

    def __init__(
        self, desk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.desk, self.capsys, self.monkeypatch = desk, capsys, monkeypatch
        self.names: dict[str, object] = {"__name__": "__main__"}
        self.spec = SPEC
        self.out = ""
        self.installed = False
        for folder in ("reports", "benchmarks", "conversations"):
            (desk / folder).symlink_to(ROOT / folder)
        shutil.copytree(ROOT / "experiments", desk / "experiments")
        own_files(desk)

    def follow(self, block: Block) -> None:
        """Do what the block says; its page shows what came of it."""
        if block.language != "sh":
            self.check(block)
        if block.file:
            path = self.desk / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.language == "text":
            assert shown(block.text).search(self.out), f"{block}: came out otherwise\n{self.out}"
        elif block.language == "python":
            self._python(block)
        elif block.language == "sh":
            *first, last = commands(block.text)
            out = [self._call(words, block) for words in first]
            self.out = "".join([*out, self._call(last, block, ends=block.code)])
        elif block.language == "console":
            self._session(block)

    def check(self, block: Block) -> None:
        """Look at a block without doing what it says.

        A fragment of a spec is laid over the last spec that the page has shown whole.
        """
        if block.language == "sh":
            for words in commands(block.text):
                check_command(words, block)
            self.capsys.readouterr()  # what a check says is no output of the page's
        elif block.language == "toml":
            tomllib.loads(block.text)
        elif block.language == "python":
            compile(block.text, str(block), "exec")
        elif block.language == "yaml":
            plain = yaml.safe_load(block.text)
            if not block.file:
                parse({**self.spec, **plain})
            elif "dataset" in plain:
                self.spec = plain

    def _call(self, words: list[str], block: Block, *, ends: int = 0) -> str:
        words = [name for word in words for name in sorted(glob(word)) or [word]]  # noqa: PTH207
        if words[:4] == ["uv", "pip", "install", "-e"]:
            return self._install(self.desk / words[4])
        if words == ["pip", "install", "uv"]:
            return ""  # the tests have their environment
        if words[0] == "cp":
            subprocess.run(words, check=True)
            return ""
        if "=" in words[0]:
            check_command(words, block)
            return ""
        assert words[:3] == OURS, f"{block}: only commands of SynthCraft are run: {words}"
        words = words[3:]
        if words[0] in ("run", "audit"):
            words += block.settings
        if self.installed:
            done = subprocess.run(
                [sys.executable, *OURS[1:], *words], capture_output=True, text=True, timeout=600
            )
            code, out, err = done.returncode, done.stdout, done.stderr
        else:
            code = main(words)
            out, err = self.capsys.readouterr()
        assert code == ends, f"{block}: {words} ended with {code}\n{out}\n{err}"
        return out

    def _session(self, block: Block) -> None:
        """Each command after a `$`, told what stands after `you>`, answers as the page shows."""
        for turn in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
            line, _, told = turn.partition("\n")
            said = [" ".join(text.split()) for text in re.findall(r"you> (.*(?:\n     .*)*)", told)]
            self.monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(said)))
            out = "".join(self._call(words, block) for words in commands(line))
            assert shown(told).search(out), f"{block}: {line} came out otherwise\n{out}"

    def _python(self, block: Block) -> None:
        exec(compile(block.text, str(block), "exec"), self.names)
        self.out = self.capsys.readouterr().out
        for told in re.findall(r"print\(.*\)  # (.*)", block.text):
            assert shown(told).search(self.out), f"{block}: {told!r} is not printed\n{self.out}"

    def _install(self, package: Path) -> str:
        """What an editable installation leaves behind: a path, and the package's entry points."""
        project = tomllib.loads((package / "pyproject.toml").read_text())["project"]
        info = package / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
        info.mkdir()
        lines = [f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}"]
        (info / "METADATA").write_text("\n".join([*lines, ""]))
        groups = project["entry-points"]
        points = "".join(
            f"[{group}]\n" + "".join(f"{name} = {place}\n" for name, place in names.items())
            for group, names in groups.items()
        )
        (info / "entry_points.txt").write_text(points)
        self.installed = True
        self.monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(package), str(ROOT)]))
        self.monkeypatch.syspath_prepend(str(package))
        return ""


@pytest.fixture
def reader(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return Reader(tmp_path, capsys, monkeypatch)


def own_files(desk: Path) -> None:
    """Tables that pages take their reader to have: one, and another with its synthetic rows."""
    for number, name in enumerate(("my", "train", "holdout", "synthetic")):
        draw = np.random.default_rng(number)
        n = 400
        age, sbp = draw.integers(20, 81, n), draw.normal(125, 15, n).round()
        died = draw.random(n) < 1 / (1 + np.exp(-(age - 60) / 10 - (sbp - 125) / 20))
        columns = {
            "patient": np.arange(n) + 1000,
            "age": age,
            "sex": draw.choice(["female", "male"], n),
            "ethnicity": draw.choice(["a", "b", "c"], n, p=[0.6, 0.3, 0.1]),
            "sbp": sbp,
            "died": np.where(died, "yes", "no"),
        }
        kept = columns if name == "my" else {k: v for k, v in columns.items() if k != "patient"}
        pd.DataFrame(kept).to_csv(desk / f"{name}.csv", index=False)


def check_command(words: list[str], block: Block) -> None:
    """A command that exists, with options that it has; an experiment that is valid."""
    if "=" in words[0]:  # settings that any experiment takes
        words = [*OURS, "run", "+exp=quickstart", *words]
    if words[:3] != OURS:
        assert foreign(words), f"{block}: {words}"
        return
    command, *rest = words[3:] or ["--help"]
    assert command in COMMANDS, f"{block}: {command}"
    options = importlib.import_module(module_of(command)).parser().parse_intermixed_args(rest)
    if command in COMPOSED and not any(word.endswith(".yaml") for word in options.words):
        several = ["-m"] if getattr(options, "multirun", False) else []
        assert main(["validate", "--no-data", *options.words, *several]) == 0, f"{block}: {words}"


def foreign(words: list[str]) -> bool:
    """Whether this is a command of others that is there: a script of ours, or a known program."""
    script = words[1] if words[0] == "python" else words[0]
    known = ("cp", "pip", "uv", "pytest", "mkdocs", "sha256sum", "ollama")
    return words[0] in known or (ROOT / script).is_file()


@pytest.mark.parametrize("page", BLOCKS)
def test_a_page_works(page, reader):
    """Every block is run, in order, or checked where a comment says why."""
    for block in BLOCKS[page]:
        reader.follow(block) if block.how == "run" else reader.check(block)


SLOW = [page for page, found in BLOCKS.items() if any(block.how == "slow" for block in found)]


@pytest.mark.slow
@pytest.mark.parametrize("page", SLOW)
def test_a_page_works_whole(page, reader):
    """As above, with what takes long."""
    for block in BLOCKS[page]:
        reader.check(block) if block.how == "checked" else reader.follow(block)


def test_every_block_is_seen_and_of_a_known_language():
    """A fence that the parser does not see, or a language that nobody tests, is an error."""
    for page, found in BLOCKS.items():
        fences = re.findall(r"^ *```", PAGES[page], flags=re.MULTILINE)
        assert len(fences) == 2 * len(found), page
        for block in found:
            assert block.language in LANGUAGES, f"{block}: {block.language!r}"
            assert not block.settings or block.how == "slow", f"{block}: settings are not used"


def test_no_page_hides_code_in_an_indented_block():
    """Lines that are indented by four, after an empty line and outside of lists, are code, too."""
    for page, text in PAGES.items():
        outside = re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)
        hidden = re.findall(r"(?:\n[^\s*\-|].*|\A)\n\n    \S.*", outside)
        assert hidden == [] or text.startswith(NOTE), (page, hidden)


def test_what_is_shown_follows_what_is_run():
    """Output stands after the commands that print it; with them it is run, or not."""
    for found in BLOCKS.values():
        for before, block in zip((None, *found), found, strict=False):
            if block.language == "text":
                assert before is not None and before.language in ("sh", "python"), block
                assert before.how == block.how, f"{block}: run as the block before"


def test_the_site_is_whole(tmp_path):
    """Strict: every page has its place, and every link and anchor its end."""
    program = [sys.executable, "-m", "mkdocs"]
    done = subprocess.run(
        [*program, "build", "--strict", "--site-dir", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},  # known: ADR 28
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    pages = {path.relative_to(tmp_path): path.read_text() for path in tmp_path.rglob("*.html")}
    assert len(pages) >= len(PAGES)  # of README.md there is none, but one page not found
    loads = r"<(?:script|link|img|iframe)[^>]+(?:src|href)=\"?(https?:[^\" >]+)"
    for page, text in pages.items():
        assert re.findall(loads, text) == [], f"{page} fetches from elsewhere"
        prose = re.sub(r"<pre.*?</pre>", "", text, flags=re.DOTALL)
        assert re.findall(r"\n *(?:- |\|).*", prose) == [], f"{page}: a list or table is none"


def test_readme_tells_every_command():
    rows = " ".join(re.findall(r"^\| (`.*?) \|", PAGES["README.md"], flags=re.MULTILINE))
    assert set(COMMANDS) <= set(re.findall(r"`([a-z-]+)", rows))


INLINE = sorted(
    {
        (page, words)
        for page, text in PAGES.items()
        if not text.startswith(NOTE)
        for words in re.findall(r"`(?:uv run )?python -m synthcraft ([^`]+)`", text)
    }
)


@pytest.mark.parametrize(("page", "words"), INLINE)
def test_commands_in_a_sentence_exist(page, words):
    """Their names stand for something, so they are not parsed whole."""
    command, *rest = words.split()
    assert command in {*COMMANDS, "COMMAND"}, page
    if command in COMMANDS:
        known = importlib.import_module(module_of(command)).parser().format_help()
        assert all(word in known for word in rest if word.startswith("-")), page


def test_readme_leads_to_files_that_exist():
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", PAGES["README.md"]):
        assert (ROOT / target).exists(), target


@pytest.mark.parametrize(
    ("language", "text", "error"),
    [
        ("yaml", "augmentation: {colum: sex}", SpecError),
        (
            "yaml",
            "privacy: {epsilons: [1], selection: private}",
            SpecError,
        ),  # without selection_epsilon
        ("sh", "python -m synthcraft runn +exp=smoke", AssertionError),
        ("sh", "python -m synthcraft run +exp=smokes", AssertionError),
        ("sh", "python -m synthcraft diff a b --fall", AssertionError),
        ("sh", "dataset.sensitiv=[sex]", AssertionError),
        ("python", "print(1 +)", SyntaxError),
        ("python", "print(1 + 1)  # 3", AssertionError),
        ("sh", "python benchmarks/none.py", AssertionError),
        ("text", "unheard", AssertionError),
        ("console", "$ python -m synthcraft list selectors\nunheard", AssertionError),
    ],
)
def test_what_is_wrong_is_seen(language, text, error, reader):
    with pytest.raises(error):
        reader.follow(Block("page", 1, language, "", text + "\n"))
