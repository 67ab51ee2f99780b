import importlib.metadata

import pytest

from synthcraft.cli import doctor


def test_a_working_installation(monkeypatch, call):
    monkeypatch.setattr(doctor, "_torch", lambda: doctor.Finding("torch", "not asked here"))
    answer = call("doctor")
    assert answer.code == 0, answer.err
    assert all(line.startswith("ok") for line in answer.out.splitlines())
    for about in ("python", "packages", "machine", "directory", "NHANES", "processes", "torch"):
        assert about in answer.out


def test_what_is_broken_is_told_with_its_remedy(monkeypatch, call):
    found = importlib.metadata.version

    def version(name):
        if name == "rich":
            raise importlib.metadata.PackageNotFoundError(name)
        return "0.0.1" if name == "optuna" else found(name)

    monkeypatch.setattr(doctor, "_torch", lambda: doctor.Finding("torch", "not asked here"))
    monkeypatch.setattr(importlib.metadata, "version", version)
    answer = call("doctor")
    assert answer.code == 1
    assert "rich is missing" in answer.out
    assert "optuna is 0.0.1" in answer.out
    assert "uv sync" in answer.err


def test_a_broken_import_of_torch_is_a_finding(monkeypatch):
    def broken(name):
        raise OSError("libcudart.so: cannot open")

    monkeypatch.setattr(doctor, "import_module", broken)
    assert "libcudart" in doctor._torch().detail
    assert doctor._torch().fix


@pytest.mark.slow
def test_every_generator_can_be_imported(call):
    assert call("doctor", "--deep").code == 0
