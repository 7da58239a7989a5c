"""Rows that lie at the roads in one reading of a list, and rows that do so in another.

The rows that lie far from all roads in the best reading are put on trial by themselves. Only if
they lie close to them in a second reading, far closer than after any other shift, are there two
clusters. Each row then goes to a reading by the odds of its distances; rows that lie near roads in
both, or in none, stay unclear.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from layers.datums.chance import (
    FEWEST_PLACES,
    SAME_SHIFT_M,
    SIGMAS_ABOVE_CHANCE,
    SIGMAS_ABOVE_NEXT,
    chance_closeness,
    sample_places,
)

if TYPE_CHECKING:
    import numpy.typing as npt
    import shapely

    from layers.datums.datum import Datum
    from layers.datums.nearness import Surroundings

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

UNCLEAR: Final = -1
"""Stands for the datum of a row that could not be told."""

FAR_CLOSENESS: Final = float(np.exp(-3))
"""Closeness of 150 m from a road (`ROAD_SCALE_M`): rows that lie farther in the best reading are
put on trial for another."""

LIKELIER: Final = 1.35
"""Log of the odds by which a list must be likelier as a mixture before that is a doubt: one list in
twenty without any reaches it by chance (half the 0.90 quantile of chi-square with one degree)."""

_SHARES: Final = (0.03, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
"""Shares of another datum that are tried for a doubt."""

SURE: Final = 0.95
"""Odds at which a row is given to a reading."""

COARSE_STEP_M: Final = 160.0
"""Grid of chance shifts, coarser than that of a proposal: two lists are looked at here."""

_BINS: Final = np.exp(-np.array([250.0, 180.0, 120.0, 80.0, 50.0, 30.0, 15.0]) / 50.0)
"""Limits of closeness between which rows are counted, as of these distances from a road."""

_NEAR: Final = np.array([2.0, 2.0, 3.0, 8.0, 20.0, 25.0, 20.0, 20.0])
"""Rows to begin with in each bin, near to far turned about: a weak guess that the list outvotes."""

_ROUNDS: Final = 30


def shift_clusters(
    readings: list[tuple[Datum, FloatArray]], near: Surroundings, area: shapely.Geometry
) -> tuple[list[Datum], IntArray, list[str]]:
    """
    The datums that the rows of a list are written in, as far as roads can tell.

    Parameters
    ----------
    readings
        Each datum with the places of all n rows in it, shape (n, 2), metres; the first without a
        shift.
    near
        What the rows should be close to.
    area
        Prepared polygon in which they are looked at.

    Returns
    -------
    datums
        One, or more where it is well founded that there are more; that of most rows first found.
    row
        Shape (n,), positions in `datums`, or `UNCLEAR`; all 0 where there is one.
    reasons
        Chinese sentences, for each datum after the first.
    """
    base = readings[0][1]
    everybody = np.zeros(len(base), dtype=np.int64)
    sample = sample_places(base, area)
    if len(readings) == 1 or len(sample) < FEWEST_PLACES:
        return [readings[0][0]], everybody, []
    closeness = np.array([near.closeness(places) for _, places in readings])
    shifts = np.array([(places - base)[sample].mean(axis=0) for _, places in readings])
    found = [int(np.argmax(closeness[:, sample].mean(axis=1)))]
    told: list[str] = []
    while len(found) < len(readings):
        far = np.flatnonzero((closeness[found] < FAR_CLOSENESS).all(axis=0))
        trial = far[sample_places(base[far], area)]
        others = [at for at in range(len(readings)) if at not in found]
        second = _stands_out(closeness[:, trial], others, base[trial], shifts, near)
        if second is None:
            break
        told.append(
            f"有 {len(far)} 行按 {readings[found[0]][0].name} 读取时离道路都在 150 米以上，"
            f"按 {readings[second][0].name} 读取却明显靠近道路。"
        )
        found.append(second)
    first_holds = _stands_out(closeness[:, sample], found[:1], base[sample], shifts, near)
    if len(found) == 1 or first_holds is None:
        return [readings[found[0]][0]], everybody, []
    # readings that were not found take part, so that their rows are not forced into another
    likeliest = _assigned(closeness, _chance_bins(base[sample], shifts, near))
    place = np.full(len(readings) + 1, UNCLEAR)
    place[found] = np.arange(len(found))
    return [readings[at][0] for at in found], place[likeliest], told


def tail_of_another(
    readings: list[tuple[Datum, FloatArray]], near: Surroundings, area: shapely.Geometry
) -> tuple[Datum, Datum, float] | None:
    """
    Whether some rows may be written in another datum than the rest: a doubt, not a finding.

    Few rows of another datum are too few to stand out by themselves as `shift_clusters` asks. Here
    the whole list is weighed: how much likelier are its distances if a share of the rows lies in
    a second reading as the rest do in the first, and by chance in the first? Rows of houses far
    from any road lie by chance in both, and say nothing.

    Parameters are those of `shift_clusters`.

    Returns
    -------
    best, other, share
        The reading of most rows, that of the tail, and the likeliest share of rows in it; None
        where nothing speaks for a tail, or there are too few places to tell.
    """
    base = readings[0][1]
    sample = sample_places(base, area)
    if len(readings) == 1 or len(sample) < FEWEST_PLACES:
        return None
    closeness = np.array([near.closeness(places[sample]) for _, places in readings])
    shifts = np.array([(places - base)[sample].mean(axis=0) for _, places in readings])
    bins = np.digitize(closeness, _BINS)
    first = int(np.argmax(closeness.mean(axis=1)))
    counts = _NEAR + np.bincount(bins[first], minlength=len(_NEAR))
    ratio = (counts / counts.sum() / _chance_bins(base[sample], shifts, near))[bins]
    found = [
        (float(np.log1p(share * (ratio[at] / ratio[first] - 1)).sum()), at, share)
        for at in range(len(readings))
        if at != first
        for share in _SHARES
    ]
    odds, other, share = max(found)
    return (readings[first][0], readings[other][0], share) if odds >= LIKELIER else None


def _stands_out(
    closeness: FloatArray,
    candidates: list[int],
    base: FloatArray,
    shifts: FloatArray,
    near: Surroundings,
) -> int | None:
    """
    The candidate in which places lie far closer to roads than by chance; None if there is none.

    Where a second one is not clearly farther away, it must stand out by itself: then there are two.
    """
    if len(base) < FEWEST_PLACES:
        return None
    chance = chance_closeness(base, near, step_m=COARSE_STEP_M)
    middle, spread = chance.spread(shifts)
    means = closeness.mean(axis=1)
    ranked = sorted(candidates, key=lambda at: -means[at])
    next_best = means[ranked[1]] if len(ranked) > 1 else -np.inf
    enough = middle + SIGMAS_ABOVE_CHANCE * spread
    is_apart = means[ranked[0]] - next_best >= SIGMAS_ABOVE_NEXT * spread
    return ranked[0] if means[ranked[0]] >= enough and (is_apart or next_best >= enough) else None


def _chance_bins(places: FloatArray, shifts: FloatArray, near: Surroundings) -> FloatArray:
    """Share of rows in each bin of closeness where they lie by chance."""
    angle = np.arange(24) * (2 * np.pi / 24)
    ring = np.concatenate(
        [r * np.column_stack([np.cos(angle), np.sin(angle)]) for r in (800.0, 1200.0, 1600.0)]
    )
    apart = np.linalg.norm(ring[:, None] - shifts[None], axis=2).min(axis=1)
    moved = places[None] + ring[apart > SAME_SHIFT_M][:, None]
    counts = np.bincount(np.digitize(near.closeness(moved).ravel(), _BINS), minlength=len(_NEAR))
    share: FloatArray = (counts + 1) / (counts + 1).sum()
    return share


def _assigned(closeness: FloatArray, chance: FloatArray) -> IntArray:
    """
    The reading of each row by the odds of its distances, `UNCLEAR` below `SURE`.

    A mixture of the readings and of rows that lie near roads in none, fitted by expectation and
    maximisation: a row has a distance like all others in its own reading, and one by chance in the
    rest.

    Parameters
    ----------
    closeness
        Shape (k, n), of n rows in k readings.
    chance
        Shape (bins,), from `_chance_bins`.
    """
    bins = np.digitize(closeness, _BINS)
    near, share = _NEAR / _NEAR.sum(), np.full(len(closeness) + 1, 1 / (len(closeness) + 1))
    odds = np.zeros((len(share), closeness.shape[1]))
    for _ in range(_ROUNDS):
        ratio = (near / chance)[bins]
        odds = share[:, None] * np.vstack([ratio, np.ones(closeness.shape[1])])
        odds /= odds.sum(axis=0)
        share = odds.mean(axis=1)
        counts = _NEAR + np.bincount(bins.ravel(), weights=odds[:-1].ravel(), minlength=len(_NEAR))
        near = counts / counts.sum()
    best = odds[:-1].argmax(axis=0)
    return np.where(odds[best, np.arange(odds.shape[1])] >= SURE, best, UNCLEAR)
