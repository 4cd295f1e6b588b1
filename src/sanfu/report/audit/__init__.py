"""The audit of an index as a page on which every number can be followed down to its cell."""

from sanfu.report.audit.page import audit_document, audit_html, write_audit

__all__ = ["audit_document", "audit_html", "write_audit"]
