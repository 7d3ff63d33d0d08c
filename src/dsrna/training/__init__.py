"""Weights from scratch: standard and adversarial training, checkpointed after each epoch."""

from dsrna.training.adversarial import pgd
from dsrna.training.history import TrainingEpoch
from dsrna.training.loop import train
from dsrna.training.registry import TRAININGS, Training, training
from dsrna.training.settings import TrainingSettings
from dsrna.training.standard import standard

__all__ = ["TRAININGS", "Training", "TrainingEpoch", "TrainingSettings", "pgd", "standard", "train", "training"]
