"""What a run was made with: versions, source state, hardware."""

import hashlib
import os
import platform
import shlex
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

import synthcraft
from synthcraft.catalogue import DATASETS, GENERATORS, METRICS, SELECTORS

DECIDING = (
    *("synthcraft", "synthcity", "torch", "numpy", "scipy", "scikit-learn", "pandas"),
    *("arfpy", "pgmpy", "nflows", "xgboost", "lifelines", "opacus"),
    "imbalanced-learn",
)
"""Packages whose versions can change a number: a run is not resumed across them."""

NUMBERS = (
    *("augment", "data", "engine", "generators", "metrics", "privacy", "select", "spec"),
    "stats",
)
"""Folders of our source that can change a number; a report may be drawn by a later version."""

TOLD = (*DECIDING, "hydra-core", "pydantic", "matplotlib")


def provenance(command: str, conversation: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Start time, versions, git state of the source, hardware and the command, as plain data.

    ``conversation`` is what is told of the one that the spec came from, no word of its text.
    """
    return {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": placeless(command),
        "versions": {name: _version(name) for name in TOLD},
        "source": _source_hash(),
        "plugins": _plugin_packages(),
        "synthcity_wheel": _wheel_hash("synthcity"),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_mb": psutil.virtual_memory().total // 2**20,
        "git": _git(Path(synthcraft.__file__).parent),
        **({} if conversation is None else {"conversation": dict(conversation)}),
    }


def placeless(command: str) -> str:
    """The command without ``--dir``: where a run lies changes nothing, and is nobody's business.

    >>> placeless("python -m synthcraft run +exp=smoke --dir '/home/me/my runs' seed=1")
    'python -m synthcraft run +exp=smoke seed=1'
    """
    words = shlex.split(command)
    before = ["", *words]
    kept = [
        word
        for word, last in zip(words, before, strict=False)
        if "--dir" not in (word, last) and not word.startswith("--dir=")
    ]
    return shlex.join(kept) if len(kept) < len(words) else command


def deciding_versions(told: dict[str, Any]) -> dict[str, str]:
    """Of a provenance, what must agree when a run is resumed: versions, and our own source."""
    return {
        **{name: told["versions"].get(name, "") for name in DECIDING},
        "synthcraft source": told.get("source", "")[:12],
        **told.get("plugins", {}),
    }


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _plugin_packages() -> dict[str, str]:
    """Versions of the installed packages that bring plug-ins."""
    points = [
        point
        for registry in (DATASETS, GENERATORS, METRICS, SELECTORS)
        for point in metadata.entry_points(group=f"synthcraft.{registry.kind}")
    ]
    return {p.dist.name: p.dist.version for p in points if p.dist is not None}


def _source_hash() -> str:
    """sha256 over the modules that make numbers; the version stands still while they change."""
    root = Path(synthcraft.__file__).parent
    files = [path for folder in NUMBERS for path in root.glob(f"{folder}/**/*.py")]
    digest = hashlib.sha256()
    for path in sorted([*files, *root.glob("*.py")]):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _wheel_hash(name: str) -> str:
    """sha256 over the installed files' recorded hashes: two wheels of one version differ in it."""
    try:
        files = metadata.files(name) or []
    except metadata.PackageNotFoundError:
        return ""
    recorded = sorted(f"{file} {file.hash.value}" for file in files if file.hash is not None)
    return hashlib.sha256("\n".join(recorded).encode()).hexdigest()


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _git(folder: Path) -> dict[str, Any] | None:
    """Commit and cleanliness of the checkout that the package runs from, None outside of one."""
    commit = _ask_git(folder, "rev-parse", "HEAD")
    tracked = _ask_git(folder, "ls-files", "--error-unmatch", "__init__.py")
    if not commit or not tracked:
        return None
    return {"commit": commit, "dirty": bool(_ask_git(folder, "status", "--porcelain"))}


def _ask_git(folder: Path, *words: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
