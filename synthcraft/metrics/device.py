"""Where the arithmetic of many distances runs: numpy on the processor, torch on another device.

Both offer the same few operations, so that the distance pass is written once.
"""

from typing import Any, Protocol

import numpy as np

from synthcraft.metrics.encode import Floats, Ints


class Device(Protocol):
    """The operations of the distance pass. Arrays of the device are opaque to its callers."""

    rows: int  # queries per block

    def put(self, values: Any) -> Any:
        """An array on the device, of the same precision."""
        ...

    def get(self, values: Any) -> Floats:
        """The array back from the device."""
        ...

    def group_minima(self, values: Any, size: int) -> Any:
        """Minima over groups of ``size`` interleaved columns: (rows × columns / size)."""
        ...

    def kth(self, values: Any, k: int) -> Any:
        """The k-th smallest of each row, k from 1, as a column."""
        ...

    def positions(self, mask: Any) -> tuple[Ints, Ints]:
        """Row and column of each true entry, by rows."""
        ...

    def count(self, mask: Any) -> int:
        """Number of true entries."""
        ...

    def any(self, mask: Any, axis: int) -> Any:
        """Whether any entry along an axis is true."""
        ...

    def kernel_sum(self, squared: Any, scale: float) -> float:
        """Sum of exp(scale × squared distance)."""
        ...

    def lowest_where(self, mask: Any, values: Any) -> Any:
        """Per row, the smallest of the columns' ``values`` where the mask is true, or infinity."""
        ...


class Processor:
    """Numpy. Blocks are small enough to stay near the processor's caches."""

    rows = 256

    def put(self, values: Any) -> Any:
        """An array on the device."""
        return np.asarray(values)

    def get(self, values: Any) -> Floats:
        """The array back from the device."""
        return np.asarray(values)

    def group_minima(self, values: Any, size: int) -> Any:
        """Minima over interleaved groups of columns."""
        return values.reshape(len(values), size, -1).min(axis=1)

    def kth(self, values: Any, k: int) -> Any:
        """The k-th smallest of each row, as a column."""
        return np.partition(values, k - 1, axis=1)[:, k - 1, None]

    def positions(self, mask: Any) -> tuple[Ints, Ints]:
        """Row and column of each true entry."""
        row, column = np.divmod(np.flatnonzero(mask), mask.shape[1])
        return row, column

    def count(self, mask: Any) -> int:
        """Number of true entries."""
        return int(np.count_nonzero(mask))

    def any(self, mask: Any, axis: int) -> Any:
        """Whether any entry along an axis is true."""
        return mask.any(axis=axis)

    def kernel_sum(self, squared: Any, scale: float) -> float:
        """Sum of exp(scale × squared distance)."""
        squared *= np.float32(scale)
        np.exp(squared, out=squared)
        return float(squared.sum(dtype=float))

    def lowest_where(self, mask: Any, values: Any) -> Any:
        """Per row, the smallest value where the mask is true."""
        return np.where(mask, values, np.inf).min(axis=1)


class TorchDevice:
    """Torch, on a graphics card or any other device it knows."""

    rows = 4096

    def __init__(self, name: str) -> None:
        import torch  # 8 seconds: only who asks for a device pays for it

        self.torch = torch
        self.name = name

    def put(self, values: Any) -> Any:
        """An array on the device."""
        return self.torch.from_numpy(np.ascontiguousarray(values)).to(self.name)

    def get(self, values: Any) -> Floats:
        """The array back from the device."""
        return np.asarray(values.cpu().numpy())

    def group_minima(self, values: Any, size: int) -> Any:
        """Minima over interleaved groups of columns."""
        return values.reshape(len(values), size, -1).amin(dim=1)

    def kth(self, values: Any, k: int) -> Any:
        """The k-th smallest of each row, as a column."""
        return values.topk(k, dim=1, largest=False).values.amax(dim=1, keepdim=True)

    def positions(self, mask: Any) -> tuple[Ints, Ints]:
        """Row and column of each true entry."""
        row, column = self.torch.nonzero(mask, as_tuple=True)
        return row.cpu().numpy(), column.cpu().numpy()

    def count(self, mask: Any) -> int:
        """Number of true entries."""
        return int(mask.sum())

    def any(self, mask: Any, axis: int) -> Any:
        """Whether any entry along an axis is true."""
        return mask.any(dim=axis)

    def kernel_sum(self, squared: Any, scale: float) -> float:
        """Sum of exp(scale × squared distance)."""
        return float(self.torch.exp(squared * scale).sum(dtype=self.torch.float64))

    def lowest_where(self, mask: Any, values: Any) -> Any:
        """Per row, the smallest value where the mask is true."""
        return self.torch.where(mask, values, float("inf")).amin(dim=1)


def open_device(name: str) -> Device:
    """The device of this name: "cpu" is numpy, all others are torch's.

    >>> open_device("cpu").rows
    256
    """
    return Processor() if name == "cpu" else TorchDevice(name)
