"""What a facility has besides its kind: departments, standards reached, services (具备条件).

Kept in one text column, "康复医学科：是；老年友善：否"; what is not named is not known, and what
is named twice with both answers is not known either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

YES: Final = 1
NO: Final = 0
UNKNOWN: Final = -1

_BETWEEN: Final = "；"
_OF: Final = "："
_WORDS: Final = {"是": YES, "否": NO}


def features_text(features: Mapping[str, bool]) -> str | None:
    """
    The cell of the column `features`.

    Parameters
    ----------
    features
        Name of each feature that is known -> whether the facility has it; no name contains "；".

    Returns
    -------
    text
        None where nothing is known.
    """
    parts = [f"{name}{_OF}{'是' if has else '否'}" for name, has in features.items()]
    return _BETWEEN.join(parts) or None


def read_features(text: object) -> dict[str, int]:
    """The features that a cell names, each YES or NO; empty where it is empty."""
    if not isinstance(text, str):
        return {}
    found: dict[str, int] = {}
    for part in text.split(_BETWEEN):
        name, _, word = (piece.strip() for piece in part.rpartition(_OF))
        if name and word in _WORDS:
            state = _WORDS[word]
            found[name] = state if found.get(name, state) == state else UNKNOWN
    return {name: state for name, state in found.items() if state != UNKNOWN}


def feature_states(features: pd.Series[str], name: str) -> npt.NDArray[np.int8]:
    """
    Whether each facility has a feature.

    Parameters
    ----------
    features
        Shape (n,), cells as `features_text` writes them; null where nothing is known.
    name
        Of the feature, e.g. "康复医学科".

    Returns
    -------
    states
        Shape (n,): YES, NO or UNKNOWN.
    """
    codes, texts = pd.factorize(features)
    states = [read_features(text).get(name, UNKNOWN) for text in texts]
    return np.array([*states, UNKNOWN], dtype=np.int8)[codes]
