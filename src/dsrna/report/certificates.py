"""What a certificate says, and what it does not, in words."""

from typing import Final

from dsrna.evaluation import Certificates, CertifyResult, SmoothingSettings
from dsrna.report import wording

AGAINST: Final = {"all": "", "random": " against one random class", "runner-up": " against the runner-up class"}


def claim(result: CertifyResult) -> str:
    """Return what an image that counts has: short, for a number's label."""
    if result.smoothing:
        return f"certified with {_confidence(result.smoothing)} confidence, smoothed classifier"
    return f"certified{AGAINST[result.targets]}"


def title(result: CertifyResult, found: Certificates) -> str:
    """Return what the certificates under one norm share: guarantee, norm, method, targets."""
    norm = wording.norm_name(found.norm)
    if result.smoothing:
        noise, sure = f"sigma {result.smoothing.sigma:g}", f"{_confidence(result.smoothing)} sure an image"
        return f"probabilistic certificates of the smoothed classifier, {norm}, {noise}, {sure}"
    return f"certificates, {norm}, {result.method} bounds{AGAINST[result.targets]}"


def meaning(result: CertifyResult) -> str:
    """Return what the certificates may be taken for, as a sentence."""
    if result.smoothing:
        return (
            "These certificates are probabilistic, by randomised smoothing. They are of the smoothed classifier, which "
            "takes a vote over noisy copies of an image, and not of the network itself; each image's holds with "
            f"{_confidence(result.smoothing)} confidence."
        )
    if result.targets != "all":
        return (
            f"These certificates, by {result.method} bounds, are{AGAINST[result.targets]} only. The other classes were "
            "not looked at: this is no lower bound of the robust accuracy."
        )
    return f"A lower bound, by {result.method} bounds: no attack of this kind can go below it."


def special(result: CertifyResult) -> bool:
    """Whether the certificates are anything but proofs that the network's prediction stays."""
    return result.guarantee == "probabilistic" or result.targets != "all"


def _confidence(smoothing: SmoothingSettings) -> str:
    return f"{100 * smoothing.confidence:.10g}%"
