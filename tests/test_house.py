"""The rules of the house: imports point one way, files stay small, nothing calls home."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

FLOORS = ("app", "views", "reports", "layers", "coverage")
"""From the top down; a file may import its own floor and those below."""

CODE_FILES = sorted(
    path
    for place in ("app.py", "cli.py", "start.py", "views", "reports", "layers", "coverage")
    for path in ([ROOT / place] if place.endswith(".py") else (ROOT / place).rglob("*.py"))
)

MOST_LINES = 450
"""STYLE asks for about 400; beyond this a module has two subjects."""

PURE = ("folium", "osmnx", "requests", "streamlit", "urllib", "urllib3", "socket", "http")
"""coverage/ opens nothing and draws nothing."""

NEVER = ("coverage.version", "numba", "pytest_cov", "pickle", "joblib")
"""coverage.py's own modules, what breaks beside the folder coverage/, and what unpickles."""

BETWEEN_OWN_PROCESSES = {"reports/printing/press.py", "reports/printing/worker.py"}
"""They pickle through pipes between the program and its own child; no file is ever unpickled."""

CDN_NAMES = re.compile(
    r"unpkg\.com|jsdelivr|cdnjs|googleapis|gstatic|bootstrapcdn|cloudflare\.com|code\.jquery"
    r"|fontawesome\.com|rawgit|tile\.openstreetmap|cartocdn|stamen"
)

MACHINE_PATHS = re.compile(rf"{re.escape(str(ROOT))}/|/root/|/home/\w|/tmp/\w|[A-Z]:\\Users")

FOLDERS = (".ci", ".streamlit", "benchmarks", "coverage", "data", "docs", "layers", "notebooks")
FOLDERS += ("reports", "tests", "views")

BINARY = {".png", ".pbf", ".gpkg", ".jpg", ".ico", ".woff2"}


def imported(path):
    """Every module a file imports, inside functions and under TYPE_CHECKING too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides the floor"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def floor(name):
    top = name.split(".")[0]
    return "app" if top == "cli" else top


def name_of(path):
    return path.relative_to(ROOT).as_posix()


IGNORED = {"__pycache__", ".ipynb_checkpoints", ".quantu-cache"}


def own_files():
    """Every file of the project, whether git is there or not; nothing that git ignores."""
    for path in ROOT.iterdir():
        if path.is_file():
            yield path
        elif path.name in FOLDERS:
            yield from (
                file for file in path.rglob("*") if file.is_file() and not IGNORED & set(file.parts)
            )


@pytest.fixture(scope="module")
def texts():
    return {
        name_of(path): path.read_text(encoding="utf-8", errors="replace")
        for path in own_files()
        if path.suffix not in BINARY
    }


@pytest.mark.parametrize("path", CODE_FILES, ids=name_of)
def test_imports_point_downwards(path):
    here = floor(path.relative_to(ROOT).with_suffix("").parts[0])
    if here == "start":
        return  # see below: the standard library only
    above = FLOORS[: FLOORS.index(here)]
    wrong = [name for name in imported(path) if floor(name) in above or name == "start"]
    assert not wrong


@pytest.mark.parametrize("path", CODE_FILES, ids=name_of)
def test_no_module_that_does_not_belong(path):
    here = path.relative_to(ROOT).parts[0]
    unwanted = NEVER + (PURE if here == "coverage" else ())
    if name_of(path) in BETWEEN_OWN_PROCESSES:
        unwanted = tuple(name for name in unwanted if name != "pickle")
    assert not [
        name
        for name in imported(path)
        if any(name == never or name.startswith(never + ".") for never in unwanted)
    ]


def test_the_starter_needs_the_standard_library_only():
    names = {name.split(".")[0] for name in imported(ROOT / "start.py")}
    assert names <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("path", CODE_FILES, ids=name_of)
def test_a_module_has_one_subject(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_the_rule_sees_a_wrong_import(tmp_path):
    """The checks above would otherwise pass on anything."""
    wrong = tmp_path / "wrong.py"
    wrong.write_text("def f():\n    from reports.files import write_text\n    import numba.core\n")
    assert list(imported(wrong)) == ["reports.files", "reports.files.write_text", "numba.core"]
    assert floor("reports.files") in FLOORS[: FLOORS.index("layers")]


def test_no_file_names_a_cdn(texts):
    here = name_of(Path(__file__))
    found = {
        name: match.group()
        for name, text in texts.items()
        if name != here and (match := CDN_NAMES.search(text))
    }
    assert not found


def test_no_file_names_a_machine(texts):
    here = name_of(Path(__file__))
    found = {
        name: match.group()
        for name, text in texts.items()
        if name != here and (match := MACHINE_PATHS.search(text))
    }
    assert not found


def test_no_third_party_code_is_committed(texts):
    assert not [name for name in texts if re.search(r"leaflet|\.min\.|jquery", name.lower())]
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"static/", ".venv/"} <= set(ignored)


def test_no_lock_names_what_breaks_beside_the_folder_coverage(root):
    for lock in ("requirements.txt", "requirements-test.txt"):
        names = {line.split("==")[0] for line in (root / lock).read_text("utf-8").splitlines()}
        assert not names & {"numba", "llvmlite", "pytest-cov", "coverage"}


def checked(*command):
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_ruff_finds_nothing():
    checked("ruff", "check", "--quiet", ".")


def test_the_tree_is_formatted():
    checked("ruff", "format", "--check", "--quiet", ".")


def test_mypy_finds_nothing():
    checked("mypy")
