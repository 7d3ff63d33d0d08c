"""What the first of several processes tells the others to work on with it."""

import json
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Work:
    """The search of a recipe, or the training of an architecture that it found; both as plain data."""

    recipe: dict[str, Any]
    architecture: dict[str, Any] | None

    def told(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    @classmethod
    def heard(cls, message: bytes) -> "Work":
        return cls(**json.loads(message))
