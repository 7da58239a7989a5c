"""
Set QuanTu up and run it, with nothing but Python 3.11 or newer.

    python start.py              opens the app on the shipped examples
    python start.py test …       runs the whole test suite (further words go to pytest)
    python start.py cli …        passes on to cli.py, with its exit code

The first start makes `.venv` beside this file and installs the locked packages; later starts
find a stamp in `.venv` and install nothing. The file must parse on Python 3.7, so that an
older Python can be told apart with a sentence; from there on the standard library is enough.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import webbrowser
from pathlib import Path

OLDEST_PYTHON = (3, 11)
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = "quantu.json"
LOCK = "quantu.lock"
RUNTIME = "requirements.txt"
TEST = "requirements-test.txt"
SIDE_BY_SIDE = ("-n", "auto", "--dist", "loadfile")  # tests of one file share what they set up

HOLDS = {RUNTIME: (RUNTIME,), TEST: (TEST, RUNTIME)}
"""What is there once a lock is installed: that of the tests repeats the whole runtime lock."""

FIRST_PORT = 8501
PORTS_TRIED = 20
HEALTH_WAIT_S = 60.0
STOP_WAIT_S = 10.0
FAILURE_LINES = 15

MISTAKE = 2
"""Exit code where the person at the keyboard can put it right."""

INTERRUPTED = 130
"""Exit code that a shell gives after Ctrl-C."""


class _Parser(argparse.ArgumentParser):
    """An argument parser whose complaint is a Chinese sentence."""

    def error(self, message: str) -> None:  # noqa: ARG002 - it is in English
        """Leave with the exit code for a mistake."""
        print("看不懂命令后面的参数；请运行 python start.py --help 查看用法。", file=sys.stderr)
        sys.exit(MISTAKE)


class StartError(Exception):
    """A plain Chinese sentence: what went wrong and what to do."""


def main(arguments: list[str] | None = None) -> int:
    """Set up what is missing and run what was asked for; the exit code comes back."""
    for stream in (sys.stdout, sys.stderr):
        # A Windows pipe may use a code page that has no Chinese characters.
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(encoding="utf-8", errors="replace")
    if sys.version_info < OLDEST_PYTHON:
        print(old_python_sentence(platform.python_version()), file=sys.stderr)
        return MISTAKE
    options = parse(sys.argv[1:] if arguments is None else arguments)
    signal.signal(signal.SIGTERM, _stop)
    try:
        python = ready_python(TEST if options.job == "test" else RUNTIME, wheels=options.wheels)
        if options.job == "test":
            return run([str(python), "-m", "pytest", *SIDE_BY_SIDE, *options.rest], folder=ROOT)
        if options.job == "cli":
            # The person's own folder stays current: project paths are relative to it.
            return run([str(python), str(ROOT / "cli.py"), *options.rest])
        return open_app(python, port=options.port, browser=not options.no_browser)
    except StartError as error:
        print(error, file=sys.stderr)
        return MISTAKE
    except KeyboardInterrupt:
        _say("已停止。")
        return INTERRUPTED


def old_python_sentence(version: str) -> str:
    """What a person with an older Python is told."""
    return (
        f"QuanTu 圈图需要 Python 3.11 或更新的版本，现在用的是 {version}；"
        "请从 python.org 安装新版本后重新运行。"
    )


def parse(arguments: list[str]) -> argparse.Namespace:
    """
    Read the command line.

    Words after `test` and `cli` are left alone in `rest`.
    """
    parser = _Parser(
        prog="python start.py",
        description="QuanTu 圈图：准备运行环境并启动。不带参数时打开网页界面。",
        epilog="python start.py test … 运行全部测试；python start.py cli … 运行命令行。",
    )
    parser.add_argument("--port", type=int, help=f"网页端口（默认从 {FIRST_PORT} 起找一个空闲的）")
    parser.add_argument("--no-browser", action="store_true", help="不自动打开浏览器")
    parser.add_argument("--wheels", type=Path, help="不联网，从这个文件夹安装软件包")
    parser.add_argument("job", nargs="?", choices=["app", "test", "cli"], default="app")
    parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.job == "app" and options.rest:
        parser.error("unrecognized arguments")
    return options


# --- the environment ---------------------------------------------------------------------------


def ready_python(lock_file: str, *, wheels: Path | None) -> Path:
    """Python of an environment that holds what `lock_file` lists; made where needed."""
    if wheels is not None and not wheels.is_dir():
        msg = f"找不到软件包文件夹「{wheels}」，请检查 --wheels 后面的路径。"
        raise StartError(msg)
    try:
        VENV.mkdir(exist_ok=True)
        with _only_one():
            _make_ready(lock_file, wheels=wheels)
    except OSError as error:
        msg = (
            f"运行环境「{VENV}」写不进去（{error.strerror or error}）；"
            "请关闭正在运行的 QuanTu，检查文件夹权限和磁盘空间后重试。"
        )
        raise StartError(msg) from error
    return venv_python()


def _make_ready(lock_file: str, *, wheels: Path | None) -> None:
    wanted = {name: _digest(name) for name in HOLDS[lock_file]}
    stamp = read_stamp()
    fault = environment_fault(stamp)
    installed = stamp.get("installed", {})
    if fault is None and all(installed.get(name) == wanted[name] for name in wanted):
        if stamp["folder"] != str(ROOT):
            # A moved environment still works, because everything is started as
            # `python -m …`; making it anew could be impossible on an intranet.
            _say("项目文件夹换了位置，运行环境仍然可用。")
            write_stamp({**stamp, "folder": str(ROOT)})
        return

    if fault is None:
        _say("软件包清单有变化：正在更新 .venv，请不要关闭窗口……")
    else:
        _say(f"{fault}：正在建立 .venv 并安装软件包，需要几分钟，请不要关闭窗口……")
        _clear_environment()
    write_stamp({"state": "installing"})
    if fault is not None:
        _make_environment()
    try:
        _install(lock_file, wheels=wheels)
    except StartError:
        if fault is None:
            # pip changes nothing before it has everything: what worked goes on working.
            write_stamp(stamp)
        raise
    write_stamp({"state": "ready", "folder": str(ROOT), "installed": wanted})
    _say("运行环境已就绪。")


def _say(sentence: str) -> None:
    # Standard output belongs to the command that is run, and may go into a file.
    print(sentence, file=sys.stderr, flush=True)


def _digest(lock_file: str) -> str:
    return hashlib.sha256((ROOT / lock_file).read_bytes()).hexdigest()


def venv_python() -> Path:
    """Where the environment's own Python lies."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def read_stamp() -> dict:
    """What the last complete installation left behind; empty where there is none."""
    try:
        stamp = json.loads((VENV / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(stamp: dict) -> None:
    """Write the stamp in one step, so that a cut never leaves half of one."""
    fresh = VENV / (STAMP + ".new")
    fresh.write_text(json.dumps(stamp, ensure_ascii=False, indent=1), encoding="utf-8")
    fresh.replace(VENV / STAMP)


def environment_fault(stamp: dict) -> str | None:
    """Why the environment must be made anew, as a Chinese clause; None where it can be used."""
    if stamp.get("state") == "installing":
        return "上一次安装没有完成"
    if not (VENV / "pyvenv.cfg").exists():
        return "还没有运行环境"
    # pip is imported as well: without it nothing could be brought up to date.
    question = "import sys, pip; print(*sys.version_info[:2], sep='.'); print(sys.prefix)"
    answer = _quiet([str(venv_python()), "-c", question])
    if answer is None or answer.returncode:
        return "运行环境已损坏"
    version, prefix = answer.stdout.splitlines()[:2]
    if version != _minor():
        return f"运行环境属于 Python {version}，现在用的是 {_minor()}"
    return None if Path(prefix).samefile(VENV) else "运行环境已损坏"


def _minor() -> str:
    return "{}.{}".format(*sys.version_info[:2])


def _clear_environment() -> None:
    # The lock file stays: this process holds it open.
    for child in VENV.iterdir():
        if child.name == LOCK:
            continue
        if child.is_dir() and not child.is_symlink():
            shutil.rmtree(child)
        else:
            child.unlink()


def _make_environment() -> None:
    made = _quiet([sys.executable, "-m", "venv", str(VENV)])
    if made is None or made.returncode:
        msg = (
            _last_lines(made) + "建立运行环境失败。Debian、Ubuntu 请先运行 "
            "sudo apt-get install python3-venv，其他系统请重新安装 Python，然后重试。"
        )
        raise StartError(msg)


def _install(lock_file: str, *, wheels: Path | None) -> None:
    offline = [] if wheels is None else ["--no-index", "--find-links", str(wheels.resolve())]
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    command = [str(venv_python()), "-m", "pip", "install", *quiet, *offline, "-r", lock_file]
    done = _quiet(command)
    if done is None or done.returncode:
        msg = (
            _last_lines(done) + "软件包没有装成。请检查网络后重新运行；不能联网的电脑，先在能联网的"
            f"同类电脑上运行 python -m pip download -r {lock_file} -d 文件夹，"
            "拷过来后运行 python start.py --wheels 文件夹。"
        )
        raise StartError(msg)


def _quiet(command: list[str]) -> subprocess.CompletedProcess | None:
    """Run a command in the project's folder and keep what it says; None where it cannot start."""
    try:
        return subprocess.run(
            command,
            cwd=ROOT,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError:
        return None


def _last_lines(done: subprocess.CompletedProcess | None) -> str:
    said = "" if done is None else done.stdout.strip()
    lines = said.splitlines()[-FAILURE_LINES:]
    return "".join(f"  {line}\n" for line in lines)


def _environment() -> dict:
    # What another Python left in the environment must not reach ours.
    strange = ("PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__")
    kept = {name: value for name, value in os.environ.items() if name not in strange}
    return {**kept, "PYTHONUTF8": "1"}


@contextlib.contextmanager
def _only_one():  # noqa: ANN202 - its type lives in collections.abc, which this file does without
    """Hold the environment for this process; the system lets go of it when the process ends."""
    with (VENV / LOCK).open("a+b") as handle:
        told = False
        while not _locked(handle):
            if not told:
                _say("另一个窗口正在准备运行环境，等它完成……")
                told = True
            time.sleep(0.2)
        yield


def _locked(handle) -> bool:  # noqa: ANN001 - an open binary file
    try:
        if os.name == "nt":
            import msvcrt  # noqa: PLC0415 - Windows only

            handle.seek(0)
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - everywhere but Windows

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


# --- running -----------------------------------------------------------------------------------


def run(command: list[str], *, folder: Path | None = None) -> int:
    """Run a command to its end and return its exit code; Ctrl-C reaches it too."""
    process = subprocess.Popen(command, cwd=folder, env=_environment())
    try:
        return process.wait()
    except KeyboardInterrupt:
        # The terminal has sent Ctrl-C to the command as well: let it say its last words.
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(timeout=STOP_WAIT_S)
        return INTERRUPTED
    finally:
        _end(process)


def open_app(python: Path, *, port: int | None, browser: bool) -> int:
    """Serve the app until Ctrl-C, and open the browser once it answers."""
    port = free_port() if port is None else port
    if not _is_free(port):
        msg = f"端口 {port} 已被占用，请用 --port 换一个，或关闭占用它的程序。"
        raise StartError(msg)
    address = f"http://127.0.0.1:{port}"
    (ROOT / "static").mkdir(exist_ok=True)  # the app fills it; Streamlit warns where it is absent
    command = [str(python), "-m", "views.serve", "run", "app.py"]
    # Headless keeps Streamlit from asking for an e-mail address on its first start.
    command += ["--server.headless", "true", "--server.port", str(port)]
    command += ["--browser.serverPort", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=_environment(), stdin=subprocess.DEVNULL)
    try:
        if _answers(address, process):
            print(f"QuanTu 圈图已启动：{address}（按 Ctrl-C 结束）", flush=True)
            if browser:
                webbrowser.open(address)
        code = process.wait()
        if code:
            msg = f"网页界面意外结束（代码 {code}），原因见上面的输出。"
            raise StartError(msg)
    except KeyboardInterrupt:
        _say("已停止。")
        return 0
    finally:
        _end(process)
    return 0


def free_port() -> int:
    """The first port from the usual one upwards that nobody listens on."""
    for port in range(FIRST_PORT, FIRST_PORT + PORTS_TRIED):
        if _is_free(port):
            return port
    last = FIRST_PORT + PORTS_TRIED - 1
    msg = f"端口 {FIRST_PORT} 到 {last} 都被占用，请用 --port 指定一个。"
    raise StartError(msg)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        if os.name != "nt":
            # A port in its closing minute counts as free, as it does for the server itself.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


def _answers(address: str, process: subprocess.Popen) -> bool:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + HEALTH_WAIT_S
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(urllib.error.URLError, OSError):
            direct.open(address + "/_stcore/health", timeout=2).close()
            return True
        time.sleep(0.2)
    return False


def _end(process: subprocess.Popen) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=STOP_WAIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _stop(number: int, _frame: object) -> None:
    # Leaves through every `finally`, so that no server is left running on its own.
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
