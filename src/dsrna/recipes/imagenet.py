"""ImageNet, and Imagenette, its ten-class part."""

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

_RADII = (Eps(0.5 / 255), Eps(1 / 255), Eps(2 / 255), Eps(4 / 255))


@RECIPES.register("imagenet", summary="ImageNet at 224 pixels, for GPUs", source="Russakovsky et al. 2015; DARTS sizes")
def imagenet() -> Recipe:
    """Sizes, weight decay, label smoothing and epochs of DARTS (Liu et al. 2019, appendix A.2.3).

    The learning rate is that of P-DARTS and PC-DARTS, 0.5 for batches of 1,024 after five epochs of warm-up, in
    proportion to the batch. They let it fall along a line, DARTS by 3 % an epoch; here it is half a cosine.
    """
    return Recipe(
        name="imagenet",
        data=DataSettings("imagenet", image_size=224, channels=3, augmentation=Augmentation(flip=True, area=0.08)),
        space=SpaceSettings(cells=8, channels=16, partial_channels=2, stem="imagenet"),
        search=SearchSettings(epochs=50, warmup_epochs=35, batch_size=256, images=160_000, learning_rate=0.1),
        network=NetworkSettings(cells=14, channels=48, stem="imagenet", auxiliary=True),
        training=TrainingSettings(
            epochs=250,
            batch_size=256,
            learning_rate=0.125,
            weight_decay=3e-5,
            label_smoothing=0.1,
            auxiliary=0.4,
            warmup_epochs=5,
            holdout=0.01,
        ),
        attack=AttackSettings(attacks=("fgsm", "pgd-20", "autoattack"), eps=_RADII, images=5000, slow_images=500),
        certify=CertifySettings(eps=_RADII, images=500),
    )


@RECIPES.register(
    "imagenet-small", summary="Imagenette at 64 pixels on a laptop, in half an hour", source="our choice of sizes"
)
def imagenet_small() -> Recipe:
    recipe = imagenet()
    return replace(
        recipe,
        name="imagenet-small",
        data=DataSettings("imagenette", image_size=64, channels=3, augmentation=Augmentation(flip=True, area=0.25)),
        space=replace(SMALL_SPACE, stem="imagenet"),
        search=SMALL_SEARCH,
        network=NetworkSettings(cells=5, channels=24, stem="imagenet"),
        training=TrainingSettings(epochs=12, batch_size=96, holdout=0.05),
        attack=AttackSettings(attacks=("fgsm", "pgd-20"), eps=_RADII, images=300),
        certify=replace(recipe.certify, images=100),
        threads=1,
    )


@RECIPES.register(
    "paper-imagenet",
    summary="ImageNet with the settings of the publication",
    source="Hosseini et al. 2021 (DSRNA); what it leaves open is our choice",
)
def paper_imagenet() -> Recipe:
    recipe = imagenet()
    return replace(
        recipe,
        name="paper-imagenet",
        search=replace(recipe.search, method="dsrna-combined", order=2),
        training=replace(recipe.training, holdout=0.0),
        attack=replace(recipe.attack, attacks=("fgsm", "pgd-10", "pgd-20", "pgd-100", "autoattack")),
    )
