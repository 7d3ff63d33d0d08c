"""The idx format of MNIST: a magic number, the sizes, the bytes; gzipped or not."""

import math
import struct
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dsrna.errors import UserError
from dsrna.runtime.reading import at_most, opened

UNSIGNED_BYTE = 0x08
MOST: Final = 2**30
"""Bytes that a file may hold, unpacked: twenty times those of MNIST."""


def read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """Read an idx file of unsigned bytes (LeCun, Cortes and Burges) with so many dimensions.

    A file that is not one, or holds fewer or more bytes than its header says, raises ``UserError``; no more of it is
    unpacked than the header says.
    """
    start = 4 + 4 * dimensions
    with opened(path, "; fetch it again") as file:
        header = at_most(file, start)
        if len(header) < start or header[:4] != bytes((0, 0, UNSIGNED_BYTE, dimensions)):
            raise UserError(f"{path} is not an idx file of unsigned bytes in {dimensions} dimensions")
        shape = struct.unpack_from(f">{dimensions}I", header, 4)
        data = at_most(file, min(math.prod(shape), MOST) + 1)
    _check_size(path, len(data), shape)
    return np.frombuffer(data, np.uint8).reshape(shape)


def _check_size(path: Path, count: int, shape: tuple[int, ...]) -> None:
    wanted, said = math.prod(shape), "x".join(map(str, shape))
    if count > MOST:
        raise UserError(f"{path} holds more than {MOST:,} bytes, the most that is read; its header says {said}")
    if count != wanted:
        more = " or more" if count > wanted else ""
        raise UserError(f"{path} holds {count} bytes{more}, but its header says {said}; fetch it again")
