"""Everything registered as an attack, and the registration itself."""

import pytest

from dsrna.errors import UserError
from dsrna.evaluation import ATTACKS


def test_the_named_forms_are_there() -> None:
    """Else recipes that name them stop working."""
    fast = {"fgsm", "pgd-10", "pgd-20", "pgd-40", "pgd-100", "pgd-20x5", "ddn", "noise", "transfer-pgd-20"}
    assert {record.name for record in ATTACKS if not record.value.slow} == fast
    assert {record.name for record in ATTACKS if record.value.slow} == {"autoattack", "cw", "square"}


def test_an_unknown_attack_is_named_with_the_known_ones() -> None:
    """Else a typing error costs a look at the source."""
    with pytest.raises(UserError, match="did you mean 'pgd-20'.*Known attacks: .*fgsm"):
        ATTACKS.record("pgd-2o")
