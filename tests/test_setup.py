"""The pinned closure, for those who set up with plain pip."""

import tomllib
from importlib import metadata

from packaging.requirements import Requirement

from tests.conftest import ROOT


def test_requirements_name_what_is_installed_and_no_host():
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    wanted = [Requirement(line) for line in lines if line and not line.startswith("#")]
    here = [r for r in wanted if r.marker is None or r.marker.evaluate()]
    assert len(here) > 60
    other = {r.name: metadata.version(r.name) for r in here if not _fits(r)}
    assert other == {}
    assert "://" not in "".join(lines)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert _names(project["project"]["dependencies"]) <= {r.name for r in wanted}
    assert {"dp-accounting", "jax", "mbi", "pytest"} <= _names(project["dependency-groups"]["dev"])
    assert not {"dp-accounting", "jax", "mbi", "pytest"} & {r.name for r in wanted}


def _fits(requirement: Requirement) -> bool:
    return requirement.specifier.contains(metadata.version(requirement.name), prereleases=True)


def _names(lines: list[str]) -> set[str]:
    return {Requirement(line).name for line in lines}
