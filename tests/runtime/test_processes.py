"""One process alone: the trivial case of several. Several are tried by tests/search/test_several_processes.py."""

import pytest
import torch

from dsrna.errors import UserError
from dsrna.runtime.processes import ALONE, Several, current, joined


def test_without_torchrun_a_process_is_alone() -> None:
    """If this fails, an ordinary search waits for processes that nobody has started."""
    with joined() as processes:
        assert processes is current() is ALONE
        assert (processes.rank, processes.size, processes.share(5)) == (0, 1, 5)


def test_alone_every_sum_and_mean_is_the_thing_itself() -> None:
    """If this fails, a search in one process is no longer what it was, bit for bit."""
    value = torch.rand(3, requires_grad=True)
    assert ALONE.total(value) is value
    assert ALONE.over_all(value, 7) is value
    assert ALONE.mean([value])[0] is value
    assert ALONE.told(b"work") == b"work"


@pytest.mark.parametrize(("device", "fits"), [("cpu", True), ("cuda:0", False), ("cuda", False)])
def test_a_gpu_is_not_shared(device: str, fits: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, two processes fight over one GPU, or stop with an error of the library's."""
    monkeypatch.setenv("LOCAL_RANK", "1")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    several = object.__new__(Several)
    if fits:
        assert several.place(torch.device(device)) == torch.device(device)
        return
    with pytest.raises(UserError, match="1 GPUs are not enough for process 1"):
        several.place(torch.device(device))
