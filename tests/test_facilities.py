"""Lists of facilities: kinds, places, and several lists in one table."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from shapely import Point, box

from coverage.contracts import FACILITIES, problems
from coverage.errors import FacilityError, ProjectError
from coverage.standards import FacilityKind
from layers.facilities import joined, read_facilities
from tests.small_county import CRS, feature, square, write_csv, write_geojson

KINDS = {
    "village_clinic": FacilityKind(
        "village_clinic", "村卫生室", "医疗", "village", "#2b83ba", "卫", aliases=("村医务室",)
    ),
    "hospital": FacilityKind("hospital", "医院", "医疗", "county", "#d7191c", "医"),
}
COLUMNS = {"id": "编码", "name": "名称", "lon": "经度", "lat": "纬度"}
AREA = gpd.GeoSeries([box(114.8, 37.5, 115.2, 37.7)], crs=4326).to_crs(CRS).iloc[0]
HEADER = "编码,名称,经度,纬度"


def read(path, *, columns=COLUMNS, kind="village_clinic", source_crs="WGS84", **kwargs):
    return read_facilities(
        path, crs=CRS, area=AREA, kinds=KINDS, columns=columns, kind=kind,
        source_crs=source_crs, **kwargs,
    )  # fmt: skip


def failure(path, error=FacilityError, **kwargs):
    with pytest.raises(error) as caught:
        read(path, **kwargs)
    return str(caught.value)


def test_facilities_keep_the_contract(tmp_path):
    path = write_csv(tmp_path / "c.csv", HEADER, "001,甲卫生室,114.9,37.6", "002,,115.1,37.6")
    facilities, notices = read(path)
    assert problems(facilities, FACILITIES) == []
    assert facilities.index.tolist() == ["001", "002"]
    assert facilities["kind"].tolist() == ["village_clinic"] * 2
    assert facilities["origin"].tolist() == ["list"] * 2
    assert facilities["facility_name"].isna().tolist() == [False, True]
    assert facilities.crs == CRS
    assert notices == ()


def test_everything_a_list_may_say(tmp_path):
    path = write_csv(
        tmp_path / "c.csv", f"{HEADER},类,级,床,面积",
        '1,甲,114.9,37.6,医院,三级,"1,200",', "2,乙,114.9,37.6,village_clinic,,,80.5",
        "3,丙,114.9,37.6,村医务室,,,",
    )  # fmt: skip
    columns = COLUMNS | {"kind": "类", "level": "级", "capacity_beds": "床", "area_m2": "面积"}
    facilities, _ = read(path, columns=columns, kind=None, origin="synthetic")
    assert facilities["kind"].tolist() == ["hospital", "village_clinic", "village_clinic"]
    assert facilities["level"].tolist()[0] == "三级"
    assert facilities["level"].isna().tolist() == [False, True, True]
    np.testing.assert_array_equal(facilities["capacity_beds"], [1200, np.nan, np.nan])
    np.testing.assert_array_equal(facilities["area_m2"], [np.nan, 80.5, np.nan])
    assert set(facilities["origin"]) == {"synthetic"}


def test_turnout_in_minutes_becomes_seconds_and_what_is_missing_stays_missing(tmp_path):
    path = write_csv(
        tmp_path / "c.csv", f"{HEADER},出车",
        "1,甲,114.9,37.6,3", "2,乙,114.9,37.6,", "3,丙,115.1,37.6,0", "4,丁,115.1,37.6,60",
    )  # fmt: skip
    facilities, _ = read(path, columns=COLUMNS | {"turnout_minutes": "出车"})
    np.testing.assert_array_equal(facilities["turnout_s"], [180.0, np.nan, 0.0, 3600.0])
    assert problems(facilities, FACILITIES) == []
    assert "turnout_s" not in read(path)[0]


@pytest.mark.parametrize(
    ("cell", "rule"),
    [("-1", "不得为负"), ("61", "不得大于 60"), ("很快", "应为数字"), ("2小时", "不得大于 60")],
)
def test_a_turnout_that_is_none_is_told_in_minutes(tmp_path, cell, rule):
    path = write_csv(tmp_path / "c.csv", f"{HEADER},出车", f"1,甲,114.9,37.6,{cell}")
    message = failure(path, columns=COLUMNS | {"turnout_minutes": "出车"})
    assert message == (
        f"设施「c.csv」有 1 处问题：第 2 行「出车」：{rule}（值：{cell}）。请改正后重试。"
    )


def test_lists_with_and_without_turnout_join(tmp_path):
    one = write_csv(tmp_path / "a.csv", f"{HEADER},出车", "1,甲,114.9,37.6,3")
    other = write_csv(tmp_path / "b.csv", HEADER, "2,乙,114.9,37.6")
    parts = [read(one, columns=COLUMNS | {"turnout_minutes": "出车"})[0], read(other)[0]]
    np.testing.assert_array_equal(joined(parts)[0]["turnout_s"], [180.0, np.nan])


def test_one_level_for_the_whole_list(tmp_path):
    path = write_csv(tmp_path / "c.csv", HEADER, "1,甲,114.9,37.6")
    assert read(path, kind="hospital", level="二级")[0]["level"].tolist() == ["二级"]


def test_centre_columns_of_a_boundary_file_stand_in(tmp_path):
    path = write_geojson(
        tmp_path / "zones.geojson",
        [feature(square(114.8, 115.0), code=130528, name="西镇", lon=114.95, lat=37.65)],
    )
    columns = {"id": "code", "name": "name", "lon": "lon", "lat": "lat"}
    facilities, notices = read(
        path, columns=columns, kind="hospital", origin="stand_in", source_crs=None
    )
    assert facilities.index.tolist() == ["130528"]
    assert facilities["origin"].tolist() == ["stand_in"]
    back = facilities.to_crs(4326).geometry.iloc[0]
    assert (back.x, back.y) == pytest.approx((114.95, 37.65))
    assert notices == ()  # the layer says that it is in degrees


def test_unknown_kinds_name_the_nearest(tmp_path):
    path = write_csv(tmp_path / "c.csv", f"{HEADER},类", "1,甲,114.9,37.6,村卫生站")
    assert failure(path, columns=COLUMNS | {"kind": "类"}, kind=None) == (
        "设施「c.csv」有 1 处问题：第 2 行「类」：不认识这个类别，是否应为“村卫生室”"
        "（值：村卫生站）。请改正后重试。"
    )
    assert failure(path, ProjectError, kind="vilage_clinic") == (
        "设施「c.csv」的类别“vilage_clinic”不在设施类别表里，是否应为“village_clinic”。"
        "请改正 project.toml [[facilities]] 的 kind。"
    )
    assert failure(path, ProjectError, kind="医院") == (
        "设施「c.csv」的类别“医院”不在设施类别表里，是否应为“hospital”。"
        "请改正 project.toml [[facilities]] 的 kind。"
    )
    assert failure(path, ProjectError, kind=None) == (
        "设施「c.csv」没有说明类别。请在 project.toml 的 [[facilities]] 写 kind，"
        "或在 columns 里写 kind 对应的列名，或写 recognise_kinds = true。"
    )


def test_problems_are_listed_together(tmp_path):
    path = write_csv(
        tmp_path / "c.csv", f"{HEADER},床", "1,甲,114.9,nan,5", "1,乙,114.9,37.6,-5", "2,丙,,,x"
    )
    assert failure(path, columns=COLUMNS | {"capacity_beds": "床"}) == (
        "设施「c.csv」有 6 处问题：第 2 行「纬度」：不是有限的数（值：nan）；"
        "第 3 行「编码」：代码与第 2 行重复（值：1）；第 3 行「床」：不得为负（值：-5）；"
        "第 4 行「经度」：不得为空；第 4 行「纬度」：不得为空；另有 1 处未列出。请改正后重试。"
    )


def test_exchanged_coordinates(tmp_path):
    path = write_csv(tmp_path / "c.csv", HEADER, "1,甲,37.6,114.9", "2,乙,37.6,115.1")
    assert failure(path) == (
        "设施「c.csv」有 1 处问题：整列「经度、纬度」：经度与纬度像是互换了："
        "2 个点全都只有交换后才落在研究区内（首个在第 2 行：37.6, 114.9），"
        "请把 lon 和 lat 的两列对调（导入时在页面上改或用 --column，project.toml 里写在 [[facilities]] 的 columns）。请改正后重试。"
    )


def test_facilities_beyond_the_buffer_are_kept_and_told(tmp_path):
    path = write_csv(
        tmp_path / "c.csv", HEADER, "1,甲,114.9,37.6", "2,北京医院,116.4,39.9", "3,,1,1"
    )
    facilities, notices = read(path)
    assert facilities.index.tolist() == ["1", "2", "3"]
    assert [notice.message for notice in notices] == [
        (
            "设施「c.csv」有 2 处在研究区及其外扩范围以外（第 3 行“北京医院”、第 4 行），"
            "保留在表里，但够不着研究区。请检查坐标和坐标系。"
        )
    ]
    assert notices[0].count == 2


def test_empty_list(tmp_path):
    path = write_csv(tmp_path / "c.csv", HEADER)
    assert failure(path) == "设施「c.csv」没有任何记录。请检查文件是否导出完整。"


def part(*codes):
    frame = {
        "facility_id": list(codes), "facility_name": ["x"] * len(codes),
        "kind": ["hospital"] * len(codes), "origin": ["list"] * len(codes),
    }  # fmt: skip
    points = [Point(at, 0) for at in range(len(codes))]
    return gpd.GeoDataFrame(frame, geometry=points, crs=CRS).set_index("facility_id")


def test_lists_are_joined_in_order():
    table, notices = joined([part("a", "b"), part("c")])
    assert table.index.tolist() == ["a", "b", "c"]
    assert problems(table, FACILITIES) == []
    assert table.crs == CRS
    assert notices == ()


def test_lists_that_count_from_one_get_their_place_before_the_code():
    first, second = part("1", "2"), part("2", "3")
    table, notices = joined([first, second, part("9")])
    assert table.index.tolist() == ["1-1", "1-2", "2-2", "2-3", "3-9"]
    assert first.index.tolist() == ["1", "2"]
    assert [notice.message for notice in notices] == [
        (
            "各设施名录之间有 1 个相同的代码（如“2”），已在所有设施代码前加名录的序号（如 2-0012）。"
            "请在名录里改成不同的代码。"
        )
    ]


def test_columns_of_one_list_alone_are_null_in_the_others():
    one = part("a").assign(capacity_beds=[3.0])
    table, _ = joined([one, part("b")])
    np.testing.assert_array_equal(table["capacity_beds"], [3.0, np.nan])
    assert problems(table, FACILITIES) == []
