"""Make the files of 示例县 again: `python -m layers.samples`."""

from __future__ import annotations

from layers.samples import write_demo_county

for file in write_demo_county():
    print(file)  # noqa: T201 - a command tells what it wrote
