"""squash-jenkins check: try everything that the settings name, and say what to do."""

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from squash_jenkins import config, defining
from squash_jenkins.commands import formatter
from squash_jenkins.config import Settings
from squash_jenkins.errors import JenkinsError, SquashError
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.jenkins.link import Markup, linking_markups
from squash_jenkins.keeping import opened
from squash_jenkins.models import BuildId
from squash_jenkins.notify import probe


@dataclass(frozen=True, slots=True)
class Finding:
    """Hold one thing that was tried: what was found, and what to do when it is not well."""

    what: str
    well: bool
    found: str
    todo: str = ""


@click.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(settings_file: Path | None, as_json: bool) -> int:
    """Try Jenkins, the permissions there, the database, the output folder and the blob store."""
    settings = config.load(settings_file)
    findings: list[Finding] = []
    for finding in check(settings):
        findings.append(finding)
        if not as_json:
            click.echo(_line(finding))
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=1))
    return 0 if all(finding.well for finding in findings) else 1


def check(settings: Settings) -> Iterator[Finding]:
    """Yield what was found, one thing after the other."""
    if not settings.controllers:
        yield Finding("settings", False, "no Jenkins server is named", "Run `squash-jenkins init`.")
    for name in settings.controllers:
        yield from _check_jenkins(settings, name)
    yield _tried("database", lambda: _try_database(settings))
    yield _tried("specifications", lambda: _try_specifications(settings))
    yield _tried("output folder", lambda: _try_folder(settings.output))
    yield _tried("spool", lambda: _try_folder(settings.spool))
    yield _tried("blob store", lambda: _try_blobs(settings.blobs))
    yield from _check_targets(settings)
    yield _look_at_public_url(settings)


def _look_at_public_url(settings: Settings) -> Finding:
    what, url = "public URL", settings.public_url
    if url is None:
        todo = "Set public_url, so that build pages can be linked to their dashboard."
        return Finding(what, False, "not set", todo)
    if "/userContent/" not in url:
        return Finding(what, True, url)
    if not settings.index_links:
        todo = "Set index_links = true: Jenkins shows a list of files where links end in a folder."
        return Finding(what, False, url, todo)
    start = f"{url.rstrip('/')}/plain/index.html"
    return Finding(what, True, f"{url}; no scripts run there: begin at {start}")


def _check_targets(settings: Settings) -> Iterator[Finding]:
    """Look whether the people who are to be told of findings can be; nothing is sent."""
    tried = probe(settings)
    for name in tried.sent:
        yield Finding("notifications", True, f"{name} is known to Apprise")
    for fault in tried.warnings:
        yield Finding("notifications", False, fault, "Correct it; `notify --test` sends a test.")
    if not tried.sent and not tried.warnings:
        yield Finding("notifications", True, "none: nobody is named in [notify]")


def _check_jenkins(settings: Settings, name: str) -> Iterator[Finding]:
    what = f"Jenkins {name}"
    try:
        controller = settings.controller(name)
        client = JenkinsClient(controller, attempts=2)
        version = client.version()
        yield Finding(what, True, f"{controller.url} answers, version {version}")
        yield _who(what, client, controller.user)
        yield from _check_permissions(what, client, settings.description == "off")
        if settings.description != "off":
            yield _formats(f"{what}: descriptions", client, settings.description)
    except SquashError as error:
        yield Finding(what, False, str(error), "See above; then run the check again.")


def _who(what: str, client: JenkinsClient, user: str | None) -> Finding:
    me = client.whoami()
    if user is None:
        todo = (
            "Without a user and a token only what anybody may see is read, and nothing is linked."
        )
        return Finding(f"{what}: signed in", True, f"as nobody ({me}). {todo}")
    return Finding(f"{what}: signed in", me == user, f"as {me}", f"The settings say {user}.")


def _check_permissions(what: str, client: JenkinsClient, silent: bool) -> Iterator[Finding]:
    jobs = client.jobs()
    todo = (
        "Give the user Overall/Read and Job/Read in Jenkins (a folder may have rules of its own)."
    )
    yield Finding(f"{what}: reads jobs", bool(jobs), f"{len(jobs)} jobs are visible", todo)
    yield _describes(f"{what}: sets descriptions", client, jobs, silent)


def _describes(what: str, client: JenkinsClient, jobs: list[str], silent: bool) -> Finding:
    if silent:
        return Finding(what, True, 'need not: description = "off"')
    build = _any_build(client, jobs)
    if build is None:
        return Finding(what, True, "no build to try it on yet")
    may = client.may_describe(build)
    found = f"{'may' if may else 'may not'} set the description of {build}"
    return Finding(what, may, found, 'Give Run/Update, or set description = "off".')


def _formats(what: str, client: JenkinsClient, markup: Markup) -> Finding:
    try:
        well, found = formatter.advice(markup, linking_markups(client))
    except JenkinsError as error:  # older ones, or a proxy that lets no POST through
        return Finding(what, True, f"not tried: {error}")
    return Finding(what, well, found, 'Set description = "plain", or choose Safe HTML in Jenkins.')


def _any_build(client: JenkinsClient, jobs: list[str]) -> BuildId | None:
    for job in jobs[:20]:
        for newest in client.newest(job, 1):
            return BuildId(client.name, job, newest.number)
    return None


def _tried(what: str, attempt: Callable[[], str]) -> Finding:
    try:
        return Finding(what, True, attempt())
    except SquashError as error:
        return Finding(what, False, str(error), "See above.")
    except OSError as error:
        todo = "Make room, or give this user the right to write there."
        return Finding(what, False, f"{error.filename or ''}: {error.strerror or error}", todo)


def _try_database(settings: Settings) -> str:
    with opened(settings, seed=True) as store, store.reader() as reader:
        store.try_writing()
        counts = reader.counts()
        place = store.engine.url.render_as_string(hide_password=True)
    kept = ", ".join(f"{counts.get(word, 0)} {word}s" for word in ("job", "build", "measurement"))
    return f"{place}: {kept}"


def _try_specifications(settings: Settings) -> str:
    """Tell what is odd about them; that is no failure, as builds are judged by the others."""
    with opened(settings) as store, store.reader() as reader:
        odd = defining.odd(reader)
    return "\n     ".join([f"{len(odd) or 'nothing'} odd", *odd])


def _try_folder(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / f".check-{uuid.uuid4().hex}"
    probe.write_bytes(b"squash")
    probe.unlink()
    return f"{folder} can be written"


def _try_blobs(blobs: str) -> str:
    if "://" not in blobs:
        return _try_folder(Path(blobs))
    from fsspec.core import url_to_fs

    system, path = url_to_fs(blobs)  # type: ignore[no-untyped-call] # fsspec has no types
    probe = f"{path}/.check-{uuid.uuid4().hex}"
    system.pipe_file(probe, b"squash")
    system.rm_file(probe)
    return f"{blobs} can be written"


def _line(finding: Finding) -> str:
    mark = "ok  " if finding.well else "FAIL"
    text = f"{mark} {finding.what}: {finding.found}"
    return text if finding.well else f"{text}\n     → {finding.todo}"
