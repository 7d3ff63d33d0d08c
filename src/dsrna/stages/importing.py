"""A module of the user's: the function that makes it, by name, and its weights from a file."""

import importlib
import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from dsrna.errors import UserError
from dsrna.runtime.reading import regular


def made_by(name: str) -> nn.Module:
    """Return what ``package.module:function`` makes, called without arguments. This imports and runs the user's code.

    The current folder is looked in first. Whatever goes wrong is a ``UserError`` of one line.
    """
    package, _, function = name.partition(":")
    if not package or not function:
        raise UserError(f"--model must be package.module:function, not {name!r}")
    with _current_folder():
        maker = _found(package, function)
        _check_callable(maker, name)
        try:
            made = maker()
        except (Exception, SystemExit) as error:
            raise UserError(f"{name}() failed: {_line(error)}") from error
    if not isinstance(made, nn.Module):
        raise UserError(f"{name}() must return a torch.nn.Module, not {type(made).__name__}")
    return made


def load_weights(model: nn.Module, path: Path) -> None:
    """Put the state dict of a file into ``model``: safetensors, or what ``torch.save`` wrote, read without its code.

    A training checkpoint may hold it under ``state_dict``. Names or shapes that do not fit are a ``UserError``.
    """
    tensors = _read(regular(path))
    _check_real(model, tensors, path)
    try:
        missing, unexpected = model.load_state_dict(tensors, strict=False)
    except Exception as error:  # modules of the user's may load in ways of their own
        raise UserError(f"{path} holds the weights of another network: {_last_line(error)}") from error
    for names, what in ((missing, "lacks"), (unexpected, "holds more than the network has,")):
        if names:
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            raise UserError(f"{path} holds the weights of another network: it {what} {names[0]}{more}")


def _check_real(model: nn.Module, tensors: dict[str, Tensor], path: Path) -> None:
    """PyTorch would take the real part of complex weights, and warn."""
    own = model.state_dict()
    for name, tensor in tensors.items():
        if tensor.is_complex() and name in own and not own[name].is_complex():
            raise UserError(f"{path} holds the weights of another network: {name} is complex, the network's is not")


@contextmanager
def _current_folder() -> Iterator[None]:
    """Let modules in the current folder be imported, as ``python -m`` does."""
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        yield
    finally:
        sys.path.remove(here)


def _found(package: str, function: str) -> Any:
    try:
        module = importlib.import_module(package)
    except ModuleNotFoundError as error:
        raise UserError(f"cannot import {package}: {error}; it is looked for in the current folder first") from error
    except (Exception, SystemExit) as error:
        raise UserError(f"cannot import {package}: {_line(error)}") from error
    if not hasattr(module, function):
        raise UserError(f"{package} has no {function!r}; it is {module.__file__}")
    return getattr(module, function)


def _check_callable(maker: Any, name: str) -> None:
    if not callable(maker) or isinstance(maker, nn.Module):
        raise UserError(f"{name} must be a function that returns a module, not {type(maker).__name__}")
    try:
        inspect.signature(maker).bind()
    except (TypeError, ValueError) as error:
        raise UserError(f"{name} must be a function without arguments: {error}") from error


def _read(path: Path) -> dict[str, Tensor]:
    try:
        found: Any = load_file(path) if path.suffix == ".safetensors" else torch.load(path, "cpu", weights_only=True)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from error
    except Exception as error:  # what reads pickles falls over foreign bytes in any way
        if isinstance(error, UnpicklingError) and "Unsupported global" in str(error):
            text = f"{path} holds more than tensors, and code is not loaded; save model.state_dict()"
        else:
            text = f"cannot read {path}: it is damaged, or is not what {_writer(path)} writes of model.state_dict()"
        raise UserError(text) from error
    if isinstance(found, dict) and isinstance(found.get("state_dict"), dict):
        found = found["state_dict"]
    if not isinstance(found, dict) or not all(map(_named, found.items())):
        raise UserError(f"{path} must hold a state dict, names to tensors; save model.state_dict()")
    return found


def _named(entry: tuple[object, object]) -> bool:
    return isinstance(entry[0], str) and isinstance(entry[1], Tensor)


def _writer(path: Path) -> str:
    return "safetensors" if path.suffix == ".safetensors" else "torch.save"


def _line(error: BaseException) -> str:
    """The kind of an error and the first line of what it says."""
    return ": ".join([type(error).__name__, *str(error).strip().splitlines()[:1]])


def _last_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[-1].strip()
