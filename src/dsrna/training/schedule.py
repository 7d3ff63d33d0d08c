"""What changes in the course of a training."""

import math

from dsrna.training.settings import TrainingSettings


def learning_rate(settings: TrainingSettings, epoch: int) -> float:
    """Return the rate of ``epoch`` (from 0): a linear rise over the warm-up, then half a cosine down towards 0.

    Loshchilov and Hutter 2017, arXiv 1608.03983, equation 5, without restarts, one value an epoch.
    """
    warmup, peak = settings.warmup_epochs, settings.learning_rate
    if epoch < warmup:
        return peak * (epoch + 1) / (warmup + 1)
    progress = (epoch - warmup) / (settings.epochs - warmup)
    return peak * (1 + math.cos(math.pi * progress)) / 2


def drop_path(settings: TrainingSettings, epoch: int) -> float:
    """Return the share of paths dropped in ``epoch`` (from 0), rising linearly (Liu et al. 2019, appendix A.2)."""
    return settings.drop_path * epoch / settings.epochs


def eps_share(settings: TrainingSettings, progress: float) -> float:
    """Return the share of eps that certified training has reached: 0 at first, then a linear rise, then 1.

    ``progress``: share of the training that is done (Gowal et al. 2018, arXiv 1810.12715, section 4).
    """
    clean, ramp = settings.certified.clean, settings.certified.ramp
    if progress < clean:
        return 0.0
    return 1.0 if progress >= clean + ramp else (progress - clean) / ramp
