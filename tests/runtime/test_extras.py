"""What is not installed."""

import pytest

from dsrna.errors import UserError
from dsrna.runtime.extras import check_extra


def test_a_missing_package_is_named_with_its_extra() -> None:
    """If this fails, somebody without an extra gets a traceback, or is told to install the wrong thing."""
    check_extra("this", "none", "pytest")
    with pytest.raises(
        UserError, match=r"^this needs no_such_a and no_such_b, not installed here; .*: pip install .* '\.\[x\]'$"
    ):
        check_extra("this", "x", "pytest", "no_such_a", "no_such_b")
