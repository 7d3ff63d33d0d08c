"""How the final network was trained, in sentences."""

from collections.abc import Iterator

from dsrna.report.run import Run


def trained(run: Run) -> str:
    """Say by what, whose epoch's weights are judged, and whether the guard of ``fast`` had to step in."""
    return " ".join(_sentences(run))


def _sentences(run: Run) -> Iterator[str]:
    by = f": {run.model.training} training" if run.model else ""
    yield f"Trained from scratch{by}."
    last = run.training[-1] if run.training else None
    if run.model and last and run.model.epoch not in {None, last.epoch}:
        # Without images held out only the guard goes back, and it then looks at images trained on.
        images = "trained on" if last.validation_accuracy is None else "held out"
        yield f"The weights are those of epoch {run.model.epoch} of {last.epoch}, the best on images {images}."
    taken_back = [row.epoch for row in run.training if row.guard is not None and row.guard.overfitted]
    if taken_back:
        yield (
            f"In epoch {taken_back[0]} the network learnt to mislead the single step (catastrophic overfitting): "
            "the epoch was taken back, and the rest was trained by pgd."
        )
