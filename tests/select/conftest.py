import numpy as np
import pytest

from synthcraft.select.prior import learn
from tests.select.world import World


@pytest.fixture(scope="package")
def learned():
    """A prior from the records of 20 tables of a simulated world."""
    rng = np.random.default_rng(0)
    return learn(World.of("B", rng).rows(rng))
