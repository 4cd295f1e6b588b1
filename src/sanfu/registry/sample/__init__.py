"""The synthetic sample: a registry like Shanghai's, calibrated to published aggregates.

Every firm is made up (``synthetic = true``, organisation code beginning ``TT``). `shanghai` makes
the clean frames, `calibration` compares them with what is published.
"""

from __future__ import annotations

from sanfu.registry.sample.calibration import calibration
from sanfu.registry.sample.generate import SampleRegistry, chunks, in_force, shanghai

__all__ = ["SampleRegistry", "calibration", "chunks", "in_force", "shanghai"]
