"""A network as an ONNX file."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import torch
from torch import nn

from dsrna.errors import UserError
from dsrna.export.equivalents import simplified
from dsrna.runtime.extras import check_extra
from dsrna.runtime.files import write_bytes

NEEDED: Final = ("onnx", "onnxscript")
OPSET: Final = 18
"""The oldest that the exporter writes: verifiers lag behind."""
OLDEST: Final = "2.7"
"""The torch whose export onnxscript manages, with pooling in it."""
INPUT: Final = "X"
OUTPUT: Final = "Y"


def export_onnx(model: nn.Module, shape: tuple[int, int, int], path: Path) -> None:
    """Write the network for images of ``shape`` (channels, height, width) in [0, 1] as an ONNX file.

    Input ``X`` is ``(batch, *shape)``, any batch, output ``Y`` is ``(batch, classes)``; normalisation is in the file.
    The outputs are those of ``model`` in eval mode up to rounding: batch norm is folded into convolutions. The model
    stays as it is. ``UserError`` where the extra ``onnx`` is not installed, and for what ONNX cannot express.
    """
    check_exporter()
    proto = _traced(simplified(model), shape)
    _anonymise(proto)
    write_bytes(path, proto.SerializeToString())


def check_exporter() -> None:
    """Raise ``UserError`` where the packages that write ONNX are missing, or torch is too old for them."""
    check_extra("export to ONNX", "onnx", *NEEDED)
    if torch.__version__ < OLDEST:
        raise UserError(f"export to ONNX needs torch {OLDEST} or newer; here it is {torch.__version__}")


def _traced(model: nn.Module, shape: tuple[int, int, int]) -> Any:
    # Two images: torch.export takes a batch of one for a constant.
    images = torch.zeros(2, *shape, dtype=next((p.dtype for p in model.parameters()), torch.float32))
    shapes = ({0: torch.export.Dim("batch")},)
    try:
        with _quiet():
            # Captured here: the exporter's own capture may fall back to one that follows a single path of the code.
            captured = torch.export.export(model, (images,), dynamic_shapes=shapes, strict=False)
            program = torch.onnx.export(
                captured,
                input_names=[INPUT],
                output_names=[OUTPUT],
                opset_version=OPSET,
                dynamic_shapes=shapes,
                dynamo=True,
                verbose=False,
            )
    except Exception as error:  # capturing runs the model's own code, which may raise anything
        raise UserError(f"the model cannot be written as ONNX: {_reason(error)}") from error
    assert program is not None
    return program.model_proto


def _reason(error: BaseException) -> str:
    """The first line of what went wrong first."""
    while error.__cause__ is not None:
        error = error.__cause__
    return f"{type(error).__name__}: {(str(error).strip() or 'no reason given').splitlines()[0]}"


def _anonymise(proto: Any) -> None:
    """Drop what the exporter notes beside the graph: paths and source lines of the machine that it ran on."""
    graph = proto.graph
    for part in (proto, graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer):
        del part.metadata_props[:]
        part.doc_string = ""


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's notes to its developers from the user. Its errors are raised all the same."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
