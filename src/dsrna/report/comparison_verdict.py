"""What a comparison shows, in words: first whether anything differs, then what, a contender at a time."""

from collections.abc import Sequence

from dsrna.comparison import Difference
from dsrna.comparison.measures import written
from dsrna.report.comparison import against, bare


def baselines(differences: Sequence[Difference]) -> str:
    return " or ".join(dict.fromkeys(map(against, differences)))


def verdict(differences: Sequence[Difference]) -> str:
    """Say first what a reader wants to know: whether anything is better than what it is held against."""
    if not differences:
        return "Nothing is held against anything here: there are means alone."
    shown, held = len(_shown(differences)), f"Held against {baselines(differences)}"
    if max(each.pairs for each in differences) < 2:
        return f"{held} at one seed, which shows nothing."
    if not shown:
        return f"{held}, no difference is shown, in any of {len(differences)} comparisons."
    verb = "shows" if shown == 1 else "show"
    return f"{held}, {shown} of {len(differences)} comparisons {verb} a difference:"


def findings(differences: Sequence[Difference]) -> tuple[str, ...]:
    """Return a line for each contender of which a difference is shown."""
    shown = _shown(differences)
    return tuple(
        f"{name} is {_directions([each for each in shown if each.contender == name])}"
        for name in dict.fromkeys(each.contender for each in shown)
    )


def _shown(differences: Sequence[Difference]) -> list[Difference]:
    return [each for each in differences if each.verdict != "no difference shown"]


def _directions(differences: Sequence[Difference]) -> str:
    directions = dict.fromkeys(each.verdict for each in differences)
    told = (f"{way} in {_listed([e for e in differences if e.verdict == way])}" for way in directions)
    return f"{'; '.join(told)}."


def _listed(differences: Sequence[Difference]) -> str:
    return ", ".join(f"{each.measure} by {bare(written(each.measure, abs(each.mean)))}" for each in differences)
