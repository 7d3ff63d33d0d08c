"""What can be fetched: from where, with which checksums, and how the files lie afterwards."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from dsrna.errors import UserError


@dataclass(frozen=True)
class Remote:
    """A file on a server: its md5, and its size in bytes for the progress bar."""

    name: str
    md5: str
    size: int


@dataclass(frozen=True)
class Download:
    """The remote files under the address ``base``; and ``files``, name to md5, as they lie in ``folder``.

    A name in ``files`` that is not itself remote comes out of an archive that is.
    """

    base: str
    remotes: tuple[Remote, ...]
    folder: str
    files: Mapping[str, str]

    def verify(self, name: str, data: bytes, source: object) -> bytes:
        """Return ``data`` if it has the checksum of ``name``, else raise ``UserError``; ``source`` says what it is."""
        if md5(data) != self.files[name]:
            raise UserError(f"wrong checksum: {source} has md5 {md5(data)}, not {self.files[name]}; fetch it again")
        return data


def md5(data: bytes) -> str:
    # The data sets are published with md5 sums; they guard against accidents, which md5 is good enough for.
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


_MNIST = (
    Remote("train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873", 9_912_422),
    Remote("train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432", 28_881),
    Remote("t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3", 1_648_877),
    Remote("t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c", 4_542),
)

DOWNLOADS: dict[str, Download] = {
    "mnist": Download(
        base="https://ossci-datasets.s3.amazonaws.com/mnist",
        remotes=_MNIST,
        folder="MNIST/raw",
        files={remote.name: remote.md5 for remote in _MNIST},
    ),
    "cifar10": Download(
        base="https://www.cs.toronto.edu/~kriz",
        remotes=(Remote("cifar-10-python.tar.gz", "c58f30108f718f92721af3d95e74349a", 170_498_071),),
        folder="cifar-10-batches-py",
        files={
            "data_batch_1": "c99cafc152244af753f735de768cd75f",
            "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
            "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
            "data_batch_4": "634d18415352ddfa80567beed471001a",
            "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
            "test_batch": "40351d587109b95175f43aff81a1287e",
            "batches.meta": "5ff9c542aee3614f3951f8cda6e48888",
        },
    ),
}
