"""The written-out gradients against torch's, row by row; what a column may see."""

from itertools import product

import numpy as np
import pytest
import torch

from synthcraft.generators.private.autoregressive import Autoregressive, Network

NETWORKS = [Network((2, 3, 4), 5), Network((3, 1, 2, 2), 8), Network((4,), 2)]


def random_flat(network: Network) -> np.ndarray:
    flat = np.random.default_rng(1).standard_normal(network.parameters)
    return flat.astype(np.float32)


def all_rows(network: Network) -> np.ndarray:
    return np.array(list(product(*map(range, network.sizes))))


def loss(network: Network, flat: torch.Tensor, codes: np.ndarray) -> torch.Tensor:
    """Minus the log likelihood of one row, column by column, with nothing vectorised."""
    lengths = [int(np.prod(part)) for part in network.parts]
    cut = [x.view(s) for x, s in zip(torch.split(flat, lengths), network.parts, strict=True)]
    masks = [torch.from_numpy(mask) for mask in network.masks]
    inward, outward, direct = (w * m for w, m in zip(cut[:3], masks, strict=True))
    hot = torch.from_numpy(network.one_hot(codes[None, :])[0]).to(flat.dtype)
    places = hot / len(network.sizes) ** 0.5
    hidden = torch.tanh(places @ inward + cut[3]) / network.width**0.5
    logits = hidden @ outward + places @ direct + cut[4]
    columns = torch.split(logits, network.sizes)
    return -sum(torch.log_softmax(c, 0)[k] for c, k in zip(columns, codes, strict=True))


def gradient(network: Network, flat: np.ndarray, codes: np.ndarray) -> np.ndarray:
    leaf = torch.from_numpy(flat).double().requires_grad_()
    (found,) = torch.autograd.grad(loss(network, leaf, codes), leaf)
    return np.asarray(found.numpy())


@pytest.mark.parametrize("network", NETWORKS)
def test_clipped_sum_is_the_sum_of_each_rows_clipped_gradient(network: Network) -> None:
    flat, rows = random_flat(network), all_rows(network)
    by_row = np.array([gradient(network, flat, row) for row in rows])
    norms = np.linalg.norm(by_row, axis=1)
    for clip in (1e-3, float(np.median(norms)), 1e6):
        expected = (by_row * np.minimum(1, clip / norms)[:, None]).sum(0)
        found = network.clipped_sum(flat, network.one_hot(rows), clip)
        np.testing.assert_allclose(found, expected, atol=2e-5 * min(clip, norms.max()) * len(rows))


@pytest.mark.parametrize("network", NETWORKS)
def test_any_row_more_moves_the_sum_by_at_most_the_clip(network: Network) -> None:
    flat, rows = random_flat(network) * 10, all_rows(network)
    base = network.clipped_sum(flat, network.one_hot(rows[:5]), 0.7)
    for row in rows:
        more = network.clipped_sum(flat, network.one_hot(np.vstack([rows[:5], row])), 0.7)
        assert np.linalg.norm(more - base) <= 0.7 * (1 + 1e-5)


def test_no_rows_sum_to_nothing() -> None:
    network = NETWORKS[0]
    empty = network.one_hot(np.zeros((0, 3), dtype=np.int64))
    found = network.clipped_sum(random_flat(network), empty, 1.0)
    assert found.shape == (network.parameters,)
    assert not found.any()


@pytest.mark.parametrize("network", NETWORKS)
def test_a_column_sees_only_earlier_ones(network: Network) -> None:
    flat, rows = random_flat(network), all_rows(network)
    logits = network.forward(flat, network.one_hot(rows))[2]
    for i, (start, size) in enumerate(zip(network.starts, network.sizes, strict=True)):
        for prefix in {tuple(row[:i]) for row in rows}:
            same = (rows[:, :i] == prefix).all(axis=1)
            assert np.ptp(logits[same, start : start + size], axis=0).max() < 1e-5


def test_the_first_weights_tell_uniform_columns() -> None:
    network = NETWORKS[0]
    flat = network.start(np.random.default_rng(0))
    shares = network.shares(network.forward(flat, network.one_hot(all_rows(network)))[2])
    assert np.allclose(shares, np.repeat(1 / np.array(network.sizes), network.sizes))


def test_draws_follow_the_networks_probabilities() -> None:
    network = NETWORKS[0]
    flat, rows = random_flat(network), all_rows(network)
    leaf = torch.from_numpy(flat)
    expected = np.exp([-float(loss(network, leaf, row)) for row in rows])
    assert expected.sum() == pytest.approx(1, abs=1e-5)
    n = 20_000
    drawn = Autoregressive(network, flat).draw(n, np.random.default_rng(0))
    counts = np.bincount(np.ravel_multi_index(tuple(drawn.T), network.sizes), minlength=len(rows))
    # a share's sd is at most sqrt(p / n); 24 cells, five sd and a row for the smallest
    assert (np.abs(counts / n - expected) <= 5 * np.sqrt(expected / n) + 1 / n).all()


def test_large_logits_do_not_overflow() -> None:
    network = NETWORKS[0]
    shares = network.shares(np.array([[1e4, 0, -1e4, 0, 3, 1e4, 1e4, 0, 0]], dtype=np.float32))
    assert np.isfinite(shares).all()
    assert shares[0, 5] == pytest.approx(0.5)
