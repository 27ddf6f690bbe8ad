"""Find the folders of a job's builds by their numbers."""

import re
from pathlib import Path

from squash_jenkins.archive.build_xml import read_build_xml
from squash_jenkins.archive.entries import Look, is_file, links_in
from squash_jenkins.errors import UnexpectedAnswer

_LARGEST = 2**31 - 1
"""The largest build number of Jenkins."""
_STAMP = re.compile(r"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d.*", re.ASCII)
"""Until 2015 folders of builds were named by the time; links from the numbers led there."""


def build_number(name: str) -> int | None:
    """Return the number that is the name of a folder; None for any other name."""
    if not (name.isascii() and name.isdecimal() and len(name) < 20):
        return None
    number = int(name)
    return number if 0 < number <= _LARGEST else None


def numbered(folder: Path, look: Look) -> dict[int, str]:
    """Return the names of the build folders in a folder by the numbers of the builds."""
    found: dict[int, str] = {}
    for name in look(folder):
        number = build_number(name)
        if number is not None and (number not in found or str(number) == name):
            found[number] = name
    return found


def numbered_by_jenkins(folder: Path, look: Look) -> dict[int, str]:
    """Return what `numbered` returns, for a ``builds`` folder of any age.

    Where the links from numbers to times were lost in copying, build.xml has the number; an
    unreadable one is left out, as nothing shows which build it was.
    """
    found = numbered(folder, look)
    for name, target in links_in(folder).items():
        number = build_number(name)
        if number is not None:
            found.setdefault(number, target)
    linked = set(found.values())
    for name in look(folder):
        if _STAMP.fullmatch(name) and name not in linked:
            number = _number_in(folder / name / "build.xml")
            if number is not None:
                found.setdefault(number, name)
    return found


def _number_in(file: Path) -> int | None:
    if not is_file(file):
        return None
    try:
        number = read_build_xml(file)["number"]
    except UnexpectedAnswer:
        return None
    return number if isinstance(number, int) and 0 < number <= _LARGEST else None
