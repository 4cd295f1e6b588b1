"""How far an index depends on the choices made: uncertainty, sensitivity, leave-one-out."""

from __future__ import annotations

from sanfu.index.robustness.declaration import (
    RobustnessPlan,
    plan_schema,
    read_plan,
    usual_plan,
)
from sanfu.index.robustness.impossible import ImpossibleCombination
from sanfu.index.robustness.leave_out import LeaveOneOut, leave_one_out
from sanfu.index.robustness.result import Robustness
from sanfu.index.robustness.run import run_robustness
from sanfu.index.robustness.sensitivity import Sensitivity

__all__ = [
    "ImpossibleCombination",
    "LeaveOneOut",
    "Robustness",
    "RobustnessPlan",
    "Sensitivity",
    "leave_one_out",
    "plan_schema",
    "read_plan",
    "run_robustness",
    "usual_plan",
]
