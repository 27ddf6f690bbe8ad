"""Keep builds in the database; nothing else in the package knows SQL."""

from squash_jenkins.store.blobs.detach import detach_blobs
from squash_jenkins.store.blobs.store import BlobStore
from squash_jenkins.store.engine import Also
from squash_jenkins.store.opening import Store, open_store
from squash_jenkins.store.read.reader import Reader
from squash_jenkins.store.schema.types import urls_without_sign_in
from squash_jenkins.store.write.builds import Saved
from squash_jenkins.store.write.findings import Plan

__all__ = [
    "Also",
    "BlobStore",
    "Plan",
    "Reader",
    "Saved",
    "Store",
    "detach_blobs",
    "open_store",
    "urls_without_sign_in",
]
