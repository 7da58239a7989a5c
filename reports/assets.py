"""The files that the maps need in a browser: taken from an installed package, never committed."""

from __future__ import annotations

import base64
import re
import time
from importlib import resources
from typing import TYPE_CHECKING, Final

from reports.files import write_bytes

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable
    from pathlib import Path

LEAFLET_FOLDER: Final = "leaflet-1.9.4"
"""Folder of Leaflet under the served folder; the version keeps browsers from using an old one."""

MAPS_FOLDER: Final = "maps"
"""Folder of published map descriptions under the served folder."""

UNUSED_MAP_AGE_S: Final = 24 * 3600.0
"""A published description that nobody asked to publish again for so long is removed."""

_IMAGE_LINK: Final = re.compile(r"url\(images/([\w-]+\.png)\)")
_SOURCE_MAP: Final = re.compile(r"\n?//# sourceMappingURL=\S+\s*$")
_VERSION: Final = re.compile(r"[0-9a-f]{64}")


def leaflet_js() -> str:
    """Leaflet's code, without the pointer to a source map that is not beside it."""
    return _SOURCE_MAP.sub("\n", _package_file("leaflet.js").read_text("utf-8"))


def leaflet_css() -> str:
    """Leaflet's style sheet with its images inside."""

    def inlined(match: re.Match[str]) -> str:
        image = _package_file("images").joinpath(match[1]).read_bytes()
        return f"url(data:image/png;base64,{base64.b64encode(image).decode('ascii')})"

    return _IMAGE_LINK.sub(inlined, _package_file("leaflet.css").read_text("utf-8"))


def drawing_js() -> str:
    """The drawing code that the live and the saved map share."""
    return resources.files("reports").joinpath("map_drawing.js").read_text("utf-8")


def drawing_css() -> str:
    """The style sheet that the live and the saved map share."""
    return resources.files("reports").joinpath("map_drawing.css").read_text("utf-8")


def install_assets(folder: Path) -> None:
    """
    Put Leaflet into the folder that Streamlit serves, and sweep descriptions nobody uses.

    A second call changes nothing; each file appears whole or not at all.

    Parameters
    ----------
    folder
        The `static` folder beside app.py.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    """
    contents = {"leaflet.js": leaflet_js(), "leaflet.css": leaflet_css()}
    for name, text in contents.items():
        _write_if_changed(folder / LEAFLET_FOLDER / name, text.encode("utf-8"))
    sweep_maps(folder, age_s=UNUSED_MAP_AGE_S)


def publish_map(folder: Path, *, version: str, payload: bytes) -> None:
    """
    Let the browser fetch a map description by the hash of its content.

    Who does not know the content cannot guess its address. The file is readable by this user
    only, and it holds what the map shows and no more.

    Parameters
    ----------
    folder
        The `static` folder beside app.py.
    version
        SHA-256 of the payload, 64 hexadecimal digits.
    payload
        JSON in UTF-8.

    Raises
    ------
    ValueError
        If `version` is not a hash.
    OutputError
        If the folder cannot be written.
    """
    if not _VERSION.fullmatch(version):
        msg = f"not a SHA-256: {version!r}"
        raise ValueError(msg)
    path = folder / MAPS_FOLDER / f"{version}.json"
    if path.is_file():
        path.touch()
        return
    write_bytes(path, payload)
    path.chmod(0o600)


def sweep_maps(folder: Path, *, age_s: float) -> None:
    """
    Remove published descriptions that were last used more than `age_s` seconds ago.

    Parameters
    ----------
    folder
        The `static` folder beside app.py.
    age_s
        Seconds.
    """
    oldest = time.time() - age_s
    for path in (folder / MAPS_FOLDER).glob("*.json"):
        if _VERSION.fullmatch(path.stem) and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


def _package_file(name: str) -> Traversable:
    return resources.files("js_lib_leaflet").joinpath("static", "js_lib_leaflet", name)


def _write_if_changed(path: Path, content: bytes) -> None:
    if not path.is_file() or path.read_bytes() != content:
        write_bytes(path, content)
