"""What a report consists of: every file with its hash and size, its runs, what it was made with.

The manifest's own hash, the root, stands for all of it: it can be quoted in a paper.
"""

import hashlib
import json
import platform
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import Any

from synthcraft.errors import Problem, RunError

FORMAT = 2  # 1: of a report without packs
FILE = "manifest.json"
DRAWING = ("synthcraft", "numpy", "scipy", "pandas", "matplotlib", "jinja2", "markupsafe")
"""Packages whose versions can change the bytes of a report."""


@dataclass(frozen=True)
class Listed:
    """A file of the report: sha256 (hex) and size in bytes."""

    sha256: str
    size: int

    @classmethod
    def of(cls, content: bytes) -> "Listed":
        """Of a file with this content.

        >>> Listed.of(b"").size
        0
        """
        return cls(hashlib.sha256(content).hexdigest(), len(content))


@dataclass(frozen=True)
class Recorded:
    """A run of the report: its folder in it ("." for the report's own), its spec and journal.

    ``journal_head`` is the sha256 of the journal's last line, which stands for all before it.
    """

    id: str
    folder: str
    spec_id: str
    journal_head: str


@dataclass(frozen=True)
class Manifest:
    """What a report consists of: versions it was made with, its runs, its files by name.

    ``packs`` are what was made with it on demand, such as the release pack.
    """

    versions: Mapping[str, str]
    runs: tuple[Recorded, ...]
    files: Mapping[str, Listed]
    packs: tuple[str, ...] = ()

    def text(self) -> str:
        """The one text of it: keys sorted, a line for each fact.

        Without packs it is of the first format, so that earlier versions verify it, too.
        """
        packs = {"packs": list(self.packs)} if self.packs else {}
        plain = {
            "format": FORMAT if packs else 1,
            **packs,
            "versions": dict(self.versions),
            "runs": [asdict(run) for run in self.runs],
            "files": {name: asdict(listed) for name, listed in self.files.items()},
        }
        return json.dumps(plain, sort_keys=True, indent=1, ensure_ascii=False) + "\n"


def root_of(text: bytes) -> str:
    """The root hash: sha256 (64 hex digits) of the manifest's bytes, as ``sha256sum`` gives it."""
    return hashlib.sha256(text).hexdigest()


def installed() -> dict[str, str]:
    """Versions of what draws a report here; "" for a package that is not installed."""
    return {"python": platform.python_version()} | {name: _version(name) for name in DRAWING}


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


_PACK = (
    "This looks like a paper pack: sha256sum -c SHA256SUMS checks its files, and verify the report "
    "whose root hash its README.md quotes."
)


def read(folder: Path) -> Manifest:
    """The manifest of the report in a folder.

    Raises
    ------
    RunError
        When there is none, it is of a later format than we know, or it is no manifest at all.
    """
    path = folder / FILE
    again = "Build the report anew: python -m synthcraft report RUN."
    try:
        plain = json.loads(path.read_bytes())
    except FileNotFoundError:
        pack = (folder / "SHA256SUMS").is_file()
        hint = f"{_PACK} {again}" if pack else again
        raise RunError([Problem(str(path), "there is no manifest here", hint)]) from None
    except OSError as exc:
        raise RunError([Problem(str(path), f"cannot be read ({exc.strerror})")]) from None
    except ValueError:
        raise RunError([Problem(str(path), "is not JSON: it is damaged", again)]) from None
    if problems := list(_problems(plain, str(path), again)):
        raise RunError(problems)
    return Manifest(
        versions=plain["versions"],
        runs=tuple(Recorded(**run) for run in plain["runs"]),
        files={name: Listed(**listed) for name, listed in plain["files"].items()},
        packs=tuple(plain.get("packs", ())),
    )


def _problems(plain: Any, path: str, again: str) -> Iterator[Problem]:
    made = plain.get("format") if isinstance(plain, dict) else None
    if isinstance(made, int) and made > FORMAT:
        message = f"is of format {made}, and this version of SynthCraft knows {FORMAT}"
        yield Problem(path, message, "Install the version that the report names, or a later one.")
    elif made not in (1, FORMAT) or not _is_manifest(plain):
        yield Problem(path, "is no manifest: it is damaged", again)
    else:
        names = [*plain["files"], *(run["folder"] for run in plain["runs"])]
        for name in names:
            if not _is_inside(name):
                yield Problem(path, f"names a place outside of the report: {name}", again)


def _is_manifest(plain: dict[str, Any]) -> bool:
    shapes = (("versions", dict), ("runs", list), ("files", dict))
    if not all(isinstance(plain.get(key), kind) for key, kind in shapes):
        return False
    texts = dict.fromkeys(Recorded.__dataclass_fields__, str)
    packs = plain.get("packs", [])
    return (
        isinstance(packs, list)
        and all(isinstance(pack, str) for pack in packs)
        and all(isinstance(version, str) for version in plain["versions"].values())
        and all(_has(run, texts) for run in plain["runs"])
        and all(_has(one, {"sha256": str, "size": int}) for one in plain["files"].values())
    )


def _has(plain: Any, kinds: Mapping[str, type]) -> bool:
    """Whether it is a map with just these keys, and values of these kinds."""
    return (
        isinstance(plain, dict)
        and plain.keys() == kinds.keys()
        and all(isinstance(plain[key], kind) for key, kind in kinds.items())
    )


def _is_inside(name: str) -> bool:
    """Whether a name leads to a place in the report's folder.

    >>> _is_inside("figures/a.svg"), _is_inside("."), _is_inside("../a"), _is_inside("/a")
    (True, True, False, False)
    """
    path = PurePosixPath(name)
    return (
        not path.is_absolute() and ".." not in path.parts and "\\" not in name and ":" not in name
    )
