"""Columns that several result tables share."""

from __future__ import annotations

from typing import Final

from coverage.contracts import Column

LABEL: Final = "label"
"""The column that the writer adds to every table."""

# fmt: off
LABEL_COLUMN: Final = Column(
    LABEL, "text", "数据说明",
    "必须随数据一起出示的说明，如“合成数据”；没有时为空", nullable=True,
)
STANDARD_ID: Final = Column("standard_id", "text", "标准代码", "服务圈或救治圈的代码")
STANDARD_NAME: Final = Column("standard_name", "text", "标准名称", "服务圈或救治圈的名称")
READING_ID: Final = Column(
    "reading_id", "text", "口径代码", "同一标准的一种算法；主口径与标准代码相同"
)
READING_NAME: Final = Column("reading_name", "text", "口径名称", "这种算法的名称")
# fmt: on
