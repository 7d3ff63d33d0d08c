"""The lock file holds what is pinned, and nothing of the machine that it was made on."""

import pytest

from lock import FREE, LOCK, PINS, faults, pinned, written

PINNED = "# versions\nNumPy==2.0\nruff==0.1\ntorch==2.13.0\n"
DIGESTS = {"numpy": ["a" * 64, "b" * 64, "a" * 64], "ruff": ["c" * 64]}


def test_the_lock_is_of_the_pinned_versions() -> None:
    """If this fails, who installs by the lock has other versions than those that were tested: `make lock`."""
    assert list(faults(LOCK.read_text(), PINS.read_text())) == []


def test_everything_that_is_pinned_has_a_digest_or_a_reason() -> None:
    """If this fails, some package is installed unchecked, and nobody is told."""
    text = LOCK.read_text()
    assert pinned(PINS.read_text()).keys() >= FREE.keys()
    assert all(f"# {name}==" in text for name in FREE)


def test_the_lock_names_no_place() -> None:
    """If this fails, an index, a mirror or a folder of whoever made the lock is in it."""
    assert "://" not in LOCK.read_text()
    assert "index" not in LOCK.read_text()


def test_what_is_written_is_found_right() -> None:
    """If this fails, the check refuses every lock, or `make lock` forgets digests."""
    text = written(pinned(PINNED), DIGESTS)
    assert list(faults(text, PINNED)) == []
    assert text.count("--hash=sha256:") == 3
    assert "torch==2.13.0" in text


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("numpy==2.0", "numpy==2.1", "numpy is 2.1 in the lock, 2.0 in constraints.txt"),
        ("numpy==2.0", "nunpy==2.0", "numpy is missing in the lock"),
        ("c" * 64, "c" * 63, "is not a version and its digests"),
        (" \\\n    --hash=sha256:" + "c" * 64, "", "is not a version and its digests"),
        ("ruff==0.1", "ruff @ https://example.org/ruff.whl", "is not a version and its digests"),
        ("ruff==0.1", "--index-url https://example.org", "is not a version and its digests"),
    ],
)
def test_what_is_wrong_is_said(old: str, new: str, said: str) -> None:
    """If this fails, a lock that was edited, or has fallen behind, passes."""
    text = written(pinned(PINNED), DIGESTS)
    assert old in text
    assert any(said in fault for fault in faults(text.replace(old, new), PINNED))
