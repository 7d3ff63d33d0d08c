"""The evaluation stages: a trained network to ``attack.json`` and ``certify.json``.

A result goes before the files beside it are those of other settings, and comes back last, when the recipe says so too:
whoever is stopped in between has none, and it is made anew.
"""

from torch import nn

from dsrna.evaluation import (
    AttackResult,
    CertifyResult,
    attack,
    certify,
    write_example_list,
    write_fates,
    write_images,
)
from dsrna.report import write_card
from dsrna.report.figures import robustness
from dsrna.runtime.files import read_json, remove, write_json
from dsrna.runtime.serialise import from_plain, to_plain
from dsrna.stages.following import show
from dsrna.stages.run import Run, record, stage, writing
from dsrna.stages.source import source_network
from dsrna.stages.train import load_network


@writing
@stage
def attack_stage(run: Run, *, again: bool = False, network: nn.Module | None = None) -> AttackResult:
    """Attack the test images, or read what was found under the same settings; ``again``: do it anew.

    ``network``: one of the user's own, in place of the run's.
    """
    path = run.folder.attack
    if path.exists() and run.recipe.attack == run.recorded.attack and not again:
        _complete(run)
        return from_plain(AttackResult, read_json(path), where=str(path))
    source, network, test = source_network(run), _placed(run, network), run.dataset.test
    found = attack(network, test, run.recipe.attack, seed=run.recipe.seed, reporter=run.reporter, source=source)
    remove(path)
    found.examples.save(run.folder.adversarial)
    write_example_list(run.folder.adversarial_list, found.examples, test.sources)
    write_fates(run.folder.attack_images, found.result.rows, found.images)
    record(run, attack=run.recipe.attack)
    write_json(path, to_plain(found.result))
    _complete(run)
    show(run, "attack", [each.picture for each in robustness(found.result, None, None)])
    return found.result


@writing
@stage
def certify_stage(run: Run, *, again: bool = False, network: nn.Module | None = None) -> CertifyResult:
    """Certify the test images, or read what was found under the same settings; ``again``: do it anew.

    ``network``: one of the user's own, in place of the run's.
    """
    path = run.folder.certify
    if path.exists() and run.recipe.certify == run.recorded.certify and not again:
        _complete(run)
        return CertifyResult.load(path)
    network = _placed(run, network)
    result, images = certify(network, run.dataset.test, run.recipe.certify, reporter=run.reporter)
    remove(path)
    write_images(run.folder.certify_images, result, images)
    record(run, certify=run.recipe.certify)
    write_json(path, to_plain(result))
    _complete(run)
    show(run, "certify", [each.picture for each in robustness(None, result, None)])
    return result


def _complete(run: Run) -> None:
    """Put what was found into the card beside the weights, where these are the run's own.

    Where it was found before too: whoever was stopped between the two has an old card.
    """
    if run.folder.model.exists():
        write_card(run.folder)


def _placed(run: Run, network: nn.Module | None) -> nn.Module:
    return (load_network(run.folder) if network is None else network).to(run.device)
