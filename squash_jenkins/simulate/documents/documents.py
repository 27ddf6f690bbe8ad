"""Offer the makers of simulated QA documents under one name."""

from squash_jenkins.simulate.documents.files import (
    load_test_document,
    manifest,
    pack,
    plain_document,
    repos,
)
from squash_jenkins.simulate.documents.sample import Subject
from squash_jenkins.simulate.documents.validate_drp_2016 import validate_drp_document
from squash_jenkins.simulate.documents.verify_2018 import Origin, verify_job_document

__all__ = [
    "Origin",
    "Subject",
    "load_test_document",
    "manifest",
    "pack",
    "plain_document",
    "repos",
    "validate_drp_document",
    "verify_job_document",
]
