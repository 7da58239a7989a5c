"""PNG with a palette: frequent colours stay as they are, the others take the nearest of them."""

from __future__ import annotations

import io

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from reports.printing.png import palette_png


def opaque(rgb):
    rgb = np.asarray(rgb, dtype=np.uint8)
    return np.concatenate([rgb, np.full((*rgb.shape[:2], 1), 255, dtype=np.uint8)], axis=2)


def read(content):
    with Image.open(io.BytesIO(content)) as picture:
        return np.asarray(picture.convert("RGB"))


@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 24), st.integers(1, 20), st.just(3))))
@settings(max_examples=25)
def test_up_to_256_colours_come_back_exactly_where_they_fill_two_dots(few):
    large = opaque(np.repeat(np.repeat(few % 7 * 37, 2, axis=0), 2, axis=1))
    assert (read(palette_png(large, dpi=300)) == large[:, :, :3]).all()


def test_the_most_frequent_colours_are_exact_and_each_other_one_takes_the_nearest():
    chance = np.random.default_rng(5)
    noise = chance.integers(0, 256, (120, 100, 3), dtype=np.uint8)
    noise[:60] = (213, 94, 0)
    noise[60:64] = (0, 114, 178)
    dots = opaque(noise)
    found = read(palette_png(dots, dpi=300))
    assert (found[:60] == (213, 94, 0)).all()
    assert (found[60:64] == (0, 114, 178)).all()
    palette = np.unique(found.reshape(-1, 3), axis=0).astype(int)
    assert len(palette) <= 256
    for wanted, given_ in zip(noise[64:].reshape(-1, 3)[::97], found[64:].reshape(-1, 3)[::97],
                              strict=True):  # fmt: skip
        away = np.linalg.norm(palette - wanted.astype(int), axis=1)
        assert np.linalg.norm(given_.astype(int) - wanted) <= away.min() + 1e-9


def test_a_small_symbol_keeps_its_colour_among_many_half_tones():
    chance = np.random.default_rng(6)
    grey = np.repeat(chance.integers(0, 256, (200, 200, 1), dtype=np.uint8), 3, axis=2)
    grey[:, :, 2] = grey[:, :, 2] // 2 + 60
    grey[10:14, 10:14] = (213, 94, 0)
    found = read(palette_png(opaque(grey), dpi=160))
    assert (found[10:14, 10:14] == (213, 94, 0)).all()


def test_a_document_is_told_the_size_on_paper_and_the_same_dots_give_the_same_bytes():
    dots = opaque(np.full((20, 30, 3), 200))
    content = palette_png(dots, dpi=160)
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.mode == "P"
        assert picture.size == (30, 20)
        assert [round(each) for each in picture.info["dpi"]] == [160, 160]
    assert palette_png(dots.copy(), dpi=160) == content
