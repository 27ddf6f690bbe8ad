"""Saving of findings, and of what people state about them."""

from squash_jenkins.store.write.findings.detected import Plan, write_findings
from squash_jenkins.store.write.findings.triage import add_triage

__all__ = ["Plan", "add_triage", "write_findings"]
