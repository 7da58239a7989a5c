"""The process that opens planners' files: it has little memory, no time, and nothing to lose.

Started by `layers.sources` as `python -m layers.formats.worker`. Each line of its input is one
request in JSON, each line of its output one answer. A file that makes a parser run wild takes
this process with it, and no other.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from coverage.errors import PlannerError
from layers.formats.limits import READ_MEMORY_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

SETTINGS: Final = {
    # Libraries that reserve address space for threads and pools would use up the limit.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "2",
    "PYTHONIOENCODING": "utf-8",
    # The `crs` of a GeoJSON may be an address, which GDAL would fetch: what it calls goes to a
    # port of this computer where nothing answers.
    "GDAL_HTTP_PROXY": "127.0.0.1:9",
    "no_proxy": "",
    "NO_PROXY": "",
}
"""Environment of the process, beside that of the program."""

OUT_OF_MEMORY: Final = "memory"
"""The word for a request that asked for too much."""


def main() -> None:
    """Answer requests until there are no more."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # A library that prints must not be taken for an answer.
    os.dup2(2, 1)
    tasks = _tasks()
    _limit_memory()
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        answer = {**_answer(json.loads(line), tasks), "peak": _peak_bytes()}
        print(json.dumps(answer), file=answers, flush=True)


def _answer(request: dict[str, Any], tasks: dict[str, Callable[..., Any]]) -> dict[str, Any]:
    try:
        done = tasks[request["task"]](Path(request["path"]), **request["arguments"])
    except PlannerError as error:
        return {"refused": type(error).__name__, "message": str(error)}
    except MemoryError:
        return {"refused": OUT_OF_MEMORY, "message": ""}
    return {"done": done}


def _tasks() -> dict[str, Callable[..., Any]]:
    # Imported here, since most of the start is theirs and the limit comes after them.
    from layers.formats.answers import write_answer  # noqa: PLC0415
    from layers.formats.dispatch import outline_of, read_part  # noqa: PLC0415
    from layers.formats.outline import ReadingOptions  # noqa: PLC0415
    from layers.formats.population_raster import write_cells  # noqa: PLC0415

    def outline(path: Path) -> dict[str, Any]:
        return dataclasses.asdict(outline_of(path))

    def read(path: Path, *, options: dict[str, Any], answer: str) -> None:
        write_answer(read_part(path, options=ReadingOptions(**options)), Path(answer))

    def raster(path: Path, *, bounds: list[float], answer: str) -> None:
        west, south, east, north = bounds
        write_cells(path, bounds=(west, south, east, north), answer=Path(answer))

    return {"outline": outline, "read": read, "raster": raster}


def _peak_bytes() -> int:
    """Most memory that this process has held, bytes; 0 where the system does not say.

    Linux is asked for the high-water mark of this program: what `getrusage` tells there also
    counts the process that started it, so that a large app would seem to make every reader large.
    """
    with contextlib.suppress(OSError):
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        for line in status.splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    with contextlib.suppress(ImportError):
        import resource  # noqa: PLC0415 - not on Windows

        if sys.platform == "darwin":
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return 0


def _limit_memory() -> None:
    """The limit on memory, where the system has one: Windows knows none for a process itself."""
    with contextlib.suppress(ImportError):
        import resource  # noqa: PLC0415 - not on Windows

        resource.setrlimit(resource.RLIMIT_AS, (READ_MEMORY_BYTES, READ_MEMORY_BYTES))


if __name__ == "__main__":
    main()
