"""What a field of a recipe is for, in the words of its settings class."""

import inspect
import re
from typing import Final

SENTENCE_END: Final = re.compile(r"(?<=[.;])\s+(?=\W*[A-Za-z])")


def explained(settings: type, field: str) -> str:
    """Return the first sentence of the class's docstring that names the field, with what belongs to it, or nothing.

    A sentence belongs to those before it where it names no field itself.
    """
    sentences = [" ".join(sentence.split()) for sentence in SENTENCE_END.split(inspect.getdoc(settings) or "")]
    names = [set(re.findall(r"``(\w+)``", sentence)) for sentence in sentences]
    for start, named in enumerate(names):
        if field in named:
            end = next((later for later in range(start + 1, len(names)) if names[later]), len(names))
            return " ".join(sentences[start:end]).replace("``", "").removeprefix(f"{field}: ").rstrip(";.")
    return ""
