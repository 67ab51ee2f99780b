"""What one fit may still spend."""


class Budget:
    """ρ of zero-concentrated differential privacy: each use takes its part, together exactly all.

    Shares of a ρ add up to it only up to rounding: a relative 1e-9 is not an overdraft.

    >>> budget = Budget(1.0)
    >>> budget.take(0.25), budget.left
    (0.25, 0.75)
    """

    def __init__(self, rho: float) -> None:
        if not rho > 0:
            raise ValueError(f"a budget is above 0, not {rho}")
        self.rho = rho
        self.taken: list[float] = []

    @property
    def left(self) -> float:
        """ρ that nobody has taken, never below 0."""
        return max(0.0, self.rho - sum(self.taken))

    def take(self, rho: float) -> float:
        """The same ρ, taken; ValueError where more is asked than is left, or nothing."""
        if not 0 < rho <= self.left + 1e-9 * self.rho:
            raise ValueError(f"{rho} of privacy budget asked, {self.left} left")
        self.taken.append(rho)
        return rho

    def close(self) -> None:
        """Say that learning is over; ValueError where a part of the budget was left unused."""
        if self.left > 1e-9 * self.rho:
            raise ValueError(f"{self.left} of privacy budget was left unused")
