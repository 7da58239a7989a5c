"""
Small valid files of every format with bytes changed, through the reading process, for minutes.

    python benchmarks/fuzz_readers.py --minutes 10 --seed 1

Each must come out as an outline or a table, or as one sentence (`PlannerError`). Counted are the
files read, those refused, those that ended the reading process (told as a sentence, and started
anew) and those that took more than a second by the clock. Anything else is printed with the
file kept in --keep, and the command ends with 1. One seed gives the same files every time.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
import zipfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

from coverage.errors import PlannerError
from layers import gdal_settings, sources  # noqa: F401 - settings must come before pyogrio

import geopandas as gpd  # isort: skip
import numpy as np  # isort: skip
import pandas as pd  # isort: skip
import pyogrio  # isort: skip
import rasterio  # isort: skip
import shapely  # isort: skip

if TYPE_CHECKING:
    from collections.abc import Callable

BOUNDS = (116.9, 35.9, 117.2, 36.2)
SLOW_SECONDS = 1.0
KML = (
    "<kml><Document><Folder><name>村</name><Placemark><name>张村</name><ExtendedData>"
    "<Data name='码'><value>0012</value></Data></ExtendedData><Polygon><outerBoundaryIs>"
    "<LinearRing><coordinates>117,36 117.1,36 117.1,36.1 117,36</coordinates></LinearRing>"
    "</outerBoundaryIs></Polygon></Placemark></Folder></Document></kml>"
)
ODD = (b"\0", b"\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff", b"\x80\0\0\0", b"<", b'"', b"nan",
       b"1e400", b"[" * 50, b"-1", b"\xe5\xbc")  # fmt: skip


def seeds(folder: Path) -> list[Path]:
    """
    A small valid file of every format.

    Parameters
    ----------
    folder
        Where they are written; the pieces of the shapefile lie side by side.
    """
    plain = pd.DataFrame({"编码": ["0012", "0013"], "名称": ["张村", "李村"], "数": [1.5, None]})
    frame = gpd.GeoDataFrame(
        plain, geometry=[shapely.Point(117, 36).buffer(0.01), shapely.Point(117.1, 36)], crs=4326
    )
    points = frame.iloc[1:]
    plain.to_csv(folder / "a.csv", index=False, encoding="gb18030")
    plain.to_excel(folder / "a.xlsx", index=False)
    points.to_file(folder / "a.shp", encoding="gbk")
    drivers = {"a.gpkg": "GPKG", "a.geojson": "GeoJSON", "a.gdb": "OpenFileGDB"}
    for name, driver in drivers.items():
        pyogrio.write_dataframe(points, folder / name, driver=driver)
    pyogrio.write_dataframe(points[["geometry"]].to_crs(4549), folder / "a.dxf", driver="DXF")
    (folder / "a.kml").write_text(KML, encoding="utf-8")
    for name, inside in (("a.kmz", ["a.kml"]), ("a.zip", ["a.csv", "a.shp", "a.dbf", "a.shx"])):
        with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for one in inside:
                archive.write(folder / one, one)
    profile = {"driver": "GTiff", "width": 9, "height": 9, "count": 1, "dtype": "float32",
               "crs": "EPSG:4326", "compress": "deflate",
               "transform": rasterio.Affine(0.01, 0, 117, 0, -0.01, 36.1)}  # fmt: skip
    with rasterio.open(folder / "a.tif", "w", **profile) as raster:
        raster.write(np.arange(81, dtype="float32").reshape(1, 9, 9))
    return sorted(path for path in folder.iterdir() if path.suffix not in {".prj", ".cpg"})


def changed(content: bytes, dice: random.Random) -> bytes:
    """
    Bytes with a few of them changed, cut out, doubled or put in.

    Parameters
    ----------
    content
        At least one byte.
    dice
        Decides.
    """
    found = bytearray(content)
    for _ in range(dice.choice((1, 1, 2, 4, 16))):
        at = dice.randrange(len(found) + 1)
        length = dice.choice((1, 1, 2, 4, 64))
        match dice.randrange(5):
            case 0:
                found[at : at + 1] = bytes([dice.randrange(256)])
            case 1:
                piece = dice.choice(ODD)
                found[at : at + len(piece)] = piece
            case 2:
                del found[at : at + length]
            case 3:
                found[at:at] = found[at : at + length] * dice.choice((1, 2, 50))
            case _:
                del found[dice.randrange(len(found) // 2, len(found) + 1) :]
    return bytes(found)


def victim(seed: Path, folder: Path, dice: random.Random) -> Path:
    """A changed copy of a file, with what lies beside it; of a geodatabase one file is changed."""
    target = folder / seed.name
    if seed.is_dir():
        shutil.copytree(seed, target)
        one = dice.choice(sorted(path for path in target.iterdir() if path.stat().st_size))
        one.write_bytes(changed(one.read_bytes(), dice))
        return target
    if seed.suffix in {".shp", ".shx", ".dbf"}:
        for suffix in (".shp", ".shx", ".dbf", ".prj", ".cpg"):
            shutil.copyfile(seed.with_suffix(suffix), target.with_suffix(suffix))
    target.write_bytes(changed(seed.read_bytes(), dice))
    return target


def doors(path: Path) -> list[Callable[[], object]]:
    """What is asked of a file."""
    if path.suffix == ".tif":
        return [lambda: sources.read_raster_cells(path, bounds=BOUNDS)]
    return [lambda: sources.outline(path), lambda: sources.read_file(path)]


def main() -> int:
    """Run for the minutes asked; 1 where something was neither read nor refused."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path("out/fuzz"))
    asked = parser.parse_args()
    dice = random.Random(asked.seed)  # noqa: S311 - no secret
    counts: dict[str, Counter[str]] = {}
    end = time.monotonic() + 60 * asked.minutes
    with tempfile.TemporaryDirectory() as name:
        files = seeds(Path(name))
        while time.monotonic() < end:
            seed = dice.choice(files)
            with tempfile.TemporaryDirectory() as folder:
                path = victim(seed, Path(folder), dice)
                told = counts.setdefault(seed.suffix, Counter())
                for door in doors(path):
                    told[_outcome(door, path, asked.keep)] += 1
    words = ("read", "refused", "process ended", "slow", "fault")
    print(f"{'format':10}" + "".join(f"{word:>15}" for word in words))
    for suffix, told in sorted(counts.items()):
        print(f"{suffix:10}" + "".join(f"{told[word]:15,}" for word in words))
    return int(any(told["fault"] for told in counts.values()))


def _outcome(door: Callable[[], object], path: Path, keep: Path) -> str:
    # whether the process is still the same is what is asked here
    sources._reader._start()  # noqa: SLF001
    process = sources._reader._process  # noqa: SLF001
    began = time.monotonic()
    try:
        door()
        outcome = "read"
    except PlannerError:
        outcome = "refused"
    except Exception as error:  # noqa: BLE001 - what a fuzz run is for
        print(f"{path.name}: {type(error).__name__}: {error}")
        outcome = "fault"
    if outcome != "fault" and sources._reader._process is not process:  # noqa: SLF001
        outcome = "process ended"
    elif outcome != "fault" and time.monotonic() - began > SLOW_SECONDS:
        outcome = "slow"
    if outcome not in {"read", "refused"}:
        _kept(path, keep / outcome.replace(" ", "-"))
    return outcome


def _kept(path: Path, keep: Path) -> None:
    target = keep / f"{time.time_ns()}"
    shutil.copytree(path.parent, target)


if __name__ == "__main__":
    sys.exit(main())
