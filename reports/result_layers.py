"""The results of a report as files of GIS and CAD programs; the door of `reports.gis.result_out`.

As with `reports.layer_files`, every file says its datum, and whatever a format cannot carry is
said in a sentence: the list 导出说明 lies beside the files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reports.files import CSV_ENCODING, LINE_END
from reports.gis.out_datums import out_datum
from reports.gis.result_out import FACILITY_CIRCLES, result_out_layers
from reports.layer_files import FORMATS, files_of_format, safe_file_name

if TYPE_CHECKING:
    from reports.report_content import ReportContent

RESULT_FORMATS: Final = ("gpkg", "geojson", "kml", "shp", "dxf")
"""Words of `reports.layer_files.FORMATS`; the tables stand in the report's own workbook."""


def result_layer_files(content: ReportContent) -> dict[str, bytes]:
    """
    Villages, gaps, service areas, townships, facilities and sites as GIS and CAD files.

    GeoPackage and DXF hold all layers in one file; the datum is that of the settings.

    Parameters
    ----------
    content
        What the report is written from.

    Returns
    -------
    files
        File name -> content, the list of what was shortened or could not be carried last; the
        same content gives the same bytes.

    Raises
    ------
    CrsError
        If the datum is not known, or does not fit the project.
    """
    crs = content.assessment.layers.zones.crs
    datum = out_datum(content.settings.datum, crs=crs)
    layers = result_out_layers(content, datum)
    name = f"{safe_file_name(content.name)}_成果"
    files: dict[str, bytes] = {}
    notes = [note for layer in layers for note in layer.notes]
    if any(layer.title == FACILITY_CIRCLES for layer in layers):
        notes.append(f"“{FACILITY_CIRCLES}”图形很多，只写进 GeoPackage；其余格式有合并后的服务圈。")
    for one in RESULT_FORMATS if layers else ():
        drawn = layers
        if one == "kml" and not datum.is_degrees:
            degrees = out_datum("cgcs2000", crs=crs)
            drawn = result_out_layers(content, degrees)
            notes.append(f"KML 只能是经纬度，已改按{degrees.title}写出。")
        if one != "gpkg":
            drawn = [each for each in drawn if each.title != FACILITY_CIRCLES]
        for file, (written, told) in files_of_format(drawn, one, name).items():
            files[file] = written
            notes += told
    head = [
        f"{content.name}成果图层",
        f"坐标系：{datum.title}。",
        *([content.label] if content.label else []),
        *(f"图层“{layer.title}”：{len(layer.shapes):,} 条。" for layer in layers),
        *(f"文件：{file}（{_format_of(file)}）" for file in files),
    ]
    text = LINE_END.join([*head, *dict.fromkeys(notes), ""])
    listed = f"{name}_{datum.file_word}_导出说明.txt"
    return {**files, listed: text.encode(CSV_ENCODING, errors="replace")}


def _format_of(file: str) -> str:
    return FORMATS["shp" if file.endswith("_shp.zip") else file.rpartition(".")[2]]
