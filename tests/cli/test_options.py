"""Every field of a recipe is an option, and what it says arrives."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from dsrna.cli.options import changes, leaves
from dsrna.cli.parser import glued, make_parser
from dsrna.errors import UserError
from dsrna.evaluation import CertifySettings
from dsrna.recipes import Recipe, named, overridden
from dsrna.threat import Eps, Norm


def recipe(*options: str) -> Recipe:
    arguments = make_parser().parse_args(glued(["run", "digits", *options]))
    return overridden(named("digits"), changes(arguments), where="option")


def again(command: str, *options: str) -> Recipe:
    """The recipe of `dsrna COMMAND FOLDER OPTIONS` on a run of digits."""
    arguments = make_parser().parse_args(glued([command, "folder", *options]))
    return overridden(named("digits"), changes(arguments), where="option")


def test_certify_has_short_names_of_its_own() -> None:
    """If this fails, `dsrna certify --method` changes how to search, or several norms cannot be asked for."""
    options = ["--method", "interval", "--norm", "inf,2", "--eps", "1/255", "--images", "7", "--targets", "random"]
    found = again("certify", *options, "--memory", "99", "--certify.l2_eps", "0.1,0.5")
    assert found.search == named("digits").search
    assert found.attack == named("digits").attack
    assert found.certify == CertifySettings(
        method="interval",
        norm=(Norm(math.inf), Norm(2.0)),
        eps=(Eps(1 / 255),),
        l2_eps=(Eps(0.1), Eps(0.5)),
        images=7,
        targets="random",
        memory=99,
    )


def test_new_radii_are_not_overruled_by_those_of_an_earlier_call() -> None:
    """If this fails, `dsrna certify FOLDER --norm 2 --eps 0.5` certifies at radii given a week ago."""
    before = again("certify", "--norm", "2", "--certify.l2_eps", "0.1")
    arguments = make_parser().parse_args(["certify", "folder", "--eps", "0.5"])
    after = overridden(before, changes(arguments), where="option")
    assert after.certify.radii(2.0) == (0.5,)
    assert again("certify", "--eps", "0.5", "--certify.l2_eps", "0.1").certify.radii(2.0) == (0.1,)


def test_smoothing_can_be_asked_for_in_two_words() -> None:
    """If this fails, the probabilistic certificate needs a recipe file."""
    found = again("certify", "--method", "smoothing", "--certify.smoothing.sigma", "0.5").certify
    assert (found.method, found.norms, found.smoothing.sigma) == ("smoothing", (2.0,), 0.5)


def test_attack_has_short_names_of_its_own() -> None:
    """If this fails, `dsrna attack --eps` certifies at other radii than before."""
    found = again("attack", "--eps", "8/255", "--norm", "2", "--images", "7", "--attacks", "fgsm,pgd-20")
    assert found.certify == named("digits").certify
    assert (found.attack.norm, found.attack.images, found.attack.attacks) == (2.0, 7, ("fgsm", "pgd-20"))


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--method", "crwon"], "unknown certificate method 'crwon'"),
        (["--norm", "3"], "norm must be 1, 2 or inf"),
        (["--norm", "inf", "--method", "smoothing"], "smoothing certifies under L2 alone"),
        (["--targets", "most"], "targets"),
        (["--norm", "2", "--eps", "nan"], "eps must be a number or a fraction like 8/255, not 'nan'"),
        (["--memory", "lots"], "--memory: must be a whole number"),
        (["--certify.smoothing.alpha", "2"], "smoothing.alpha must lie between 0 and 1"),
    ],
)
def test_mistakes_in_certificates_are_named(options: list[str], reason: str) -> None:
    """If this fails, a wrong option of certify is guessed, ignored, or ends in a traceback."""
    with pytest.raises(UserError) as caught:
        again("certify", *options)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_leaf_has_an_option() -> None:
    """If this fails, a field of the recipe cannot be set from the command line."""
    parser = make_parser()
    for field in leaves():
        if field.path not in {"name", "training"}:
            parser.parse_args(["run", "digits", f"--{field.path}", "1"])
    assert {"search.gamma", "data.augmentation.pad", "attack.eps", "seed"} <= {field.path for field in leaves()}


def test_values_of_every_type() -> None:
    """If this fails, an option's text becomes another value."""
    found = recipe(
        "--search.epochs", "20",
        "--method", "dsrna-cb",
        "--search.gamma", "0.5",
        "--network.auxiliary", "true",
        "--space.operations", "none,skip_connect",
        "--data.limit", "none",
        "--data-dir", "some/where",
        "--attack.norm", "2",
    )  # fmt: skip
    assert (found.search.epochs, found.search.gamma, found.network.auxiliary) == (20, 0.5, True)
    assert found.space.operations == ("none", "skip_connect")
    assert found.data.limit is None
    assert found.data.directory == Path("some/where")
    assert found.attack.norm == 2.0


def test_eps_is_for_attack_and_certificate() -> None:
    """If this fails, --eps judges by attack and by certificate at different radii."""
    radii = (Eps(1 / 255), Eps(0.03))
    found = recipe("--eps", "1/255,0.03", "--search.eps", "4/255")
    assert (found.attack.eps, found.certify.eps, found.search.eps) == (radii, radii, 4 / 255)
    assert recipe("--eps", "1/255", "--certify.eps", "2/255").certify.eps == (Eps(2 / 255),)


def test_goal_and_training_follow_each_other() -> None:
    """If this fails, a run says it has another goal than the one it trains for."""
    assert recipe("--goal", "adversarial").training.method == "pgd"
    assert recipe("--training", "pgd").goal == "adversarial"
    assert recipe().goal == "standard"
    with pytest.raises(UserError, match="agree"):
        recipe("--training", "pgd", "--goal", "standard")


def test_without_options_the_recipe_is_the_named_one() -> None:
    """If this fails, reading options changes what was not asked for."""
    assert recipe() == named("digits")
    assert recipe("--seed", "7") == replace(named("digits"), seed=7)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--search.epochs", "many"], "--search.epochs: must be a whole number, not 'many'"),
        (["--search.gamma", "x"], "--search.gamma: must be a number"),
        (["--network.auxiliary", "1"], "--network.auxiliary: must be true or false"),
        (["--serch.epochs", "1"], "unrecognized arguments: --serch.epochs"),
        (["--eps", "8"], "did you mean 8/255"),
        (["--eps", "-1/255"], "eps must be a finite number that is not negative"),
        (["--eps", "a"], "eps must be a number or a fraction like 8/255"),
        (["--method", "dsrna-combine"], "unknown method 'dsrna-combine'; did you mean 'dsrna-combined'"),
        (["--training", "x"], "unknown training 'x'"),
        (["--goal", "fame"], "goal"),
        (["--attack.attacks", "magic"], "unknown attack 'magic'"),
        (["--space.operations", "conv"], "unknown operation 'conv'"),
        (["--architecture"], "expected one argument"),
    ],
)
def test_mistakes_are_named(options: list[str], reason: str) -> None:
    """If this fails, a wrong option is guessed, ignored, or ends in a traceback."""
    with pytest.raises(UserError) as caught:
        recipe(*options)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_budget_can_be_asked_for_in_two_words() -> None:
    """If this fails, a network of a given size needs a recipe file."""
    found = recipe("--method", "darts", "--params", "20000", "--macs", "1000,2000").search
    assert found.bands == {"parameters": (0, 20_000), "multiply-adds": (1000, 2000)}


def test_true_needs_no_word() -> None:
    """If this fails, `--deterministic` alone is an error, or is read as false."""
    assert recipe("--deterministic").deterministic
    assert recipe("--deterministic", "--seed", "3").deterministic
    assert not recipe("--deterministic", "false").deterministic
    assert not recipe("--tf32", "no").tf32
