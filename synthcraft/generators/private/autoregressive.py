"""A network that tells each column's distribution from the columns before it.

One masked hidden layer and a direct linear part (Germain et al., 2015, MADE, arXiv:1502.03509).
Its parameters are one flat vector, and its gradients are written out, because DP-SGD needs the norm
of every single row's gradient: in closed form it costs no more than the gradient of the sum.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from synthcraft.privacy.domain import Codes

Floats = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True)
class Network:
    """The network over columns of these ``sizes`` (numbers of codes), with ``width`` hidden units.

    Hidden unit j sees the columns up to its own degree; a column's logits see earlier columns and
    hidden units of lower degree. ``flat`` vectors hold the weights places → hidden, hidden →
    logits, places → logits and the biases of both, where a row's places are its one-hot codes.
    Places and hidden units are scaled to a norm of at most 1: clipping a row's whole gradient then
    leaves the biases their part, and columns' shares are learnt before their relations.
    """

    sizes: tuple[int, ...]
    width: int

    @cached_property
    def starts(self) -> Codes:
        """The first place of each column."""
        return np.cumsum((0, *self.sizes[:-1]))

    @cached_property
    def masks(self) -> tuple[Floats, Floats, Floats]:
        """1 where a weight may be other than 0, else 0; for the weights in their order."""
        column = np.repeat(np.arange(len(self.sizes)), self.sizes)
        degree = np.arange(self.width) % max(1, len(self.sizes) - 1)
        seen = column[:, None] <= degree
        told = degree[:, None] < column
        direct = column[:, None] < column
        return seen.astype(np.float32), told.astype(np.float32), direct.astype(np.float32)

    @cached_property
    def parts(self) -> tuple[tuple[int, ...], ...]:
        """The shapes that a flat vector is cut into."""
        places = sum(self.sizes)
        return (
            (places, self.width),
            (self.width, places),
            (places, places),
            (self.width,),
            (places,),
        )

    @property
    def parameters(self) -> int:
        """The length of a flat vector.

        >>> Network((2, 3), width=4).parameters
        74
        """
        return sum(int(np.prod(part)) for part in self.parts)

    def start(self, rng: np.random.Generator) -> Floats:
        """Random weights into the hidden units, 0 elsewhere: every column starts uniform."""
        flat = np.zeros(self.parameters, dtype=np.float32)
        inward = int(np.prod(self.parts[0]))
        flat[:inward] = rng.standard_normal(inward)
        return flat

    def one_hot(self, codes: Codes) -> Floats:
        """Rows × places: 1 at each column's code, else 0."""
        hot = np.zeros((len(codes), sum(self.sizes)), dtype=np.float32)
        np.put_along_axis(hot, codes + self.starts, 1, axis=1)
        return hot

    def forward(self, flat: Floats, hot: Floats) -> tuple[Floats, Floats, Floats]:
        """Scaled places, tanh of the hidden units (rows × width) and logits (rows × places)."""
        inward, outward, direct, hidden_bias, bias = self._cut(flat)
        places: Floats = hot * np.float32(len(self.sizes) ** -0.5)
        hidden: Floats = np.tanh(places @ inward + hidden_bias)
        logits: Floats = hidden @ outward * self._unit + places @ direct + bias
        return places, hidden, logits

    def shares(self, logits: Floats) -> Floats:
        """The probability of each place within its column."""
        raised = np.exp(logits - self._spread(np.maximum.reduceat(logits, self.starts, axis=1)))
        shares: Floats = raised / self._spread(np.add.reduceat(raised, self.starts, axis=1))
        return shares

    def clipped_sum(self, flat: Floats, hot: Floats, clip: float) -> Floats:
        """The sum over rows of the gradient of −log likelihood, each cut to the norm ``clip``.

        A row's gradient by weights is an outer product under a 0/1 mask M, so that its squared
        norm is Σ a²·M·b², and the sum over rows is a product of matrices.
        """
        places, hidden, logits = self.forward(flat, hot)
        by_logits = self.shares(logits) - hot
        by_hidden = (by_logits @ self._cut(flat)[1].T) * (1 - hidden**2) * self._unit
        ends = ((places, by_hidden), (hidden * self._unit, by_logits), (places, by_logits))
        squares = (by_hidden**2).sum(1) + (by_logits**2).sum(1)
        for (a, b), mask in zip(ends, self.masks, strict=True):
            squares += ((a**2 @ mask) * b**2).sum(1)
        keep = np.minimum(1, clip / np.sqrt(np.maximum(squares, 1e-12)))[:, None]
        weights = [(a.T @ (keep * b)) * m for (a, b), m in zip(ends, self.masks, strict=True)]
        biases = ((keep * by_hidden).sum(0), (keep * by_logits).sum(0))
        return np.concatenate([part.ravel() for part in (*weights, *biases)])

    @property
    def _unit(self) -> np.float32:
        return np.float32(self.width**-0.5)

    def _cut(self, flat: Floats) -> tuple[Floats, ...]:
        ends = np.cumsum([int(np.prod(part)) for part in self.parts])[:-1]
        pieces = [x.reshape(s) for x, s in zip(np.split(flat, ends), self.parts, strict=True)]
        return (*(w * mask for w, mask in zip(pieces, self.masks, strict=False)), *pieces[3:])

    def _spread(self, by_column: Floats) -> Floats:
        return np.repeat(by_column, self.sizes, axis=1)


@dataclass(frozen=True)
class Autoregressive:
    """A learnt network; rows are drawn column by column."""

    network: Network
    flat: Floats

    def draw(self, n: int, rng: np.random.Generator) -> Codes:
        """``n`` rows of codes."""
        codes = np.zeros((n, len(self.network.sizes)), dtype=np.int64)
        hot = np.zeros((n, sum(self.network.sizes)), dtype=np.float32)
        for i, (start, size) in enumerate(
            zip(self.network.starts, self.network.sizes, strict=True)
        ):
            logits = self.network.forward(self.flat, hot)[2][:, start : start + size]
            # the largest of logits plus Gumbel noise is each code with its probability
            codes[:, i] = (logits + rng.gumbel(size=logits.shape)).argmax(1)
            hot[np.arange(n), start + codes[:, i]] = 1
        return codes
