"""What a file is by its first bytes, whatever it is called."""

from __future__ import annotations

import re
from typing import Final

LOOKED_AT: Final = 4096
"""Bytes from the beginning of a file that tell what it is."""

OLE_MARK: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""First bytes of the compound files of Office 97 to 2003: .xls, .doc, workbooks with a password."""

_MARKS: Final = (
    (b"PK\x03\x04", "压缩包（.zip、.xlsx 之类）"),
    (b"PK\x05\x06", "空的压缩包"),
    (OLE_MARK, "旧版 Office 文件（.xls、.doc 之类）"),
    (b"\x89PNG\r\n\x1a\n", "PNG 图片"),
    (b"\xff\xd8\xff", "JPEG 图片"),
    (b"GIF8", "GIF 图片"),
    (b"II*\0", "TIFF 图片或栅格"),
    (b"MM\0*", "TIFF 图片或栅格"),
    (b"II+\0", "TIFF 图片或栅格"),
    (b"%PDF-", "PDF 文件"),
    (b"SQLite format 3\0", "GeoPackage 或 SQLite 数据库"),
    (b"Rar!\x1a\x07", "RAR 压缩包"),
    (b"7z\xbc\xaf\x27\x1c", "7z 压缩包"),
    (b"\x1f\x8b\x08", "GZIP 压缩包"),
    (b"BZh", "BZIP2 压缩包"),
    (b"\xfd7zXZ\0", "XZ 压缩包"),
    (b"\x7fELF", "程序"),
    (b"MZ\x90\0", "程序"),
    (b"\0\0\x27\x0a", "Shapefile（.shp 或 .shx）"),
    (b"{\\rtf", "RTF 文档"),
)

_WRITTEN: Final = (
    (r"<OGRVRT|<VRTDataset", "VRT（指向别的文件的清单）"),
    (r"<\?mso-application|urn:schemas-microsoft-com:office:spreadsheet", "Excel 2003 的 XML 表格"),
    (r"<kml\b", "KML 图层"),
    (r"<!DOCTYPE\s+html|<html\b|<table\b|<meta\b", "网页（HTML）"),
    (r"<\?xml\b|<!DOCTYPE|<!ENTITY", "XML 文件"),
    (r"\A\s*\{.*\"gdal_streamed_alg\"", "GDALG（要 GDAL 去处理别的文件的命令）"),
    (r"\A\s*(\{\s*\"|\{\s*\}|\[\s*[\[{])", "JSON 文件（GeoJSON 之类）"),
    (r"\AMIME-Version:", "网页（单个文件的 MHTML）"),
)
"""Searched in this order in a file that begins as markup does."""

_MARKUP: Final = re.compile(r"\A\s*(<[?!]|<\w+[\s>/:]|\{|\[\s*[\[{]|MIME-Version:)")


def content_name(start: bytes) -> str:
    """
    What a file is that is no text table, in Chinese; "" where it may be one.

    Parameters
    ----------
    start
        Its first bytes, `LOOKED_AT` of them or all.

    Examples
    --------
    >>> content_name(bytes.fromhex("89504e470d0a1a0a0000"))
    'PNG 图片'
    >>> content_name("编码,名称".encode("gbk"))
    ''
    """
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    text = start.removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = start.decode("utf-16", errors="replace")
    if _MARKUP.match(text):
        for pattern, name in _WRITTEN:
            if re.search(pattern, text, re.IGNORECASE | re.DOTALL):
                return name
    return ""
