"""Check a framework and figures: all faults at once, each with its line and what mends it.

The figures are made up for this example (合成数据 / synthetic).
"""

from __future__ import annotations

from pathlib import Path

from sanfu.errors import DeclarationFaults
from sanfu.index import FiguresFault, read_figures, read_framework

FRAMEWORK = """\
framework: example
name: {zh: 示例指数, en: example index}
nodes:
  index: {name: {zh: 总指数, en: index}, aggregate: geometric}
  people: {name: {zh: 人才, en: people}, parent: index}
indicators:
  researchers:
    name: {zh: 每万人研发人员, en: "researchers per 10,000"}
    parent: peple
  turnover:
    name: {zh: 人员流失率, en: staff turnover}
    parent: people
    direction: 2
"""
file = Path("example.yaml")
file.write_text(FRAMEWORK, encoding="utf-8")
try:
    read_framework(file)
except DeclarationFaults as wrong:
    for fault in wrong.faults:
        print(fault.line, fault.where, "—", fault.text)

mended = FRAMEWORK.replace("peple", "people").replace("direction: 2", "direction: -1")
mended += "method: {normalise: {method: minmax, low: 1}}\n"  # a geometric mean needs scores above 0
file.write_text(mended, encoding="utf-8")
framework = read_framework(file)
print(
    framework.name.text(), "—", len(framework.indicators), "indicators,", framework.content_hash()
)

try:
    read_figures({"unit": ["甲区", "甲区"], "researchers": ["5", "7人"]}, framework)
except FiguresFault as wrong:
    for text in wrong.faults:
        print(text)
