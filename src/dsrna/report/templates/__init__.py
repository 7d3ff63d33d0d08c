"""The templates of pages, drawings and cards, and their rendering: everything put in is escaped."""

import hashlib
import re
from base64 import b64encode
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from dsrna.runtime.markdown import as_it_is

_LOADER: Final = PackageLoader("dsrna.report")
_ENVIRONMENT: Final = Environment(
    loader=_LOADER, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


def render(template: str, **values: Any) -> str:
    return _ENVIRONMENT.get_template(template).render(values)


@dataclass(frozen=True)
class Script:
    """What a page runs: its text, and the digest by which the page's policy knows it and nothing else."""

    text: Markup
    digest: str


def script() -> Script:
    """Return what every page runs."""
    files = resources.files(__name__)
    text = "".join(files.joinpath(name).read_text("utf-8") for name in ("sort.js", "tips.js"))
    return Script(Markup(text), b64encode(hashlib.sha256(text.encode()).digest()).decode())  # noqa: S704  our own file


class Code(str):
    """A block of code as Markdown: put in as it is."""

    __slots__ = ()


def fenced(text: str, language: str = "") -> Code:
    """Return a block that ends where it should, whatever the text holds: its fence is longer than any within."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return Code(f"{fence}{language}\n{text.rstrip()}\n{fence}")


def _shown_as_it_is(value: Any) -> str:
    return value if isinstance(value, Code) else as_it_is(str(value))


_MARKDOWN: Final = Environment(  # noqa: S701  it is Markdown that is escaped for, by finalize
    loader=_LOADER, finalize=_shown_as_it_is, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


def render_markdown(template: str, **values: Any) -> str:
    return _MARKDOWN.get_template(template).render(values)
