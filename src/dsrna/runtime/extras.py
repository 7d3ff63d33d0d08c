"""What is not installed with dsrna itself."""

from importlib.util import find_spec

from dsrna.errors import UserError


def check_extra(what: str, extra: str, *packages: str) -> None:
    """Raise ``UserError`` where a package of an extra is missing, and say how to install it."""
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        command = f"pip install --constraint constraints.txt '.[{extra}]'"
        raise UserError(f"{what} needs {' and '.join(missing)}, not installed here; in dsrna's checkout: {command}")
