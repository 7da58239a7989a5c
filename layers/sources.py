"""Planners' files, opened in a process of its own with limits on memory and time.

The door to `layers.formats`: whatever a file is called and whatever it holds, it can neither
bring the program down nor keep it busy for longer than `layers.formats.limits` says.
"""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import IO, Any, Final

import pyarrow as pa

from coverage import errors
from coverage.errors import SourceError
from layers.formats.answers import read_answer
from layers.formats.dispatch import PLAIN_TEXT
from layers.formats.limits import MIB, READ_MEMORY_BYTES, READ_SECONDS
from layers.formats.outline import AS_FOUND, Outline, Part, ReadingOptions
from layers.formats.text_tables import read_light_table
from layers.formats.worker import OUT_OF_MEMORY, SETTINGS
from layers.tables import SourceTable, file_at

_ROOT: Final = Path(__file__).resolve().parents[1]

_START_SECONDS: Final = 60.0
"""Clock time for the process to be ready; a second where nothing else runs."""

RETIRE_BYTES: Final = 600 * MIB
"""A process that has once held so much gives little of it back: the next file gets a new one."""


def outline(path: Path) -> Outline:
    """
    What a file holds: its sheets, layers, or members.

    Parameters
    ----------
    path
        A file of any kind that `layers.formats.dispatch` knows.

    Raises
    ------
    SourceError
        If it is missing, nothing that can be read, too large, or an attack.
    """
    told = _reader.ask("outline", _existing(path), {})
    parts = tuple(Part(**{**part, "columns": tuple(part["columns"])}) for part in told["parts"])
    return Outline(told["name"], parts, tuple(told["remarks"]))


def read_file(path: Path, *, options: ReadingOptions = AS_FOUND) -> SourceTable:
    """
    One table or layer of a file, as text and shapes.

    Parameters
    ----------
    path
        A file of any kind that `layers.formats.dispatch` knows.
    options
        Which part of it, and how it is to be read.

    Raises
    ------
    SourceError
        If it cannot be read within the limits; one sentence says why.
    """
    with tempfile.TemporaryDirectory(prefix="quantu-") as folder:
        answer = Path(folder) / "table.arrow"
        arguments = {"options": dataclasses.asdict(options), "answer": str(answer)}
        _reader.ask("read", _existing(path), arguments)
        return read_answer(answer)


def read_table(path: Path, *, options: ReadingOptions = AS_FOUND) -> SourceTable:
    """
    One table or layer of a file that a project names, as text and shapes.

    Parameters
    ----------
    path, options
        As for `read_file`.

    Raises
    ------
    SourceError
        As `read_file` does.
    """
    # A process takes a second to be ready, and the tables of most projects are read by our own
    # reader in a few milliseconds: those that are known to take little are read here.
    if path.suffix.lower() in PLAIN_TEXT:
        light = read_light_table(path, options=options)
        if light is not None:
            return light
    return read_file(path, options=options)


def read_raster_cells(path: Path, *, bounds: tuple[float, float, float, float]) -> pa.Table:
    """
    The cells with people in a part of a raster.

    Parameters
    ----------
    path
        A GeoTIFF.
    bounds
        min_lon, min_lat, max_lon, max_lat in WGS84.

    Returns
    -------
    cells
        Columns and metadata as `layers.formats.population_raster.write_cells` writes them.

    Raises
    ------
    SourceError
        If it is no raster of people, or cannot be read within the limits.
    """
    with tempfile.TemporaryDirectory(prefix="quantu-") as folder:
        answer = Path(folder) / "cells.arrow"
        arguments = {"bounds": list(bounds), "answer": str(answer)}
        _reader.ask("raster", file_at(path), arguments)
        with pa.OSFile(str(answer)) as source:
            return pa.ipc.open_file(source).read_all()


def _existing(path: Path) -> Path:
    # A file geodatabase is a folder.
    return path if path.suffix.lower() == ".gdb" and path.is_dir() else file_at(path)


class _Reader:
    """The reading process: started when first needed, started anew after it died."""

    def __init__(self, *, seconds: float = READ_SECONDS) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._answers: queue.Queue[str] = queue.Queue()

    def ask(self, task: str, path: Path, arguments: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        """The answer to one request; a planner's error where there is none."""
        request = {"task": task, "path": str(path.resolve()), "arguments": arguments}
        with self._lock:
            is_fresh = self._process is None
            answer = self._exchange(json.dumps(request), path)
            # What earlier files left behind in the process is not the fault of this one.
            if answer.get("refused") == OUT_OF_MEMORY and not is_fresh:
                self.close()
                answer = self._exchange(json.dumps(request), path)
            if answer.get("refused") == OUT_OF_MEMORY or answer["peak"] > RETIRE_BYTES:
                self.close()
        if "done" in answer:
            return answer["done"]
        if answer["refused"] == OUT_OF_MEMORY:
            raise SourceError(_too_large(path))
        raise getattr(errors, answer["refused"])(answer["message"])

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            with contextlib.suppress(OSError):
                self._process.communicate()
            self._process = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _exchange(self, line: str, path: Path) -> dict[str, Any]:
        self._start()
        process = self._process
        assert process is not None  # noqa: S101 - just started
        assert process.stdin is not None  # noqa: S101 - a pipe
        try:
            process.stdin.write(line + "\n")
            process.stdin.flush()
            answer = self._answers.get(timeout=self._seconds)
        except queue.Empty:
            self.close()
            msg = (
                f"数据文件「{path.name}」读了 {self._seconds:g} 秒还没有读完，已停止。"
                "请检查文件是否损坏，或把它分成几个小文件后重试。"
            )
            raise SourceError(msg) from None
        except OSError:
            answer = ""
        if not answer:
            self.close()
            raise SourceError(_too_large(path))
        return json.loads(answer)

    def _start(self) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        self.close()
        self._answers = queue.Queue()
        # What it unpacks goes into a folder of its own, so that nothing is left when it is killed.
        self._folder = tempfile.TemporaryDirectory(prefix="quantu-")
        scratch = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), self._folder.name)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "layers.formats.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            cwd=_ROOT,
            env={**os.environ, **SETTINGS, **scratch},
        )
        assert self._process.stdout is not None  # noqa: S101 - a pipe
        listener = threading.Thread(
            target=_listen, args=(self._process.stdout, self._answers), daemon=True
        )
        listener.start()
        try:
            ready = self._answers.get(timeout=_START_SECONDS)
        except queue.Empty:
            ready = ""
        if not ready:
            self.close()
            msg = "读取数据文件的进程没有启动。请关闭其他程序后重试；若仍不行，请重新安装本程序。"
            raise SourceError(msg)


def _listen(stream: IO[str], answers: queue.Queue[str]) -> None:
    """Hand over each line; an empty one says that there will be no more."""
    for line in stream:
        answers.put(line)
    answers.put("")


def _too_large(path: Path) -> str:
    return (
        f"数据文件「{path.name}」没有读完：它需要的内存超出上限（{READ_MEMORY_BYTES // MIB} MB），"
        "或内容已损坏。请检查文件，或把它分成几个小文件后重试。"
    )


_reader: Final = _Reader()
atexit.register(_reader.close)
