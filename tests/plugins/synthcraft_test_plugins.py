"""A package of plug-ins as a third party would write it: honest, broken and private generators."""

import os
import signal
import time
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pydantic import Field

from synthcraft.catalogue import GeneratorCard, Params
from synthcraft.privacy.accountant import zcdp_curve
from synthcraft.privacy.release import Release
from synthcraft.records import Spend


class ResampleParams(Params):
    """Parameters of a generator that resamples train rows."""

    seconds: float = Field(0.0, ge=0, description="How long a fit takes.")


@dataclass
class Resample:
    params: ResampleParams
    device: str = "cpu"

    def fit(self, train, *, seed):
        time.sleep(self.params.seconds)
        return Resampled(train.frame)


@dataclass
class Resampled:
    frame: pd.DataFrame

    def sample(self, n, *, seed):
        rows = np.random.default_rng(seed).integers(len(self.frame), size=n)
        return self.frame.iloc[rows].reset_index(drop=True)


class Raises(Resample):
    def fit(self, train, *, seed):
        raise ValueError(f"cannot use the value {train.frame.iloc[0, 0]} of '{train.names[0]}'")


class Hangs(Resample):
    def fit(self, train, *, seed):
        while True:
            time.sleep(1)


class Hogs(Resample):
    def fit(self, train, *, seed):
        kept = []
        while True:
            kept.append(np.ones(4_000_000))


class Dies(Resample):
    def fit(self, train, *, seed):
        os.kill(os.getpid(), signal.SIGSEGV)


@dataclass
class Private(Resample):
    """Private in name only: what is tested is the engine, which must hand over the release."""

    release: Release | None = None

    def fit(self, train, *, seed):
        if self.release is None:
            raise ValueError("no release")
        return super().fit(train, seed=seed)


def spend(params, release):
    return Spend("toy", release.epsilon, release.delta, zcdp_curve(release.rho))


def card(name, cls, **more):
    return GeneratorCard(
        name=name,
        summary="for tests",
        family="test",
        implementation=f"synthcraft_test_plugins:{cls}",
        params=ResampleParams,
        **more,
    )


RESAMPLE = card("resample", "Resample")
RAISES = card("raises", "Raises")
HANGS = card("hangs", "Hangs")
HOGS = card("hogs", "Hogs")
DIES = card("dies", "Dies")
PRIVATE = card("private", "Private", dp="accounted", spend="synthcraft_test_plugins:spend")
PROMISED = card("promised", "Private", dp="claimed")
