"""Degrees as offices write them, and what is refused instead of guessed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.coordinates import read_degree_pairs, read_degrees

EXACT = 117 + 7 / 60 + 30.5 / 3600


def one(text, **kwargs):
    values, faults = read_degrees([text], **kwargs)
    return values[0], [rule for _, rule in faults]


@pytest.mark.parametrize(
    "text",
    [
        "117°07′30.5″E",
        "117°07'30.5\"",
        "117°07’30.5”",
        "117º07'30.5''",
        "117度7分30.5秒",
        "东经117度07分30.5秒",
        "东经：117°07′30.5″",
        "E117°07′30.5″",
        "117-07-30.5",
        "117—07—30.5",
        "117:07:30.5",
        "117：07：30.5",
        "117 07 30.5",
        " 117 ° 07 ′ 30.5 ″ ",
        "１１７°０７′３０．５″",
        "117d07m30.5s",
        "+117°07′30.5″",
        "经度117°07′30.5″",
        "117°07′30.5″ 东",
    ],
)
def test_degrees_minutes_and_seconds(text):
    value, rules = one(text)
    assert rules == []
    assert value == pytest.approx(EXACT, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("117.125", 117.125),
        ("１１７．１２５", 117.125),
        ("东经117.125", 117.125),
        ("117.125°E", 117.125),
        ("117°", 117.0),
        ("117度", 117.0),
        ("1.17125e2", 117.125),
        ("-0.5", -0.5),
        ("117°07.5′", 117.125),
        ("117°07.5083′", 117 + 7.5083 / 60),
        ("117°7'", 117 + 7 / 60),
        ("N36°40'", 36 + 40 / 60),
        ("北纬36度40分", 36 + 40 / 60),
        ("36°40′S", -36 - 40 / 60),
        ("西经70°30′", -70.5),
        ("-0°30′", -0.5),
        ("－117-30", -117.5),
        ("36d40m12s", 36.67),
        ("0", 0.0),
    ],
)
def test_other_writings(text, value):
    found, rules = one(text)
    assert rules == []
    assert found == pytest.approx(value, abs=1e-12)


def test_packed_numbers_are_never_guessed():
    """117.0730 may mean 117°07′30″; it is the decimal number that it is."""
    assert one("117.0730") == (117.073, [])
    assert one("1170730") == (1_170_730.0, [])  # and out of range for whoever checks


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("117,125", "逗号可能是小数点，也可能隔开两个数，请改用小数点“.”"),
        ("117，125", "逗号可能是小数点，也可能隔开两个数，请改用小数点“.”"),
        ("1,171.25", "逗号可能是小数点，也可能隔开两个数，请改用小数点“.”"),
        ("117°70′", "分和秒应小于 60"),
        ("117°07′60″", "分和秒应小于 60"),
        ("117.5°30′", "应为度数，如 117.125 或 117°07′30″"),
        ("117°07.5′30″", "应为度数，如 117.125 或 117°07′30″"),
        ("117--07", "应为度数，如 117.125 或 117°07′30″"),
        ("117.07.30", "应为度数，如 117.125 或 117°07′30″"),
        ("E117°W", "应为度数，如 117.125 或 117°07′30″"),
        ("约117.1", "应为度数，如 117.125 或 117°07′30″"),
        ("-36.5S", "同时写了正负号和方向，请只留一个"),
        ("不详", "应为数字"),
        ("nan", "不是有限的数"),
        ("-inf", "不是有限的数"),
        ("1e400", "不是有限的数"),
    ],
)
def test_faults(text, rule):
    value, rules = one(text)
    assert np.isnan(value)
    assert rules == [rule]


def test_a_hemisphere_of_the_other_axis():
    assert one("36°40′N", axis="lon")[1] == ["这是纬度（写着北纬或南纬），不是经度"]
    assert one("东经117", axis="lat")[1] == ["这是经度（写着东经或西经），不是纬度"]
    assert one("东经117", axis="lon") == (117.0, [])


def test_a_column_keeps_its_rows():
    texts = np.array(["117.1", "", "x", "117°30′"], dtype=object)
    values, faults = read_degrees(texts)
    np.testing.assert_array_equal(values, [117.1, np.nan, np.nan, 117.5])
    assert faults == [(2, "应为数字")]
    assert texts.tolist() == ["117.1", "", "x", "117°30′"]
    assert read_degrees([])[0].shape == (0,)


@given(
    degrees=st.integers(0, 179),
    minutes=st.integers(0, 59),
    seconds=st.integers(0, 59_999),
    marks=st.sampled_from(["°′″", "度分秒", "-- ", ":: ", "   ", "°'\""]),
)
def test_every_writing_of_an_angle_is_read_alike(degrees, minutes, seconds, marks):
    fraction = f"{seconds / 1000:06.3f}"
    text = f"{degrees}{marks[0]}{minutes:02d}{marks[1]}{fraction}{marks[2]}"
    value, rules = one(text)
    assert rules == []
    assert value == pytest.approx(degrees + minutes / 60 + seconds / 3_600_000, abs=1e-12)


@given(text=st.text(alphabet="0123456789.,+-°′″度分秒 ENSWe:东北\t", max_size=14))
def test_any_text_is_a_value_a_blank_or_a_fault(text):
    value, rules = one(text)
    assert np.isnan(value) == (bool(rules) or not text.strip())
    assert len(rules) <= 1
    lon, lat, faults = read_degree_pairs([text])
    assert np.isnan(lon[0]) == np.isnan(lat[0]) == (bool(faults) or not text.strip())


@pytest.mark.parametrize(
    "text",
    [
        "117.12,36.67",
        "36.67,117.12",
        "117.12，36.67",
        "(117.12, 36.67)",
        "117.12;36.67",
        "117.12 36.67",
        "117.12\t36.67",
        "117.12、36.67",
        "东经117.12 北纬36.67",
        "北纬36.67东经117.12",
        "36.67N 117.12E",
        "E117.12,N36.67",
        "117°07′12″,36°40′12″",
        "117 07 12,36 40 12",
    ],
)
def test_pairs_in_one_column(text):
    lon, lat, faults = read_degree_pairs([text])
    assert faults == []
    assert (lon[0], lat[0]) == (pytest.approx(117.12), pytest.approx(36.67))


def test_a_pair_that_does_not_tell_its_order_follows_its_column():
    """47.1,9.5 lies outside China and below 90; the second row tells that latitude is first."""
    lon, lat, faults = read_degree_pairs(["47.1,9.5", "47.2N,9.6E"])
    assert faults == []
    assert lon.tolist() == [9.5, 9.6]
    assert lat.tolist() == [47.1, 47.2]


def test_pairs_at_fault():
    lon, lat, faults = read_degree_pairs(["10,20", "117.12", "1,2,3", "117,x", "", "36N,37N"])
    assert np.isnan(lon).all()
    assert np.isnan(lat).all()
    assert faults == [
        (0, "看不出哪个是经度、哪个是纬度，请分成两列"),
        (1, "应为一对经纬度，如 117.12,36.67"),
        (2, "应为一对经纬度，如 117.12,36.67"),
        (3, "应为数字"),
        (5, "应为一对经纬度，如 117.12,36.67"),
    ]
