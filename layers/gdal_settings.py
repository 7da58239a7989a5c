"""The settings GDAL starts with; import this module before pyogrio and before rasterio.

GDAL guesses a file's format from its content, not from its name. A few lines of XML or JSON in
a file called `villages.geojson` can therefore be an OGR VRT, a GDALG pipeline or a web service
description, and make GDAL open another local file or call another host. So every driver is off
that no planner's file needs. pyogrio and rasterio each bring a GDAL of their own; both read
these settings once, when they start, so they stand in one place and are set before.
`layers.formats` looks at the first bytes and the chosen driver as well, in case a program that
embeds these modules imported them earlier.
"""

from __future__ import annotations

import os
from typing import Final

NEEDED_DRIVERS: Final = (
    "GPKG", "GeoJSON", "ESRI Shapefile", "OpenFileGDB", "DXF", "KML", "GTiff", "COG", "MEM",
    "Memory",
)  # fmt: skip
"""What is left: KML and COG to write, MEM and its older name Memory for arrays in memory."""

SKIPPED_VECTOR_DRIVERS: Final = (
    # descriptions that open other files
    "OGR_VRT", "GDALG", "PDS4", "VICAR", "OGR_PDS", "ADBC", "MiraMonVector",
    # formats that call other hosts
    "HTTP", "WFS", "OAPIF", "OGCAPI", "CSW", "EEDA", "Elasticsearch", "Carto", "AmigoCloud",
    "PLSCENES", "NGW", "GeoRSS", "MVT", "MBTiles", "PMTiles", "GPSBabel", "CouchDB", "Cloudant",
    # databases
    "PostgreSQL", "MySQL", "MSSQLSpatial", "ODBC", "PGeo", "MongoDBv3", "OCI", "HANA", "SQLite",
    "PGDUMP", "IDB", "SOSI", "Ingres", "DB2ODBC", "ArrowFlightSQL",
    # formats that no office here uses, or that this program reads by itself
    "AIVector", "AVCBin", "AVCE00", "Arrow", "AutoCAD", "CAD", "CSV", "DGN", "DGNv8", "DWG",
    "EDIGEO", "ESRIJSON", "FileGDB", "FlatGeobuf", "GML", "GMLAS", "GMT", "GPX", "GTFS",
    "GeoJSONSeq", "Geoconcept", "Idrisi", "Interlis 1", "Interlis 2", "JML", "JSONFG", "LIBKML",
    "LVBAG", "MapInfo File", "MapML", "NAS", "ODS", "OGR_DODS", "OGR_GMT", "OGR_SDTS", "OSM",
    "OpenJUMP", "PCIDSK", "PDF", "Parquet", "REC", "S57", "SVG", "SXF", "Selafin", "TIGER",
    "TopoJSON", "UK .NTF", "VDV", "VFK", "WAsP", "XLS", "XLSX", "XODR", "AIS", "Walk",
)  # fmt: skip
"""Vector drivers that are off."""

SKIPPED_RASTER_DRIVERS: Final = (
    # descriptions that open other files
    "VRT", "GTI", "DERIVED", "STACIT", "STACTA", "MRF", "ERS", "Rasterlite", "KMLSUPEROVERLAY",
    "GNMDatabase", "GNMFile", "PostGISRaster", "GeoRaster", "Zarr", "TileDB", "ESRIC", "HEIF",
    # formats that call other hosts
    "WMS", "WMTS", "WCS", "DAAS", "EEDAI", "PLMOSAIC", "ECW", "JPIPKAK", "MrSID", "JP2MrSID",
    "OPENDAP", "DODS", "RDA", "GRASS", "GRASSASCIIGrid",
    # formats that no office here uses for the number of people
    "AAIGrid", "ACE2", "ADRG", "AIG", "AirSAR", "AVIF", "BAG", "BASISU", "BIGGIF", "BLX", "BMP",
    "BSB", "BT", "BYN", "CAD", "CALS", "CEOS", "COASP", "COSAR", "CPG", "CTG", "CTable2", "DDS",
    "DIMAP", "DIPEx", "DOQ1", "DOQ2", "DTED", "E00GRID", "ECRGTOC", "EHdr", "EIR", "ELAS", "ENVI",
    "ESAT", "EXR", "FAST", "FIT", "FITS", "FUJIBAS", "GFF", "GIF", "GRIB", "GS7BG", "GSAG", "GSBG",
    "GSC", "GTX", "GXF", "GenBin", "HDF4", "HDF4Image", "HDF5", "HDF5Image", "HF2", "HFA", "ILWIS",
    "INGR", "IRIS", "ISCE", "ISG", "ISIS2", "ISIS3", "JAXAPALSAR", "JDEM", "JP2ECW", "JP2KAK",
    "JP2Lura", "JP2OpenJPEG", "JPEG", "JPEGLS", "JPEGXL", "JPEG2000", "KEA", "KRO", "KTX2", "L1B",
    "LAN", "LCP", "LIBERTIFF", "LOSLAS", "Leveller", "MAP", "MFF", "MFF2", "MSG", "MSGN",
    "MiraMonRaster", "NDF", "NGSGEOID", "NITF", "NOAA_B", "NSIDCbin", "NTv1", "NTv2", "NULL",
    "NWT_GRC", "NWT_GRD", "OZI", "PAux", "PCRaster", "PDS", "PNG", "PNM", "PRF", "R", "RASTERLITE",
    "RCM", "RDB", "RIK", "RMF", "ROI_PAC", "RPFTOC", "RRASTER", "RS2", "RST", "S102", "S104",
    "S111", "SAFE", "SAGA", "SAR_CEOS", "SDTS", "SENTINEL2", "SGI", "SIGDEM", "SNAP_TIFF", "SNODAS",
    "SRP", "SRTMHGT", "TGA", "TIL", "TSX", "Terragen", "USGSDEM", "WEBP", "XPM", "XYZ", "ZMap",
    "netCDF",
)  # fmt: skip
"""Raster drivers that are off."""

SETTINGS: Final = {
    "GDAL_SKIP": ",".join(SKIPPED_RASTER_DRIVERS),
    "OGR_SKIP": ",".join(SKIPPED_VECTOR_DRIVERS),
    # Each of the two libraries has drivers that the other has not, and warns of every name that it
    # does not know; what goes wrong in a file reaches the planner through exceptions.
    "CPL_LOG": os.devnull,
    # no drivers from elsewhere on the machine
    "GDAL_DRIVER_PATH": "disable",
    # no remote file has this extension, so /vsicurl/ and its kin open nothing
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{noextension}.none",
    # what asks a host all the same asks this machine, where nobody answers
    "GDAL_HTTP_PROXY": "127.0.0.1:9",
    # a .aux.xml beside a raster can name another file as its overview
    "GDAL_PAM_ENABLED": "NO",
    # were a VRT ever opened, it would run no code and read no file as raw numbers
    "GDAL_VRT_ENABLE_PYTHON": "NO",
    "GDAL_VRT_ENABLE_RAWRASTERBAND": "NO",
}

# The one module whose purpose is a side effect: GDAL offers no later moment to say this.
os.environ.update(SETTINGS)
