"""Read an office's files: find the table, understand headings, turn cells into exact values."""

from sanfu.registry.reading.hints import Hints
from sanfu.registry.reading.model import Reading, SheetCells
from sanfu.registry.reading.read import read_file

__all__ = ["Hints", "Reading", "SheetCells", "read_file"]
