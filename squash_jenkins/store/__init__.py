"""Keep builds in the database; nothing else in the package knows SQL."""

from squash_jenkins.store.blobs import BlobStore
from squash_jenkins.store.finding_rows import Plan
from squash_jenkins.store.light import keep_blobs
from squash_jenkins.store.opening import Store, open_store
from squash_jenkins.store.read import Reader
from squash_jenkins.store.write import Also, Saved

__all__ = [
    "Also",
    "BlobStore",
    "Plan",
    "Reader",
    "Saved",
    "Store",
    "keep_blobs",
    "open_store",
]
