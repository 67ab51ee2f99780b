"""What a model is trained on: the real rows with an arm's added, or as a control has them."""

from dataclasses import dataclass

import pandas as pd

from synthcraft.metrics.encode import Floats


@dataclass(frozen=True, eq=False)
class Training:
    """Rows in canonical form, and a weight for each where they do not count alike.

    ``augmentation`` is how measures name what was added (augment/doses.label), empty where nothing
    was; ``refused`` is why there are no such rows.
    """

    frame: pd.DataFrame
    weights: Floats | None = None
    augmentation: str = ""
    refused: str = ""
