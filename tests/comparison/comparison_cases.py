"""A grid on tiny digits, and workers that take the place of real ones."""

from dataclasses import replace

from dsrna.comparison import Grid
from dsrna.comparison.worker import Job
from dsrna.evaluation import AttackResult, AttackRow, CertifyResult, Count, WorstRow
from dsrna.evaluation.certify_results import Certificates, CertifyRow, Times
from dsrna.recipes import Recipe, named, to_yaml
from dsrna.runtime.files import write_json, write_json_lines, write_text
from dsrna.runtime.serialise import to_plain
from dsrna.spaces import find_architecture
from dsrna.threat import Eps, Norm

EPS = Eps(2 / 255)
INF = Norm(float("inf"))


def tiny() -> Recipe:
    return named("digits-small")


def grid(**fields: object) -> Grid:
    return replace(Grid(tiny(), methods=("darts", "random"), seeds=(0, 1)), **fields)  # type: ignore[arg-type]


class Pretending:
    """Leaves the files of a finished run, its accuracy a function of the job; notes what it was asked."""

    def __init__(self, accuracy: float = 0.5, *, failing: tuple[str, ...] = ()) -> None:
        self.accuracy, self.failing = accuracy, failing
        self.jobs: list[Job] = []

    def __call__(self, job: Job) -> str | None:
        self.jobs.append(job)
        if job.name in self.failing:
            return "it was told to"
        correct = round(100 * self.accuracy) + job.recipe.seed % 100 + len(job.name)
        pretend(job, correct)
        return None


def pretend(job: Job, correct: int) -> None:
    folder, count = job.folder.cell(job.name), Count(correct, 200)
    write_text(folder.recipe, to_yaml(job.recipe))
    write_text(folder.genotype, find_architecture("racl").to_text())
    write_text(folder.report, "")
    write_json_lines(folder.training_history, [{"seconds": 2.0}, {"seconds": 3.0}])
    write_json(folder.model, {"parameters": 9_000, "multiply_adds": 70_000})
    attacked = AttackResult(
        norm=INF, clean=count, rows=(AttackRow("pgd-20", EPS, count, 1.0),), worst=(WorstRow(EPS, count),), seconds=1.0
    )
    write_json(folder.attack, to_plain(attacked))
    write_json(folder.certify, to_plain(certified(count)))


def certified(count: Count) -> CertifyResult:
    found = Certificates(
        norm=INF,
        right=count,
        rows=(CertifyRow(EPS, count),),
        mean_radius=0.01,
        median_radius=0.01,
        max_eps=EPS,
        limited=0,
        abstained=0,
        seconds=Times(0.1, 0.1),
    )
    return CertifyResult(
        guarantee="deterministic",
        method="interval",
        targets="all",
        clean=count,
        norms=(found,),
        smoothing=None,
        seconds=1.0,
    )
