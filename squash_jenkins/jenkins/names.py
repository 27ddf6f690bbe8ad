"""Turn full job names into URL paths and build URLs back into names; no input or output here.

A full name keeps Jenkins' own form: ``folder/ci_hsc``, a multibranch branch
``multi/tickets%2FDM-1234`` (Jenkins stores the slash encoded, so its URL has ``%252F``), a
matrix configuration ``validate_matrix/DATASET=cfht,PY=2``.
"""

import re
from collections.abc import Iterable
from urllib.parse import quote, unquote, urlsplit

from squash_jenkins.errors import SettingsError

_CONFIGURATION = re.compile(r"[^=,]+=[^=,]*(?:,[^=,]+=[^=,]*)*")


def is_configuration(job: str) -> bool:
    """Return whether a full name looks like a matrix configuration (``job/AXIS=value,…``).

    An ordinary job may have such a name as well; only Jenkins knows, see `job_paths`.
    """
    parent, _, last = job.rpartition("/")
    return bool(parent) and _CONFIGURATION.fullmatch(last) is not None


def job_path(job: str) -> str:
    """Return the URL path of a job below Jenkins' root, without slashes at its ends.

    Parameters
    ----------
    job
        Full name, such as ``folder/ci_hsc``; gives ``job/folder/job/ci_hsc``.

    Raises
    ------
    SettingsError
        A part of the name is empty, ``.`` or ``..``, which no job can have.
    """
    return job_paths(job)[0]


def job_paths(job: str) -> list[str]:
    """Return the URL paths that a full name may stand for, the likeliest first.

    There are two for a name that looks like a matrix configuration: it is directly below its
    matrix job, while an ordinary job of that name in a folder needs ``/job/``.
    """
    parts = [_checked(part, job) for part in job.split("/")]
    ordinary = "/".join(f"job/{_encode(part)}" for part in parts)
    if not is_configuration(job):
        return [ordinary]
    parents = "/".join(f"job/{_encode(part)}" for part in parts[:-1])
    return [f"{parents}/{quote(parts[-1], safe='=,', errors='replace')}", ordinary]


def artifact_path(path: str) -> str:
    """Return an artifact's relative path encoded for a URL (space, ``#`` and ``%`` are).

    Raises
    ------
    ValueError
        The path has an empty, ``.`` or ``..`` part, so a URL of it would lead elsewhere.
    """
    parts = path.split("/")
    if any(part in ("", ".", "..") for part in parts):
        raise ValueError(f"{path!r} is not a path below a build's archive")
    return "/".join(_encode(part) for part in parts)


def parse_build_url(url: str) -> tuple[str, int]:
    """Return the full job name and the build number in a build's URL.

    Root URLs with a path prefix, views (``/view/All/job/…``), branches as older plug-ins write
    them (``/job/name/branch/feature%252Fx/…``) and pages below the build (``/console``) are
    understood.

    Raises
    ------
    SettingsError
        The URL has no build number; permalinks such as ``lastBuild`` have none, and may be wrong
        (Jenkins keeps wrong ones after a crash).
    """
    names, rest = _read_job(_segments(url))
    number = rest[0] if rest else ""
    if not names or not number.isascii() or not number.isdecimal() or int(number) == 0:
        raise SettingsError(
            f"{url!r} is not the URL of a build: expected …/job/<name>/<number>/ (BUILD_URL, "
            "or give the job and the number)."
        )
    return "/".join(names), int(number)


def last_segments(url: str) -> tuple[str, int] | None:
    """Return the decoded last two segments of a build URL, the second as number, if it is one."""
    raw = _segments(url)
    if len(raw) < 2 or not raw[-1].isdecimal():
        return None
    return unquote(raw[-2]), int(raw[-1])


def _segments(url: str) -> list[str]:
    """Return the raw segments of a URL's path; none for what is not a URL."""
    try:
        return [part for part in urlsplit(url).path.split("/") if part]
    except ValueError:
        return []


def _read_job(raw: list[str]) -> tuple[list[str], list[str]]:
    """Split the raw segments of a URL into the decoded job names and what follows them."""
    names: list[str] = []
    at = _first_job(raw)
    while at + 1 < len(raw) and (raw[at] in ("job", "view") or (names and raw[at] == "branch")):
        if raw[at] != "view":
            names.append(unquote(raw[at + 1]))
        at += 2
    if at < len(raw) and names and _CONFIGURATION.fullmatch(unquote(raw[at])):
        names.append(unquote(raw[at]))
        at += 1
    return names, raw[at:]


def _first_job(raw: Iterable[str]) -> int:
    """Return where the jobs begin, after the path prefix of the root URL."""
    return next((at for at, part in enumerate(raw) if part in ("job", "view")), 0)


def _checked(part: str, job: str) -> str:
    if part in ("", ".", ".."):
        raise SettingsError(
            f"{job!r} is not the full name of a Jenkins job: write its folders and its name with "
            "single slashes between them, such as folder/ci_hsc."
        )
    return part


def _encode(part: str) -> str:
    return quote(part, safe="", errors="replace")


def jenkins_job_url(root: str, job: str) -> str | None:
    """Return the URL of a job, made from the controller's configured root URL.

    None for what no Jenkins can have (a job ``..``) and for builds without a Jenkins.
    """
    if not root.startswith(("http://", "https://")):
        return None
    try:
        return f"{root.rstrip('/')}/{job_path(job)}/"
    except SettingsError:
        return None


def jenkins_build_url(root: str, job: str, number: int) -> str | None:
    """Return the URL of a build, made from the controller's configured root URL."""
    url = jenkins_job_url(root, job)
    return None if url is None else f"{url}{number}/"


def jenkins_artifact_url(root: str, job: str, number: int, path: str) -> str | None:
    """Return the URL of an archived file; Jenkins gives its path unquoted (behaviour 12)."""
    url = jenkins_build_url(root, job, number)
    try:
        return None if url is None else f"{url}artifact/{artifact_path(path)}"
    except ValueError:
        return None
