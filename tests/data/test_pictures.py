"""Image files of every kind, and what is no image."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data_files import user_error, write_image
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import ExifTags, Image

from dsrna.data.crops import CENTRE, Crop
from dsrna.data.decoding import Decoder
from dsrna.data.pictures import _draft, decode
from dsrna.errors import UserError

RAMP = np.arange(64, dtype=np.uint8).reshape(8, 8) * 4
COLOUR = np.stack([RAMP, RAMP.T, 255 - RAMP], axis=-1)


def pixels(path: Path, size: int = 8, channels: int = 3) -> NDArray[np.uint8]:
    return decode(path, size, channels)


def test_colours_come_in_order(tmp_path: Path) -> None:
    """Broken: red and blue would change places."""
    write_image(tmp_path / "a.png", COLOUR)
    assert np.array_equal(pixels(tmp_path / "a.png"), COLOUR)


@pytest.mark.parametrize("mode", ["L", "P", "LA", "RGBA", "CMYK", "1"])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_mode_becomes_what_was_asked_for(tmp_path: Path, mode: str, channels: int) -> None:
    """Broken: one odd file would stop a training with a shape error."""
    Image.fromarray(COLOUR).convert(mode).save(tmp_path / "a.tif")
    assert decode(tmp_path / "a.tif", 8, channels).shape == (8, 8, channels)


def test_palette_is_resolved(tmp_path: Path) -> None:
    """Broken: the numbers of a palette would pass as brightness."""
    image = Image.new("P", (4, 4), 1)
    image.putpalette([0, 0, 0, 200, 100, 50])
    image.save(tmp_path / "a.png", transparency=bytes((0, 128)))
    assert (pixels(tmp_path / "a.png", 4) == (200, 100, 50)).all()


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_sixteen_bits_are_scaled(tmp_path: Path, name: str) -> None:
    """Broken: 16-bit images, as microscopes write them, would be white."""
    wide = RAMP.astype(np.uint16) * 257
    write_image(tmp_path / name, wide)
    assert np.array_equal(pixels(tmp_path / name, channels=1)[..., 0], RAMP)


def test_photograph_is_turned_upright(tmp_path: Path) -> None:
    """Broken: photographs of a telephone held upright would lie on their side."""
    image = Image.fromarray(COLOUR)
    exif = image.getexif()
    exif[0x0112] = 6
    image.save(tmp_path / "a.png", exif=exif)
    assert np.array_equal(pixels(tmp_path / "a.png"), np.rot90(COLOUR, -1))


AWRY = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How an upright image is to lie in a file that says so by its EXIF orientation (CIPA DC-008, orientation tag)."""


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
@pytest.mark.parametrize("orientation", AWRY)
def test_every_orientation_is_put_right(tmp_path: Path, orientation: int, suffix: str) -> None:
    """Broken: photographs of some cameras and some ways of holding them would be mirrored or lie on their side."""
    corners = np.array([[0, 80], [160, 240]], np.uint8)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    stored = Image.fromarray(corners.repeat(16, axis=0).repeat(16, axis=1)).transpose(AWRY[orientation])
    stored.save(tmp_path / f"a.{suffix}", exif=exif)
    assert np.allclose(pixels(tmp_path / f"a.{suffix}", 32, 1)[::31, ::31, 0], corners, atol=3)


def test_cmyk_becomes_the_colour_that_it_stands_for(tmp_path: Path) -> None:
    """Broken: print images would be learnt as their negatives."""
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(tmp_path / "a.jpg", quality=100)
    assert np.allclose(pixels(tmp_path / "a.jpg", 2), [255, 0, 0], atol=3)


@pytest.mark.parametrize("suffix", ["gif", "png", "webp"])
def test_of_an_animation_the_first_frame_is_taken(tmp_path: Path, suffix: str) -> None:
    """Broken: which frame is learnt would depend on the format."""
    red, blue = (Image.new("RGB", (16, 16), colour) for colour in ("red", "blue"))
    red.save(tmp_path / f"a.{suffix}", save_all=True, append_images=[blue])
    assert np.allclose(pixels(tmp_path / f"a.{suffix}", 2), [255, 0, 0], atol=3)


@pytest.mark.parametrize("shape", [(8, 20), (20, 8)])
def test_longer_side_is_cut_at_both_ends(tmp_path: Path, shape: tuple[int, int]) -> None:
    """Broken: images would be squeezed, or cut off centre."""
    image = np.zeros((*shape, 3), dtype=np.uint8)
    image[shape[0] // 2 - 4 : shape[0] // 2 + 4, shape[1] // 2 - 4 : shape[1] // 2 + 4] = COLOUR
    write_image(tmp_path / "a.png", image)
    assert np.array_equal(pixels(tmp_path / "a.png"), COLOUR)


def photograph(side: int = 640) -> NDArray[np.uint8]:
    """A smooth picture, as large as those of a camera in proportion to what is asked of it."""
    places = np.linspace(0, 6, side)
    waves = np.stack([np.sin(places)[:, None] * np.cos(k * places)[None] for k in (1, 2, 3)], axis=-1)
    return (127.5 * (1 + waves)).round().astype(np.uint8)


@pytest.mark.parametrize("crop", [CENTRE, Crop(0.2, 1.3, 0.9, 0.1)])
def test_large_jpeg_is_decoded_small_and_looks_the_same(tmp_path: Path, crop: Crop) -> None:
    """Broken: photographs would take many times as long as they need, or come out blurred or displaced."""
    Image.fromarray(photograph()).save(tmp_path / "a.jpg", quality=98)
    Image.fromarray(photograph()).save(tmp_path / "a.png")
    with Image.open(tmp_path / "a.jpg") as image:
        _draft(image, 32, crop)
        assert image.width < 640
    fast, exact = (decode(tmp_path / f"a.{kind}", 32, 3, crop).astype(int) for kind in ("jpg", "png"))
    assert np.abs(fast - exact).max() <= 6


def test_crop_is_taken_of_the_upright_image(tmp_path: Path) -> None:
    """Broken: crops of a photograph held upright would be taken from where it was not looked at."""
    image = Image.fromarray(COLOUR)
    exif = image.getexif()
    exif[0x0112] = 6
    image.save(tmp_path / "a.png", exif=exif)
    corner = decode(tmp_path / "a.png", 4, 3, Crop(0.25, 1.0, 1.0, 0.0))
    assert np.array_equal(corner, np.rot90(COLOUR, -1)[:4, 4:])


@pytest.mark.parametrize("size", [(0, 8), (8, 0)])
def test_an_image_without_pixels_is_refused(size: tuple[int, int]) -> None:
    """If this fails, a division by zero ends a run, whichever decoder lets such a file pass."""
    with pytest.raises(ValueError, match="no pixels"):
        _draft(Image.new("L", size), 8, CENTRE)


@pytest.mark.parametrize("size", [1, 5, 16])
def test_any_size_can_be_asked_for(tmp_path: Path, size: int) -> None:
    """Broken: small images could not be enlarged, or large ones not reduced."""
    write_image(tmp_path / "a.png", COLOUR[:3])
    assert decode(tmp_path / "a.png", size, 3).shape == (size, size, 3)


@pytest.mark.parametrize("content", [b"", b"no image", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_image_is_named(tmp_path: Path, content: bytes) -> None:
    """Broken: a traceback would not say which of a million files it was."""
    (tmp_path / "a.png").write_bytes(content)
    with user_error("cannot read the image", tmp_path / "a.png"):
        decode(tmp_path / "a.png", 8, 3)


def test_missing_file_and_floating_point_are_named(tmp_path: Path) -> None:
    """Broken: a broken link would be a traceback; float pixels of unknown range would become black."""
    with user_error(tmp_path / "gone.png"):
        decode(tmp_path / "gone.png", 8, 3)
    write_image(tmp_path / "a.tif", RAMP.astype(np.float32))
    with user_error(tmp_path / "a.tif", "floating-point"):
        decode(tmp_path / "a.tif", 8, 3)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.gif", "a.bmp", "a.tif", "a.webp", "a.ppm"])
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_is_an_error_that_names_the_file_or_harmless(tmp_path: Path, name: str, data: Any) -> None:
    """Broken: some damaged file would end a run with a traceback."""
    path = tmp_path / name
    write_image(path, np.kron(COLOUR, np.ones((4, 4, 1), dtype=np.uint8)))
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        message = f"{path}: {decode(path, 8, 3).dtype}"
    except UserError as error:
        message = str(error)
    assert str(path) in message


@pytest.mark.parametrize(
    ("name", "options", "large", "alone"),
    [
        ("a.png", {}, 2_000, True),
        ("a.png", {}, 5_000, False),
        ("a.bmp", {}, 5_000, True),  # for the bytes of the file
        ("a.jpg", {}, 2_000, False),  # for an eighth of its side is decoded
        ("a.jpg", {"progressive": True}, 2_000, True),
    ],
)
def test_large_images_are_decoded_one_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, name: str, options: dict[str, Any], large: int, alone: bool
) -> None:
    """If this fails, eight threads take eight times the memory of the largest image."""
    Image.new("RGB", (64, 64)).save(tmp_path / name, **options)
    inside, most = [0], [0]

    def upright(image: Image.Image) -> Image.Image:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        time.sleep(0.02)
        inside[0] -= 1
        return image

    monkeypatch.setattr("dsrna.data.pictures._upright", upright)
    monkeypatch.setattr("dsrna.data.pictures.LARGE", large)
    Decoder(1, 3, workers=4).decoded([tmp_path / name] * 32, [CENTRE] * 32)
    assert (most[0] == 1) == alone


@pytest.mark.parametrize("dtype", [np.uint16, np.int32])
def test_sixteen_bits_become_eight(tmp_path: Path, dtype: Any) -> None:
    """If this fails, a scan of 16 bits is darker or brighter than it is, or white."""
    grey = np.arange(64, dtype=dtype).reshape(8, 8) * 1_040
    Image.fromarray(grey).save(tmp_path / "a.tif")
    assert np.array_equal(decode(tmp_path / "a.tif", 8, 1)[..., 0], grey.astype(np.int64) * 255 // 65_535)
