"""Where the architecture of a network is from, in words: no more than the run folder knows."""

from typing import Any, Final

from dsrna.report.run import Run
from dsrna.search import METHODS
from dsrna.search.methods import Method
from dsrna.spaces import ARCHITECTURES

GIVEN: Final = "was given: this run did not search for it."


def origin(run: Run) -> str:
    """Go on after ``whose architecture``: was searched for, by which method and metrics; was drawn; was given."""
    method, architecture = str(_said(run, "method")), run.recipe.get("architecture")
    known = method in METHODS
    if run.search:
        return f"was searched for by {_method(run, method)}" if known else "was searched for."
    if architecture is None and known and not METHODS[method].searches:
        return _drawn(run, _form(run, method))
    return f"is {architecture}, which {GIVEN}" if architecture in ARCHITECTURES else GIVEN


def _said(run: Run, field: str) -> Any:
    search = run.recipe.get("search")
    return search.get(field) if isinstance(search, dict) else None


def _form(run: Run, method: str) -> Method:
    return METHODS[method].under(str(run.recipe.get("goal")))


def _method(run: Run, method: str) -> str:
    form = _form(run, method)
    goal = f", for the goal {run.recipe['goal']}" if "goal" in run.recipe else ""
    weight = "balanced against the loss" if form.balanced else f"weighed by gamma {_said(run, 'gamma')}"
    metrics = f" Its metric of robustness: {' plus '.join(form.metrics)}, {weight}." if form.metrics else ""
    return f"{method} ({METHODS.record(method).summary}){goal}.{metrics}"


def _drawn(run: Run, form: Method) -> str:
    like = _said(run, "like")
    draw = f"drawn at random{f' with the operations of {like}' if like else ''}"
    if not form.metrics:
        return f"was {draw}, not searched for."
    candidates = _said(run, "candidates")
    count = candidates.get("count") if isinstance(candidates, dict) else "some"
    return f"was chosen among {count} {draw} and briefly trained, by the largest {' plus '.join(form.metrics)}."
