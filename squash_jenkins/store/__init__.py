"""The store: the database and the tables beside it; nothing else in the package knows SQL.

`open_store` returns a `Store`, which saves builds, and whose `reader` answers questions. `rows`,
`block_arrays` and `lists` hold what is read. `schema` has the tables, `read` and `write` the SQL,
`service` what the server stores, `blobs` the tables that came with reports.
"""

from squash_jenkins.store.blobs.detach import detach_blobs
from squash_jenkins.store.blobs.store import BlobStore
from squash_jenkins.store.engine import Also
from squash_jenkins.store.opening import Store, open_store
from squash_jenkins.store.read.builds import BuildReader
from squash_jenkins.store.read.contents import ContentReader
from squash_jenkins.store.read.definitions import DefinitionReader
from squash_jenkins.store.read.reader import Reader
from squash_jenkins.store.read.revisions import RevisionReader
from squash_jenkins.store.schema.types import urls_without_sign_in
from squash_jenkins.store.write.builds import Saved
from squash_jenkins.store.write.findings import Plan

__all__ = [
    "Also",
    "BlobStore",
    "BuildReader",
    "ContentReader",
    "DefinitionReader",
    "Plan",
    "Reader",
    "RevisionReader",
    "Saved",
    "Store",
    "detach_blobs",
    "open_store",
    "urls_without_sign_in",
]
