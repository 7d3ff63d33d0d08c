"""A whole run in seconds."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import replace

from dsrna.evaluation import AttackSettings, CertifySettings
from dsrna.recipes import Recipe, named
from dsrna.spaces import NetworkSettings, SpaceSettings
from dsrna.threat import Eps


def tiny_recipe() -> Recipe:
    """Digits with the smallest of everything: every stage is passed, nothing is learnt well."""
    recipe = named("digits")
    return replace(
        recipe,
        data=replace(recipe.data, limit=300),
        space=SpaceSettings(cells=2, channels=4, nodes=2, partial_channels=2),
        search=replace(recipe.search, epochs=3, warmup_epochs=1, metric_batch=2, bound_batch=2),
        network=NetworkSettings(cells=2, channels=4),
        training=replace(recipe.training, epochs=4),
        attack=AttackSettings(attacks=("fgsm", "pgd-10"), eps=(Eps(2 / 255), Eps(8 / 255)), images=40, sanity=4),
        certify=CertifySettings(eps=(Eps(1 / 255),), images=8),
    )


def shortest_recipe() -> Recipe:
    """The tiny run with two epochs each of search and training, so that there is one to go on from."""
    base = tiny_recipe()
    return replace(
        base,
        search=replace(base.search, epochs=2, warmup_epochs=1),
        training=replace(base.training, epochs=2),
        attack=replace(base.attack, sanity=2),
    )


def waited_for(there: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait until something is there; the process that is to bring it must not end before."""
    end = time.monotonic() + 120
    while not there():
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.01)
