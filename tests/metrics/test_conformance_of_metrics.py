"""Every metric of the catalogue keeps the contract that third-party ones are held to."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from synthcraft.catalogue import METRICS, MetricCard, NoParams
from synthcraft.metrics.context import Real, Synthetic
from synthcraft.records import Measure, MetricDescriptor
from synthcraft.testing import check_metric

# It measures generators behind a reduction, and no reference is one: fidelity/test_reduction.
BEHIND_A_REDUCTION = {"reduction"}


@pytest.mark.parametrize("name", sorted({*METRICS.names()} - BEHIND_A_REDUCTION))
def test_classification(name: str) -> None:
    card = METRICS.get(name)
    check_metric(card, card.params())


@pytest.mark.parametrize("name", ["utility", "c2st", "correlation"])
def test_regression(name: str) -> None:
    card = replace(METRICS.get(name), tasks=("regression",))
    check_metric(card, card.params())


@pytest.mark.parametrize("name", ["kaplan_meier", "marginals", "manifold"])
def test_survival(name: str) -> None:
    card = replace(METRICS.get(name), tasks=("survival",))
    check_metric(card, card.params())


class Fickle:
    """A metric that breaks the promise named by its card."""

    promise = ""

    def __init__(self, *, params: NoParams) -> None:
        self.times = 0

    def prepare(self, real: Real) -> None:
        return None

    def measure(self, real: Real, prepared: None, synthetic: Synthetic) -> Iterator[Measure]:
        value = {"bounds": 2.0, "order": 0.5}.get(self.promise, len(synthetic) / 10_000)
        if self.promise == "purity":
            type(self).calls = getattr(type(self), "calls", 0) + 1
            value = self.calls / 100
        yield Measure("other" if self.promise == "name" else "fickle", value)
        if self.promise == "key":
            yield Measure("fickle", value)
        if self.promise == "reason":
            yield Measure("fickle", None, column="x", status="failed")


@pytest.mark.parametrize(
    ("promise", "words"),
    [
        ("bounds", "is above 1"),
        ("order", "not from best to worst"),
        ("purity", "other measures"),
        ("name", "not described"),
        ("key", "two measures"),
        ("reason", "no reason"),
    ],
)
def test_a_broken_promise_is_named(
    promise: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Fickle, "promise", promise)
    descriptor = MetricDescriptor(
        "fickle", "fidelity", "maximize", "?", low=0, high=1, order=("train_copy", "noise")
    )
    card = MetricCard(
        name="fickle", summary="", implementation=f"{__name__}:Fickle", measures=(descriptor,)
    )
    with pytest.raises(AssertionError, match=words):
        check_metric(card, NoParams())
