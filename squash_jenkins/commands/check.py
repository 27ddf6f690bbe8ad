"""squash-jenkins check: try everything in the settings, and say what to do."""

import json
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import click

from squash_jenkins import config
from squash_jenkins.commands.terminal import formatter
from squash_jenkins.config import Settings
from squash_jenkins.definitions import manage
from squash_jenkins.errors import DocumentError, JenkinsError, PermissionMissing, SquashError
from squash_jenkins.ingest.saving import open_store_for
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.jenkins.link import Markup, linking_markups
from squash_jenkins.job_status.report import missing_tables, tables
from squash_jenkins.models import BuildId
from squash_jenkins.notifications.send import probe

_TRIED_JOBS = 20
_TRIED_BYTES = 65536
_NAMED_FAULTS = 20


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Result of one check: what was found, and what to do about a problem.

    A warning is no failure: it works, or may work.
    """

    what: str
    well: bool
    found: str
    todo: str = ""
    warning: bool = False


@click.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(settings_file: Path | None, as_json: bool) -> int:
    """Try Jenkins, the permissions there, the database, the output folder and the blob store."""
    settings = config.load(settings_file)
    results: list[CheckResult] = []
    for result in check(settings):
        results.append(result)
        if not as_json:
            click.echo(_line(result))
    if as_json:
        click.echo(json.dumps([asdict(result) for result in results], indent=1))
    return 0 if all(result.well for result in results) else 1


def check(settings: Settings) -> Iterator[CheckResult]:
    """Yield the results one after the other."""
    if not settings.controllers:
        yield CheckResult(
            "settings", False, "there is no Jenkins server", "Run `squash-jenkins init`."
        )
    for name in settings.controllers:
        yield from _check_jenkins(settings, name)
    yield _result("database", lambda: _try_database(settings))
    yield _result("specifications", lambda: _try_specifications(settings))
    yield _result("findings", lambda: _try_rules(settings))
    yield _result_of("baselines", partial(_baselines, settings))
    yield _result("output folder", lambda: _try_folder(settings.output))
    yield _result("spool", lambda: _try_folder(settings.spool))
    yield _result("blob store", lambda: _try_blobs(settings.blobs))
    yield _result_of("tables", partial(_all_tables, settings))
    yield from _check_notifications(settings)
    yield _look_at_public_url(settings)


def _look_at_public_url(settings: Settings) -> CheckResult:
    what, url = "public URL", settings.public_url
    if url is None:
        todo = "Set public_url, so that builds can be linked to their pages."
        return CheckResult(what, False, "not set", todo)
    if "/userContent/" not in url:
        return CheckResult(what, True, url)
    if not settings.index_links:
        todo = "Set index_links = true: Jenkins lists the files where a link ends in a folder."
        return CheckResult(what, False, url, todo)
    start = f"{url.rstrip('/')}/plain/index.html"
    return CheckResult(what, True, f"{url}; no scripts run there: start at {start}")


def _check_notifications(settings: Settings) -> Iterator[CheckResult]:
    """Check the targets of notifications; nothing is sent."""
    tried = probe(settings)
    for name in tried.sent:
        yield CheckResult("notifications", True, f"{name} is known to Apprise")
    for fault in tried.warnings:
        yield CheckResult(
            "notifications", False, fault, "Correct it; `notify --test` sends a test."
        )
    if not tried.sent and not tried.warnings:
        yield CheckResult("notifications", True, "none: [notify] has no targets")


def _check_jenkins(settings: Settings, name: str) -> Iterator[CheckResult]:
    what = f"Jenkins {name}"
    try:
        controller = settings.controller(name)
        client = JenkinsClient(controller, attempts=2)
        version = client.version()
    except SquashError as error:
        yield CheckResult(what, False, str(error), "Correct this, then run the check again.")
        return
    with client:
        yield _answers(what, controller.url, version)
        yield _result_of(f"{what}: signed in", partial(_who, client, controller.user))
        yield from _check_permissions(what, client, settings.description == "off")
        if settings.description != "off":
            yield _formats(f"{what}: descriptions", client, settings.description)


def _answers(what: str, url: str, version: str | None) -> CheckResult:
    if version is not None:
        return CheckResult(what, True, f"{url} responds, version {version}")
    todo = "Let the proxy in front of Jenkins pass on the header X-Jenkins: other programs need it."
    return CheckResult(
        what, True, f"{url} responds, but does not report its version", todo, warning=True
    )


def _who(client: JenkinsClient, user: str | None, what: str) -> CheckResult:
    me = client.whoami()
    if user is None:
        todo = "Without a user and a token only public jobs are read, and no build is linked."
        return CheckResult(what, True, f"anonymously ({me}). {todo}")
    return CheckResult(
        what, me == user, f"as {me}", f"The user in the settings is {user}: correct one of them."
    )


def _check_permissions(what: str, client: JenkinsClient, silent: bool) -> Iterator[CheckResult]:
    jobs: list[str] = []
    yield _result_of(f"{what}: reads jobs", partial(_reads_jobs, client, jobs))
    yield _result_of(f"{what}: reads artifacts", partial(_reads_artifacts, client, jobs))
    yield _result_of(f"{what}: sets descriptions", partial(_describes, client, jobs, silent))


def _reads_jobs(client: JenkinsClient, jobs: list[str], what: str) -> CheckResult:
    """Count the jobs and add them to `jobs`; Jenkins hides those that the user may not read."""
    jobs += client.jobs()
    todo = (
        "If Jenkins has jobs, grant the user Overall/Read and Job/Read there (a folder may have "
        "rules of its own)."
    )
    found = f"{len(jobs)} job{'' if len(jobs) == 1 else 's'} visible"
    return CheckResult(what, True, found, "" if jobs else todo, warning=not jobs)


def _reads_artifacts(client: JenkinsClient, jobs: list[str], what: str) -> CheckResult:
    """Fetch the beginning of one artifact: with Run/Artifacts in use, a list proves nothing."""
    for build in _newest_builds(client, jobs):
        for artifact in client.build(build).artifacts[:1]:
            with tempfile.TemporaryDirectory(prefix="squash-") as folder:
                try:
                    client.download(build, artifact, Path(folder) / "artifact", _TRIED_BYTES)
                except PermissionMissing as error:
                    todo = "Grant the user Run/Artifacts in Jenkins."
                    return CheckResult(what, False, str(error), todo)
                except DocumentError:
                    pass  # larger than the part fetched: it may be read
            return CheckResult(what, True, f"may read {artifact.path} of {build}")
    return CheckResult(what, True, "no artifact to try it on yet")


def _describes(client: JenkinsClient, jobs: list[str], silent: bool, what: str) -> CheckResult:
    if silent:
        return CheckResult(what, True, 'not needed: description = "off"')
    build = next(_newest_builds(client, jobs), None)
    if build is None:
        return CheckResult(what, True, "no build to try it on yet")
    may = client.may_describe(build)
    found = f"{'may' if may else 'may not'} set the description of {build}"
    signed_in = client.controller.token is not None
    todo = "Grant Run/Update" if signed_in else "Set user and token of the controller"
    return CheckResult(what, may, found, f'{todo}, or set description = "off".')


def _formats(what: str, client: JenkinsClient, markup: Markup) -> CheckResult:
    try:
        well, found = formatter.advice(markup, linking_markups(client))
    except JenkinsError as error:  # an older Jenkins, or a proxy that blocks POST
        return CheckResult(what, True, f"not tried: {error}")
    return CheckResult(
        what, well, found, 'Set description = "plain", or choose Safe HTML in Jenkins.'
    )


def _newest_builds(client: JenkinsClient, jobs: list[str]) -> Iterator[BuildId]:
    """Yield the newest build of each of some jobs."""
    for job in jobs[:_TRIED_JOBS]:
        for newest in client.newest(job, 1):
            yield BuildId(client.name, job, newest.number)


def _result_of(what: str, attempt: Callable[[str], CheckResult]) -> CheckResult:
    """Return the result of an attempt; when Jenkins refuses, the other checks still run."""
    try:
        return attempt(what)
    except SquashError as error:
        return CheckResult(what, False, str(error), "Correct this, then run the check again.")


def _result(what: str, attempt: Callable[[], str]) -> CheckResult:
    try:
        return CheckResult(what, True, attempt())
    except SquashError as error:
        return CheckResult(what, False, str(error), "Correct this.")
    except OSError as error:
        todo = "Free some space, or let this user write there."
        return CheckResult(what, False, f"{error.filename or ''}: {error.strerror or error}", todo)


def _try_database(settings: Settings) -> str:
    with open_store_for(settings, seed=True) as store, store.reader() as reader:
        store.try_writing()
        counts = reader.counts()
        place = store.url
    kept = ", ".join(f"{counts.get(word, 0)} {word}s" for word in ("job", "build", "measurement"))
    return f"{place}: {kept}"


def _try_specifications(settings: Settings) -> str:
    """Return what is odd about them; that is no failure, as the others still apply."""
    with open_store_for(settings) as store, store.reader() as reader:
        odd = manage.odd(reader)
    return "\n     ".join([f"{len(odd) or 'nothing'} odd", *odd])


def _try_rules(settings: Settings) -> str:
    """Return the rules of metrics that have no effect; that is no failure."""
    from squash_jenkins.findings.rules import RuleBook

    with open_store_for(settings) as store, store.reader() as reader:
        faults = list(RuleBook(settings.findings, reader).faults())
    return "\n     ".join([f"{len(faults) or 'no'} rules without effect", *faults])


def _baselines(settings: Settings, what: str) -> CheckResult:
    """Check the targets of builds in [[jobs]]; one that is not stored yet may still run."""
    from squash_jenkins.verification.baseline_faults import baseline_faults

    with open_store_for(settings) as store, store.reader() as reader:
        faults = list(baseline_faults(settings, reader))
    named = faults[:_NAMED_FAULTS]
    named += [f"and {len(faults) - len(named)} more"] if len(faults) > len(named) else []
    todo = "Correct baseline in [[jobs]]: it is the full name of a job, as in Jenkins."
    found = "\n     ".join(named) or "all jobs named as baselines are known"
    return CheckResult(what, True, found, todo if faults else "", warning=bool(faults))


def _try_folder(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / f".check-{uuid.uuid4().hex}"
    probe.write_bytes(b"squash")
    probe.unlink()
    return f"{folder} is writable"


def _try_blobs(blobs: str) -> str:
    if "://" not in blobs:
        return _try_folder(Path(blobs))
    from fsspec.core import url_to_fs

    system, path = url_to_fs(blobs)  # type: ignore[no-untyped-call] # fsspec has no types
    probe = f"{path}/.check-{uuid.uuid4().hex}"
    system.pipe_file(probe, b"squash")
    system.rm_file(probe)
    return f"{blobs} is writable"


def _all_tables(settings: Settings, what: str) -> CheckResult:
    with open_store_for(settings) as store:
        facts = tables(store)
    lost = missing_tables(facts)
    return CheckResult(what, not lost, lost or f"{facts['stored']}, none missing", "Restore them.")


def _line(result: CheckResult) -> str:
    mark = "FAIL" if not result.well else "warn" if result.warning else "ok  "
    text = f"{mark} {result.what}: {result.found}"
    return text if mark == "ok  " else f"{text}\n     → {result.todo}"
