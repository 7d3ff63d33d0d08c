"""The page."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sample_run import HOSTILE, SMOOTHED, full_run

from dsrna.errors import UserError
from dsrna.report import write_report
from dsrna.runtime.files import write_json, write_text
from dsrna.runtime.run_folder import RunFolder


class Reader(HTMLParser):
    """Gathers the tags, the ids, and everything that points somewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in {"src", "href", "xlink:href", "srcset", "action", "data"}:
                self.targets.append(value or "")


def read(folder: RunFolder) -> tuple[str, Reader]:
    text = write_report(folder).read_text("utf-8")
    reader = Reader()
    reader.feed(text)
    return text, reader


def test_the_page_needs_nothing_else(tmp_path: Path) -> None:
    """Else it would be broken when mailed, or would tell somebody that it was opened."""
    text, reader = read(full_run(tmp_path))
    assert all(target.startswith(("data:", "#")) for target in reader.targets)
    assert not re.search(r"@import|url\((?!#)", text)
    assert "default-src 'none'" in text


def test_what_the_user_gave_is_text(tmp_path: Path) -> None:
    """Else a class name or a recipe could run a script in the reader's browser."""
    folder = full_run(tmp_path)
    write_text(folder.recipe, f"name: '{HOSTILE}'\n")
    text, reader = read(folder)
    assert (reader.tags.count("script"), HOSTILE in text) == (1, False)
    assert text.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 3


def test_every_point_says_its_number(tmp_path: Path) -> None:
    """If this fails, what a curve reaches must be read off its axis by eye."""
    text, _ = read(full_run(tmp_path))
    assert "<title>autoattack: 36.1\N{NARROW NO-BREAK SPACE}% (31.3" in text
    assert "of 360 images at L\N{INFINITY} eps 16/255</title>" in text
    assert "<title>rate: 0.02493 in epoch 1</title>" in text


def test_ids_are_unique(tmp_path: Path) -> None:
    """Else one picture would borrow another's parts."""
    _, reader = read(full_run(tmp_path))
    assert len(reader.ids) == len(set(reader.ids)) > 0


def test_the_page_has_every_part(tmp_path: Path) -> None:
    """Else something that the run found would not be shown."""
    text, reader = read(full_run(tmp_path))
    assert text.count('class="plot"') == 11
    assert text.count('class="cell"') == 2
    assert text.count('class="example"') == 8
    assert "Genotype(normal=[" in text
    assert "warmup_epochs: 5" in text
    assert "2.13.0" in text
    assert 'class="missing"' not in text
    assert {"table", "svg", "img"} < set(reader.tags)


def test_a_probable_certificate_is_called_so_on_the_page(tmp_path: Path) -> None:
    """Else a reader would take a statistical statement on another classifier for a proof of the network."""
    folder = full_run(tmp_path)
    write_json(folder.certify, SMOOTHED)
    text, _ = read(folder)
    assert "Probably certified accuracy, smoothed classifier, L2" in text
    assert "not of the network itself" in text
    assert ">probably certified<" in text
    assert ">certified<" not in text
    assert "A lower bound" not in text


PARTS = {
    "search only": (["train", "attack", "certify", "adversarial"], "run <code>dsrna attack</code>"),
    "an architecture given": (["search"], "No search was run"),
    "not certified": (["certify"], "No certificates yet"),
    "not attacked": (["attack", "adversarial"], "No attack yet"),
    "only begun": (["search", "train", "attack", "certify", "adversarial"], "There is no genotype yet"),
}


@pytest.mark.parametrize("case", PARTS)
def test_a_partial_run_says_what_is_not_there(tmp_path: Path, case: str) -> None:
    """Else the page of a run that was stopped would fail, or look complete."""
    missing, words = PARTS[case]
    folder = full_run(tmp_path)
    for path in folder.path.rglob("*.*"):
        if any(str(path.relative_to(folder.path)).startswith(part) for part in missing):
            path.unlink()
    text, _ = read(folder)
    assert words in text


def test_the_same_run_gives_the_same_page(tmp_path: Path) -> None:
    """Else two reports of one run could not be compared."""
    folder = full_run(tmp_path)
    assert read(folder)[0] == read(folder)[0]


def test_a_failure_leaves_the_old_page(tmp_path: Path) -> None:
    """Else a damaged file would cost the reader the page that was there."""
    folder = full_run(tmp_path)
    before = write_report(folder).read_bytes()
    write_text(folder.attack, "{")
    with pytest.raises(UserError, match=r"attack\.json"):
        write_report(folder)
    assert folder.report.read_bytes() == before
