"""The side of `benchmarks/engines.py` that starts engines and asks them; standard library only."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from engine_problem import Task

HERE: Final = Path(__file__).parent


class WorkerError(Exception):
    """An engine could not do what it was asked; the message says why."""


class Worker:
    """
    A process that keeps one engine ready for one job.

    Parameters
    ----------
    name
        Of the engine, as `engine_ours.py` or `engine_peers.py` know it.
    python
        The interpreter to run it with.
    task
        What it is to do.
    folder
        Where the problem lies; what it says in trouble is kept there too.
    """

    def __init__(self, name: str, python: str, task: Task, folder: Path) -> None:
        script = "engine_ours.py" if name.startswith("quantu") else "engine_peers.py"
        self.log = folder / f"{name}-{task.job}.log"
        self.answers: queue.Queue[str | None] = queue.Queue()
        with self.log.open("w", encoding="utf-8") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own scripts
                [python, str(HERE / script), name, task.dumped(), str(folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                encoding="utf-8",
                # An engine that waits must not keep the cores busy for the others.
                env=os.environ | {"OMP_WAIT_POLICY": "PASSIVE", "PYTHONUTF8": "1"},
            )
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()

    def _listen(self) -> None:
        if self.process.stdout is not None:
            with self.process.stdout as lines:
                for line in lines:
                    self.answers.put(line)
        self.answers.put(None)

    def ask(self, word: str, limit_s: float) -> dict[str, Any]:
        """Say a word and wait for the answer."""
        # A process that has broken down hears nothing; why, is found out below.
        with suppress(OSError):
            if self.process.stdin is not None:
                self.process.stdin.write(f"{word}\n")
                self.process.stdin.flush()
        return self.hear(limit_s)

    def hear(self, limit_s: float) -> dict[str, Any]:
        """
        Wait for the next answer.

        Raises
        ------
        TimeoutError
            If none comes in time; the process is ended.
        WorkerError
            If the engine is unable, or breaks down.
        """
        try:
            line = self.answers.get(timeout=limit_s)
        except queue.Empty:
            self.process.kill()
            raise TimeoutError from None
        if line is None:
            said = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            msg = f"broke down: {said[-1][:120] if said else self.process.wait()}"
            raise WorkerError(msg)
        answer: dict[str, Any] = json.loads(line)
        if "unable" in answer:
            raise WorkerError(answer["unable"])
        return answer

    def close(self) -> None:
        """Let the process end."""
        with suppress(OSError):
            if self.process.stdin is not None:
                self.process.stdin.close()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.listener.join()


def run_script(script: str, *words: str) -> None:
    """
    Run a script of this folder with our own interpreter.

    Raises
    ------
    subprocess.CalledProcessError
        If it fails.
    """
    subprocess.run([sys.executable, str(HERE / script), *words], check=True)  # noqa: S603
