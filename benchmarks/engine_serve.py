"""The side of a benchmark process that does the work when it is told to; NumPy only.

`benchmarks/engines.py` keeps one process per engine alive and asks one after the other, so that
all of them meet the same machine. Words come by standard input, one answer a line goes out.
"""

from __future__ import annotations

import gc
import json
import os
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt


class UnableError(Exception):
    """An engine cannot do a job at all; the message says why."""


@dataclass(frozen=True)
class Bench:
    """
    An engine made ready for one job.

    Parameters
    ----------
    work
        Does the job once. Gives seconds by case ("" where there is one only), and the result
        in the engine's own form.
    answer
        Turns that result into an array that can be compared; not timed.
    """

    work: Callable[[], tuple[dict[str, list[float]], Any]]
    answer: Callable[[Any], npt.NDArray[Any]]


def timed(work: Callable[[], Any], answer: Callable[[Any], npt.NDArray[Any]]) -> Bench:
    """A bench of one case."""

    def once() -> tuple[dict[str, list[float]], Any]:
        took, result = seconds(work)
        return {"": [took]}, result

    return Bench(once, answer)


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """Wall time of one call, and what it gave."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def peak_mb() -> float:
    """Peak memory of this process and of those that it keeps, MB; NaN where none is told."""
    if not Path("/proc/self/status").exists():
        return _own_peak_mb()
    listed = Path(f"/proc/self/task/{os.getpid()}/children")
    children = listed.read_text(encoding="ascii").split() if listed.exists() else []
    total = 0.0
    for process in ("self", *children):
        # The peak that `getrusage` tells is inherited from the process that started this one.
        status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
        found = re.search(r"VmHWM:\s+(\d+)", status)
        total += int(found.group(1)) / 1024 if found else 0.0
    return total


def _own_peak_mb() -> float:
    """As above where there is no /proc; without other processes."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return float("nan")
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def serve(prepare: Callable[[], Bench]) -> None:
    """
    Make an engine ready, then work whenever a line comes in, until there are no more.

    Parameters
    ----------
    prepare
        Makes the engine ready; timed.
    """
    # What libraries print, also from C++, must not mix with our answers.
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def say(**words: object) -> None:
        channel.write(json.dumps(words) + "\n")
        channel.flush()

    try:
        took, bench = seconds(prepare)
    except UnableError as error:
        say(unable=str(error))
        return
    say(prepared=took, memory=peak_mb())
    result = None
    for line in sys.stdin:
        word, _, path = line.strip().partition(" ")
        if word == "answer":
            np.save(path, bench.answer(result))
            say()
        else:
            result = None
            gc.collect()
            took_by_case, result = bench.work()
            say(seconds=took_by_case, memory=peak_mb())
