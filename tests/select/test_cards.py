from pathlib import Path

import pytest
import yaml

from synthcraft.catalogue import SELECTORS

OPTIONS = Path(__file__).parents[2] / "conf" / "selector"


@pytest.mark.parametrize("card", SELECTORS, ids=lambda card: card.name)
def test_every_selector_is_an_option_with_its_own_defaults(card):
    plain = yaml.safe_load((OPTIONS / f"{card.name}.yaml").read_text(encoding="utf-8"))
    assert plain["plugin"] == card.name
    params = plain.get("params", {})
    assert card.params.model_validate(params) == card.params()
    own = card.params.model_fields.keys() - {"prior", "rungs"}
    assert own <= params.keys()  # what can be set is seen in the option
