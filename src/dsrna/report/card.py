"""The model card: what a network is, beside its weights, in the form that model hubs read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

from dsrna.evaluation import AttackResult, CertifyResult
from dsrna.report import certificates, wording
from dsrna.report.headline import remarks
from dsrna.report.origin import origin
from dsrna.report.run import Run, read_run
from dsrna.report.table import groups
from dsrna.report.templates import fenced, render_markdown
from dsrna.report.training import trained
from dsrna.runtime.files import write_text
from dsrna.runtime.run_folder import RunFolder

TAGS: Final = ("image-classification", "adversarial-robustness", "neural-architecture-search", "dsrna")
ON_HUBS: Final = {"mnist": "ylecun/mnist", "cifar10": "uoft-cs/cifar10", "imagenet": "ILSVRC/imagenet-1k"}
"""Under which name the usual hub has a data set of ours."""


def write_card(folder: RunFolder) -> Path:
    """Write ``train/README.md`` from what the run folder holds so far; return its path."""
    write_text(folder.card, card(read_run(folder)))
    return folder.card


def card(run: Run) -> str:
    """Return the card of a run that has a trained network: front matter in YAML, then Markdown."""
    body = render_markdown(
        "card.md.jinja",
        run=run,
        origin=origin(run),
        trained=trained(run),
        groups=groups(run),
        remarks=remarks(run),
        genotype=fenced(run.genotype.to_text() if run.genotype else ""),
        recipe=fenced(run.recipe_text or "", "yaml"),
    )
    front = yaml.safe_dump(_front(run), sort_keys=False, allow_unicode=True)
    return f"---\n{front}---\n\n{body}"


def _front(run: Run) -> dict[str, Any]:
    """What hubs sort, search and compare by. The licence of the weights is their owner's to choose: none is stated."""
    known = ON_HUBS.get(_data(run))
    return {
        "library_name": "pytorch",
        "pipeline_tag": "image-classification",
        "tags": list(TAGS),
        **({"datasets": [known]} if known else {}),
        "metrics": ["accuracy"],
        **({"model-index": [_index(run)]} if run.attack or run.certify else {}),
    }


def _data(run: Run) -> str:
    data = run.recipe.get("data")
    return str(data.get("name")) if isinstance(data, dict) else "unknown"


def _index(run: Run) -> dict[str, Any]:
    data = _data(run)
    result = {
        "task": {"type": "image-classification", "name": "Image classification"},
        "dataset": {"type": ON_HUBS.get(data, data), "name": data, "split": "test"},
        "metrics": [{"type": "accuracy", "name": name, "value": round(value, 4)} for name, value in _metrics(run)],
    }
    return {"name": run.name, "results": [result]}


def _metrics(run: Run) -> Iterator[tuple[str, float]]:
    evaluated = run.attack or run.certify
    if evaluated:
        yield f"clean accuracy, {evaluated.clean.total} images", evaluated.clean.accuracy
    if run.attack:
        yield from _attacked(run.attack, run.attacks)
    if run.certify:
        yield from _certified(run.certify)


def _attacked(result: AttackResult, attacks: int) -> Iterator[tuple[str, float]]:
    by = f"the worst of {attacks} attacks" if attacks > 1 else "attack"
    for row in result.worst:
        yield f"accuracy under {by}, {wording.ball(result.norm, row.eps)}", row.count.accuracy


def _certified(result: CertifyResult) -> Iterator[tuple[str, float]]:
    for found in result.norms:
        for row in found.rows:
            yield f"accuracy, {certificates.claim(result)}, {wording.ball(found.norm, row.eps)}", row.count.accuracy
