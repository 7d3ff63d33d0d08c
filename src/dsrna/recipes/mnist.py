"""MNIST: 28x28 grey digits."""

from dataclasses import replace

from dsrna.data import Augmentation, DataSettings
from dsrna.evaluation import AttackSettings, CertifySettings
from dsrna.recipes.recipe import Recipe
from dsrna.recipes.registry import RECIPES
from dsrna.recipes.small import SMALL_SEARCH, SMALL_SPACE
from dsrna.search import AdversarySettings, SearchSettings
from dsrna.spaces import NetworkSettings, SpaceSettings
from dsrna.threat import Eps
from dsrna.training import CertifiedSettings, TrainingSettings

_RADII = (Eps(0.01), Eps(0.05), Eps(0.1))
_LARGEST = Eps(0.3)


@RECIPES.register("mnist", summary="MNIST, for one GPU", source="LeCun et al. 1998; our choice of sizes")
def mnist() -> Recipe:
    return Recipe(
        name="mnist",
        data=DataSettings("mnist", augmentation=Augmentation(pad=2)),
        space=SpaceSettings(cells=6, channels=16, partial_channels=4),
        search=SearchSettings(epochs=50, warmup_epochs=15, batch_size=128),
        network=NetworkSettings(cells=8, channels=24),
        training=TrainingSettings(epochs=60, batch_size=128, holdout=0.05),
        attack=AttackSettings(attacks=("fgsm", "pgd-20", "autoattack"), eps=_RADII, slow_images=1000),
        certify=CertifySettings(eps=_RADII, images=1000, max_eps=_LARGEST),
    )


@RECIPES.register("mnist-small", summary="MNIST on a laptop, in half an hour", source="our choice of sizes")
def mnist_small() -> Recipe:
    recipe = mnist()
    return replace(
        recipe,
        name="mnist-small",
        data=replace(recipe.data, augmentation=Augmentation(pad=1)),
        space=SMALL_SPACE,
        search=replace(SMALL_SEARCH, images=1024),
        network=NetworkSettings(cells=3, channels=8),
        training=TrainingSettings(epochs=3, batch_size=64, holdout=0.01),
        attack=AttackSettings(attacks=("fgsm", "pgd-20"), eps=_RADII, images=300),
        certify=replace(recipe.certify, images=100),
        threads=1,
    )


@RECIPES.register(
    "mnist-adversarial",
    summary="MNIST, trained for attacks at 0.3, in forty minutes on a laptop, without a search",
    source="Madry et al. 2018, arXiv 1706.06083: threat model and attack; our choice of sizes",
)
def mnist_adversarial() -> Recipe:
    recipe = mnist_small()
    return replace(
        recipe,
        name="mnist-adversarial",
        goal="adversarial",
        # What an earlier search with this recipe found; ``--architecture none`` searches again.
        architecture="dsrna-mnist-adversarial",
        data=DataSettings("mnist"),
        space=replace(SMALL_SPACE, channels=16, stem="imagenet"),
        search=replace(recipe.search, adversary=AdversarySettings(eps=Eps(0.1))),
        network=NetworkSettings(cells=3, channels=16, stem="imagenet"),
        training=TrainingSettings(
            method="pgd",
            epochs=32,
            batch_size=128,
            learning_rate=0.1,
            eps=_LARGEST,
            steps=3,
            holdout=0.01,
            # Between neighbouring epochs the images held out choose at random.
            select="last",
        ),
        attack=AttackSettings(
            attacks=("fgsm", "pgd-40", "autoattack"),
            eps=(Eps(0.1), Eps(0.2), _LARGEST),
            images=1000,
            slow_images=100,
            slow_eps=(_LARGEST,),
        ),
    )


@RECIPES.register(
    "mnist-certified",
    summary="MNIST, trained for certificates at 0.1, in half an hour on a laptop, without a search",
    source="our choice of sizes; interval bounds as Gowal et al. 2018",
)
def mnist_certified() -> Recipe:
    recipe = mnist_small()
    return replace(
        recipe,
        name="mnist-certified",
        goal="certified",
        # Cells of pooling, skips and few convolutions: little for an interval bound to lose.
        architecture="dsrna-jacobian-replication-72",
        data=DataSettings("mnist"),
        network=NetworkSettings(cells=2, channels=32, stem="imagenet"),
        training=TrainingSettings(
            method="certified",
            epochs=10,
            batch_size=128,
            learning_rate=0.1,
            eps=Eps(0.1),
            holdout=0.01,
            certified=CertifiedSettings(clean=0.1, ramp=0.5, initialise=False),
        ),
        certify=replace(recipe.certify, method="interval", images=None, batch_size=256),
    )


@RECIPES.register(
    "paper-mnist",
    summary="MNIST with the settings of the publication",
    source="Hosseini et al. 2021 (DSRNA); what it leaves open is our choice",
)
def paper_mnist() -> Recipe:
    recipe = mnist()
    return replace(
        recipe,
        name="paper-mnist",
        data=DataSettings("mnist"),
        space=SpaceSettings(cells=8, channels=16, partial_channels=4),
        search=SearchSettings(method="dsrna-combined", epochs=50, warmup_epochs=15, batch_size=64, order=2),
        network=NetworkSettings(cells=20, channels=36, auxiliary=True),
        training=TrainingSettings(epochs=600, batch_size=96, auxiliary=0.4, drop_path=0.2),
        attack=AttackSettings(attacks=("fgsm", "pgd-10", "pgd-20", "pgd-100", "autoattack"), eps=_RADII),
    )
