"""The code blocks of a Markdown page, and what a comment before one says of how it is tested.

A block without a comment is run by ``tests/test_docs.py``. Else one stands in the line before it:

    <!-- slow: it trains for three minutes -->                 checked; run by `pytest -m slow`
    <!-- slow with design.splits=1: three minutes each -->     the same; run with these settings
    <!-- checked: it needs a server -->                        checked, never run
    <!-- run, ends with 3: two runs differ -->                 run; the exit code is no 0
"""

import re
import shlex
from dataclasses import dataclass

LANGUAGES = ("sh", "yaml", "python", "toml", "text", "console")
_FENCE = re.compile(r"^(?P<indent> *)```(?P<info>.*)$")
_HOW = re.compile(
    r"<!-- (?P<how>run|slow|checked)(?:, ends with (?P<code>\d+))?(?: with (?P<settings>[^:]+))?"
    r": (?P<why>.+) -->"
)


@dataclass(frozen=True)
class Block:
    """One fenced block. ``file`` is its title, the file that a reader is to write it to.

    ``how`` is ``run``, ``slow`` or ``checked``; ``settings`` are added to commands that are run,
    the last of which ends with ``code``.
    """

    page: str
    line: int
    language: str
    file: str
    text: str
    how: str = "run"
    settings: tuple[str, ...] = ()
    code: int = 0

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(page: str, text: str) -> tuple[Block, ...]:
    """Every fenced block of a page, in order.

    Raises
    ------
    ValueError
        for a fence that is not closed, and for a comment that says how to test what is no block.

    >>> page = "<!-- checked: it needs a server -->\\n```sh\\npython -m synthcraft chat\\n```\\n"
    >>> [(block.language, block.how, block.text) for block in blocks("a.md", page)]
    [('sh', 'checked', 'python -m synthcraft chat\\n')]
    """
    found, said, opened = [], None, None
    for number, line in enumerate(text.splitlines(), start=1):
        fence = _FENCE.match(line)
        if opened:
            start, head, lines = opened
            if not (fence and fence["info"] == ""):
                lines.append(line.removeprefix(head["indent"]))
                continue
            found.append(_block(page, start, head["info"], "\n".join([*lines, ""]), said))
            opened, said = None, None
        elif fence:
            opened = (number, fence, [])
        elif said:
            raise ValueError(f"{page}:{number}: the comment before says how to test a block")
        else:
            said = _HOW.fullmatch(line.strip())
    if opened or said:
        raise ValueError(f"{page}: a block without an end, or a comment without a block")
    return tuple(found)


def _block(page: str, line: int, info: str, text: str, said: re.Match[str] | None) -> Block:
    title = re.search(r'title="([^"]*)"', info)
    how, settings = (said["how"], said["settings"]) if said else ("run", None)
    return Block(
        page,
        line,
        language=info.split(" ")[0],
        file=title[1] if title else "",
        text=text,
        how=how,
        settings=tuple(shlex.split(settings or "")),
        code=int(said["code"] or 0) if said else 0,
    )


def commands(text: str) -> list[list[str]]:
    """The words of each command of a shell block; what only fetches our program is left out.

    >>> commands("pip install uv && uv run python -m synthcraft run +exp=smoke   # a minute")
    [['pip', 'install', 'uv'], ['python', '-m', 'synthcraft', 'run', '+exp=smoke']]
    """
    joined = text.replace("\\\n", " ")
    lines = [part for line in joined.splitlines() for part in line.split(" && ")]
    found = [shlex.split(line, comments=True) for line in lines]
    return [words[2:] if words[:2] == ["uv", "run"] else words for words in found if words]


def shown(text: str) -> re.Pattern[str]:
    """A pattern for output as a page shows it: … stands for anything, spaces and lines are free.

    >>> bool(shown("report: runs/smoke-…/report").search("1 s\\nreport:  runs/smoke-1a2b/report"))
    True
    """
    parts = [[re.escape(word) for word in part.split()] for part in text.split("…")]
    return re.compile(r"\s*.*?\s*".join(r"\s+".join(part) for part in parts), re.DOTALL)
