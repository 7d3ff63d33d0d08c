"""Weights from scratch: standard, adversarial and certified training, checkpointed after each epoch."""

from dsrna.training.adversarial import pgd
from dsrna.training.adversarial_settings import FastSettings, FreeSettings, TradesSettings
from dsrna.training.certified import certified
from dsrna.training.certified_settings import CertifiedSettings
from dsrna.training.fast import fast
from dsrna.training.free import free
from dsrna.training.history import Guard, TrainingEpoch
from dsrna.training.loop import Trained, train
from dsrna.training.registry import ADVERSARIAL, TRAININGS, Moment, Training, training
from dsrna.training.settings import TrainingSettings
from dsrna.training.standard import standard
from dsrna.training.trades import trades

__all__ = [
    "ADVERSARIAL",
    "TRAININGS",
    "CertifiedSettings",
    "FastSettings",
    "FreeSettings",
    "Guard",
    "Moment",
    "TradesSettings",
    "Trained",
    "Training",
    "TrainingEpoch",
    "TrainingSettings",
    "certified",
    "fast",
    "free",
    "pgd",
    "standard",
    "trades",
    "train",
    "training",
]
