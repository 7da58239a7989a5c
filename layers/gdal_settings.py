"""The settings GDAL starts with; import this module before anything that reads through pyogrio.

GDAL guesses a file's format from its content, not from its name. A few lines of XML or JSON in
a file called `villages.geojson` can therefore be an OGR VRT, a GDALG pipeline or a web service
description, and make GDAL open another local file or call another host. GDAL reads these
settings once, when pyogrio is first imported, so they stand in one place and are set before.
`layers.vectors` looks at the first bytes and the chosen driver as well, in case a program that
embeds these modules imported pyogrio earlier.
"""

from __future__ import annotations

import os
import sys
from typing import Final

SKIPPED_DRIVERS: Final = (
    # descriptions that open other files
    "OGR_VRT", "GDALG", "PDS4", "VICAR", "OGR_PDS", "ADBC", "MiraMonVector",
    # formats that call other hosts
    "HTTP", "WFS", "OAPIF", "OGCAPI", "CSW", "EEDA", "Elasticsearch", "Carto", "AmigoCloud",
    "PLSCENES", "NGW", "GeoRSS", "MVT", "MBTiles", "PMTiles", "GPSBabel",
)  # fmt: skip
"""GDAL drivers that no planner's file needs."""

SETTINGS: Final = {
    "GDAL_SKIP": ",".join(SKIPPED_DRIVERS),
    # no remote file has this extension, so /vsicurl/ and its kin open nothing
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{noextension}.none",
}

if "pyogrio" not in sys.modules:
    # The one module whose purpose is a side effect: GDAL offers no later moment to say this.
    os.environ.update(SETTINGS)
