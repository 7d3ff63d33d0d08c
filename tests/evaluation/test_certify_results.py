"""What certification finds, as files."""

import csv
import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from dsrna.errors import UserError
from dsrna.evaluation import (
    Certificates,
    CertifyResult,
    CertifyRow,
    Count,
    ImageCertificate,
    SmoothingSettings,
    Times,
    Verdict,
    write_images,
)
from dsrna.runtime.files import write_json
from dsrna.runtime.serialise import to_plain
from dsrna.threat import Eps, Norm


def certificates(norm: float, *eps: float) -> Certificates:
    return Certificates(
        norm=Norm(norm),
        right=Count(9, 10),
        rows=tuple(CertifyRow(Eps(radius), Count(1, 10)) for radius in eps),
        mean_radius=0.1,
        median_radius=0.2,
        max_eps=Eps(0.5),
        limited=0,
        abstained=0,
        seconds=Times(0.5, 0.25),
    )


PROVEN = CertifyResult(
    guarantee="deterministic",
    method="interval",
    targets="all",
    clean=Count(9, 10),
    norms=(certificates(math.inf, 1 / 255, 2 / 255), certificates(2.0, 0.5)),
    smoothing=None,
    seconds=1.0,
)
PROBABLE = replace(
    PROVEN,
    guarantee="probabilistic",
    method="smoothing",
    norms=(replace(PROVEN.norms[1], max_eps=None, abstained=1),),
    smoothing=SmoothingSettings(),
)


@pytest.mark.parametrize("result", [PROVEN, PROBABLE])
def test_a_result_comes_back_from_its_file(result: CertifyResult, tmp_path: Path) -> None:
    """Else a result is changed by being saved."""
    write_json(tmp_path / "certify.json", to_plain(result))
    assert CertifyResult.load(tmp_path / "certify.json") == result


def test_the_file_says_what_is_certified() -> None:
    """Else those who were given the file alone take a vote over noisy copies for a proof."""
    told = json.loads(json.dumps(to_plain(PROBABLE)))
    assert (told["schema"], told["guarantee"], told["smoothing"]["alpha"]) == (2, "probabilistic", 0.001)
    assert to_plain(PROVEN)["guarantee"] == "deterministic"
    assert to_plain(PROVEN)["smoothing"] is None


def test_a_file_of_another_version_says_what_to_run(tmp_path: Path) -> None:
    """Else an old file ends in a list of missing fields."""
    path = tmp_path / "certify.json"
    write_json(path, {"schema": 1, "method": "interval"})
    with pytest.raises(UserError, match=r"certify\.json .*schema 1, not 2.*run `dsrna certify "):
        CertifyResult.load(path)


@pytest.mark.parametrize("content", [[1], 7, {"schema": 2}])
def test_a_damaged_file_is_named(content: object, tmp_path: Path) -> None:
    """Else a damaged file is a traceback."""
    path = tmp_path / "certify.json"
    write_json(path, content)
    with pytest.raises(UserError, match=r"certify\.json"):
        CertifyResult.load(path)


def test_every_image_has_a_line(tmp_path: Path) -> None:
    """Else nobody can say which images were certified, under which norm, and at which eps."""
    images = (
        ImageCertificate(12, 3, None, (Verdict(3, 0.05, (True, False)), Verdict(3, 0.6, (True,)))),
        ImageCertificate(7, 1, 4, (Verdict(None, 0.0, (False, False)), Verdict(2, 0.0, (False,)))),
    )
    write_images(tmp_path / "images.csv", PROVEN, images)
    first, second = csv.DictReader((tmp_path / "images.csv").read_text().splitlines())
    assert first == {
        "index": "12",
        "label": "3",
        "predicted": "3",
        "target": "all",
        "radius inf": "0.05",
        "certified inf 1/255": "1",
        "certified inf 2/255": "0",
        "radius 2": "0.6",
        "certified 2 0.5": "1",
    }
    assert (second["predicted"], second["target"]) == ("abstains", "4")
