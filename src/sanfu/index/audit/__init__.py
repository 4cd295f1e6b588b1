"""The one-call audit: the eleven questions that a statistician asks of a composite index."""

from sanfu.index.audit.model import Audit, AuditTable, Check
from sanfu.index.audit.run import audit_index
from sanfu.index.audit.thresholds import THRESHOLDS, Thresholds

__all__ = ["THRESHOLDS", "Audit", "AuditTable", "Check", "Thresholds", "audit_index"]
