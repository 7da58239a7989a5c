"""Which column of a file is which of ours."""

from __future__ import annotations

from typing import ClassVar

import pandas as pd
import pytest
from geopandas import GeoSeries
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from coverage.errors import SourceError
from layers.columns.headers import read_header
from layers.columns.mapping import check_mapping, left_out_columns, propose_mapping
from layers.columns.synonyms import OUR_COLUMNS, PAIR, load_column_names, shipped_column_names
from layers.project_columns import BoundaryColumns, DemandColumns, FacilityColumns
from layers.tables import SourceTable
from tests.small_county import write_csv


def table(columns, *, geometry=None):
    cells = pd.DataFrame(columns, dtype=str)
    return SourceTable("名录.xlsx", cells, tuple(range(2, len(cells) + 2)), geometry)


def mapping(columns, layer):
    return {one.ours: one.theirs for one in propose_mapping(table(columns), layer=layer)}


def proposed(columns, layer, ours):
    return next(one for one in propose_mapping(table(columns), layer=layer) if one.ours == ours)


def rules(columns, mapped, layer, **kwargs):
    return [str(one) for one in check_mapping(table(columns, **kwargs), mapped, layer=layer)]


class TestHeaders:
    @pytest.mark.parametrize(
        ("text", "name", "unit", "datum"),
        [
            ("经度（度）", "经度", "度", ""),
            ("２０２３年末常住人口 (万人)", "常住人口", "万人", ""),
            ("建筑面积/平方米", "建筑面积", "平方米", ""),
            ("占地面积（单位：亩）", "占地面积", "亩", ""),
            ("0至3岁", "0-3岁", "", ""),
            ("0—3岁婴幼儿", "0-3岁婴幼儿", "", ""),
            ("GCJ02_lng", "lng", "", "gcj02"),
            ("经度(WGS-84)", "经度", "", "wgs84"),
            ("1.机构名称", "机构名称", "", ""),
            ("编制\n床位 数", "编制床位数", "", ""),
            ("*单位名称", "单位名称", "", ""),
            ("村(居)名称", "村居名称", "", ""),
            ("常住人口2020", "常住人口", "", ""),
            ("60岁及以上", "60岁及以上", "", ""),
            ("人口（千户）", "人口", "千户", ""),
            ("人口（百人）", "人口", "百人", ""),
            ("60岁以上（%）", "60岁以上", "%", ""),
            ("60岁以上(占总人口比例)", "60岁以上", "占总人口比例", ""),
            ("床位（张/千人）", "床位", "张/千人", ""),
            ("建筑面积(平方尺)", "建筑面积", "平方尺", ""),
            ("面积（亩，含院落）", "面积含院落", "亩", ""),
            ("村(社区/居委会)名称", "村社区居委会名称", "", ""),
            ("总人口（男）", "总人口男", "", ""),
            ("百度经度", "经度", "", "bd09"),
            ("GPS经度", "经度", "", "wgs84"),
            ("84经度", "经度", "", "wgs84"),
            ("地球纬度", "纬度", "", "wgs84"),
            ("经度_gcj", "经度", "", "gcj02"),
            ("lng_bd", "lng", "", "bd09"),
            ("bd_lng", "lng", "", "bd09"),
            ("gd_lng", "lng", "", "gcj02"),
            ("amap_location", "location", "", "gcj02"),
            ("lng_wgs", "lng", "", "wgs84"),
            ("高德X坐标", "x坐标", "", "gcj02"),
            ("经度（84）", "经度", "", "wgs84"),
            ("国家2000X坐标", "x坐标", "", "cgcs2000"),
            ("gdp", "gdp", "", ""),  # no coordinate: no datum
            ("84号院", "84号院", "", ""),
        ],
    )
    def test_taken_apart(self, text, name, unit, datum):
        header = read_header(text)
        assert (header.name, header.unit, header.datum) == (name, unit, datum)

    @pytest.mark.parametrize(
        ("text", "year", "planned"),
        [
            ("2010年人口", 2010, False), ("常住人口2020", 2020, False), ("人口", None, False),
            ("2035年人口（规划）", 2035, True), ("人口（2020年现状，2035年规划）", 2035, False),
            ("预测人口/2030年", 2030, True), ("CGCS2000经度", None, False),
        ],
    )  # fmt: skip
    def test_years_and_plans(self, text, year, planned):
        header = read_header(text)
        assert (header.year, header.is_planned) == (year, planned)

    def test_last_level_and_without_brackets(self):
        assert read_header("人口情况/60岁以上").last == "60岁以上"
        assert read_header("名称(全称)").bare == "名称"
        assert read_header("parent_name").last == "parentname"  # no level, one word

    @given(st.text(max_size=20))
    def test_blanks_around_change_nothing(self, text):
        name = read_header(text).name
        assert " " not in name
        assert read_header(f" {text}\u3000").name == name


class TestShippedList:
    def test_it_is_long_and_knows_the_usual_names(self):
        assert len(shipped_column_names().meanings) > 600

    def test_every_key_of_the_project_settings_is_among_our_columns(self):
        for model, layer in (
            (FacilityColumns, "facilities"), (DemandColumns, "demand"), (BoundaryColumns, "zones"),
        ):  # fmt: skip
            # WKT of points is rare, and 机构类别 is proposed as the column of kinds
            beyond = set(model.model_fields) - set(OUR_COLUMNS[layer])
            assert beyond <= {"geometry", "category"}
            assert set(OUR_COLUMNS[layer]) <= set(model.model_fields)

    def test_every_column_has_a_name(self):
        meant = {(layer, one.ours) for (layer, _), one in shipped_column_names().meanings.items()}
        assert {layer for layer, ours in meant if ours == PAIR} == {"facilities", "demand"}
        meant = {(layer, ours) for layer, ours in meant if ours != PAIR}
        assert meant == {(layer, ours) for layer, known in OUR_COLUMNS.items() for ours in known}

    @pytest.mark.parametrize(
        ("line", "fault"),
        [
            ("demand,人口,人口,1,", "第 2 行的「人口」不是 demand 的列，最接近的是「id」。"),
            ("village,name,村名,1,", "第 2 行的图层「village」不认识，只能是 facilities、demand、zones。"),
            ("demand,name,村名,0,", "第 2 行的 synonym 不得为空，rank 应为 1 到 9 的整数。"),
            ("demand,name,（）,1,", "第 2 行的 synonym 不得为空，rank 应为 1 到 9 的整数。"),
            ("demand,name,村名,1", "第 2 行应有 5 列。"),
            (
                "demand,name,村名,1,\ndemand,id,村 名,1,",
                "第 3 行的“村 名”在 demand 里既是 name 又是 id。请删去一行。",
            ),
        ],
    )  # fmt: skip
    def test_a_broken_list(self, tmp_path, line, fault):
        path = write_csv(tmp_path / "n.csv", "layer,ours,synonym,rank,note", line)
        with pytest.raises(SourceError) as caught:
            load_column_names(path)
        assert str(caught.value) == f"列名对照表「n.csv」{fault}"

    def test_other_columns_or_no_file(self, tmp_path):
        with pytest.raises(SourceError, match="的表头应为 layer,ours,synonym,rank,note"):
            load_column_names(write_csv(tmp_path / "n.csv", "a,b"))
        with pytest.raises(SourceError, match="读不出来"):
            load_column_names(tmp_path / "none.csv")


class TestByHeader:
    def test_a_list_of_clinics(self):
        columns = {
            "序号": ["1", "2"], "机构名称": ["甲", "乙"], "统一社会信用代码": ["a", "b"],
            "机构类别": ["村卫生室"] * 2, "医院等级": ["", ""], "床位数（张）": ["1", "2"],
            "经度(度)": ["117.1", "117.2"], "纬度(度)": ["36.1", "36.2"], "详细地址": ["x", "y"],
            "所属乡镇": ["a", "b"], "联系电话": ["1", "2"],
        }  # fmt: skip
        assert mapping(columns, "facilities") == {
            "id": "统一社会信用代码", "name": "机构名称", "lon": "经度(度)", "lat": "纬度(度)",
            "address": "详细地址", "township": "所属乡镇", "kind": "机构类别",
            "capacity_beds": "床位数（张）",
        }  # fmt: skip

    def test_a_column_left_empty_is_not_proposed(self):
        columns = {"机构名称": ["甲", "乙"], "医院等级": ["", " "], "机构代码": ["", "7"]}
        assert mapping(columns, "facilities") == {"name": "机构名称", "id": "机构代码"}

    def test_a_list_of_villages(self):
        columns = {
            "统计用区划代码": ["371422001201", "371422001202"], "村(居)名称": ["甲村", "乙村"],
            "总人口": ["1", "2"], "60岁及以上": ["1", "2"], "3岁以下婴幼儿": ["1", "2"],
            "东经": ["117.1", "117.2"], "北纬": ["36.1", "36.2"], "城乡分类": ["村", "村"],
        }  # fmt: skip
        assert mapping(columns, "demand") == {
            "id": "统计用区划代码", "name": "村(居)名称", "lon": "东经", "lat": "北纬",
            "population": "总人口", "population_60plus": "60岁及以上",
            "population_0_3": "3岁以下婴幼儿", "settlement": "城乡分类",
        }  # fmt: skip

    def test_zones(self):
        columns = {"XZQDM": ["371422001"], "XZQMC": ["甲镇"], "Shape_Area": ["1"], "wkt": ["x"]}
        found = {"id": "XZQDM", "name": "XZQMC", "geometry": "wkt"}
        assert mapping(columns, "zones") == found

    @pytest.mark.parametrize(
        ("path", "layer", "some"),
        [
            (
                "examples/demo_county/villages.csv", "demand",
                {"population_60plus": "60岁以上", "population_0_3": "0至3岁", "settlement": "城乡"},
            ),
            ("facilities/demo_county_clinics.csv", "facilities", {"capacity_beds": "床位"}),
            (
                "facilities/demo_county_emergency.csv", "facilities",
                {"turnout_minutes": "出车分钟", "kind": "类别"},
            ),
        ],
    )  # fmt: skip
    def test_the_shipped_examples_map_themselves(self, root, path, layer, some):
        cells = pd.read_csv(root / "data" / path, dtype=str, keep_default_na=False)
        found = mapping(cells.to_dict("list"), layer)
        assert some.items() <= found.items()
        assert (found["lon"], found["lat"], found["id"]) == ("经度", "纬度", "编码")

    def test_the_header_itself_is_sure(self):
        one = proposed({"经度": ["117.1"], "纬度": ["36.1"]}, "demand", "lon")
        assert (one.reason, one.confidence) == ("表头就是“经度”", "sure")

    def test_two_kinds_of_beds(self):
        one = proposed({"实有床位": ["1"], "编制床位": ["2"]}, "facilities", "capacity_beds")
        assert one == (
            "capacity_beds", "编制床位", "表头“编制床位”是“床位”；“实有床位”也可能是，请确认", "likely",
        )  # fmt: skip

    def test_registered_people_come_last_and_it_is_said(self):
        both = {"户籍人口": ["1"], "常住人口": ["2"]}
        assert proposed(both, "demand", "population") == (
            "population", "常住人口", "表头就是“常住人口”", "sure",
        )  # fmt: skip
        alone = proposed({"户籍人口（人）": ["1"]}, "demand", "population")
        assert alone.confidence == "likely"
        assert alone.reason == (
            "表头“户籍人口（人）”勉强可作“常住人口”；户籍人口不是常住人口：外出的人仍计在内。"
            "规划指标按常住人口核算，请尽量改用常住人口"
        )

    def test_a_shifted_datum_is_second_choice(self):
        columns = {name: ["1"] for name in ("lng_gcj02", "lat_gcj02", "lng_wgs84", "lat_wgs84")}
        found = mapping(columns, "facilities")
        assert (found["lon"], found["lat"]) == ("lng_wgs84", "lat_wgs84")

    def test_what_stands_in_brackets_may_be_left_aside(self):
        one = proposed({"机构名称（全称）": ["甲"]}, "facilities", "name")
        assert one.reason == "表头“机构名称（全称）”（按其中的“机构名称”）是“名称”"
        assert one.confidence == "likely"

    @pytest.mark.parametrize(
        ("columns", "chosen", "reason"),
        [
            (
                ("百度经度", "百度纬度", "GPS经度", "GPS纬度"), ("GPS经度", "GPS纬度"),
                "表头“GPS经度”是“经度”；“百度经度”写的是 BD-09，没有取用",
            ),
            (
                ("经度", "纬度", "lng_wgs", "lat_wgs"), ("lng_wgs", "lat_wgs"),
                "表头“lng_wgs”是“经度”；“经度”没有写坐标系，没有取用",
            ),
            (
                # both of one system, although a longitude alone would be the better one
                ("经度_gcj", "纬度_gcj", "84经度"), ("经度_gcj", "纬度_gcj"),
                "表头“经度_gcj”是“经度”；“84经度”写的是 WGS84，没有取用",
            ),
            (
                ("84经度", "bd_lat"), ("84经度", "bd_lat"),
                "表头“84经度”是“经度”；两列坐标的表头写的坐标系不同，请核对",
            ),
        ],
    )  # fmt: skip
    def test_the_datum_in_the_header(self, columns, chosen, reason):
        cells = {name: ["1"] for name in columns}
        found = mapping(cells, "facilities")
        assert (found["lon"], found["lat"]) == chosen
        one = proposed(cells, "facilities", "lon")
        assert (one.reason, one.confidence) == (reason, "likely")

    @pytest.mark.parametrize(
        ("header", "layer", "ours"),
        [
            ("村庄经度", "demand", "lon"), ("中心点纬度", "demand", "lat"), ("质心X", "demand", "x"),
            ("质心Y", "facilities", "y"), ("高德经度", "facilities", "lon"),
        ],
    )  # fmt: skip
    def test_other_names_of_coordinates(self, header, layer, ours):
        assert mapping({header: ["1"]}, layer) == {ours: header}

    @pytest.mark.parametrize(
        ("header", "layer"),
        [
            ("总人口（男）", "demand"), ("总人口（女）", "demand"), ("人口（外来）", "demand"),
            ("其中/人口", "demand"), ("老年人口情况/人数", "demand"),
        ],
    )  # fmt: skip
    def test_a_part_is_not_the_whole(self, header, layer):
        assert mapping({header: ["1"]}, layer) == {}

    def test_what_is_left_out_has_a_reason(self):
        given = {"总人口（男）": ["1"], "60岁以上（%）": ["20"], "人口": ["3"], "备注": ["x"]}
        assert mapping(given, "demand") == {"population": "人口"}
        assert left_out_columns(table(given), layer="demand") == (
            "“总人口（男）”写着“男”，不是全部的常住人口",
            "“60岁以上（%）”写的是“%”，比例不能当作60岁及以上人口",
        )
        assert left_out_columns(table({"人口": ["3"]}), layer="demand") == ()

    def test_what_in_brackets_means_another_of_ours(self):
        columns = {"人口（常住）": ["9"], "人口（60岁以上）": ["3"], "人口（户籍）": ["1"]}
        assert mapping(columns, "demand") == {
            "population": "人口（常住）", "population_60plus": "人口（60岁以上）",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("header", "reason"),
        [
            ("人口（千户）", "表头“人口（千户）”是“常住人口”；表头里的“千户”不能换算成人"),
            ("人口（平米）", "表头“人口（平米）”是“常住人口”；表头里的“平米”不能换算成人"),
            (
                "人口（甲乙）",
                "表头“人口（甲乙）”（按其中的“人口”）是“常住人口”；“甲乙”不知是什么口径或单位，请核实",
            ),
            (
                "2035年人口（规划）",
                "表头“2035年人口（规划）”（按其中的“人口”）是“常住人口”；是规划或预测数，不是现状数",
            ),
        ],
    )
    def test_what_puts_a_number_in_question(self, header, reason):
        one = proposed({header: ["1"]}, "demand", "population")
        assert (one.reason, one.confidence) == (reason, "guess")
        # taken only where nothing else is there
        assert mapping({header: ["1"], "户籍人口": ["2"]}, "demand") == {"population": "户籍人口"}

    def test_of_several_years_the_latest_that_is_not_planned(self):
        columns = {
            name: ["1"] for name in ("2010年人口", "2035年人口（规划）", "2020年人口", "2040年人口")
        }
        assert proposed(columns, "demand", "population") == (
            "population", "2020年人口",
            (
                "表头“2020年人口”是“常住人口”；还有“2010年人口”，取最近的 2020 年；"
                "“2040年人口”、“2035年人口（规划）”是规划或预测数，不是现状数，没有取用"
            ),
            "likely",
        )  # fmt: skip

    @pytest.mark.parametrize("header", ["AREA", "SHAPE_AREA", "Shape_Area"])
    def test_the_area_of_a_shape_may_be_square_degrees(self, header):
        one = proposed({header: ["1"]}, "facilities", "area_m2")
        assert (one.reason, one.confidence) == (
            f"表头“{header}”勉强可作“面积”；由图形算出的面积可能是平方度，不一定以平方米计，请核实",
            "likely",
        )
        assert mapping({header: ["1"], "建筑面积": ["2"]}, "facilities") == {"area_m2": "建筑面积"}

    def test_degrees_go_before_plane_coordinates(self):
        columns = {
            "经度": ["117.1"], "纬度": ["36.1"], "X坐标": ["39500000.1"], "Y坐标": ["4000000.2"],
        }  # fmt: skip
        found = {one.ours: one for one in propose_mapping(table(columns), layer="demand")}
        assert set(found) == {"lon", "lat"}
        assert found["lon"].reason == (
            "表头就是“经度”；文件里还有平面坐标“X坐标”、“Y坐标”，用经纬度"
        )


class TestPlane:
    @pytest.mark.parametrize(
        ("x", "y", "found"),
        [
            ("117.123", "36.5", {"lon": "X坐标", "lat": "Y坐标"}),
            ("36.5", "117.123", {"lat": "X坐标", "lon": "Y坐标"}),
            ("4123456.7", "512345.6", {"y": "X坐标", "x": "Y坐标"}),  # the surveyor's way round
            ("4123456.7", "39512345.6", {"y": "X坐标", "x": "Y坐标"}),
            ("512345.6", "4123456.7", {"x": "X坐标", "y": "Y坐标"}),
            ("12", "34", {"x": "X坐标", "y": "Y坐标"}),  # nobody knows: as the header says
        ],
    )
    def test_x_and_y_are_read_by_their_cells(self, x, y, found):
        columns = {"X坐标": [x] * 3, "Y坐标": [y] * 3}
        assert mapping(columns, "facilities") == found

    def test_the_reason_says_so(self):
        one = proposed({"X": ["4123456"], "Y": ["512345"]}, "demand", "y")
        assert one == ("y", "X", "表头“X”，测量坐标，X 指北、Y 指东", "likely")


class TestPairs:
    CELLS: ClassVar = ["117.33,37.27", "117.34，37.28"]

    @pytest.mark.parametrize("header", ["经纬度", "坐标", "location", "坐标点", "高德坐标"])
    def test_one_column_is_both(self, header):
        columns = {header: self.CELLS, "备注": ["a", "b"]}
        found = propose_mapping(table(columns), layer="demand")
        reason = f"表头“{header}”，一格里写着经度和纬度，两样都取自这一列"
        assert found == [("lon", header, reason, "likely"), ("lat", header, reason, "likely")]
        assert rules(columns, {"lon": header, "lat": header}, "demand") == []

    @pytest.mark.parametrize(
        "cell",
        ["北纬37.27，东经117.33", "117°19′48″E,37°16′12″N", "(117.33 37.27)", "117.33/37.27"],
    )
    def test_other_ways_of_writing_it(self, cell):
        assert mapping({"经纬度": [cell]}, "facilities") == {"lon": "经纬度", "lat": "经纬度"}

    def test_told_by_the_cells_alone(self):
        assert proposed({"甲": self.CELLS}, "demand", "lat") == (
            "lat", "甲", "表头“甲”看不出含义，一格里有两个数，像一对经纬度，请确认", "guess",
        )  # fmt: skip
        assert mapping({"甲": ["17.5,18.5"]}, "demand") == {}

    def test_columns_of_their_own_go_first_and_words_are_no_pair(self):
        columns = {"坐标": self.CELLS, "经度": ["117.3"] * 2, "纬度": ["37.3"] * 2}
        assert mapping(columns, "demand") == {"lon": "经度", "lat": "纬度"}
        assert mapping({"location": ["甲村东头", "乙村"]}, "facilities") == {}

    def test_pairs_are_neither_x_nor_a_third(self):
        columns = {"坐标": self.CELLS}
        assert rules(columns, {"x": "坐标", "y": "坐标"}, "facilities") == [
            "整列「坐标」：这一列同时用作x（向东）和y（向北），只能用作一样",
            *[
                "整列「坐标」：一格里写了经度和纬度两个数，请把经度、纬度都指定为这一列，或先分成两列"
            ]
            * 2,
        ]
        assert rules(columns, dict.fromkeys(("lon", "lat", "name"), "坐标"), "facilities") == [
            "整列「坐标」：这一列同时用作经度和纬度和名称，只能用作一样"
        ]


class TestByContent:
    COLUMNS: ClassVar = {
        "F1": ["371422001201", "371422001202"], "F2": ["李家村", "王家社区"],
        "F3": ["117.12", "117.2"], "F4": ["36.1", "36.25"], "F5": ["12", "40"],
    }  # fmt: skip

    def test_headers_that_say_nothing(self):
        found = propose_mapping(table(self.COLUMNS), layer="demand")
        assert [(one.ours, one.theirs, one.confidence) for one in found] == [
            ("id", "F1", "guess"), ("name", "F2", "guess"), ("lon", "F3", "guess"),
            ("lat", "F4", "guess"),
        ]  # fmt: skip
        assert found[2].reason == "表头“F3”看不出含义，数值在 73—136 之间，像经度，请确认"

    def test_people_are_never_guessed(self):
        assert "population" not in mapping(self.COLUMNS, "demand")

    def test_a_repeated_column_is_not_taken(self):
        columns = {"经度": ["1", "2"], "备注": ["", ""], "备注_2": ["李家村", "王家社区"]}
        assert mapping(columns, "demand") == {"lon": "经度"}
        assert mapping({"甲_2": columns["备注_2"]}, "demand") == {"name": "甲_2"}

    def test_one_coordinate_alone_is_none(self):
        assert mapping({"F4": ["36.1", "36.25"]}, "demand") == {}

    def test_degrees_and_minutes(self):
        columns = {"E": ["117°20′31″", "117°21′0″"], "N": ["36°2′3″", "36°3′1″"]}
        assert mapping({"甲": columns["E"], "乙": columns["N"]}, "demand") == {
            "lon": "甲", "lat": "乙",
        }  # fmt: skip

    def test_credit_codes_polygons_and_zone_codes(self):
        codes = ["91370100MA3C12345X", "12371422494123456P"]
        columns = {"F1": codes, "F2": ["371422001", "371422001"]}
        assert mapping(columns, "facilities") == {"id": "F1", "zone_code": "F2"}
        assert mapping({"F": ["POLYGON ((0 0, 1 0, 1 1, 0 0))"]}, "zones") == {"geometry": "F"}

    def test_the_header_goes_before_the_cells(self):
        columns = {"经度": ["36.1", "36.2"], "纬度": ["117.1", "117.2"]}
        assert mapping(columns, "demand") == {"lon": "经度", "lat": "纬度"}


class TestCheck:
    GOOD: ClassVar = {"名称": ["甲", "乙"], "经度": ["117.1", "117.2"], "纬度": ["36.1", "36.2"]}

    def test_a_good_mapping(self):
        mapped = {"name": "名称", "lon": "经度", "lat": "纬度"}
        assert rules(self.GOOD, mapped, "demand") == []

    @pytest.mark.parametrize(
        ("mapped", "found"),
        [
            ({"lon": "经度"}, ["整列「经度」：有经度，却没有纬度，两列要成对"]),
            (
                {"lon": "经度", "lat": "经度"},
                [
                    "整列「经度」：这一列同时用作经度和纬度，只能用作一样",
                    "整列「经度」：用作纬度，数值却都在 73—136 之间，像是经度；请检查是否与经度选反了",
                ],
            ),
            (
                {"lon": "经度", "lat": "纬度", "x": "名称", "y": "没有"},
                [
                    "整列「没有」：文件里没有这一列（对应y（向北））",
                    "整列：经纬度和平面坐标（x、y）只能用一对",
                ],
            ),
            (
                {"lon": "纬度", "lat": "经度"},
                [
                    "整列「纬度」：用作经度，数值却都在 3—54 之间，像是纬度；请检查是否与纬度选反了",
                    "整列「经度」：用作纬度，数值却都在 73—136 之间，像是经度；请检查是否与经度选反了",
                ],
            ),
            (
                {"name": "名称"},
                ["整列：没有坐标列，也没有地址、所在村、所在乡镇或单元代码，无法落到地图上"],
            ),
            (
                {"beds": "名称", "lon": "经度", "lat": "纬度"},
                ["整列「名称」：“beds”不是需求点的列，最接近的是“address”（地址）"],
            ),
        ],
    )
    def test_what_is_wrong(self, mapped, found):
        assert rules(self.GOOD, mapped, "demand") == found

    def test_one_cell_with_both_coordinates(self):
        columns = {"a": ["117.1,36.2", "117.2，36.3"], "b": ["", ""]}
        assert rules(columns, {"lon": "a", "lat": "b"}, "facilities") == [
            "整列「a」：一格里写了经度和纬度两个数，请把经度、纬度都指定为这一列，或先分成两列",
            "整列「b」：整列都是空的，不能用作纬度",
        ]

    def test_the_surveyors_x(self):
        columns = {"X": ["4123456.7"], "Y": ["512345.6"]}
        assert rules(columns, {"x": "X", "y": "Y"}, "facilities") == [
            "整列「X」：用作 x（向东），数值却像测量上指北的 X；请检查是否与 y 选反了"
        ]

    def test_a_layer_with_geometry_needs_no_coordinates(self):
        shapes = GeoSeries([box(0, 0, 1, 1)])
        assert rules({"名称": ["甲"]}, {"name": "名称"}, "zones", geometry=shapes) == []
        assert rules({"名称": ["甲"]}, {"name": "名称"}, "zones") == [
            (
                "整列：文件没有图形，也没有指定哪一列是边界（WKT），不能当作边界；"
                "只有人口的表要指定人口列，以及代码或名称列"
            )
        ]


def test_a_table_without_rows_or_columns():
    assert mapping({}, "demand") == {}
    assert mapping({"经度": [], "纬度": [], "甲": []}, "demand") == {"lon": "经度", "lat": "纬度"}


def test_the_table_is_left_as_it_was():
    one = table(dict(TestByContent.COLUMNS))
    before = one.cells.copy()
    propose_mapping(one, layer="demand")
    pd.testing.assert_frame_equal(one.cells, before)


HEADERS = st.one_of(
    st.sampled_from(sorted({spelling for _, spelling in shipped_column_names().meanings})),
    st.sampled_from(
        ["X坐标", "Y坐标", "经度（度）", "lng_gcj02", "实有床位（张）", "甲", "F1", " "]
    ),
    st.text(min_size=1, max_size=6),
)
CELLS = st.sampled_from(["117.12", "36.1", "371422001201", "李家村", "", "4123456.7", "512345.6"])


@given(
    st.dictionaries(HEADERS, st.lists(CELLS, min_size=2, max_size=2), max_size=12),
    st.sampled_from(["facilities", "demand", "zones"]),
)
def test_no_column_is_proposed_twice(columns, layer):
    found = propose_mapping(table(columns), layer=layer)
    ours, theirs = [one.ours for one in found], [one.theirs for one in found]
    assert len(set(ours)) == len(ours)
    assert len(set(theirs)) == len(theirs)
    assert set(ours) <= set(OUR_COLUMNS[layer])
    assert set(theirs) <= set(columns)
    assert not ({"lon", "lat"} <= set(ours) and {"x", "y"} & set(ours))
