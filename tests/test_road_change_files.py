"""Road changes written to a file and read again; files by hand, broken in every way."""

from __future__ import annotations

import re
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.changes.road_change import RoadChange
from coverage.changes.road_changes import apply_road_changes
from coverage.errors import RoadChangeError
from coverage.roads import USERS
from layers.road_changes import (
    places_from_degrees,
    places_in_degrees,
    read_road_changes,
    road_changes_text,
)
from tests.hostile import HOSTILE
from tests.networks import METRIC_CRS, toy_roads

X0, Y0 = 39_500_000.0, 4_000_000.0

CHANGES = (
    RoadChange("c1", "封老桥", "close", ((X0 + 500.123, Y0 + 0.4567),)),
    RoadChange("c2", "货车禁行", "close", ((X0, Y0), (X0 + 9, Y0)), users=("motor", "bicycle")),
    RoadChange("s1", "学校\t限速", "speed", ((X0 + 1500.0, Y0),), 30),
    RoadChange("a1", "", "add", ((X0, Y0), (X0 + 1, Y0 - 2e4)), 62.5, "primary", True, None),
    RoadChange("a2", HOSTILE, "add", ((X0, Y0), (X0, Y0 + 1)), joins="crossings", users=USERS),
)  # fmt: skip


def write(folder, text: str):
    path = folder / "road_changes.toml"
    path.write_bytes(text.encode())
    return path


def test_what_is_written_is_read_again(tmp_path) -> None:
    text = road_changes_text(CHANGES, METRIC_CRS)
    read = read_road_changes(write(tmp_path, text), METRIC_CRS)
    assert read == CHANGES
    assert road_changes_text(read, METRIC_CRS) == text


def test_the_file_as_it_stands() -> None:
    text = road_changes_text(CHANGES[:4:3], METRIC_CRS)
    head, first, second = re.split(r"(?m)^(?=\[\[changes\]\])", text)
    assert head.startswith("# 道路变更（假设情景）：封闭道路、改变限速、新增道路。")
    assert all(line.startswith("#") for line in head.split("\n") if line)
    assert max(map(len, head.split("\n"))) < 100
    assert first == (
        '[[changes]]\nid = "c1"\nname = "封老桥"\naction = "close"\n'
        "places = [[117.005555988, 36.130296910]]\n\n"
    )
    assert second == (
        '[[changes]]\nid = "a1"\nname = ""\naction = "add"\n'
        "places = [[117.000000000, 36.130292921], [117.000011084, 35.950047374]]\n"
        'speed_kph = 62.5\nroad_class = "primary"\noneway = true\njoins = "ends"\n'
    )


def test_no_change_is_a_file_too(tmp_path) -> None:
    text = road_changes_text([], METRIC_CRS)
    assert tomllib.loads(text) == {}
    assert read_road_changes(write(tmp_path, text), METRIC_CRS) == ()


@given(
    st.lists(
        st.builds(
            RoadChange,
            change_id=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9).filter(str.strip),
            name=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
            action=st.just("add"),
            places=st.lists(
                st.tuples(st.floats(X0 - 2e5, X0 + 2e5), st.floats(Y0 - 1e6, Y0 + 1e6)),
                min_size=2, max_size=4, unique_by=lambda xy: round(xy[0], 3),
            ).map(tuple),
            speed_kph=st.none() | st.floats(1, 200),
            road_class=st.sampled_from(["primary", "path", ""]),
            oneway=st.booleans(),
            users=st.none() | st.sampled_from([USERS, ("foot",)]),
            joins=st.sampled_from(["ends", "crossings"]),
        ),
        max_size=3, unique_by=lambda change: change.change_id,
    )
)  # fmt: skip
def test_any_change_comes_back_the_same(tmp_path_factory, changes) -> None:
    text = road_changes_text(changes, METRIC_CRS)
    path = write(tmp_path_factory.getbasetemp(), text)
    assert read_road_changes(path, METRIC_CRS) == tuple(changes)


def test_a_change_that_could_not_be_read_is_not_written() -> None:
    for change, sentence in (
        (
            RoadChange("s", "限速", "speed", ((X0, Y0),), 500),
            "道路变更「限速」的速度应不小于 1、不超过 200 公里/小时，现为 500。",
        ),
        (
            RoadChange("s", "限速", "speed", ((0.0, 0.0),), 50),
            "道路变更「限速」的位置换算不成经纬度，请重新在图上选点。",
        ),
    ):
        with pytest.raises(RoadChangeError) as caught:
            road_changes_text([change], METRIC_CRS)
        assert str(caught.value) == sentence
    with pytest.raises(RoadChangeError, match="编号重复"):
        road_changes_text(CHANGES[:1] * 2, METRIC_CRS)


CLOSE = 'id = "c"\nname = "封桥"\naction = "close"\n'
ADD = 'id = "a"\nname = "新桥"\naction = "add"\n'
LINE = "places = [[117.0, 36.13], [117.01, 36.13]]\n"


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (
            'id = "s"\nname = "限速"\naction = "speed"\nspeed_kph = 0\n' + LINE,
            "第 1 项：道路变更「限速」的速度应不小于 1、不超过 200 公里/小时，现为 0。",
        ),
        (
            'id = "s"\nname = "限速"\naction = "speed"\nspeed_kph = -30.5\n' + LINE,
            "第 1 项：道路变更「限速」的速度应不小于 1、不超过 200 公里/小时，现为 -30.5。",
        ),
        (
            'id = "s"\nname = "限速"\naction = "speed"\nspeed_kph = 500\n' + LINE,
            "第 1 项：道路变更「限速」的速度应不小于 1、不超过 200 公里/小时，现为 500。",
        ),
        (
            'id = "s"\nname = "限速"\naction = "speed"\n' + LINE,
            "第 1 项：道路变更「限速」没有写速度（公里/小时），请填写。",
        ),
        (
            'id = "s"\naction = "speed"\nspeed_kph = "快"\n' + LINE,
            "「changes」的第 1 项的「speed_kph」应为数字，现为 '快'。",
        ),
        (
            'id = "s"\naction = "speed"\nspeed_kph = nan\n' + LINE,
            "「changes」的第 1 项的「speed_kph」应为有限的数字，现为 nan。",
        ),
        (
            ADD + 'road_class = "primery"\n' + LINE,
            "第 1 项：道路变更「新桥」的道路等级「primery」不认识，最接近的是「primary」。",
        ),
        (
            ADD + "places = [[117.0, 36.13]]",
            "第 1 项：道路变更「新桥」只有 1 个不同的点，新增道路至少要两个不同的点。",
        ),
        (
            ADD + "places = [[117.0, 36.13], [117.0, 36.13]]",
            "第 1 项：道路变更「新桥」只有 1 个不同的点，新增道路至少要两个不同的点。",
        ),
        (
            CLOSE + "places = []",
            "第 1 项：道路变更「封桥」没有写明位置，请在图上点选道路。",
        ),
        (
            CLOSE + "places = [[117.0]]",
            "第 1 项：道路变更「封桥」的第 1 个点应写成 [经度, 纬度] 两个数字。",
        ),
        (
            CLOSE + "places = [[117.0, 36.13], [500.0, 36.13]]",
            "第 1 项：道路变更「封桥」的第 2 个点（经度 500，纬度 36.13）不在地球上，请改正。",
        ),
        (
            CLOSE + "places = [[36.13, 117.0]]",
            (
                "第 1 项：道路变更「封桥」的第 1 个点（经度 36.13，纬度 117）不在地球上，"
                "请检查是否把经度、纬度写反。"
            ),
        ),
        (
            CLOSE + "places = [[27.0, 0.0]]",
            "第 1 项：道路变更「封桥」的位置离研究区太远，请检查经纬度。",
        ),
        (
            CLOSE + "places = [117.0, 36.13]",
            (
                "「changes」的第 1 项的「places」的第 1 项应为列表（写在 [ ] 里），现为 117.0。"
                "「changes」的第 1 项的「places」的第 2 项应为列表（写在 [ ] 里），现为 36.13。"
            ),
        ),
        (
            CLOSE + "joins = 'crossings'\n" + LINE,
            "第 1 项：道路变更「封桥」不是新增道路，接入方式不起作用，请删去。",
        ),
        (
            CLOSE + "speed = 30\n" + LINE,
            "「changes」的第 1 项的「speed」不是已知的设置，最接近的是「speed_kph」。",
        ),
        (
            'id = "c"\naction = "shut"\n' + LINE,
            "「changes」的第 1 项的「action」只能是 'close'、'speed'、'add'，现为 'shut'。",
        ),
        (
            CLOSE + 'users = ["foot", "cars"]\n' + LINE,
            "「changes」的第 1 项的「users」的第 2 项只能是 'foot'、'bicycle'、'motor'，现为 'cars'。",
        ),
        (CLOSE, "缺少「changes」的第 1 项的「places」。"),
        (
            CLOSE + f"places = [{'[117.0, 36.13],' * 10001}]",
            "第 1 项：道路变更「封桥」有 10001 个点，不得超过 10000 个。",
        ),
    ],
)
def test_a_fault_is_one_sentence(tmp_path, table, sentence) -> None:
    path = write(tmp_path, f"[[changes]]\n{table}")
    with pytest.raises(RoadChangeError) as caught:
        read_road_changes(path, METRIC_CRS)
    head, _, faults = str(caught.value).partition("处问题：")
    assert re.fullmatch(r"设置文件「road_changes.toml」有 \d ", head)
    assert faults == sentence


def test_all_faults_come_together(tmp_path) -> None:
    text = f"[[changes]]\n{CLOSE}places = []\n[[changes]]\n{ADD}places = []\n[[changes]]\n{CLOSE}{LINE}"
    with pytest.raises(RoadChangeError) as caught:
        read_road_changes(write(tmp_path, text), METRIC_CRS)
    assert str(caught.value) == (
        "设置文件「road_changes.toml」有 3 处问题："
        "第 1 项：道路变更「封桥」没有写明位置，请在图上点选道路。"
        "第 2 项：道路变更「新桥」只有 0 个不同的点，新增道路至少要两个不同的点。"
        "道路变更有 2 项的编号重复，第一个是「c」，请改成不同的编号。"
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("changes = 5", "有 1 处问题：「changes」应为列表（写在 [ ] 里），现为 5。"),
        ("change = []", "有 1 处问题：「change」不是已知的设置，最接近的是「changes」。"),
        ("[[changes]\n", "不合 TOML 格式：第 1 行第 10 列，方括号没有成对。请改正这一处后重试。"),
        (f"[[changes]]\n{CLOSE}{LINE}" * 501, "有 501 项道路变更，不得超过 500 项。"),
    ],
)
def test_a_file_that_is_none(tmp_path, text, sentence) -> None:
    with pytest.raises(RoadChangeError) as caught:
        read_road_changes(write(tmp_path, text), METRIC_CRS)
    assert str(caught.value) == f"设置文件「road_changes.toml」{sentence}"


def test_no_file(tmp_path) -> None:
    with pytest.raises(RoadChangeError, match=r"找不到设置文件「none\.toml」"):
        read_road_changes(tmp_path / "none.toml", METRIC_CRS)


def test_nowhere_near_a_road(tmp_path) -> None:
    roads = toy_roads([(0, 1, "primary")], {0: (X0, Y0), 1: (X0 + 1000, Y0)})
    changes = read_road_changes(
        write(tmp_path, f"[[changes]]\n{CLOSE}places = [[117.2, 36.13]]"), METRIC_CRS
    )
    with pytest.raises(RoadChangeError) as caught:
        apply_road_changes(roads, changes)
    assert str(caught.value) == (
        "道路变更「封桥」的点选的位置周围 200 米以内没有可以封闭的路，请把点移到路上。"
    )


def test_degrees_and_metres() -> None:
    assert places_from_degrees([], METRIC_CRS) == ()
    assert places_in_degrees([], METRIC_CRS) == ()
    (one,) = places_from_degrees([(117.0, 36.13)], METRIC_CRS)
    assert one == pytest.approx((X0, 3_999_967.5), abs=0.1)
    assert places_in_degrees([one], METRIC_CRS)[0] == pytest.approx((117.0, 36.13), abs=1e-12)
