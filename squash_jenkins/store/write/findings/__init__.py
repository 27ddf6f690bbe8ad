"""Saving of findings, and of what people state about them."""

from squash_jenkins.store.write.findings.comments import add_comment, delete_comment
from squash_jenkins.store.write.findings.detected import Plan, write_findings
from squash_jenkins.store.write.findings.triage import add_triage, undo_triage

__all__ = [
    "Plan",
    "add_comment",
    "add_triage",
    "delete_comment",
    "undo_triage",
    "write_findings",
]
