"""Read builds that Jenkins no longer serves from files on disk."""

from squash_jenkins.archive.source import Archive, MakeArchive

__all__ = ["Archive", "MakeArchive"]
