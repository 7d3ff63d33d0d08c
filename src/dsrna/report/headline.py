"""What a run comes to: a few numbers, and what a careful reader would ask about them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from dsrna.evaluation import Certificates, Count
from dsrna.report import certificates, checks, wording
from dsrna.report.run import Run

FEW_IMAGES: Final = 100
DAY: Final = len("2026-11-22")


@dataclass(frozen=True)
class Tile:
    """One number, what it is, and what belongs beside it."""

    value: str
    what: str
    beside: str


def subtitle(run: Run) -> str:
    """Return what was run, in the words of the recipe: name, goal, search method, seed, and when it began.

    Of a network that was not made here: which it is, the images' recipe, the seed and when.
    """
    search = run.recipe.get("search")
    method = search.get("method") if isinstance(search, dict) and run.search else None
    told = {"recipe": run.recipe.get("name"), "goal": run.recipe.get("goal"), "method": method}
    if run.own:
        told = {"network": run.own.model, "weights": run.own.weights, "images of": run.recipe.get("name")}
    told |= {"seed": run.recipe.get("seed"), "begun": str(run.environment.get("started", ""))[:DAY] or None}
    return " \N{MIDDLE DOT} ".join(f"{name} {value}" for name, value in told.items() if value is not None)


def tiles(run: Run) -> list[Tile]:
    return [*_clean(run), *_robust(run), *_certified(run), *_size(run)]


def _clean(run: Run) -> Iterator[Tile]:
    evaluated = run.attack or run.certify
    if evaluated:
        yield _tile("clean accuracy", evaluated.clean)


def _robust(run: Run) -> Iterator[Tile]:
    """The largest radius, and the worst of all attacks for each image: the least flattering number there is."""
    if run.attack and run.attack.worst:
        worst = max(run.attack.worst, key=lambda row: row.eps)
        by = f"the worst of {run.attacks} attacks" if run.attacks > 1 else run.attack.rows[0].attack
        yield _tile(f"under {by}, {wording.ball(run.attack.norm, worst.eps)}", worst.count, checks.verdict(run.attack))


def _certified(run: Run) -> Iterator[Tile]:
    """The smallest radius under each norm."""
    if run.certify:
        for found in run.certify.norms:
            row = min(found.rows, key=lambda row: row.eps)
            yield _tile(f"{certificates.claim(run.certify)}, {wording.ball(found.norm, row.eps)}", row.count)


def _size(run: Run) -> Iterator[Tile]:
    sized = run.sized
    if sized:
        yield Tile(f"{sized.parameters:,}", "parameters", f"{sized.multiply_adds:,} multiply-adds an image")


def _tile(what: str, count: Count, doubt: str = "") -> Tile:
    told = [wording.percent_range(count.interval()), f"{count.total:,} images", doubt]
    return Tile(wording.percent(count.accuracy), what, ", ".join(filter(None, told)))


def remarks(run: Run) -> list[str]:
    """Return what should be known before a number is believed, a sentence each."""
    return [*_on_images(run), *_on_attack(run), *_on_certificates(run), *_on_search(run)]


def _on_images(run: Run) -> Iterator[str]:
    for remark in run.model.remarks if run.model else ():
        yield f"{remark[:1].upper()}{remark[1:]}."


def _on_attack(run: Run) -> Iterator[str]:
    if run.attack is None:
        return
    yield from checks.doubts(run.attack)
    if run.attack.clean.total < FEW_IMAGES:
        yield f"Only {run.attack.clean.total} images were attacked: the intervals are wide."
    for row in run.attack.worst:
        if run.chance is not None and row.count.interval()[0] <= run.chance:
            yield f"At {wording.ball(run.attack.norm, row.eps)} the accuracy is not shown to be better than guessing."


def _on_certificates(run: Run) -> Iterator[str]:
    if run.certify is None:
        return
    if certificates.special(run.certify):
        yield certificates.meaning(run.certify)
    for found in run.certify.norms:
        yield from _on_norm(found, run.certify.method)
    for norm, eps, certified, attacked in _both(run):
        if certified.interval()[0] > attacked.interval()[1]:
            yield (
                f"At {wording.ball(norm, eps)} more images are certified than withstand the attacks: "
                "a bound is unsound, or the two saw different images. Trust neither."
            )


def _on_norm(found: Certificates, method: str) -> Iterator[str]:
    if not any(row.count.correct for row in found.rows):
        yield (
            f"Nothing could be certified under {wording.norm_name(found.norm)} by {method}: "
            "no proof, which is not a proof of weakness."
        )
    if found.max_eps is not None and found.limited:
        yield (
            f"{found.limited} of the certified radii reached {wording.ball(found.norm, found.max_eps)}, where the "
            "search for them ended: the mean radius is larger than stated. Raise certify.max_eps to see it."
        )


def _both(run: Run) -> Iterator[tuple[float, float, Count, Count]]:
    """The balls in which the network itself was attacked and certified against all classes."""
    if run.attack and run.certify and not certificates.special(run.certify):
        attacked = {row.eps: row.count for row in run.attack.worst}
        for found in run.certify.norms:
            if found.norm == run.attack.norm:
                yield from ((found.norm, r.eps, r.count, attacked[r.eps]) for r in found.rows if r.eps in attacked)


def _on_none(first: Mapping[str, float], last: Mapping[str, float]) -> Iterator[str]:
    before, after = (shares.get("none", 0.0) for shares in (first, last))
    if after > before and after == max(last.values()):
        yield (
            f"The share of `none` rose from {wording.percent(before)} to {wording.percent(after)} and is the largest: "
            "what it takes the other operations lose, and a DARTS genotype does not show it."
        )


def _on_search(run: Run) -> Iterator[str]:
    yield from run.found.remarks if run.found else ()
    fallen = next((row for row in reversed(run.search) if row.collapse is not None), None)
    if fallen is not None:
        lasting = "" if fallen is run.search[-1] else " for a while"
        yield f"The search collapsed{lasting}. In epoch {fallen.epoch}, {fallen.collapse}."
    if run.search and (fallen is None or fallen is not run.search[-1]):
        yield from _on_none(run.search[0].shares, run.search[-1].shares)
    if run.genotype and not run.genotype.connected():
        yield "No way leads from the images to the logits of this architecture: it says the same of every image."
