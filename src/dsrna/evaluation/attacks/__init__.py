"""Attacks: pure functions from model, images and labels to adversarial images, and the registry of named ones."""

from dsrna.evaluation.attacks.autoattack import autoattack
from dsrna.evaluation.attacks.fgsm import fgsm
from dsrna.evaluation.attacks.guard import under_attack, verified
from dsrna.evaluation.attacks.pgd import pgd
from dsrna.evaluation.attacks.registry import ATTACKS, Attack, AttackFunction, attack

__all__ = ["ATTACKS", "Attack", "AttackFunction", "attack", "autoattack", "fgsm", "pgd", "under_attack", "verified"]
