"""Every reader under made-up input: what comes is a value or a ``UserError`` of one line, and nothing else."""

import gzip
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from dsrna.cli.options import changes
from dsrna.cli.parser import glued, make_parser
from dsrna.comparison import Comparison
from dsrna.data.idx import read_idx
from dsrna.data.pickles import load_arrays
from dsrna.data.pictures import decode
from dsrna.errors import UserError
from dsrna.evaluation import AttackResult, CertifyResult
from dsrna.ranking import GroundTruth
from dsrna.recipes import load, named, overridden, to_yaml
from dsrna.runtime.checkpoint import _digest, read_tensors
from dsrna.runtime.files import read_json, read_json_lines
from dsrna.runtime.serialise import from_plain
from dsrna.runtime.yaml_files import read_yaml
from dsrna.spaces import find_architecture, load_architecture, parse_architecture
from dsrna.stages.train import Model
from dsrna.threat import parse_eps
from fuzz_seeds import attack_json, batch, certify_json, comparison_json, model_json, picture, tensors

GENOTYPE = (
    "Genotype(normal=[('sep_conv_3x3', 0), ('skip_connect', 1)], normal_concat=range(2, 3), "
    "reduce=[('max_pool_3x3', 0), ('sep_conv_5x5', 1)], reduce_concat=[2])"
)
CELL = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|none~1|avg_pool_3x3~2|"
IDX = bytes((0, 0, 8, 3)) + struct.pack(">3I", 2, 3, 3) + bytes(range(18))


def resealed(path: Path) -> Path:
    """Write tensors whose metadata are the text of a file, with the digest that is right for them."""
    text, tensors = path.read_text(encoding="utf-8", errors="replace"), {"a": torch.zeros(2)}
    save_file(tensors, path, metadata={"dsrna": f"{text}\n{_digest(text, tensors)}"})
    return path


def json_of(kind: Any, path: Path) -> Any:
    return from_plain(kind, read_json(path), where=str(path))


READERS: dict[str, tuple[Callable[[Path], object], bytes]] = {
    "genotype.txt": (load_architecture, GENOTYPE.encode()),
    "genotype.json": (load_architecture, parse_architecture(GENOTYPE).to_json().encode()),
    "cell.txt": (load_architecture, CELL.encode()),
    "recipe.yaml": (load, to_yaml(named("digits")).encode()),
    "config.yaml": (read_yaml, b"search: {epochs: 3, eps: 1/255}\n"),
    "images.idx": (lambda path: read_idx(path, 3), IDX),
    "images.idx.gz": (lambda path: read_idx(path, 3), gzip.compress(IDX)),
    "batch.pkl": (lambda path: load_arrays(path.read_bytes(), str(path)), batch()),
    "tensors.safetensors": (read_tensors, tensors()),
    "attack.json": (lambda path: json_of(AttackResult, path), attack_json()),
    "certify.json": (CertifyResult.load, certify_json()),
    "model.json": (lambda path: json_of(Model, path), model_json()),
    "comparison.json": (lambda path: json_of(Comparison, path), comparison_json()),
    "resealed.json": (lambda path: read_tensors(resealed(path)), b'{"schema": 2, "step": 1}'),
    "history.jsonl": (read_json_lines, b'{"epoch": 1}\n{"epoch": 2}\n'),
    "table.csv": (GroundTruth.read, f"arch_str,accuracy\n{CELL},90\n".encode()),
    "image.png": (lambda path: decode(path, 4, 3), picture("PNG")),
    "image.jpg": (lambda path: decode(path, 4, 3), picture("JPEG")),
}
"""A reader, and what it reads when nothing is wrong."""

TRIES = settings(max_examples=100, suppress_health_check=list(HealthCheck))


def one_line_or_a_value(read: Callable[[], object], name: str = "") -> None:
    try:
        read()
    except UserError as error:
        said = str(error)
    else:
        return
    assert said.isprintable()
    assert name in said


@st.composite
def edited(draw: st.DrawFn, original: bytes) -> bytes:
    """What was written, with pieces cut out, doubled, put in or turned."""
    content = bytearray(original)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        stop = draw(st.integers(start, min(len(content), start + 16)))
        content[start:stop] = draw(st.one_of(st.binary(max_size=6), st.just(bytes(content[start:stop]) * 2)))
    return bytes(content)


@pytest.mark.parametrize("name", READERS)
def test_what_was_written_is_read(name: str, tmp_path: Path) -> None:
    """If this fails, what is mutated below, and by `make fuzz`, is refused at once, and most readers are not tried."""
    read, original = READERS[name]
    (tmp_path / name).write_bytes(original)
    read(tmp_path / name)


@pytest.mark.parametrize("name", READERS)
@TRIES
@given(data=st.data())
def test_what_was_written_and_then_changed(name: str, tmp_path: Path, data: Any) -> None:
    """If this fails, a file that a disk or a hand has changed is a traceback, or an error that names no file."""
    read, original = READERS[name]
    path = tmp_path / name
    path.write_bytes(data.draw(edited(original)))
    one_line_or_a_value(lambda: read(path), str(path))


@pytest.mark.parametrize("name", READERS)
@TRIES
@given(content=st.binary(max_size=64))
def test_any_bytes(name: str, tmp_path: Path, content: bytes) -> None:
    """If this fails, a file of something else is a traceback."""
    path = tmp_path / name
    path.write_bytes(content)
    one_line_or_a_value(lambda: READERS[name][0](path), str(path))


DEEP = {
    "genotype.json": b'{"normal":' + b"[" * 100_000,
    "attack.json": b"[" * 100_000,
    "history.jsonl": b"[" * 100_000,
    "recipe.yaml": b"[" * 5_000,
    "genotype.txt": b"Genotype(normal=" + b"(" * 10_000,
    "cell.txt": b"|" * 100_000,
    "batch.pkl": b"(" * 100_000 + b".",
}


@pytest.mark.parametrize("name", DEEP)
def test_what_is_nested_too_deeply(name: str, tmp_path: Path) -> None:
    """If this fails, a small file ends the process by its depth."""
    path = tmp_path / name
    path.write_bytes(DEEP[name])
    with pytest.raises(UserError):
        READERS[name][0](path)


@pytest.mark.parametrize(
    "field", ["seed: *a39", "goal: *a39", "search: {eps: *a39}", "attack: {attacks: *a39}", "a: 1"]
)
def test_a_yaml_of_references_to_references_does_not_grow(tmp_path: Path, field: str) -> None:
    """If this fails, ten lines of YAML take all the memory ("billion laughs"), or end in an error of megabytes."""
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    (tmp_path / "laughs.yaml").write_text("\n".join([*lines, field]))
    with pytest.raises(UserError, match=r"laughs\.yaml: not YAML: with its aliases .* more than 100,000") as caught:
        read_yaml(tmp_path / "laughs.yaml")
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("text", ["a: &a [*a]", "a: &a {b: *a}", "a: &a {<<: *a}"])
def test_a_yaml_that_refers_to_itself(tmp_path: Path, text: str) -> None:
    """If this fails, a line of YAML never ends."""
    (tmp_path / "loop.yaml").write_text(text)
    with pytest.raises(UserError, match=r"loop\.yaml"):
        read_yaml(tmp_path / "loop.yaml")


LONG: list[Any] = [["x" * 1000] * 1000] * 10


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": LONG},
        {"goal": LONG},
        {"name": LONG},
        {"search": {"eps": LONG}},
        {"attack": {"attacks": LONG}},
        {"training": {"method": "x" * 10**6}},
        {"attack": {"eps": ["9" * 10**6]}},
        {"name": {"x": 10**5000}},
    ],
)
def test_what_is_echoed_of_a_long_value_is_short(changes: dict[str, Any]) -> None:
    """If this fails, the error of a wrong value is as long as the value, and says nothing."""
    with pytest.raises(UserError) as caught:
        overridden(named("digits"), changes, where="my.yaml")
    assert len(str(caught.value)) < 5000


def test_an_eps_of_any_exponent() -> None:
    """If this fails, a short number takes hours to be read."""
    for text in ("1e999999999", "1e-999999999", "1/1e999999999"):
        one_line_or_a_value(lambda given=text: parse_eps(given))  # type: ignore[misc]


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
FIELDS = st.sampled_from(["search", "data", "training", "attack", "certify", "space", "network", "goal", "seed"])
INNER = st.sampled_from(["epochs", "method", "eps", "norm", "channels", "name", "limit", "attacks", "augmentation"])


@TRIES
@given(changed=st.dictionaries(FIELDS, PLAIN | st.dictionaries(INNER, PLAIN, max_size=3), max_size=3))
def test_fields_of_any_value(changed: dict[str, Any], tmp_path: Path) -> None:
    """If this fails, a wrong value in a recipe is a traceback."""
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(changed), encoding="utf-8", errors="backslashreplace")
    one_line_or_a_value(lambda: overridden(named("digits"), read_yaml(path), where=str(path)))


WORDS = st.sampled_from(
    [
        "run",
        "search",
        "attack",
        "certify",
        "compare",
        "rank",
        "digits",
        "--eps",
        "8/255",
        "1/0",
        "-1",
        "--seed",
        "nan",
        "--norm",
        "inf",
        "--search.epochs",
        "--goal",
        "--params",
        "1e999",
        "--out",
        "--",
        "--data.limit",
        "[",
        "{",
    ]
)


PARSER = make_parser()


@TRIES
@given(argv=st.lists(WORDS | st.text(max_size=6), max_size=7))
def test_any_command_line(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """If this fails, some command line is a traceback."""

    def read() -> None:
        arguments = PARSER.parse_args(glued(argv))
        if hasattr(arguments, "config"):
            overridden(named("digits"), changes(arguments), where="option")

    with suppress(SystemExit):  # of --help
        one_line_or_a_value(read)


@TRIES
@given(text=st.text(max_size=40) | edited(GENOTYPE.encode()).map(lambda data: data.decode("latin1")))
def test_any_architecture(text: str) -> None:
    """If this fails, --architecture TEXT is a traceback."""
    one_line_or_a_value(lambda: find_architecture(text))
