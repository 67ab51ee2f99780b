"""What a campaign asks for, from plain records; its policy is a short list of decisions."""

from dataclasses import dataclass, replace

import pytest

from synthcraft.catalogue import SELECTORS
from synthcraft.plan import make_plan, most_trials
from synthcraft.records import Measure, MetricDescriptor, Record, Trial
from synthcraft.select.arena import Decision
from synthcraft.select.campaign import Campaign, chosen_records, make_selector, spent
from synthcraft.select.optimism import pairs
from synthcraft.spec.types import BudgetSpec, ObjectiveSpec
from synthcraft.spec.validate import parse

FIDELITY = ObjectiveSpec(weights={"fidelity": 1, "utility": 0, "privacy": 0})
LIKENESS = MetricDescriptor(
    "contingency_similarity", "fidelity", "maximize", "?", floor="noise", ceiling="train_copy"
)


@dataclass(frozen=True)
class Listed:
    """A policy that takes its decisions from a list, by the number of pulls so far."""

    decisions: dict[int, Decision]

    def start(self, arena, *, seed):
        return (arena, seed, ())

    def tell(self, state, pull):
        return (*state[:2], (*state[2], pull))

    def ask(self, state, *, batch=1):
        return self.decisions[len(state[2])]


@pytest.fixture
def plan(small_spec):
    """Two arms with two efforts and one without; three inner splits."""
    small = {"n_iter": 10}
    spec = parse(
        {
            **small_spec,
            "objective": {},
            "design": {"splits": 3, "replicates": 2},
            "selector": {"plugin": "kg", "params": {"rungs": [0.5, 1]}},
            "generators": {
                "gan": {"plugin": "ctgan", "params": small},
                "vae": {"plugin": "tvae", "params": small},
                "bn": {"plugin": "bayesian_network"},
            },
        }
    )
    return replace(make_plan(spec, task="classification", fingerprint="f"), metrics=(LIKENESS,))


def record(trial, value=0.7, seconds=2.0, status="ok"):
    measures = (Measure(LIKENESS.name, value),) if value is not None else ()
    return Record(trial, status, measures=measures, seconds={"fit": seconds, "evaluate": 1.0})


def referred(plan, stage="select"):
    """Records of the references: 0.5 at the floor, 0.9 at the ceiling, 0.7 between."""
    ends = {"noise": 0.5, "train_copy": 0.9}
    return [
        record(Trial(arm.id, split, 0, stage), ends.get(arm.id, 0.7))
        for split in range(plan.inner)
        for arm in plan.references
    ]


def position(plan, arm):
    return [one.id for one in plan.arms].index(arm)


def campaign(decisions, **changes):
    return Campaign(Listed(decisions), FIDELITY, BudgetSpec(pulls=9), **changes)


def test_inner_splits_take_the_place_of_splits(plan):
    assert (plan.splits, plan.inner) == (1, 3)
    assert [arm.id for arm in plan.arms] == ["gan~0.5", "gan", "vae~0.5", "vae", "bn"]


def test_references_come_first_on_every_inner_split(plan):
    first = campaign({}).ask(plan, (), seed=0)
    assert [t.id for t in first.trials] == [r.trial.id for r in referred(plan)]
    assert first.why["purpose"] == "references"


def test_the_policy_decides_which_arm_on_which_split(plan):
    asked = ((position(plan, "gan~0.5"), 0), (position(plan, "bn"), 2))
    selector = campaign({0: Decision(asked, purpose="confirm", why={"v": 0.1})})
    found = selector.ask(plan, referred(plan), seed=0)
    assert [t.id for t in found.trials] == ["gan~0.5.s0.r0.confirm", "bn.s2.r0.confirm"]
    assert found.why == {
        "purpose": "confirm", "best": None, "second": None, "pulls": 0, "spent": 0,
        "overshoot": 0.0, "v": 0.1,
    }  # fmt: skip


def test_pulls_are_calibrated_and_cost_their_seconds(plan):
    history = [*referred(plan), record(Trial("bn", 1, 0, "select"), 0.8, seconds=4.0)]
    selector = campaign({})
    found = {"fidelity": _scale(plan, history)}
    (pull,) = selector.pulls(plan, history, found)
    assert (pull.candidate, pull.split, pull.seconds) == (position(plan, "bn"), 1, 5.0)
    assert pull.worth == pytest.approx((0.75, 0.0, 0.0))


def _scale(plan, history):
    from synthcraft.select.worths import references, scales

    return scales(FIDELITY, plan.metrics, references(plan, history))["fidelity"]


@pytest.mark.parametrize(
    "failed",
    [
        record(Trial("bn", 0, 0, "select"), None, status="failed"),
        record(Trial("bn", 0, 0, "select"), None, status="timeout"),
        record(Trial("bn", 0, 0, "select"), None),  # it ended, but the endpoint has no value
    ],
)
def test_failures_are_charged(plan, failed):
    history = [*referred(plan), failed]
    (pull,) = campaign({}).pulls(plan, history, {"fidelity": _scale(plan, history)})
    assert (pull.worth, pull.slacks, pull.seconds) == (None, (), 3.0)


def test_a_skipped_trial_costs_nothing(plan):
    skipped = Record(Trial("bn", 0, 0, "select"), "skipped", reason="max_total_epsilon")
    history = [*referred(plan), skipped]
    (pull,) = campaign({}).pulls(plan, history, {"fidelity": _scale(plan, history)})
    assert (pull.worth, pull.seconds) == (None, 0)


def test_a_constraint_that_cannot_be_judged_is_a_failure_and_a_kept_one_has_slack(plan):
    one = record(Trial("bn", 0, 0, "select"), 0.8)
    history = [*referred(plan), one]
    found = {"fidelity": _scale(plan, history)}
    for measure, slacks in ((LIKENESS.name, pytest.approx((0.2,))), ("dcr_share", ())):
        limits = {"limit": {"measure": measure, "at_least": 0.6}}
        selector = replace(
            campaign({}), objective=FIDELITY.model_copy(update=dict(_limits(limits)))
        )
        (pull,) = selector.pulls(plan, history, found)
        assert pull.slacks == slacks
        assert (pull.worth is None) == (measure == "dcr_share")


def _limits(constraints):
    return {"constraints": ObjectiveSpec(constraints=constraints).constraints}


def test_the_winner_is_judged_again_and_two_are_reported(plan):
    history = [
        *referred(plan),
        record(Trial("gan~0.5", 0, 0, "select")),
        record(Trial("gan", 0, 0, "select")),
        record(Trial("gan", 2, 0, "confirm")),
        record(Trial("gan", 1, 0, "select"), None, status="failed"),
        record(Trial("bn", 0, 0, "select")),
    ]
    last = campaign({5: Decision(best=0, second=2)}).ask(plan, history, seed=0)
    ids = [t.id for t in last.trials]
    judged = ["gan.s0.r0.optimism", "gan.s2.r0.optimism"]
    reported = [f"{arm}.s0.r{r}.report" for r in (0, 1) for arm in ("gan", "bn")]
    ends = [f"{arm.id}.s{s}.r0.optimism" for s in (0, 2) for arm in plan.references]
    assert ids == [*reported, *ends, *judged]
    assert (last.why["best"], last.why["second"], last.why["purpose"]) == ("gan", "bn", "report")
    ended = [*history, *(record(trial) for trial in last.trials)]
    assert campaign({5: Decision(best=0)}).ask(plan, ended, seed=0).trials == ()


@pytest.mark.parametrize(
    ("history", "words"),
    [
        ([], "within budget.seconds (7)"),
        ([record(Trial("bn", 0, 0, "select"), None, status="failed")], "failed"),
        ([record(Trial("gan~0.5", 0, 0, "select"))], "full training effort"),
    ],
)
def test_nobody_recommended_is_told(plan, history, words):
    selector = replace(campaign({len(history): Decision()}), budget=BudgetSpec(seconds=7))
    found = selector.ask(plan, [*referred(plan), *history], seed=0)
    assert found.trials == ()
    assert words in found.why["end"]


def test_too_little_weight_on_what_can_be_judged_is_told(plan):
    selector = replace(campaign({}), objective=ObjectiveSpec())
    assert "weight" in selector.ask(plan, referred(plan), seed=0).why["end"]


def test_overshoot_is_what_the_last_pull_took_beyond_the_budget(plan):
    history = [*referred(plan), *(record(Trial("bn", s, 0, "select")) for s in range(3))]
    selector = replace(campaign({3: Decision(best=2)}), budget=BudgetSpec(seconds=7))
    why = selector.ask(plan, history, seed=0).why
    assert (why["spent"], why["overshoot"]) == (9.0, 2.0)
    assert spent(chosen_records(plan, history)) == 9.0


def test_optimism_pairs_the_winners_fits(plan):
    values = {0: (0.8, 0.7), 2: (0.7, 0.72)}
    history = [*referred(plan), *referred(plan, "optimism")]
    for split, (validation, holdout) in values.items():
        history.append(record(Trial("bn", split, 0, "select"), validation))
        history.append(record(Trial("bn", split, 0, "optimism"), holdout))
    found = pairs(FIDELITY, plan, history)
    assert [pair.split for pair in found] == [0, 2]
    assert [pair.optimism for pair in found] == pytest.approx([0.25, -0.05])
    assert pairs(FIDELITY, plan, referred(plan)) == ()


def test_the_most_trials_of_a_campaign(plan):
    """With 4 references, 5 candidates, 3 inner splits and 2 replicates."""
    references = 4 * (1 + 3 + 3)
    assert most_trials(plan, BudgetSpec(pulls=6)) == (6, references + 3 + 2 * 2)
    assert most_trials(plan, BudgetSpec(seconds=6)) == (15, references + 3 + 2 * 2)


@pytest.mark.parametrize("name", [n for n in SELECTORS.names() if SELECTORS.get(n).policy])
def test_every_policy_runs_a_campaign_to_its_end(name, small_spec, plan):
    spec = parse(
        {
            **small_spec,
            "objective": {"weights": {"fidelity": 1, "utility": 0, "privacy": 0}},
            "selector": {"plugin": name, "batch": 2},
            "budget": {"pulls": 6, "seconds": 30},
        }
    )
    selector = make_selector(spec, {"rows": 300.0, "columns": 8.0})
    history = []
    while trials := selector.ask(plan, history, seed=1).trials:
        assert (
            trials
            == make_selector(spec, {"rows": 300.0, "columns": 8.0})
            .ask(plan, history, seed=1)
            .trials
        )
        ends = {"noise": 0.5, "train_copy": 0.9, "bn": 0.8, "gan": 0.6}
        history += [record(trial, ends.get(trial.arm, 0.7)) for trial in trials]
    assert len(chosen_records(plan, history)) <= 6
    assert spent(chosen_records(plan, history)) <= 30
    assert any(r.trial.stage == "report" for r in history)
