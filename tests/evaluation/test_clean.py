"""What a model says of images as they are, and how near the right class came."""

import pytest
import torch
from torch import Tensor, nn

from dsrna.errors import UserError
from dsrna.evaluation import Count
from dsrna.evaluation.clean import Clean


class Given(nn.Module):
    """Logits that are the pixels of one row."""

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(1)


def looked(logits: Tensor, y: Tensor) -> Clean:
    clean = Clean()
    for start in range(0, len(y), 2):
        rows, labels = logits[start : start + 2], y[start : start + 2]
        assert torch.equal(clean.look(Given(), rows[:, None, None], labels), rows.argmax(dim=1) == labels)
    return clean


def test_the_first_five_are_counted_over_all_batches() -> None:
    """Else top-5 accuracy is that of other ranks, or of the last batch."""
    logits = torch.arange(7.0).repeat(5, 1)
    clean = looked(logits, torch.tensor([6, 2, 1, 5, 0]))
    assert clean.predicted == [6] * 5
    assert clean.top5 == Count(3, 5)


def test_what_is_right_is_among_the_first_five() -> None:
    """Else a network with equal logits has a smaller top-5 than top-1 accuracy."""
    clean = looked(torch.zeros(4, 50), torch.zeros(4, dtype=torch.int64))
    assert clean.top5 == Count(4, 4)


def test_with_five_classes_there_is_nothing_to_tell() -> None:
    """Else two-class sets show a line of 100 %, or end in an error of torch."""
    assert looked(torch.rand(3, 5), torch.tensor([0, 1, 2])).top5 is None
    assert looked(torch.rand(3, 2), torch.tensor([0, 1, 1])).top5 is None


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_logits_that_are_none_are_an_error(value: float) -> None:
    """If this fails, a network of NaN has a clean accuracy: that of the first class."""
    logits = torch.zeros(4, 3)
    logits[3, 1] = value
    with pytest.raises(UserError, match="logits are not finite"):
        looked(logits, torch.tensor([1, 2, 1, 2]))
