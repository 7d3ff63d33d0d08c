"""The idx format of MNIST: a magic number, the sizes, the bytes; gzipped or not."""

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dsrna.errors import UserError

UNSIGNED_BYTE = 0x08


def read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """Read an idx file of unsigned bytes (LeCun, Cortes and Burges) with so many dimensions.

    A file that is not one, or holds fewer or more bytes than its header says, raises ``UserError``.
    """
    data = _content(path)
    start = 4 + 4 * dimensions
    if len(data) < start or data[:4] != bytes((0, 0, UNSIGNED_BYTE, dimensions)):
        raise UserError(f"{path} is not an idx file of unsigned bytes in {dimensions} dimensions")
    shape = struct.unpack_from(f">{dimensions}I", data, 4)
    if len(data) - start != math.prod(shape):
        raise UserError(
            f"{path} holds {len(data) - start} bytes, but its header says {'x'.join(map(str, shape))}; fetch it again"
        )
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape).copy()


def _content(path: Path) -> bytes:
    try:
        return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"cannot read {path}: {error}; fetch it again") from error
