"""The embedded digits: 8x8 pixels, 1,797 images, nothing to download. The demonstration, in minutes on two cores."""

import math
from dataclasses import replace

from dsrna.data import Augmentation, DataSettings
from dsrna.evaluation import AttackSettings, CertifySettings
from dsrna.recipes.recipe import Recipe
from dsrna.recipes.registry import RECIPES
from dsrna.recipes.small import SMALL_SEARCH, SMALL_SPACE
from dsrna.spaces import NetworkSettings
from dsrna.threat import Eps, Norm
from dsrna.training import CertifiedSettings, TrainingSettings

_RAMP = CertifiedSettings(clean=0.15, ramp=0.5)
_LEVEL = Eps(16 / 255)  # the step from one grey of the digits, which have 17, to the next
_RADII = (Eps(1 / 255), Eps(2 / 255), Eps(4 / 255), Eps(8 / 255))


@RECIPES.register(
    "digits", summary="8x8 digits, embedded: the whole line in five minutes", source="UCI optical digits, scikit-learn"
)
def digits() -> Recipe:
    return Recipe(
        name="digits",
        data=DataSettings("digits", augmentation=Augmentation(pad=1)),
        space=SMALL_SPACE,
        search=replace(SMALL_SEARCH, epochs=8, warmup_epochs=4, batch_size=96, images=None),
        network=NetworkSettings(cells=3, channels=8),
        training=TrainingSettings(epochs=20, batch_size=64, holdout=0.1),
        attack=AttackSettings(
            attacks=("fgsm", "pgd-20", "autoattack"), eps=_RADII, slow_images=20, slow_eps=_RADII[-1:], batch_size=360
        ),
        certify=CertifySettings(eps=_RADII, images=100),
        threads=1,
    )


@RECIPES.register("digits-small", summary="digits in about a minute: a first look", source="our choice")
def digits_small() -> Recipe:
    recipe = digits()
    return replace(
        recipe,
        name="digits-small",
        space=replace(recipe.space, channels=4, nodes=2),
        search=replace(recipe.search, epochs=4, warmup_epochs=2),
        network=NetworkSettings(cells=3, channels=8),
        training=replace(recipe.training, epochs=15),
        attack=AttackSettings(attacks=("fgsm", "pgd-20"), eps=(Eps(2 / 255), Eps(8 / 255))),
    )


@RECIPES.register(
    "digits-evidence",
    summary="digits, for comparisons: one protocol for every method and every way of training, at 4/255",
    source="our choice of sizes",
)
def digits_evidence() -> Recipe:
    recipe = digits()
    return replace(
        recipe,
        name="digits-evidence",
        space=replace(recipe.space, nodes=2),
        search=replace(recipe.search, epochs=24, warmup_epochs=14, architecture_learning_rate=0.02),
        training=replace(recipe.training, epochs=16, learning_rate=0.1, eps=_RADII[2], certified=_RAMP),
        attack=replace(
            recipe.attack,
            attacks=("pgd-100", "autoattack"),
            eps=(*_RADII[2:], _LEVEL),
            slow_images=30,
            slow_eps=(_LEVEL,),
        ),
        certify=replace(
            recipe.certify, norm=(Norm(math.inf), Norm(2.0)), eps=_RADII[:3], l2_eps=(Eps(0.05), Eps(0.1)), images=60
        ),
    )


@RECIPES.register(
    "digits-certified",
    summary="digits, trained for certificates at 4/255: the whole line in about ten minutes",
    source="our choice of sizes; interval bounds as Gowal et al. 2018",
)
def digits_certified() -> Recipe:
    recipe = digits()
    return replace(
        recipe,
        name="digits-certified",
        goal="certified",
        network=NetworkSettings(cells=3, channels=16),
        training=replace(
            recipe.training,
            method="certified",
            epochs=40,
            learning_rate=0.1,
            eps=Eps(4 / 255),
            certified=_RAMP,
        ),
        certify=replace(recipe.certify, method="interval", images=None),
    )
