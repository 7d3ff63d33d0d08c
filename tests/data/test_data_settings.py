"""Settings that make no sense are refused where they are made."""

from typing import Any

import pytest
from data_files import user_error

from dsrna.data import Augmentation, DataSettings
from dsrna.runtime.serialise import from_plain, to_plain


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("image_size", 0),
        ("image_size", 1_000_000),
        ("channels", 2),
        ("validation", 0.0),
        ("validation", 1.0),
        ("limit", 0),
        ("limit", -1),
        ("workers", 0),
    ],
)
def test_setting_out_of_range_is_named(field: str, value: Any) -> None:
    """Broken: the mistake would surface much later, as a shape error."""
    with user_error(field, value):
        DataSettings("digits", **{field: value})


@pytest.mark.parametrize("field", ["pad", "cutout"])
def test_negative_augmentation_is_named(field: str) -> None:
    """Broken: a negative pad would crop silently."""
    with user_error(field, -1):
        from_plain(Augmentation, {field: -1}, where="recipe")


@pytest.mark.parametrize("area", [0.0, 1.5, -0.1, float("nan")])
def test_area_that_is_no_share_is_named(area: float) -> None:
    """Broken: crops would be empty, or larger than the image."""
    with user_error("area", area):
        Augmentation(area=area)


def test_settings_survive_the_recipe_file() -> None:
    """Broken: a saved recipe would not run again."""
    settings = DataSettings("mnist", image_size=16, limit=50, augmentation=Augmentation(4, True, 8, 0.5), workers=3)
    assert from_plain(DataSettings, to_plain(settings), where="recipe") == settings
