"""The card beside the weights."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import markdown
import pytest
import yaml
from sample_run import HOSTILE, full_run

from dsrna.report import templates, write_card
from dsrna.report.run import read_run
from dsrna.report.templates import Code, fenced
from dsrna.runtime.files import read_json, write_json
from dsrna.runtime.run_folder import RunFolder


def parts(folder: RunFolder) -> tuple[dict[str, Any], str]:
    """Return the front matter and the Markdown of a run's card."""
    text = write_card(folder).read_text("utf-8")
    _, front, body = re.split(r"^---$", text, maxsplit=2, flags=re.MULTILINE)
    return yaml.safe_load(front), body


def test_a_hub_finds_what_it_reads(tmp_path: Path) -> None:
    """If this fails, a hub shows the card without its results, or refuses it."""
    folder = full_run(tmp_path)
    front, _ = parts(folder)
    run = read_run(folder)
    assert run.attack is not None
    assert run.certify is not None
    assert front["pipeline_tag"] == "image-classification"
    assert "adversarial-robustness" in front["tags"]
    [index] = front["model-index"]
    [result] = index["results"]
    assert {"type", "name"} <= result["dataset"].keys()
    values = {metric["name"]: metric["value"] for metric in result["metrics"]}
    assert values["clean accuracy, 360 images"] == round(run.attack.clean.accuracy, 4)
    assert all(metric["type"] == "accuracy" for metric in result["metrics"])
    assert len(values) == 1 + len(run.attack.worst) + sum(len(found.rows) for found in run.certify.norms)


def test_it_lies_beside_the_weights_and_says_how_to_use_them(tmp_path: Path) -> None:
    """If this fails, somebody who has the folder cannot build the network, or normalises its images twice."""
    folder = full_run(tmp_path)
    _, body = parts(folder)
    assert folder.card.parent == folder.weights.parent
    for words in ("load_network", "do not normalise before", "upper bound of the robust accuracy"):
        assert words in body


def test_before_it_is_judged_it_says_so(tmp_path: Path) -> None:
    """If this fails, a network is passed on as if it had been judged, or the card waits for the last stage."""
    folder = full_run(tmp_path)
    folder.attack.unlink()
    folder.certify.unlink()
    front, body = parts(folder)
    assert "model-index" not in front
    assert "Not evaluated yet" in body


def test_nothing_in_a_run_is_markup(tmp_path: Path) -> None:
    """If this fails, the name of a class, or a recipe, runs a script or draws a table in somebody's browser."""
    folder = full_run(tmp_path)
    model = read_json(folder.model)
    model["classes"] = [HOSTILE, "a | b", "*c*", "[d](http://x)", "`e`", "f\n\n# g", *model["classes"][6:]]
    write_json(folder.model, model)
    folder.recipe.write_text(folder.recipe.read_text() + "# ```\n# <script>\n")
    _, body = parts(folder)
    html = markdown.markdown(body, extensions=["tables", "pymdownx.superfences"])
    assert "<script" not in html
    assert "<em>" not in html
    assert 'href="http://x"' not in html
    assert html.count("<h1") == 1
    assert "`e`" in re.sub(r"<[^>]+>", "", html)


@pytest.mark.parametrize(
    "text",
    [
        "- x",
        "# x",
        "12. x",
        "+ x",
        "$a$",
        "~~a~~",
        "a_b_c",
        "[a](b)",
        "a\n\nb",
        "&lt;",
        "x  \ny",
        "<b>",
        "\\*a*",
        "a | b",
    ],
)
def test_text_is_shown_as_it_is(text: str) -> None:
    """If this fails, what is written on a card is not what is read."""
    found = templates._MARKDOWN.from_string("{{ text }}").render(text=text)
    html = markdown.markdown(found).replace("\\|", "|")  # outside of a table this dialect shows the backslash
    assert unescape(re.sub(r"<[^>]+>", "", html)) == " ".join(text.split())


def test_code_ends_where_it_should() -> None:
    """If this fails, a genotype or recipe with backticks ends its own block, and the rest is markup."""
    assert fenced("a ``` b") == "````\na ``` b\n````"
    assert isinstance(fenced(""), Code)
