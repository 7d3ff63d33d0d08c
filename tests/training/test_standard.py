"""The standard loss, by hand."""

import torch
import torch.nn.functional as F
from torch import nn
from training_cases import Network, digits

from dsrna.training import Moment, TrainingSettings, standard


def test_the_auxiliary_loss_is_weighted_and_added() -> None:
    """Else the auxiliary classifier is not trained, or drowns the one that counts."""
    model, x, y = Network().eval(), digits().train.read(torch.arange(8)), digits().train.labels[:8]
    settings = TrainingSettings(auxiliary=0.4, label_smoothing=0.1)
    loss, logits = standard(model, x, y, settings, Moment(torch.Generator(), 0.0))
    first, second = model.forward_with_auxiliary(x)
    expected = F.cross_entropy(first, y, label_smoothing=0.1) + 0.4 * F.cross_entropy(second, y, label_smoothing=0.1)
    assert torch.allclose(loss, expected)
    assert torch.equal(logits, first)


def test_a_network_without_a_second_classifier_has_no_second_loss() -> None:
    """Else ordinary modules could not be trained with a recipe that has the option."""
    model, x, y = nn.Sequential(nn.Flatten(), nn.Linear(64, 10)), digits().train.read(torch.arange(8)), torch.arange(8)
    loss, logits = standard(model, x, y, TrainingSettings(auxiliary=0.4), Moment(torch.Generator(), 0.0))
    assert torch.allclose(loss, F.cross_entropy(logits, y))
