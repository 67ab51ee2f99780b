import pytest

from synthcraft.catalogue import GENERATORS
from synthcraft.select.work import arms, recorded, work


@pytest.mark.parametrize("plugin", ["ctgan", "tvae", "ddpm", "nflow", "arf", "dp_ar"])
def test_work_is_in_proportion_to_the_effort(plugin):
    effort = GENERATORS.get(plugin).effort
    assert work(plugin, {effort: 90}) == pytest.approx(3 * work(plugin, {effort: 30}))


def test_smaller_batches_and_larger_networks_are_more_work():
    small = {"n_iter": 10, "encoder_n_units_hidden": 64, "decoder_n_units_hidden": 64}
    assert work("tvae", small | {"batch_size": 50}) == 4 * work("tvae", small)
    # the encoder's 2 × 500² weights beside the decoder's 3 × 64², in units of 150,000
    large = small | {"encoder_n_units_hidden": 500, "encoder_n_layers_hidden": 2}
    more = (150_000 + 2 * 500**2 + 3 * 64**2) / (150_000 + 2 * 3 * 64**2)
    assert work("tvae", large) / work("tvae", small) == pytest.approx(more)


def test_rows_are_more_steps_where_rows_come_in_batches():
    """With the power of 0.7 that all seconds grow by: ten times the rows, ten times the steps."""
    assert 10**0.7 * work("tvae", {}, rows=3500) / work("tvae", {}) == pytest.approx(10)
    assert work("arf", {}, rows=3500) == work("arf", {})


def test_every_recorded_arm_is_a_generator_with_good_parameters():
    both = arms() | arms("timed.yaml")
    assert len(both) == len(arms()) + len(arms("timed.yaml"))
    for arm in both.values():
        GENERATORS.get(arm["plugin"]).params.model_validate(arm.get("params", {}))
    assert set(recorded()) == {arm["plugin"] for arm in both.values()}


def test_arms_of_one_plugin_are_the_same_work():
    for arm in arms().values():
        assert work(arm["plugin"], arm.get("params", {})) == recorded()[arm["plugin"]]
