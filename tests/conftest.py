"""Fixtures and settings that every test file shares."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"

# A slow or busy machine must not fail a property, and the same commit must always test the same.
settings.register_profile("ci", deadline=None, derandomize=True, max_examples=40)
settings.register_profile("local", deadline=None, max_examples=40)
settings.load_profile("ci" if os.environ.get("CI") else "local")


# Some shells forbid bytecode: every process that the tests start would compile the project anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Modules and collected tests stay to the end: to look through them for garbage, time and again,
# takes a third of the collection.
gc.disable()


def pytest_collection_finish(session: pytest.Session) -> None:
    gc.freeze()
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        from tests.side_by_side import rank

        items.sort(key=rank)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Of `--dist loadfile`; None leaves every other to xdist."""
    if config.getvalue("dist") != "loadfile":
        return None
    from tests.side_by_side import LongestFirst

    return LongestFirst(config, log)


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's own folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of development data beside the checkout, which may not ship with it."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs ../shared/data, development data that may not ship with the project")
    return SHARED_DATA
