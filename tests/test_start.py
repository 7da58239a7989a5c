"""The starter makes, keeps and repairs its environment, and passes exit codes on.

Everything runs for real on a copy of `start.py` in a folder with spaces and Chinese characters
in its path; the lock there names one toy wheel, so no network is needed.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
import zipfile
from pathlib import Path

import pytest

ABOUT = "正在建立 .venv 并安装软件包，需要几分钟，请不要关闭窗口……\n运行环境已就绪。\n"

WAITED = "另一个窗口正在准备运行环境，等它完成……\n"

CLI = """\
import json, os, sys, toy
print(json.dumps([sys.argv[1:], os.getcwd(), sys.prefix, sys.flags.utf8_mode]))
sys.exit(int(sys.argv[1]))
"""

STREAMLIT = """\
import http.server, sys
print("fake streamlit", *sys.argv[1:], flush=True)
port = int(sys.argv[sys.argv.index("--server.port") + 1])
class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_): pass
try:
    http.server.ThreadingHTTPServer(("127.0.0.1", port), Health).serve_forever()
except KeyboardInterrupt:
    print("stopped", flush=True)
"""


def make_wheel(folder, version):
    info = f"toy-{version}.dist-info"
    with zipfile.ZipFile(folder / f"toy-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr("toy.py", "")
        wheel.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: toy\nVersion: {version}\n"
        )
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")


def run(folder, *arguments, cwd=None):
    done = subprocess.run(
        [sys.executable, str(folder / "start.py"), *arguments],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    folder = tmp_path_factory.mktemp("离线 包")
    make_wheel(folder, "1.0")
    make_wheel(folder, "1.1")
    return folder


@pytest.fixture(scope="module")
def both(tmp_path_factory, root, wheels):
    """A project that two windows started at once for the first time; code and words of each."""
    folder = tmp_path_factory.mktemp("圈图 项目")
    shutil.copy(root / "start.py", folder)
    for name in ("requirements.txt", "requirements-test.txt"):
        (folder / name).write_text("toy==1.0\n")
    (folder / "cli.py").write_text(CLI)
    (folder / "app.py").write_text("")
    (folder / "views").mkdir()
    (folder / "views" / "serve.py").write_text(STREAMLIT)
    command = [sys.executable, str(folder / "start.py"), "--wheels", str(wheels), "cli", "0"]
    windows = [
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        for _ in range(2)
    ]  # fmt: skip
    said = [one.communicate() for one in windows]
    found = [(one.returncode, *words) for one, words in zip(windows, said, strict=True)]
    # The one that waited comes last.
    return folder, sorted(found, key=lambda one: WAITED in one[2])


@pytest.fixture(scope="module")
def made(both):
    """A project that has been started once; the words of that first start."""
    folder, (first, _) = both
    return folder, first


@pytest.fixture
def project(made, tmp_path):
    """A copy of the started project; a copy is also a project that was moved."""
    folder = tmp_path / "搬 家"
    shutil.copytree(made[0], folder, symlinks=True)
    stamp = json.loads((folder / ".venv/quantu.json").read_text(encoding="utf-8"))
    (folder / ".venv/quantu.json").write_text(json.dumps({**stamp, "folder": str(folder)}))
    return folder


def test_the_first_start_makes_the_environment_and_says_so(made):
    _, (code, out, err) = made
    assert code == 0
    assert err == "还没有运行环境：" + ABOUT
    assert json.loads(out)[0] == ["0"]


def test_a_second_start_installs_nothing_and_is_quick(made, tmp_path):
    folder, _ = made
    began = time.monotonic()
    code, out, err = run(folder, "cli", "7", "a b", "--out", "结果", "--help", cwd=tmp_path)
    assert (code, err) == (7, "")
    words, cwd, prefix, utf8 = json.loads(out)
    assert words == ["7", "a b", "--out", "结果", "--help"]
    assert Path(cwd).samefile(tmp_path)
    assert Path(prefix).samefile(folder / ".venv")
    assert utf8 == 1
    assert time.monotonic() - began < 5


def test_a_moved_folder_is_noticed_and_goes_on(made, tmp_path):
    folder = tmp_path / "moved"
    shutil.copytree(made[0], folder, symlinks=True)
    code, out, err = run(folder, "cli", "0")
    assert (code, err) == (0, "项目文件夹换了位置，运行环境仍然可用。\n")
    assert Path(json.loads(out)[2]).samefile(folder / ".venv")
    assert run(folder, "cli", "0")[2] == ""


def test_an_interrupted_installation_is_made_anew(project, wheels):
    (project / ".venv/quantu.json").write_text('{"state": "installing"}')
    (project / ".venv/half").write_text("")
    code, _, err = run(project, "--wheels", str(wheels), "cli", "0")
    assert (code, err) == (0, "上一次安装没有完成：" + ABOUT)
    assert not (project / ".venv/half").exists()


def test_a_broken_environment_is_made_anew(project, wheels):
    shutil.rmtree(project / ".venv" / ("Scripts" if os.name == "nt" else "bin"))
    code, _, err = run(project, "--wheels", str(wheels), "cli", "0")
    assert (code, err) == (0, "运行环境已损坏：" + ABOUT)


def test_a_changed_lock_is_installed_and_a_failure_keeps_what_worked(project, wheels):
    (project / "requirements.txt").write_text("toy==1.1\n")
    empty = project / "空"
    empty.mkdir()
    code, out, err = run(project, "--wheels", str(empty), "cli", "0")
    assert (code, out) == (2, "")
    assert err.startswith("软件包清单有变化：正在更新 .venv，请不要关闭窗口……\n  ")
    assert err.endswith(
        "软件包没有装成。请检查网络后重新运行；不能联网的电脑，先在能联网的同类电脑上运行 "
        "python -m pip download -r requirements.txt -d 文件夹，拷过来后运行 "
        "python start.py --wheels 文件夹。\n"
    )
    assert "Traceback" not in err
    code, _, err = run(project, "--wheels", str(wheels), "cli", "0")
    assert (code, err) == (
        0,
        "软件包清单有变化：正在更新 .venv，请不要关闭窗口……\n运行环境已就绪。\n",
    )
    assert run(project, "cli", "0")[2] == ""


def test_the_tests_lock_covers_the_runtime(project, wheels):
    (project / "pytest.py").write_text("import sys; print(sys.argv[1:]); sys.exit(5)")
    code, out, _ = run(project, "--wheels", str(wheels), "test", "-q", "tests/x.py")
    assert (code, out) == (
        5,
        "['-n', 'auto', '--dist', 'loadfile', '-q', 'tests/x.py']\n",
    )
    assert run(project, "test")[2] == ""
    assert run(project, "cli", "0")[2] == ""


def test_a_wheels_folder_that_is_not_there(made, tmp_path):
    missing = tmp_path / "没有"
    code, out, err = run(made[0], "--wheels", str(missing), "cli", "0")
    assert (code, out) == (2, "")
    assert err == f"找不到软件包文件夹「{missing}」，请检查 --wheels 后面的路径。\n"


@pytest.mark.parametrize("arguments", [["foo"], ["--port", "x"], ["app", "more"]])
def test_words_it_does_not_know(root, arguments):
    assert run(root, *arguments) == (
        2, "", "看不懂命令后面的参数；请运行 python start.py --help 查看用法。\n",
    )  # fmt: skip


def test_a_port_in_use(made):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert run(made[0], "--no-browser", "--port", str(port)) == (
            2, "", f"端口 {port} 已被占用，请用 --port 换一个，或关闭占用它的程序。\n",
        )  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals and process groups")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_the_app_is_served_until_it_is_stopped(made, number, code):
    port = free_port()
    started = subprocess.Popen(
        [sys.executable, str(made[0] / "start.py"), "--no-browser", "--port", str(port)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        start_new_session=True,
    )
    with started:
        assert started.stdout.readline() == (
            "fake streamlit run app.py --server.headless true "
            f"--server.port {port} --browser.serverPort {port}\n"
        )
        assert started.stdout.readline() == (
            f"QuanTu 圈图已启动：http://127.0.0.1:{port}（按 Ctrl-C 结束）\n"
        )
        if number == signal.SIGINT:
            os.killpg(started.pid, number)  # as the terminal does
        else:
            started.send_signal(number)
        rest = started.stdout.read()
    assert started.returncode == code
    assert "Traceback" not in rest
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0  # nobody listens any more


def test_a_server_that_dies_is_no_success(project):
    (project / "views" / "serve.py").write_text("import sys; sys.exit(3)")
    assert run(project, "--no-browser") == (
        2, "", "网页界面意外结束（代码 3），原因见上面的输出。\n",
    )  # fmt: skip


@pytest.fixture
def start(root):
    spec = importlib.util.spec_from_file_location("start_under_test", root / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_environment_of_another_python_is_made_anew(start, made, monkeypatch):
    monkeypatch.setattr(start, "VENV", made[0] / ".venv")
    assert start.environment_fault({}) is None
    monkeypatch.setattr(start, "_minor", lambda: "3.99")
    here = "{}.{}".format(*sys.version_info[:2])
    assert start.environment_fault({}) == f"运行环境属于 Python {here}，现在用的是 3.99"


def test_a_torn_stamp_counts_as_none(start, tmp_path, monkeypatch):
    monkeypatch.setattr(start, "VENV", tmp_path)
    for content in (b"", b'{"state": "rea', b"[]", b"\xff"):
        (tmp_path / "quantu.json").write_bytes(content)
        assert start.read_stamp() == {}


def test_an_older_python_gets_one_sentence(start, root, monkeypatch, capsys):
    ast.parse((root / "start.py").read_text(encoding="utf-8"), feature_version=(3, 7))
    monkeypatch.setattr(start.sys, "version_info", (3, 10, 1))
    monkeypatch.setattr(start.platform, "python_version", lambda: "3.10.1")
    assert start.main([]) == 2
    assert capsys.readouterr() == (
        "",
        "QuanTu 圈图需要 Python 3.11 或更新的版本，现在用的是 3.10.1；请从 python.org 安装新版本后重新运行。\n",
    )


def test_two_starts_at_once_do_not_install_twice(both):
    first, second = both[1]
    assert (first[0], second[0]) == (0, 0)
    assert [first[2], second[2]] == ["还没有运行环境：" + ABOUT, WAITED]
    assert json.loads(second[1]) == json.loads(first[1])


def pins(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9.]+(post\d+)?( ; .+)?", line) for line in lines)
    return set(lines)


def test_the_locks_hold_every_direct_dependency_and_no_address(root):
    runtime, test = pins(root / "requirements.txt"), pins(root / "requirements-test.txt")
    # start.py counts the runtime lock as installed once that of the tests is.
    assert runtime <= test
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for wanted, lock in (
        (project["dependencies"], runtime),
        (project["optional-dependencies"]["test"], test),
    ):
        names = {re.split(r"[>=]", requirement)[0] for requirement in wanted}
        assert names <= {line.split("==")[0] for line in lock}
    for seven in ("geopandas", "shapely", "osmnx", "networkx", "folium", "streamlit"):
        assert any(line.startswith(seven + "==") for line in runtime)


def test_the_stamp_is_the_hash_of_the_lock(made):
    folder, _ = made
    stamp = json.loads((folder / ".venv/quantu.json").read_text(encoding="utf-8"))
    digest = hashlib.sha256((folder / "requirements.txt").read_bytes()).hexdigest()
    assert stamp == {
        "state": "ready",
        "folder": str(folder),
        "installed": {"requirements.txt": digest},
    }
