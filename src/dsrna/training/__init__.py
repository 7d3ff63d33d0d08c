"""Weights from scratch: standard, adversarial and certified training, checkpointed after each epoch."""

from dsrna.training.adversarial import pgd
from dsrna.training.certified import certified
from dsrna.training.certified_settings import CertifiedSettings
from dsrna.training.history import TrainingEpoch
from dsrna.training.loop import train
from dsrna.training.registry import TRAININGS, Moment, Training, training
from dsrna.training.settings import TrainingSettings
from dsrna.training.standard import standard

__all__ = [
    "TRAININGS",
    "CertifiedSettings",
    "Moment",
    "Training",
    "TrainingEpoch",
    "TrainingSettings",
    "certified",
    "pgd",
    "standard",
    "train",
    "training",
]
