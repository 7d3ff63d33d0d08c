"""The choice of images."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dsrna.evaluation.choice import chosen, spread


@given(data=st.data(), size=st.integers(20, 200), classes=st.integers(2, 5))
@settings(max_examples=50)
def test_choices_are_nested_and_stratified(data: st.DataObject, size: int, classes: int) -> None:
    """Else an attack's and a certificate's numbers are about different images, or about one class mostly."""
    labels = torch.arange(size).mul(classes) // size
    limit = data.draw(st.integers(classes, size))
    first = data.draw(st.integers(1, limit))
    choice = chosen(labels, limit, first)
    assert len(choice) == len(set(choice.tolist())) == limit
    assert set(choice[:first].tolist()) == set(chosen(labels, first).tolist())
    shares = labels[choice].bincount(minlength=classes) - limit * labels.bincount() / size
    assert shares.abs().max() <= 1 + 1e-6


def test_no_limit_means_all() -> None:
    """Else images are lost where nobody asked for fewer."""
    labels = torch.arange(30) % 3
    assert sorted(chosen(labels, None, 4).tolist()) == sorted(chosen(labels, 99).tolist()) == list(range(30))


@given(labels=st.lists(st.integers(0, 4), max_size=30), limit=st.integers(0, 40))
def test_a_few_are_of_all_classes_in_turn(labels: list[int], limit: int) -> None:
    """Else of files that lie class by class one class is shown and checked, and no other."""
    nth = [labels[:place].count(label) for place, label in enumerate(labels)]
    expected = sorted(range(len(labels)), key=lambda place: (nth[place], place))
    assert spread(torch.tensor(labels, dtype=torch.long), limit).tolist() == expected[:limit]
    assert spread(torch.tensor(labels, dtype=torch.long), None).tolist() == list(range(len(labels)))
