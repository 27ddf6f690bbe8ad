"""Builds that Jenkins no longer serves, read from files on disk.

`source` is used in place of a Jenkins: `layouts` finds the jobs, `numbers` their builds, `records`
reads one build. Whatever somebody put into the folder, nothing outside of it is read.
"""

from squash_jenkins.archive.source import Archive, MakeArchive

__all__ = ["Archive", "MakeArchive"]
