"""squash-jenkins demo: the whole system with a simulated Jenkins."""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path
from typing import Any

import click
from pydantic import SecretStr

from squash_jenkins.backfill.progress import Observer, Progress
from squash_jenkins.backfill.run import Backfill
from squash_jenkins.backfill.selection import Selection
from squash_jenkins.commands.backfill import Console, cores, jenkins_source
from squash_jenkins.commands.demo_hook import SETTINGS, run_hook, write_settings
from squash_jenkins.commands.terminal.reporting import Wanted, report
from squash_jenkins.commands.terminal.stopping import stopping
from squash_jenkins.config import ControllerSettings, JobSettings, Settings
from squash_jenkins.definitions.manage import read_paths
from squash_jenkins.errors import SettingsError
from squash_jenkins.ingest import pipeline
from squash_jenkins.ingest.saving import open_store_for
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.jenkins.names import jenkins_build_url
from squash_jenkins.models import BuildId
from squash_jenkins.plugins import Plugins, find
from squash_jenkins.simulate.history.demo_plan import SHOP_METRICS, STOREFRONT_PULL
from squash_jenkins.simulate.history.scene import (
    SERVICE_USER,
    DemoWorld,
    demo_world,
    end_build,
    next_build,
    show_artifacts,
)
from squash_jenkins.simulate.server import SimulatedJenkins

MARKER = ".squash-demo"
METRICS = "metrics.yaml"
COMMENT = "pull-request.md"
CONTENTS = (METRICS, COMMENT, SETTINGS, "squash.sqlite", "squash.sqlite-wal", "squash.sqlite-shm")
FOLDERS = ("site", "blobs", "spool", "quarantine")
CONTROLLER = "demo"


@click.command("demo")
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("demo"),
    show_default=True,
    help="Folder for everything that the demo writes; it is cleared first.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="Port of the dashboards; 0: any free one.",
)
@click.option(
    "--builds",
    type=click.IntRange(2),
    default=200,
    show_default=True,
    help="Builds of each job; the matrix has a third of them.",
)
@click.option(
    "--every",
    type=click.FloatRange(min=0.1),
    default=8.0,
    show_default=True,
    help="Seconds from one new build to the next.",
)
@click.option(
    "--hook", is_flag=True, help="Ingest new builds by hooks/post_build.sh, as a job does."
)
@click.option("--once", is_flag=True, help="Exit when the pages have been built once.")
def command(folder: Path, port: int, builds: int, every: float, hook: bool, once: bool) -> None:
    """Simulate a Jenkins, ingest its builds, serve the dashboards, and run new builds.

    All files are in --dir, and it listens on this machine only. A new build ends every
    --every seconds. Ctrl-C ends the demo. With --hook the last step of each new build runs the
    shell hook: the build is stored as provisional, and made final once it has ended.
    """
    begin = time.perf_counter()
    _clear(folder)
    world = demo_world(builds=builds, now=datetime.now(UTC))
    stopped = threading.Event()
    with (
        stopping(stopped, lambda: None),
        SimulatedJenkins(world) as jenkins,
        _pages(folder, port) as url,
    ):
        world.root_url = f"{jenkins.url}/"
        settings = _settings(folder, jenkins.url, url, world)
        click.echo(f"The simulated Jenkins is at {jenkins.url}/")
        click.echo(f"The dashboards will be at {url}")
        plugins = find()
        with JenkinsClient(settings.controller()) as client:
            _define(settings)
            if hook:
                write_settings(settings)
            progress = _ingest_history(settings, plugins, stopped)
            if not stopped.is_set():
                _comment(settings, plugins, client, world)
            seconds = time.perf_counter() - begin
            click.echo(f"{progress.stored} builds, {progress.pages} files, {seconds:.0f} s.")
            click.echo(f"Open {url} — Ctrl-C ends the demo.")
            if not once and not stopped.is_set():
                _run_new_builds(settings, plugins, client, world, stopped, every, hook)


def _clear(folder: Path) -> None:
    """Clear the folder for a new demo; refuse a folder that contains anything else."""
    marker = folder / MARKER
    if folder.exists() and not marker.exists() and any(folder.iterdir()):
        raise SettingsError(f"{folder} contains files that are not a demo's: choose another --dir.")
    folder.mkdir(parents=True, exist_ok=True)
    marker.write_text("Made by `squash-jenkins demo`, which clears this folder when it starts.\n")
    for name in CONTENTS:
        (folder / name).unlink(missing_ok=True)
    for name in FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)


def _settings(folder: Path, jenkins: str, url: str, world: DemoWorld) -> Settings:
    token = SecretStr(world.users[SERVICE_USER].token)
    controller = ControllerSettings(url=jenkins, user=SERVICE_USER, token=token)
    jobs = (JobSettings(match="ci_cfht", dataset="cfht"),)
    world.markup = "html"  # with Safe HTML in Jenkins the line in the description is a link
    return Settings(
        folder=folder,
        controllers={CONTROLLER: controller},
        public_url=url,
        description="html",
        jobs=jobs,
    ).resolved()


def _define(settings: Settings) -> None:
    """Define the metrics of the shop, as `squash-jenkins metrics load` does."""
    file = settings.folder / METRICS
    file.write_text(SHOP_METRICS, encoding="utf-8")
    found = read_paths([file])
    with open_store_for(settings) as store:
        store.load(found.metrics, found.specifications, source="shop")


def _ingest_history(settings: Settings, plugins: Plugins, stopped: threading.Event) -> Progress:
    """Ingest the whole history and build the pages, as `squash-jenkins backfill --all` does."""
    console = Console()
    observer = Observer(console.log, console.show, stopped)
    make_source = partial(jenkins_source, settings.controller(), settings.wait)
    run = Backfill(settings, plugins, make_source, observer, processes=cores())
    progress = run.run(["*"], Selection())
    console.end()
    return progress


def _comment(settings: Settings, plugins: Plugins, client: JenkinsClient, world: DemoWorld) -> None:
    """Ingest the newest build of the pull request as its Pipeline does, with a Markdown file.

    The backfill cannot know what the pull request is to be merged into; the build does.
    """
    job, branch = STOREFRONT_PULL.name, world.roles[STOREFRONT_PULL.name].branch
    id = BuildId(CONTROLLER, job, max(world.jobs[job].builds))
    outcome = pipeline.post_build(settings, plugins, client, id, wait=30, branch=branch)
    faults = report(settings, outcome, Wanted(None, settings.folder / COMMENT, ()))
    for warning in [*outcome.warnings, *faults]:
        click.echo(f"  warning: {warning}")
    click.echo(f"The comment for the pull request {job} is {settings.folder / COMMENT}")


def _run_new_builds(
    settings: Settings,
    plugins: Plugins,
    client: JenkinsClient,
    world: DemoWorld,
    stopped: threading.Event,
    every: float,
    hook: bool,
) -> None:
    """Run one build after the other: start, archive the files, end, link."""
    for job in cycle(client.jobs()):
        number = next_build(world, job, datetime.now(UTC)).number
        branch = world.roles[job].branch if job in world.roles else None
        if stopped.wait(every / 2):
            return
        show_artifacts(world, job, number)
        if hook:
            world.write_console(job, number, run_hook(settings, job, number, branch))
        if stopped.wait(every / 2):
            return
        end_build(world, job, number, datetime.now(UTC))
        id = BuildId(CONTROLLER, job, number)
        outcome = pipeline.post_build(settings, plugins, client, id, wait=30, branch=branch)
        if not hook:
            world.write_console(job, number, f"QA dashboard: {outcome.url}\n")
        line = outcome.summary.line() if outcome.summary else ""
        build_url = jenkins_build_url(client.controller.url, job, number)
        click.echo(f"{id}: {line}\n  {outcome.url}\n  {build_url}")
        for warning in outcome.warnings:
            click.echo(f"  warning: {warning}")


@contextmanager
def _pages(folder: Path, port: int) -> Iterator[str]:
    """Serve the output folder on the loopback; yield its URL."""
    handler = partial(_Handler, directory=str(folder / "site"))
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        raise SettingsError(
            f"Port {port} cannot be used ({error.strerror}): choose another --port."
        ) from error
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="pages", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(SimpleHTTPRequestHandler):
    """Serve the pages; as long as there are none, a page that reloads itself."""

    def do_GET(self) -> None:
        if self.path == "/" and not (Path(self.directory) / "index.html").is_file():
            self._wait()
            return
        super().do_GET()

    def _wait(self) -> None:
        text = (
            b"<!DOCTYPE html><meta charset=utf-8><meta http-equiv=refresh content=2>"
            b"<title>SQuaSH demo</title><p>The demo is ingesting the builds of its simulated "
            b"Jenkins. The dashboards appear here in a few seconds.</p>"
        )
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing: the console reports builds."""
