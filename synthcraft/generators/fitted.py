"""What all fitted generators share."""

from typing import NoReturn


class MemoryOnly:
    """A fitted generator holds real rows, so it cannot be pickled, copied to disk or sent away."""

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"{type(self).__name__} holds real rows and is never stored; keep its samples instead."
        )
