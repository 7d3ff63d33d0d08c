"""Where the cells of ``dsrna compare`` run: this machine, a Ray cluster, a SLURM cluster."""

import argparse
from collections.abc import Callable
from typing import Any, Final

from dsrna.comparison.places import Local, Place
from dsrna.errors import UserError
from dsrna.runtime.extras import check_extra

Options = dict[str, Any]


def add_places(compare: argparse.ArgumentParser) -> None:
    group = compare.add_argument_group("where the runs take place")
    group.add_argument("--on", choices=tuple(PLACES), default="local", help="this machine by default")
    group.add_argument("--workers", type=int, metavar="N", help="runs at a time; locally 1 by default, else no limit")
    own = "of each run; the recipe's by default; where it has none, the cores by the workers, elsewhere than here 1"
    group.add_argument("--worker-threads", type=int, metavar="N", help=own)
    group.add_argument("--ray.address", metavar="HOST:PORT", help="of the cluster; this machine's by default")
    group.add_argument("--slurm.partition", metavar="NAME", help="the cluster's own choice by default")
    group.add_argument("--slurm.account", metavar="NAME", help="the cluster's own choice by default")
    group.add_argument("--slurm.minutes", type=int, metavar="N", help="of each run, which goes on in another job")
    group.add_argument(
        "--slurm.memory", type=int, metavar="GB", help="of each run; the cluster's own choice by default"
    )


def chosen_place(arguments: argparse.Namespace) -> Place:
    """Return the place that the options ask for; an option of another place is a mistake."""
    given = {name: value for name, value in vars(arguments).items() if value is not None}
    for other in (place for place in PLACES if place != arguments.on):
        for name in _of(other, given):
            raise UserError(f"--{other}.{name} is for --on {other}")
    workers = {"workers": given["workers"]} if "workers" in given else {}
    return PLACES[arguments.on]({**workers, **_of(arguments.on, given)})


def _of(place: str, given: Options) -> Options:
    return {name.removeprefix(f"{place}."): value for name, value in given.items() if name.startswith(f"{place}.")}


def _local(options: Options) -> Place:
    return Local(**options)


def _ray(options: Options) -> Place:
    check_extra("--on ray", "ray", "ray")
    from dsrna.comparison.places.on_ray import OnRay  # noqa: PLC0415  of an extra

    return OnRay(**options)


def _slurm(options: Options) -> Place:
    check_extra("--on slurm", "slurm", "submitit")
    from dsrna.comparison.places.on_slurm import OnSlurm  # noqa: PLC0415  of an extra

    return OnSlurm(**options)


PLACES: Final[dict[str, Callable[[Options], Place]]] = {"local": _local, "ray": _ray, "slurm": _slurm}
