"""The world coming in: files and OpenStreetMap, read into checked layers."""
