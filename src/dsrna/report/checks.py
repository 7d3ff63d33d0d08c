"""What the checks of a robust number came to, in words."""

from dsrna.evaluation import AttackResult


def verdict(result: AttackResult | None) -> str:
    """Return what belongs beside the number: nothing where every check held, or none was made."""
    if result is None or not result.failed:
        return ""
    return f"{len(result.failed)} of {len(result.checks)} checks failed"


def doubts(result: AttackResult | None) -> list[str]:
    """Return a sentence for each failed check."""
    failed = result.failed if result else ()
    return [f"The robust accuracy is in doubt, by the check of {check.name}. {check.finding}" for check in failed]
