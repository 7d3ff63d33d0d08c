"""The user's own images: a folder with a folder for each class."""

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

_RADII = (Eps(1 / 255), Eps(2 / 255), Eps(4 / 255), Eps(8 / 255))


@RECIPES.register("folder", summary="your images, a folder a class (--data-dir), for one GPU", source="our choice")
def folder() -> Recipe:
    return Recipe(
        name="folder",
        data=DataSettings("folder", image_size=64, channels=3, augmentation=Augmentation(pad=6, flip=True)),
        space=SpaceSettings(cells=8, channels=16, partial_channels=4, stem="imagenet"),
        search=SearchSettings(epochs=50, warmup_epochs=15),
        network=NetworkSettings(cells=14, channels=36, stem="imagenet", auxiliary=True),
        training=TrainingSettings(epochs=150, batch_size=96, auxiliary=0.4, drop_path=0.2, holdout=0.1),
        attack=AttackSettings(attacks=("fgsm", "pgd-20", "autoattack"), eps=_RADII, slow_images=500),
        certify=CertifySettings(eps=_RADII, images=500),
    )


@RECIPES.register(
    "folder-small", summary="your images on a laptop, 12 epochs over all of them", source="our choice of sizes"
)
def folder_small() -> Recipe:
    recipe = folder()
    return replace(
        recipe,
        name="folder-small",
        space=replace(SMALL_SPACE, stem="imagenet"),
        search=SMALL_SEARCH,
        network=NetworkSettings(cells=5, channels=24, stem="imagenet"),
        training=TrainingSettings(epochs=12, batch_size=64, holdout=0.1),
        attack=AttackSettings(attacks=("fgsm", "pgd-20"), eps=_RADII, images=300),
        certify=replace(recipe.certify, images=100),
        threads=1,
    )
