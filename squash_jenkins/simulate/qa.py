"""Offer the makers of simulated QA documents under one name."""

from squash_jenkins.simulate.qa_2016 import validate_drp_document
from squash_jenkins.simulate.qa_2018 import Origin, verify_job_document
from squash_jenkins.simulate.qa_files import (
    load_test_document,
    manifest,
    pack,
    plain_document,
    repos,
)
from squash_jenkins.simulate.sample import Subject

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
