import pytest

from synthcraft.catalogue import DATASETS, GENERATORS, METRICS, SELECTORS
from synthcraft.errors import UserError
from synthcraft.registry import Registry
from tests.conftest import ROOT


def test_every_built_in_card_loads_and_is_named_as_registered():
    for registry in (DATASETS, GENERATORS, METRICS, SELECTORS):
        assert [card.name for card in registry] == list(registry.names())


def test_an_installed_package_adds_its_plugins(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "plugins"))
    registry = Registry("generator", {})
    assert "resample" in registry.names()
    assert registry.get("resample").family == "test"


@pytest.mark.parametrize("target", ["synthcraft_no_such:CARD", "math:CARD", "math"])
def test_a_broken_package_is_named(target):
    with pytest.raises(UserError, match=f"'odd' cannot be loaded from {target} "):
        Registry("generator", {"odd": target}).get("odd")


def test_a_name_claimed_twice_is_refused(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "plugins"))
    with pytest.raises(UserError, match="already taken"):
        Registry("generator", {"resample": "math:pi"}).names()
