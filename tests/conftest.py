"""Fixtures and settings that every test file shares."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"

# A slow or busy machine must not fail a property, and the same commit must always test the same.
settings.register_profile("ci", deadline=None, derandomize=True, max_examples=40)
settings.register_profile("local", deadline=None, max_examples=40)
settings.load_profile("ci" if os.environ.get("CI") else "local")


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
