"""How a model stands: accuracy under attacks, and certificates."""

from dsrna.evaluation.attacks import ATTACKS, autoattack, fgsm, pgd
from dsrna.evaluation.certificates import certify
from dsrna.evaluation.counts import Count
from dsrna.evaluation.results import AttackResult, AttackRow, CertifyResult, CertifyRow, Examples, WorstRow
from dsrna.evaluation.robustness import attack
from dsrna.evaluation.settings import AttackSettings, CertifySettings

__all__ = [
    "ATTACKS",
    "AttackResult",
    "AttackRow",
    "AttackSettings",
    "CertifyResult",
    "CertifyRow",
    "CertifySettings",
    "Count",
    "Examples",
    "WorstRow",
    "attack",
    "autoattack",
    "certify",
    "fgsm",
    "pgd",
]
