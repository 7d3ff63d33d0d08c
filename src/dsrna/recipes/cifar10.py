"""CIFAR-10: 32x32 colour images of ten classes."""

from dataclasses import replace

from dsrna.data import Augmentation, DataSettings
from dsrna.evaluation import AttackSettings, CertifySettings
from dsrna.recipes.recipe import Recipe
from dsrna.recipes.registry import RECIPES
from dsrna.recipes.small import SMALL_SEARCH, SMALL_SPACE
from dsrna.search import SearchSettings
from dsrna.spaces import NetworkSettings, SpaceSettings
from dsrna.threat import Eps
from dsrna.training import TrainingSettings

_RADII = (Eps(0.5 / 255), Eps(1 / 255), Eps(2 / 255), Eps(8 / 255))


@RECIPES.register("cifar10", summary="CIFAR-10, for one GPU", source="Krizhevsky 2009; sizes of the DARTS family")
def cifar10() -> Recipe:
    return Recipe(
        name="cifar10",
        data=DataSettings("cifar10", augmentation=Augmentation(pad=4, flip=True, cutout=16)),
        space=SpaceSettings(cells=8, channels=16, partial_channels=4),
        search=SearchSettings(epochs=50, warmup_epochs=15, batch_size=64),
        network=NetworkSettings(cells=20, channels=36, auxiliary=True),
        training=TrainingSettings(epochs=200, batch_size=96, auxiliary=0.4, drop_path=0.2, holdout=0.02),
        attack=AttackSettings(attacks=("fgsm", "pgd-20", "autoattack"), eps=_RADII, slow_images=1000),
        certify=CertifySettings(eps=_RADII, images=1000),
    )


@RECIPES.register(
    "cifar10-adversarial",
    summary="CIFAR-10, searched and trained for attacks at 8/255, for one GPU",
    source="Madry et al. 2018, arXiv 1706.06083: threat model; Pang et al. 2021, arXiv 2010.00467: weight decay",
)
def cifar10_adversarial() -> Recipe:
    recipe = cifar10()
    radii = (Eps(2 / 255), Eps(4 / 255), Eps(8 / 255))
    return replace(
        recipe,
        name="cifar10-adversarial",
        goal="adversarial",
        data=replace(recipe.data, augmentation=Augmentation(pad=4, flip=True)),
        network=NetworkSettings(cells=20, channels=36),
        training=TrainingSettings(
            method="pgd", epochs=120, batch_size=128, learning_rate=0.1, weight_decay=5e-4, holdout=0.02
        ),
        attack=AttackSettings(
            attacks=("fgsm", "pgd-20", "pgd-100", "autoattack"), eps=radii, slow_images=1000, slow_eps=radii[-1:]
        ),
    )


@RECIPES.register("cifar10-small", summary="CIFAR-10 on a laptop, in half an hour", source="our choice of sizes")
def cifar10_small() -> Recipe:
    recipe = cifar10()
    return replace(
        recipe,
        name="cifar10-small",
        data=replace(recipe.data, limit=4000, augmentation=Augmentation(pad=4, flip=True)),
        space=SMALL_SPACE,
        search=SMALL_SEARCH,
        network=NetworkSettings(cells=3, channels=12),
        training=TrainingSettings(epochs=12, batch_size=96, holdout=0.05),
        attack=AttackSettings(attacks=("fgsm", "pgd-20"), eps=_RADII, images=300),
        certify=replace(recipe.certify, images=100),
        threads=1,
    )


@RECIPES.register(
    "paper-cifar10",
    summary="CIFAR-10 with the settings of the publication",
    source="Hosseini et al. 2021 (DSRNA); what it leaves open is our choice",
)
def paper_cifar10() -> Recipe:
    recipe = cifar10()
    return replace(
        recipe,
        name="paper-cifar10",
        search=replace(recipe.search, method="dsrna-combined", order=2),
        training=TrainingSettings(epochs=600, batch_size=96, auxiliary=0.4, drop_path=0.2),
        attack=AttackSettings(
            attacks=("fgsm", "pgd-10", "pgd-20", "pgd-100", "autoattack"), eps=(Eps(0.01), Eps(0.03))
        ),
        certify=CertifySettings(eps=_RADII),
    )
