"""The classes that a label is compared with."""

import pytest
import torch

from dsrna.errors import UserError
from dsrna.evaluation.targets import chosen_targets

LOGITS = torch.tensor([[3.0, 1.0, 2.0], [0.0, 5.0, 4.0], [1.0, 0.0, 9.0], [7.0, 8.0, 0.0]])
LABELS, PLACES = torch.tensor([0, 1, 2, 0]), torch.tensor([10, 20, 30, 40])


def test_all_classes_are_no_single_one() -> None:
    """Else the certificate of a prediction leaves classes out."""
    assert chosen_targets(LOGITS, LABELS, PLACES, "all") is None


def test_the_runner_up_is_the_largest_of_the_others() -> None:
    """Else the label is compared with itself, or with a class that is not near."""
    found = chosen_targets(LOGITS, LABELS, PLACES, "runner-up")
    assert found is not None
    assert found.tolist() == [2, 2, 0, 1]


def test_a_random_target_is_another_class_and_goes_by_the_place_alone() -> None:
    """Else it is the label itself, always the same class, or changes with the batch."""
    logits, labels, places = torch.zeros(300, 3), torch.arange(300) % 3, torch.arange(300)
    found = chosen_targets(logits, labels, places, "random")
    assert found is not None
    assert not (found == labels).any()
    assert found.bincount(minlength=3).min() > 60
    part = chosen_targets(logits[100:110], labels[100:110], places[100:110], "random")
    assert part is not None
    assert torch.equal(part, found[100:110])


def test_one_class_has_no_other() -> None:
    """Else a certificate is given where nothing can go wrong."""
    with pytest.raises(UserError, match="at least 2 classes"):
        chosen_targets(torch.zeros(1, 1), torch.tensor([0]), torch.tensor([0]), "all")
