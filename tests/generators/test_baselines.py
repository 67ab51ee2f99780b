import numpy as np
import pandas as pd

from synthcraft.data.table import Table
from synthcraft.generators.baselines import Marginals, Noise, TrainCopy


def test_train_copy_hands_out_each_row_once_before_any_twice(mixed: Table) -> None:
    fitted = TrainCopy().fit(mixed, seed=0)
    permuted = fitted.sample(len(mixed), seed=1)
    names = list(mixed.names)
    pd.testing.assert_frame_equal(
        permuted.sort_values(names, ignore_index=True),
        mixed.frame.sort_values(names, ignore_index=True),
    )
    assert not permuted.equals(mixed.frame)
    assert not fitted.sample(50, seed=1).duplicated().any()
    assert fitted.sample(2 * len(mixed), seed=1).value_counts(dropna=False).eq(2).all()


def test_marginals_keep_columns_and_break_relations(mixed: Table) -> None:
    n = 20_000
    made = Marginals().fit(mixed, seed=0).sample(n, seed=1)
    real = mixed.frame
    # Four standard errors of a proportion of n draws; the real correlation is about 0.3, that of
    # n independent draws has standard error 1 / sqrt(n) = 0.007.
    for name, level in (("ill", "yes"), ("sex", "f")):
        share = (real[name] == level).mean()
        assert abs((made[name] == level).mean() - share) < 4 * np.sqrt(share * (1 - share) / n)
    assert abs(made["index"].isna().mean() - real["index"].isna().mean()) < 4 * 0.5 / np.sqrt(n)
    ill = (made["ill"] == "yes").astype(float)
    assert abs(np.corrcoef(made["age (years)"], ill)[0, 1]) < 4 / np.sqrt(n)


def test_noise_is_uniform_over_what_was_seen(mixed: Table) -> None:
    n = 20_000
    made = Noise().fit(mixed, seed=0).sample(n, seed=1)
    # Mean of a uniform over 20..80: 50, standard error 60 / sqrt(12 n) = 0.12; half of the rows
    # are ill although few are in the train table.
    assert abs(made["age (years)"].mean() - 50) < 4 * 60 / np.sqrt(12 * n)
    assert abs((made["ill"] == "yes").mean() - 0.5) < 4 * 0.5 / np.sqrt(n)
    assert set(made["smoking"].dropna()) == {"never", "now"}
    assert made["5"].eq(5).all()
