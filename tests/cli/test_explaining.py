"""The words that --help takes from the settings classes."""

from dsrna.cli.explaining import explained
from dsrna.cli.options import leaves

# What needs no words: the name says it, or a short option does.
PLAIN = {
    "name",
    "seed",
    "data.name",
    "attack.norm",
    "attack.batch_size",
    "certify.batch_size",
    "training.epochs",
    "training.batch_size",
    "training.learning_rate",
    "training.momentum",
    "training.weight_decay",
    "training.label_smoothing",
    "search.method",
    "search.epochs",
    "search.batch_size",
    "search.learning_rate",
    "search.final_learning_rate",
    "search.momentum",
    "search.weight_decay",
    "search.gradient_clip",
    "search.architecture_learning_rate",
    "search.architecture_weight_decay",
}


class Example:
    """A class.

    ``first`` is one thing; it may be 5 % of
    another. More of it. ``second``, ``third``: both: 2.5 of each. None of it
    names the fourth.
    """


def test_a_field_has_the_sentences_that_name_it_and_those_that_belong_to_them() -> None:
    """If this fails, --help says the words of another option, or half of a sentence."""
    assert explained(Example, "first") == "first is one thing; it may be 5 % of another. More of it"
    assert explained(Example, "third") == "second, third: both: 2.5 of each. None of it names the fourth"
    assert not explained(Example, "fourth")


def test_every_option_is_explained_but_those_whose_name_says_it() -> None:
    """If this fails, a new setting stands in --help without a word."""
    assert {field.path for field in leaves() if not field.help} == PLAIN
