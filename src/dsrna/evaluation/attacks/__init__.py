"""Attacks: pure functions from model, images and labels to adversarial images, and the registry of named ones."""

from dsrna.evaluation.attacks.autoattack import autoattack
from dsrna.evaluation.attacks.carlini_wagner import carlini_wagner
from dsrna.evaluation.attacks.ddn import ddn
from dsrna.evaluation.attacks.fgsm import fgsm
from dsrna.evaluation.attacks.guard import check_known_norm, under_attack, verified
from dsrna.evaluation.attacks.minimum import MinimumAttack, at_several_radii, within
from dsrna.evaluation.attacks.noise import noise
from dsrna.evaluation.attacks.pgd import pgd
from dsrna.evaluation.attacks.registry import ATTACKS, Attack, AttackFunction, attack
from dsrna.evaluation.attacks.square import square
from dsrna.evaluation.attacks.transfer import transferred

__all__ = [
    "ATTACKS",
    "Attack",
    "AttackFunction",
    "MinimumAttack",
    "at_several_radii",
    "attack",
    "autoattack",
    "carlini_wagner",
    "check_known_norm",
    "ddn",
    "fgsm",
    "noise",
    "pgd",
    "square",
    "transferred",
    "under_attack",
    "verified",
    "within",
]
