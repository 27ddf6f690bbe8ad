"""The branch or pull request that a job of a multibranch project builds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class ListedBranch:
    """What Jenkins says of a job in its list of a multibranch project.

    `alive` is False once the branch or pull request is gone: Jenkins then only stores its builds.
    `url` is that of the branch or pull request, where its branch source names it.
    """

    primary: bool = False
    alive: bool = True
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """The branch that a job of a multibranch project builds, as far as its builds know.

    `name` is that of the branch (``PR-12`` of a pull request); a pull request has the identifier
    `change`, the branch `target` that it is to be merged into, and a `url`. `primary` is True for
    the main branch of the repository.
    """

    name: str | None = None
    change: str | None = None
    target: str | None = None
    url: str | None = None
    primary: bool = False

    @classmethod
    def of(cls, variables: Mapping[str, object]) -> Self | None:
        """Return the branch that environment variables or parameters of a build name.

        These are the variables that the Branch API plug-in sets in every build of a branch. None
        when there is none of them.
        """

        def text(name: str) -> str | None:
            value = variables.get(name)
            return value.strip()[:_LONGEST] or None if isinstance(value, str) else None

        primary = text("BRANCH_IS_PRIMARY") == "true"
        names = ("BRANCH_NAME", "CHANGE_ID", "CHANGE_TARGET", "CHANGE_URL")
        name, change, target, url = map(text, names)
        found = cls(name, change, target, url, primary)
        return None if found == cls() else found

    def updated(self, newer: "Branch") -> "Branch":
        """Return the branch as it is known now; what the newer one does not know stays."""
        return Branch(
            newer.name or self.name,
            newer.change or self.change,
            newer.target or self.target,
            newer.url or self.url,
            newer.primary or self.primary,
        )
