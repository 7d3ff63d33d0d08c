"""What a comparison is made of."""

from dataclasses import replace
from pathlib import Path

import pytest
from comparison_cases import grid, tiny

from dsrna.comparison import Cell, Grid
from dsrna.comparison.grid import Found
from dsrna.errors import UserError
from dsrna.runtime.seeds import generator
from dsrna.spaces import ARCHITECTURES, SPACES, find_architecture


def test_each_method_that_searches_has_a_control() -> None:
    """If this fails, a search is shown without what it must beat."""
    assert grid().contenders() == (("darts", None), ("random", None), ("random beside darts", "darts"))
    assert len(grid(controls=False).contenders()) == 2


def test_each_given_architecture_has_a_control_of_its_kind() -> None:
    """If this fails, a published architecture is shown without random ones, or beside cells of fewer nodes."""
    chosen = grid(methods=(), architectures=("racl", "dsrna-cifar10-nasbench201"), fields={"space": {"nodes": 2}})
    kinds = {}
    for name in chosen.architectures:
        cell = Cell(f"random beside {name}", "standard", 3, beside=name)
        assert cell in replace(chosen, seeds=(3,)).cells()
        assert chosen.after(cell) == Cell(name, "standard", 3)
        recipe = chosen.recipe_of(cell, Found("", 10_000))
        assert (recipe.search.method, recipe.search.params, recipe.architecture) == ("random", (9_500, 10_500), None)
        kinds[name] = SPACES[recipe.space.name].draw(recipe.space, generator(0)).of_space()
    assert kinds == {name: ARCHITECTURES[name].of_space() for name in chosen.architectures}
    assert [kind["nodes"] for kind in kinds.values()] == [4, 4], "as many as are published, not the recipe's 2"
    assert len(replace(chosen, controls=False).contenders()) == 2


def test_the_control_of_an_architecture_is_not_held_to_the_band_of_the_searches() -> None:
    """If this fails, it has another size than the architecture, or its recipe is refused when that has been trained."""
    recipe = replace(tiny(), search=replace(tiny().search, params=(18_000, 20_000)))
    chosen = replace(grid(architectures=("racl",)), recipe=recipe)
    beside = chosen.recipe_of(Cell("random beside racl", "standard", 0, beside="racl"), Found("", 30_000))
    assert beside.search.params == (28_500, 31_500)
    searched = chosen.recipe_of(Cell("random beside darts", "standard", 0, beside="darts"), Found("", 18_500))
    assert searched.search.params == (18_000, 19_425)


def test_cells_have_folders_of_their_own() -> None:
    """If this fails, two cells overwrite one another."""
    cells = grid(trainings=("standard", "pgd"), architectures=("racl",), repeats=1).cells()
    assert len({cell.name for cell in cells}) == len(cells) == 5 * 2 * 2 * 2


def test_a_control_is_of_the_size_of_what_was_found() -> None:
    """If this fails, a search is held against a network that is larger or smaller than its own."""
    cell = Cell("random beside darts", "standard", 3, beside="darts")
    recipe = grid().recipe_of(cell, Found("", 10_000))
    assert grid().after(cell) == Cell("darts", "standard", 3)
    assert (recipe.search.method, recipe.search.params, recipe.seed) == ("random", (9_500, 10_500), 3)
    banded = grid(fields={"search": {"params": [9_800, 12_000]}}).recipe_of(cell, Found("", 10_000))
    assert banded.search.params == (9_800, 10_500), "what was found was held to that band, too"


def test_a_field_goes_to_the_contenders_that_it_is_for() -> None:
    """If this fails, methods of two kinds cannot be compared as soon as one of them is tuned, or it is not tuned."""
    fields = {"search": {"order": 2, "gamma": 0.5, "watch": True, "epochs": 9}}
    chosen = grid(methods=("darts", "dsrna-cb", "random"), fields=fields)
    searches = {
        name: chosen.recipe_of(Cell(name, "standard", 0, beside=beside), Found("", 10_000) if beside else None).search
        for name, beside in chosen.contenders()
    }
    assert {name: (each.order, each.gamma, each.watch, each.epochs) for name, each in searches.items()} == {
        "darts": (2, 0.01, True, 9),
        "dsrna-cb": (2, 0.5, True, 9),
        "random": (1, 0.01, False, 9),
        "random beside darts": (1, 0.01, False, 9),
        "random beside dsrna-cb": (1, 0.01, False, 9),
    }
    drawn = grid(fields={"search": {"like": find_architecture("racl").to_text()}})
    likes = [drawn.recipe_of(Cell(name, "standard", 0)).search.like for name in ("darts", "random")]
    assert likes[0] is None
    assert likes[1] is not None
    beside = Cell("random beside darts", "standard", 0, beside="darts")
    assert drawn.recipe_of(beside, Found("", 10_000)).search.like is None, "it is of a size"
    with pytest.raises(UserError, match=r"search\.params does nothing under method p-darts"):
        grid(methods=("darts", "p-darts"), fields={"search": {"params": [9_000]}}).recipe_of(
            Cell("p-darts", "standard", 0)
        )


def test_a_recipe_that_has_an_architecture_is_searched_all_the_same() -> None:
    """If this fails, every method and its control are one and the same network, and no difference is shown."""
    chosen = replace(grid(), recipe=replace(tiny(), architecture="racl"))
    assert chosen.recipe_of(Cell("darts", "standard", 0)).architecture is None
    beside = Cell("random beside darts", "standard", 0, beside="darts")
    assert chosen.recipe_of(beside, Found("", 10_000)).architecture is None


def test_a_repeat_trains_the_genotype_again_from_another_seed() -> None:
    """If this fails, the noise of training is measured on another genotype, or on the same training."""
    genotype = find_architecture("racl").to_text()
    again = Cell("darts", "standard", 1, repeat=2)
    recipe = grid().recipe_of(again, Found(genotype, 1))
    first = grid().recipe_of(Cell("darts", "standard", 1))
    assert grid().after(again) == Cell("darts", "standard", 1)
    assert recipe.architecture == genotype
    assert recipe.seed not in {
        first.seed,
        grid().recipe_of(Cell("darts", "standard", 1, repeat=1), Found(genotype, 1)).seed,
    }


def test_a_search_is_shared_by_the_trainings_that_it_does_not_depend_on() -> None:
    """If this fails, the same search is made over and over, or a genotype judged by a goal it was not searched for."""
    chosen = grid(methods=("darts", "dsrna-radius", "random"), trainings=("standard", "pgd", "trades"), seeds=(0,))
    waits = {(cell.contender, cell.training): chosen.after(cell) for cell in chosen.cells() if cell.beside is None}
    assert waits["darts", "pgd"] == waits["darts", "trades"] == Cell("darts", "standard", 0)
    assert waits["dsrna-radius", "trades"] == Cell("dsrna-radius", "pgd", 0)
    assert waits["darts", "standard"] is waits["dsrna-radius", "pgd"] is waits["random", "pgd"] is None
    genotype = find_architecture("racl").to_text()
    recipe = chosen.recipe_of(Cell("darts", "pgd", 0), Found(genotype, 1))
    assert (recipe.architecture, recipe.goal, recipe.seed) == (genotype, "adversarial", 0)


def test_a_genotype_file_is_known_everywhere(tmp_path: Path) -> None:
    """If this fails, a machine that does not see the file cannot train what it holds."""
    file = tmp_path / "mine.json"
    find_architecture("racl").save(file)
    recipe = grid(architectures=(str(file),)).recipe_of(Cell(str(file), "standard", 0))
    assert recipe.architecture == find_architecture("racl").to_text()


def test_options_hold_for_all_and_the_training_brings_its_goal() -> None:
    """If this fails, contenders are not under one protocol, or searched for another goal than they are judged by."""
    chosen = grid(trainings=("pgd",), fields={"search": {"epochs": 7}})
    recipes = [chosen.recipe_of(cell) for cell in chosen.cells() if chosen.after(cell) is None]
    assert {(recipe.search.epochs, recipe.goal, recipe.training.method) for recipe in recipes} == {
        (7, "adversarial", "pgd")
    }


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"methods": (), "architectures": ()}, "nothing to compare"),
        ({"methods": ("drats",)}, "did you mean 'darts'"),
        ({"architectures": ("no-such",)}, "no-such"),
        ({"trainings": ("standard", "standard")}, "must be different"),
        ({"seeds": ()}, "a seed at least"),
        ({"seeds": (1, -1)}, "none below 0"),
        ({"repeats": -1}, "repeats must be 0 or more"),
        ({"seeds": (0, 1001), "repeats": 1}, "seed 1001 is that of a repeat"),
        (
            {"architectures": ("racl",), "fields": {"search": {"params": [9_000]}}},
            "params does nothing to architecture",
        ),
        (
            {"methods": (), "architectures": ("racl",), "fields": {"search": {"epochs": 3}}},
            "search.epochs does nothing",
        ),
        ({"architectures": ("racl",), "methods": ("racl",)}, "same name"),
        ({"fields": {"seed": 7}}, "seed is each run's own in a comparison; say --seeds"),
        ({"fields": {"architecture": "racl"}}, "say --architectures"),
        ({"fields": {"search": {"method": "random"}}}, "search.method is each run's own"),
        ({"fields": {"training": {"method": "pgd", "epochs": 2}}}, "say --trainings"),
    ],
)
def test_mistakes_are_named(fields: dict[str, tuple[str, ...]], words: str) -> None:
    """If this fails, a mistake in a grid is found hours later, or in a traceback."""
    with pytest.raises(UserError, match=words):
        Grid(tiny(), **{"methods": ("darts",), **fields})  # type: ignore[arg-type]


def test_cells_that_would_share_a_folder_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, two contenders are trained into one folder, and one of them is called the other."""
    monkeypatch.chdir(tmp_path)
    for name in ("a b", "a-b"):
        find_architecture("racl").save(Path(name))
    with pytest.raises(UserError, match="'a b' and 'a-b' would both have the folder a-b-standard-0"):
        grid(architectures=("a b", "a-b"))
