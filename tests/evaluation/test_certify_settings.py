"""Settings of certification: what makes no sense is said before hours have passed."""

import math
from typing import Any

import pytest

from dsrna.errors import UserError
from dsrna.evaluation import CertifySettings, SmoothingSettings
from dsrna.runtime.serialise import from_plain, to_plain
from dsrna.threat import Eps, Norm

LINF, L2, L1 = Norm(math.inf), Norm(2.0), Norm(1.0)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"method": "crwon"}, "unknown certificate method 'crwon'.*interval.*smoothing"),
        ({"method": "smoothin"}, "did you mean 'smoothing'"),
        ({"norm": ()}, "norm must be different norms, one at least, not none"),
        ({"norm": (2.0, 2.0)}, "not 2, 2"),
        ({"norm": (3.0,)}, "norm must be 1, 2 or inf"),
        (
            {"norm": (math.inf,), "method": "smoothing"},
            "smoothing certifies under L2 alone, not under inf; say --norm 2",
        ),
        ({"targets": "random", "method": "smoothing"}, "smoothing certifies against all classes"),
        ({"eps": ()}, "eps must be different radii, one at least"),
        ({"eps": (8.0,)}, "did you mean 8/255"),
        ({"norm": (2.0,), "l2_eps": (0.5, 0.5)}, "l2_eps must be different radii"),
        ({"norm": (math.inf, 1.0), "l1_eps": (math.nan,)}, "eps must be a finite number"),
        ({"max_eps": 8.0}, "did you mean 8/255"),
        ({"images": 0}, "images must be at least 1"),
        ({"memory": 0}, "memory must be at least 1"),
    ],
)
def test_senseless_certify_settings_are_named(wrong: dict[str, Any], message: str) -> None:
    """Else the mistake shows after search and training, or never."""
    with pytest.raises(UserError, match=message):
        CertifySettings(**wrong)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"sigma": 0.0}, "sigma must be a finite number above 0"),
        ({"sigma": math.nan}, "sigma must be a finite number above 0"),
        ({"alpha": 0.0}, "alpha must lie between 0 and 1"),
        ({"alpha": 1.0}, "alpha must lie between 0 and 1"),
        ({"n": 0}, "smoothing.n must be at least 1"),
        ({"n0": -1}, "smoothing.n0 must be at least 1"),
        ({"batch_size": 0}, "smoothing.batch_size must be at least 1"),
    ],
)
def test_senseless_smoothing_settings_are_named(wrong: dict[str, Any], message: str) -> None:
    """Else a certificate is computed from settings under which it says nothing."""
    with pytest.raises(UserError, match=message):
        SmoothingSettings(**wrong)


def test_a_field_that_is_not_in_the_list_is_refused() -> None:
    """Else a mistyped choice of targets certifies against something else."""
    with pytest.raises(UserError, match="targets"):
        from_plain(CertifySettings, {"targets": "most"}, where="recipe")


@pytest.mark.parametrize(
    "given",
    [
        CertifySettings(eps=(Eps(0.1),), max_eps=Eps(0.1)),
        CertifySettings(norm=(LINF, L2), l2_eps=(Eps(0.5),), targets="random"),
        CertifySettings(method="smoothing", smoothing=SmoothingSettings(sigma=0.5)),
    ],
)
def test_certify_settings_come_back_from_a_recipe(given: CertifySettings) -> None:
    """Else a saved recipe is not the recipe that was run."""
    assert from_plain(CertifySettings, to_plain(given), where="recipe") == given


def test_each_norm_has_its_radii() -> None:
    """Else L2 certificates are asked at radii meant for single pixels, or a given eps is ignored."""
    both = CertifySettings(norm=(LINF, L2, L1), eps=(Eps(0.1),), l2_eps=(Eps(0.5),))
    assert [both.radii(norm) for norm in both.norms] == [(0.1,), (0.5,), (0.1,)]


def test_the_norm_follows_the_method_where_none_is_given() -> None:
    """Else `--method smoothing` alone is an error, or certifies under a norm that it cannot."""
    assert CertifySettings().norms == (LINF,)
    assert CertifySettings(method="smoothing").norms == (L2,)


def test_the_search_reaches_every_eps() -> None:
    """Else an image certified at an eps has a smaller radius than that, or L2 radii end at the change of one pixel."""
    settings = CertifySettings(norm=(LINF, L2, L1), eps=(Eps(0.25),), max_eps=Eps(0.1))
    assert [settings.reach(norm, 64) for norm in settings.norms] == pytest.approx([0.25, 0.8, 6.4])
    assert CertifySettings(eps=(Eps(0.1),), max_eps=Eps(0.1)).reach(math.inf, 64) == 0.1
