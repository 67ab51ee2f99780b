"""Optuna's tree-structured Parzen estimator as a selector: the arm is its only parameter."""

from typing import Any

import numpy as np

from synthcraft.select.policies.params import TpeParams
from synthcraft.select.policies.tally import Baseline, Tally


class OptunaTpe(Baseline[TpeParams]):
    """What a TPE study would try next among the arms that can be pulled, at full effort.

    Bergstra, Bardenet, Bengio & Kégl (2011, NeurIPS, 2546–2554), as in Optuna. The study is made
    anew from the pulls each time, so that the same history and seed give the same choice. A failed
    pull counts as worth 0.
    """

    def pick(self, tally: Tally) -> int | None:
        """The arm that the study suggests."""
        tops = tally.tops
        able = [int(c) for c in tops[tally.open()[tops]]]
        if len(able) < 2:
            return able[0] if able else None
        return int(_suggest(tally, able, startup=self.params.startup))


def _suggest(tally: Tally, able: list[int], *, startup: int) -> Any:
    import optuna  # slow to import, and only this policy needs it
    from optuna.distributions import BaseDistribution, CategoricalDistribution

    choice: dict[str, BaseDistribution] = {"candidate": CategoricalDistribution(able)}
    seed = int(np.random.SeedSequence([tally.seed, int(tally.taken.sum())]).generate_state(1)[0])
    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=startup)
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        study = optuna.create_study(direction="maximize", sampler=sampler)
    finally:
        optuna.logging.set_verbosity(level)
    study.add_trials(
        optuna.trial.create_trial(
            params={"candidate": pull.candidate}, distributions=choice, value=tally.value(pull)
        )
        for pull in tally.pulls
        if pull.candidate in able
    )
    return study.ask(choice).params["candidate"]
