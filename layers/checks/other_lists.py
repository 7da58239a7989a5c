"""Facilities of one list that stand in another list too: they would count twice.

Only facilities of one kind are compared: a hospital is in the list of hospitals and, with good
reason, in that of stroke centres.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy.spatial import KDTree

from layers.checks.findings import Records
from layers.checks.neighbours import SAME_NAME_M, SAME_PLACE_M, folded
from layers.checks.texts import CODE_DIGITS

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy.typing as npt

    from layers.checks.findings import Finding

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

COLUMNS: Final = ("file", "row", "id", "name", "lon", "lat", "kind", "x", "y")

COUNTED_TWICE: Final = "两份名录里是同一处的，会算成两处，能力和覆盖偏多"

REMEDY: Final = "核对是否同一处；是的，从其中一份名录里删去"

_APART: Final = 1e9
"""Metres between the floors on which groups stand: farther than any two places on earth."""


def no_rows() -> pd.DataFrame:
    """A table of no facilities."""
    dtypes = {"row": "int64", **dict.fromkeys(("file", "id", "name", "kind"), "str")}
    return pd.DataFrame({name: pd.Series(dtype=dtypes.get(name, "float64")) for name in COLUMNS})


def rows_of(records: Records, layer: gpd.GeoDataFrame) -> pd.DataFrame:
    """
    The rows of a list as they are compared.

    Parameters
    ----------
    records
        n of them.
    layer
        Shape (n, …), contract `FACILITIES`, in the same order.

    Returns
    -------
    rows
        Shape (n, 9): `file`, `row`, `id`, `name`, `lon`, `lat` (degrees, WGS84), `kind`, `x`, `y`
        (metres).
    """
    places = layer.geometry.get_coordinates()
    columns = {
        "file": records.file, "row": list(records.rows), "id": list(records.ids),
        "name": list(records.names), "lon": records.lon, "lat": records.lat,
        "kind": layer["kind"].astype(str).to_numpy(),
        "x": places["x"].to_numpy(), "y": places["y"].to_numpy(),
    }  # fmt: skip
    return pd.DataFrame(columns, index=range(len(records)))


def in_other_lists(here: pd.DataFrame, others: pd.DataFrame) -> list[Finding]:
    """
    Facilities of a list that stand in other lists under their code, their name or in their place.

    Codes count where they are official ones by their length, or where the names agree as well:
    many lists number their rows 1, 2, 3.

    Parameters
    ----------
    here
        As `rows_of` gives them, of one file.
    others
        The same of other files, in the same CRS.

    Returns
    -------
    findings
        On rows of `here`, which are kept; each names the file and row of the other.
    """
    if here.empty or others.empty:
        return []
    records = Records(
        here["file"].iloc[0],
        here["row"].tolist(),
        here["id"].tolist(),
        here["name"].tolist(),
        here["lon"].to_numpy(),
        here["lat"].to_numpy(),
    )
    names, their_names = _folded(here["name"]), _folded(others["name"])
    found = []
    for at, other in _by_code(here, others, names, their_names):
        found.append(_finding(records, at, "same_id", f"代码与{_place(others, other)}重复"))
    by_name = _near(here, others, names, their_names, within_m=SAME_NAME_M)
    for at, other, metres in by_name:
        said = f"与{_place(others, other)}同名，相距 {metres:.0f} 米"
        found.append(_finding(records, at, "same_name_near", said))
    named = {at for at, _, _ in by_name}
    same = np.full(len(here), "同"), np.full(len(others), "同")
    for at, other, _ in _near(here, others, *same, within_m=SAME_PLACE_M):
        if at not in named and names[at] and their_names[other]:
            called = others["name"].iloc[other][:40]
            said = f"与{_place(others, other)}“{called}”在同一位置，名称却不同"
            found.append(_finding(records, at, "same_place_two_names", said))
    return found


def _finding(records: Records, at: int, check: str, said: str) -> Finding:
    value = records.ids[at] if check == "same_id" else records.names[at]
    one = records.finding(at, check, said, value=value, remedy=REMEDY)
    return replace(one, where_it_matters=COUNTED_TWICE)


def _place(others: pd.DataFrame, at: int) -> str:
    return f"「{others['file'].iloc[at]}」第 {others['row'].iloc[at]} 行"


def _by_code(
    here: pd.DataFrame, others: pd.DataFrame, names: list[str], their_names: list[str]
) -> list[tuple[int, int]]:
    """Positions of rows with one code, and of the first row of the others that has it."""
    first: dict[tuple[str, str], int] = {}
    named: dict[tuple[str, str, str], int] = {}
    their_codes = zip(others["kind"], _folded(others["id"]), their_names, strict=True)
    for at, (kind, code, name) in enumerate(their_codes):
        first.setdefault((kind, code), at)
        named.setdefault((kind, code, name), at)
    found = []
    our_codes = zip(here["kind"], _folded(here["id"]), names, strict=True)
    for at, (kind, code, name) in enumerate(our_codes):
        other = named.get((kind, code, name)) if name else None
        if other is None and len(code) >= CODE_DIGITS:
            other = first.get((kind, code))
        if code and other is not None:
            found.append((at, other))
    return found


def _near(
    here: pd.DataFrame,
    others: pd.DataFrame,
    ours: npt.ArrayLike,
    theirs: npt.ArrayLike,
    *,
    within_m: float,
) -> list[tuple[int, int, float]]:
    """Positions of rows of one kind and one text no farther apart than given, and the distance."""
    groups = pd.MultiIndex.from_arrays([
        np.concatenate([here["kind"].to_numpy(object), others["kind"].to_numpy(object)]),
        np.concatenate([np.asarray(ours, dtype=object), np.asarray(theirs, dtype=object)]),
    ])  # fmt: skip
    floor = groups.factorize()[0] * _APART
    spread = np.column_stack([pd.concat([here[["x", "y"]], others[["x", "y"]]]), floor])
    known = np.isfinite(spread).all(axis=1) & (groups.get_level_values(1) != "")
    n = len(here)
    chosen, there = np.flatnonzero(known[:n]), np.flatnonzero(known[n:])
    if not (len(chosen) and len(there)):
        return []
    # Thousands of records at one place, as of a geocoder that knows the town only, stall a tree.
    distinct, first = np.unique(spread[n:][there], axis=0, return_index=True)
    reach = np.nextafter(within_m, np.inf)
    metres, at = KDTree(distinct).query(spread[chosen], distance_upper_bound=reach)
    met = np.flatnonzero(np.isfinite(metres))
    other = there[first[at[met]]]
    return list(zip(chosen[met].tolist(), other.tolist(), metres[met].tolist(), strict=True))


def _folded(texts: pd.Series) -> list[str]:
    return [folded(text) for text in texts]
