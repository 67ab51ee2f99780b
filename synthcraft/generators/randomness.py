"""The global random streams: started from a seed for a while, then put back as they were."""

import random
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np


@contextmanager
def preserved() -> Iterator[None]:
    """Whatever happens inside, python's, numpy's and torch's global streams are as before after it.

    >>> import random
    >>> before = random.getstate()
    >>> with preserved():
    ...     _ = random.random()
    >>> random.getstate() == before
    True
    """
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    torch = _torch_state()
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002
        _set_torch_state(torch)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Inside, the global streams follow from ``seed`` alone; afterwards they are as before.

    A library that reseeds them on its own inside is not obeyed. synthcity's networks do so with 0
    each time one is built, which would make every repeat start from the same weights.

    >>> def draw() -> float:
    ...     random.seed(0)
    ...     return random.random()
    >>> with seeded(1):
    ...     a = draw()
    >>> with seeded(2):
    ...     b = draw()
    >>> with seeded(1):
    ...     c = draw()
    >>> a == c, a == b
    (True, False)
    """
    words = [int(word) for word in np.random.SeedSequence(seed).generate_state(3)]
    with preserved(), ExitStack() as stack:
        random.seed(words[0])
        np.random.seed(words[1])  # noqa: NPY002
        stack.enter_context(replaced(random, "seed", _ignored))
        stack.enter_context(replaced(np.random, "seed", _ignored))
        torch = sys.modules.get("torch")
        if torch is not None:
            torch.manual_seed(words[2])
            stack.enter_context(replaced(torch, "manual_seed", _ignored))
        yield


@contextmanager
def replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Inside, ``owner.name`` is ``value``."""
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


def _ignored(*_: Any, **__: Any) -> None:
    """What reseeding does while a seed of ours is in force."""


def _torch_state() -> tuple[Any, Any] | None:
    torch = sys.modules.get("torch")
    if torch is None:
        return None
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else None
    return torch.get_rng_state(), cuda


def _set_torch_state(state: tuple[Any, Any] | None) -> None:
    if state is None:  # torch was not there before, so nobody relies on its stream
        return
    torch = sys.modules["torch"]
    torch.set_rng_state(state[0])
    if state[1] is not None:
        torch.cuda.set_rng_state_all(state[1])
