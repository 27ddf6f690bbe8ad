"""Keep plain values from one rendering run to the next."""

from collections.abc import Callable, Iterable, MutableMapping
from typing import Any, TypeVar

from squash_jenkins.render.encoding import content_key
from squash_jenkins.render.site.lines import BuildLine

_Value = TypeVar("_Value")


class RunMemory:
    """Hold values that JSON can hold, by name.

    Parameters
    ----------
    values
        The values of earlier runs; is changed.
    fresh
        Everything is to be rendered: `differs` and `noted` ignore earlier runs.

    """

    def __init__(self, values: MutableMapping[str, Any], *, fresh: bool) -> None:
        self._values, self._fresh = values, fresh

    def recall(self, name: str) -> Any:
        """Return a value, also in a fresh run; None where there is none."""
        return self._values.get(name)

    def noted(self, name: str) -> Any:
        """Return the value that `note` stored in the last run; None in a fresh run."""
        return None if self._fresh else self._values.get(name)

    def note(self, name: str, value: object) -> None:
        """Keep a value for the next run."""
        self._values[name] = value

    def differs(self, name: str, token: object) -> bool:
        """Return whether `token` differs from the one last given to `remember`."""
        return bool(self.noted(name) != content_key(token))

    def remember(self, name: str, token: object) -> None:
        """Keep the token that `differs` compares with in the next run."""
        key = content_key(token)
        if self._values.get(name) != key:
            self._values[name] = key

    def computed(
        self,
        name: str,
        builds: Iterable[BuildLine],
        compute: Callable[[], _Value],
        also: object = None,
    ) -> _Value:
        """Return what `compute` gives, from memory while none of the builds has changed.

        `compute` may depend on the builds and their measurements only, and on `also`, which
        holds plain values; it gives plain values.
        """
        token = content_key([each.state for each in builds], also)
        kept = self._values.get(name)
        if kept is None or kept[0] != token:
            self._values[name] = kept = [token, compute()]
        value: _Value = kept[1]
        return value
