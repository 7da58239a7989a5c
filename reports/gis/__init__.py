"""Layers as files of other programs, one module per format; the door is `reports.layer_files`."""
