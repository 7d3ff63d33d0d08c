"""Bytes, messages and seconds of a search iteration on 1 and on 2 processes, and on paper on more.

An iteration is an architecture step and a weights step. The batch is that of all processes together, so that more of
them do the same work. One thread each. Seconds tell how it scales where as many cores are free as there are processes,
CPU seconds of a process also on a busy machine, but without the waiting; bytes and messages depend on neither.
"""

import argparse
import json
import math
import subprocess
import sys
import time
from collections.abc import Callable

import torch
from torch import Tensor

from dsrna.bounds import traces_kept
from dsrna.runtime.batch_statistics import whole_batch_statistics
from dsrna.runtime.processes import ALONE, Processes, Several, joined
from dsrna.runtime.seeds import generator
from dsrna.search import METHODS, SearchSettings
from dsrna.search.steps import Bilevel, Moment
from dsrna.spaces import SpaceSettings, Supernet

SPACES = {
    "small": (SpaceSettings(cells=3, channels=8, partial_channels=4), (1, 8, 8)),
    "full-partial": (SpaceSettings(partial_channels=4), (3, 32, 32)),
}
BATCH = 64
LINKS = {"10 Gbit/s, 20 us": (1.25e9, 20e-6), "200 Gbit/s, 5 us": (25e9, 5e-6)}


class Counted(Several):
    """Processes that count what they send."""

    bytes = messages = 0

    def reduced(self, tensor: Tensor) -> Tensor:
        self.bytes += tensor.numel() * tensor.element_size()
        self.messages += 1
        return super().reduced(tensor)


def iteration(setting: str, method: str, processes: Processes) -> Callable[[], None]:
    space, shape = SPACES[setting]
    draw = generator(0, "benchmark", "distributed")
    supernet = Supernet(space, classes=10, in_channels=shape[0], generator=draw)
    x, y = torch.rand(BATCH, *shape, generator=draw), torch.randint(10, (BATCH,), generator=draw)
    levels = Bilevel.make(supernet, SearchSettings(method=method, batch_size=BATCH), processes=processes)
    batch, moment = (x[processes.part], y[processes.part]), Moment(0.0, draw)

    def work() -> None:
        levels.architecture_step(batch, batch, moment)
        levels.weights_step(batch, moment)

    return work


def measured(setting: str, method: str, rounds: int) -> dict[str, float] | None:
    """What one of the processes measures; the first tells it."""
    with joined() as joint:
        processes = Counted() if joint.size > 1 else ALONE
        work, seconds, busy = iteration(setting, method, processes), [], []
        with traces_kept(), whole_batch_statistics(processes):
            for _ in range(rounds + 1):
                before, busy_before = time.perf_counter(), time.process_time()
                work()
                seconds.append(time.perf_counter() - before)
                busy.append(time.process_time() - busy_before)
        sent = processes if isinstance(processes, Counted) else None
        counts = {"bytes": sent.bytes, "messages": sent.messages} if sent else {"bytes": 0, "messages": 0}
        each = {name: count / (rounds + 1) for name, count in counts.items()}
        return {"seconds": min(seconds[1:]), "busy": min(busy[1:]), **each} if joint.rank == 0 else None


def on_paper(row: dict[str, float], processes: int, bandwidth: float, latency: float) -> tuple[float, float]:
    """Seconds of an iteration's messages by rings, and by trees: docs/explanation/distributed.md."""
    share = 2 * (processes - 1) / processes * row["bytes"] / bandwidth
    ring = 2 * (processes - 1) * latency * row["messages"]
    tree = 2 * math.ceil(math.log2(processes)) * latency * row["messages"]
    return ring + share, tree + share


def launched(processes: int, options: argparse.Namespace) -> dict[str, float]:
    torchrun = ("torch.distributed.run", "--standalone", "--nproc-per-node", str(processes))
    mine = ("--worker", "--setting", options.setting, "--method", options.method, "--rounds", str(options.rounds))
    command = [sys.executable, "-m", *torchrun, __file__, *mine]
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    row: dict[str, float] = json.loads(out.splitlines()[-1])
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--setting", choices=SPACES, default="small")
    parser.add_argument("--method", choices=[r.name for r in METHODS if r.value.searches], default="darts")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.worker:
        row = measured(options.setting, options.method, options.rounds)
        if row:
            print(json.dumps(row), flush=True)
        return
    one, two = launched(1, options), launched(2, options)
    print(f"{options.setting}, {options.method}, batch {BATCH}: an iteration of one process {one['seconds']:.3f} s,")
    print(f"of two {two['seconds']:.3f} s, {one['seconds'] / two['seconds']:.2f} times as fast")
    print(
        f"CPU seconds {one['busy']:.3f}, of each of two {two['busy']:.3f}: {one['busy'] / two['busy']:.2f} times less"
    )
    print(f"{two['bytes'] / 1e6:.3f} MB in {two['messages']:.0f} messages, from each process")
    for link, (bandwidth, latency) in LINKS.items():
        for processes in (2, 8, 64):
            sent = 2 * (processes - 1) / processes * two["bytes"] / 1e6
            extra = on_paper(two, processes, bandwidth, latency)
            times = " or ".join(f"{paper:.4f} s ({paper + one['busy'] / processes:.3f})" for paper in extra)
            print(f"{link}, {processes:>2} processes: {sent:.2f} MB sent by each; rings or trees (iteration): {times}")


if __name__ == "__main__":
    main()
