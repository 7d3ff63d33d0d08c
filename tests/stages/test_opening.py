"""Opening, continuing and refusing run folders."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tiny import tiny_recipe

import dsrna
from dsrna.data import DataSettings
from dsrna.errors import UserError
from dsrna.recipes import load
from dsrna.runtime.devices import knows_tf32
from dsrna.runtime.run_folder import RunFolder
from dsrna.search.candidates import CandidateSettings
from dsrna.stages import begin, default_folder, load_network, resume, search_stage, train_stage
from dsrna.stages.run import Run, learning_stage, stage
from dsrna.stages.sizes import network_sizes


def test_a_new_folder_says_what_and_on_what(tmp_path: Path) -> None:
    """If this fails, nobody can tell later what a run was."""
    run = begin(tiny_recipe(), tmp_path / "run")
    assert load(run.folder.recipe) == tiny_recipe()
    environment = json.loads(run.folder.environment.read_text())
    assert {"dsrna", "torch", "python", "platform", "device", "commit"} <= environment.keys()
    assert environment["tf32"] is (torch.cuda.is_available() and knows_tf32(torch.device("cuda")))
    assert environment["deterministic"] is not torch.cuda.is_available()
    asked = begin(replace(tiny_recipe(), deterministic=True), tmp_path / "asked")
    assert json.loads(asked.folder.environment.read_text())["deterministic"] is True


@pytest.mark.parametrize("asked", [True, False])
def test_every_stage_is_as_deterministic_as_its_recipe(asked: bool, tmp_path: Path) -> None:
    """If this fails, --deterministic does not hold for some stage, and its result is not the same twice on a GPU."""

    def seen(_: Run) -> bool:
        return torch.are_deterministic_algorithms_enabled()

    run = begin(replace(tiny_recipe(), deterministic=asked), tmp_path / "run")
    assert [learning_stage(seen)(run), stage(seen)(run), seen(run)] == [asked, asked, False]


def test_how_often_a_run_is_saved_may_change(tmp_path: Path) -> None:
    """If this fails, whoever wants to lose less of a run that goes on has to begin it again."""
    recipe = tiny_recipe()
    begin(recipe, tmp_path / "run").folder.search_checkpoints.mkdir(parents=True)
    search, training = replace(recipe.search, checkpoint_minutes=1.0), replace(recipe.training, checkpoint_minutes=2.0)
    again = begin(replace(recipe, search=search, training=training), tmp_path / "run").recipe
    assert (again.search.checkpoint_minutes, again.training.checkpoint_minutes) == (1.0, 2.0)


@pytest.mark.parametrize("allowed", [True, False])
def test_only_learning_rounds_its_products(allowed: bool, tmp_path: Path) -> None:
    """If this fails, a GPU attacks or proves with ten bits of mantissa, or searches without them where it may."""

    def seen(_: Run) -> tuple[bool, bool]:
        return torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32

    run = begin(replace(tiny_recipe(), tf32=allowed), tmp_path / "run")
    assert learning_stage(seen)(run) == (allowed, allowed)
    assert stage(seen)(run) == (False, False)


def test_the_folder_is_named_after_recipe_and_seed() -> None:
    """If this fails, runs of several seeds end in one folder."""
    assert default_folder(replace(tiny_recipe(), seed=3)) == Path("runs/digits-3")


def test_another_recipe_is_refused_and_named(tmp_path: Path) -> None:
    """If this fails, two runs mix in one folder."""
    begin(tiny_recipe(), tmp_path / "run").folder.search_checkpoints.mkdir(parents=True)
    other = replace(tiny_recipe(), search=replace(tiny_recipe().search, epochs=4))
    with pytest.raises(UserError, match="search.epochs = 3, this one asks for 4"):
        begin(other, tmp_path / "run")


def test_data_and_device_may_move(tmp_path: Path) -> None:
    """If this fails, a run cannot go on after the data were moved or on another machine."""
    recipe = tiny_recipe()
    begin(recipe, tmp_path / "run")
    moved = replace(recipe, device="cpu", data=replace(recipe.data, directory=tmp_path))
    assert begin(moved, tmp_path / "run").recipe == moved


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    """If this fails, a run writes among the user's own files."""
    (tmp_path / "holiday.jpg").write_text("dear")
    with pytest.raises(UserError, match="not a run"):
        begin(tiny_recipe(), tmp_path)
    with pytest.raises(UserError, match="not a run folder"):
        resume(tmp_path)


def test_a_run_that_was_killed_at_once_is_begun_again(tmp_path: Path) -> None:
    """If this fails, a run that is killed while it writes its first file can never be started again."""
    (tmp_path / ".recipe.yaml.x.partial").write_text("name: dig")
    assert begin(tiny_recipe(), tmp_path).folder.environment.exists()


def test_other_evaluation_settings_are_taken_up(tmp_path: Path) -> None:
    """If this fails, `dsrna attack FOLDER --eps ...` makes the original command an error, or changes nothing."""
    recipe = tiny_recipe()
    dsrna.run(recipe, tmp_path / "run")
    other = replace(recipe, attack=replace(recipe.attack, images=7))
    result = dsrna.run(other, tmp_path / "run")
    assert result.attack.clean.total == 7
    assert load(result.folder / "recipe.yaml") == other
    assert dsrna.run(recipe, tmp_path / "run").attack.clean.total == recipe.attack.images


def test_a_mistake_does_not_claim_the_folder(tmp_path: Path) -> None:
    """If this fails, a command that was mistyped makes the right one an error."""
    recipe, folder = tiny_recipe(), tmp_path / "run"
    with pytest.raises(UserError, match="unknown architecture"):
        begin(replace(recipe, architecture="rac"), folder)
    assert not folder.exists()
    begin(replace(recipe, data=replace(recipe.data, limit=3)), folder)
    assert begin(recipe, folder).recipe == load(RunFolder(folder).recipe) == recipe


def test_results_of_other_images_are_not_ours(tmp_path: Path) -> None:
    """If this fails, a second image folder gets the first one's results."""
    recipe = tiny_recipe()
    own = [replace(recipe, data=DataSettings("folder", tmp_path / name, image_size=8)) for name in ("cats", "cars")]
    begin(own[0], tmp_path / "run")
    (tmp_path / "run" / "search").mkdir()
    with pytest.raises(UserError, match=r"data.directory"):
        begin(own[1], tmp_path / "run")


@pytest.mark.parametrize("content", ["{}", "[1]", '{"schema": 2}', "nonsense"])
def test_a_damaged_description_is_named(tmp_path: Path, content: str) -> None:
    """If this fails, a damaged model.json is a traceback."""
    folder = begin(tiny_recipe(), tmp_path / "run").folder
    folder.model.parent.mkdir()
    folder.model.write_text(content)
    with pytest.raises(UserError, match=r"model\.json"):
        load_network(folder)


def test_a_stage_without_the_one_before_says_which(tmp_path: Path) -> None:
    """If this fails, stages out of order end in a traceback."""
    run = begin(tiny_recipe(), tmp_path / "run")
    with pytest.raises(UserError, match="dsrna search"):
        train_stage(run)
    with pytest.raises(UserError, match="dsrna train"):
        load_network(RunFolder(tmp_path / "run"))


def test_halves_and_test_split_never_mix(tmp_path: Path) -> None:
    """If this fails, the search sees its validation half while training, or the test images."""
    run = begin(tiny_recipe(), tmp_path / "run")
    training, validation = run.search_halves
    assert len(training) + len(validation) == len(run.dataset.train)
    import torch

    def keys(images: object) -> list[bytes]:
        pixels = images.read(torch.arange(len(images)))  # type: ignore[attr-defined, arg-type]
        return [row.numpy().tobytes() for row in pixels]

    assert not set(keys(training)) & set(keys(validation))
    assert not set(keys(run.dataset.train)) & set(keys(run.dataset.test))


def test_a_search_may_be_given_fewer_images(tmp_path: Path) -> None:
    """If this fails, search.images does nothing."""
    recipe = tiny_recipe()
    run = begin(replace(recipe, search=replace(recipe.search, images=100)), tmp_path / "run")
    assert sum(map(len, run.search_halves)) == 100


@pytest.mark.parametrize("name", ["racl", "file"])
def test_an_architecture_replaces_the_search(tmp_path: Path, name: str) -> None:
    """If this fails, --architecture does not skip the search."""
    from dsrna.spaces import ARCHITECTURES

    if name == "file":
        ARCHITECTURES["racl"].save(tmp_path / "mine.json")
        name = str(tmp_path / "mine.json")
    run = begin(replace(tiny_recipe(), architecture=name), tmp_path / "run")
    assert search_stage(run) == ARCHITECTURES["racl"]
    assert not run.folder.search_checkpoints.exists()
    assert run.folder.cell("normal").read_text().startswith("<")


def test_the_control_is_drawn_not_searched(tmp_path: Path) -> None:
    """If this fails, 'random' is no control."""
    recipe = tiny_recipe()
    random = replace(recipe, search=replace(recipe.search, method="random"))
    first = search_stage(begin(random, tmp_path / "a"))
    assert first == search_stage(begin(random, tmp_path / "b"))
    assert first != search_stage(begin(replace(random, seed=1), tmp_path / "c"))


def test_the_rival_takes_the_draw_with_the_best_metric(tmp_path: Path) -> None:
    """If this fails, 'random-ranked' is a plain draw, or ranks by something else than it says."""
    recipe = tiny_recipe()
    candidates = CandidateSettings(count=3, steps=1, images=4)
    run = begin(replace(recipe, search=replace(recipe.search, method="random-ranked", candidates=candidates)), tmp_path)
    found = search_stage(run)
    rows = [json.loads(line) for line in run.folder.rank_scores.read_text().splitlines()]
    assert len(rows) == candidates.count
    assert found.to_text() == max(rows, key=lambda row: float(row["metrics"]["jacobian"]))["architecture"]


@pytest.mark.parametrize("method", ["random", "darts"])
def test_what_is_found_has_the_wanted_size(tmp_path: Path, method: str) -> None:
    """If this fails, a control, or a search, is of another size than what it is compared with."""
    recipe = tiny_recipe()
    search = replace(recipe.search, method=method, params=(2500, 4500), macs=(60_000,))
    run = begin(replace(recipe, search=search), tmp_path / "run")
    sizes = network_sizes(run, search_stage(run))
    found = json.loads(run.folder.found.read_text())
    assert sizes == {"parameters": found["parameters"], "multiply-adds": found["multiply_adds"]}
    assert 2500 <= found["parameters"] <= 4500
    assert found["multiply_adds"] <= 60_000
    impossible = begin(replace(recipe, search=replace(search, macs=(10,))), tmp_path / "impossible")
    with pytest.raises(UserError, match="no architecture of the space has 2,500 to 4,500 parameters and 0 to 10"):
        search_stage(impossible)
