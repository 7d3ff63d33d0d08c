"""How a model stands: accuracy under attacks, and certificates."""

from dsrna.evaluation.attack_images import ImageFate, write_fates
from dsrna.evaluation.attacks import ATTACKS, autoattack, fgsm, pgd
from dsrna.evaluation.certificates import certify
from dsrna.evaluation.certify_results import (
    Certificates,
    CertifyResult,
    CertifyRow,
    ImageCertificate,
    Times,
    Verdict,
    write_images,
)
from dsrna.evaluation.certify_settings import CertifySettings
from dsrna.evaluation.choice import chosen
from dsrna.evaluation.corruptions import CORRUPTIONS, Corruption
from dsrna.evaluation.counts import Count
from dsrna.evaluation.example_list import write_example_list
from dsrna.evaluation.results import AttackResult, AttackRow, Check, CorruptionRow, Examples, WorstRow
from dsrna.evaluation.robustness import Attacked, attack
from dsrna.evaluation.settings import AttackSettings
from dsrna.evaluation.smoothing import (
    ABSTAIN,
    CERTIFICATES,
    lower_confidence_bound,
    smoothed_certificate,
    smoothed_prediction,
)
from dsrna.evaluation.smoothing_settings import SmoothingSettings

__all__ = [
    "ABSTAIN",
    "ATTACKS",
    "CERTIFICATES",
    "CORRUPTIONS",
    "AttackResult",
    "AttackRow",
    "AttackSettings",
    "Attacked",
    "Certificates",
    "CertifyResult",
    "CertifyRow",
    "CertifySettings",
    "Check",
    "Corruption",
    "CorruptionRow",
    "Count",
    "Examples",
    "ImageCertificate",
    "ImageFate",
    "SmoothingSettings",
    "Times",
    "Verdict",
    "WorstRow",
    "attack",
    "autoattack",
    "certify",
    "chosen",
    "fgsm",
    "lower_confidence_bound",
    "pgd",
    "smoothed_certificate",
    "smoothed_prediction",
    "write_example_list",
    "write_fates",
    "write_images",
]
