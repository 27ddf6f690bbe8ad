"""squash-jenkins init: write a commented settings file."""

from dataclasses import replace
from pathlib import Path

import click

from squash_jenkins import config
from squash_jenkins.config import SETTINGS_FILE
from squash_jenkins.errors import SettingsError, SquashError

TEMPLATE = """\
# Settings of squash-jenkins. Lines that are commented out show the defaults.
# Every key can also be given as an environment variable: SQUASH_DATABASE,
# SQUASH_CONTROLLERS__JENKINS__TOKEN …, which take precedence over this file.
# Relative paths start at the folder of this file.

[controllers.jenkins]
# The root URL of your Jenkins, as this machine reaches it.
url = "{url}"
# A Jenkins user with an API token (its page in Jenkins, "Security"; older: "Configure"). It needs
# the permissions Overall/Read and Job/Read, and Run/Update for the link in build descriptions.
# Without a user only public jobs are read.
{user}
# Keep the token out of this file: export SQUASH_CONTROLLERS__JENKINS__TOKEN, or name a file:
# token_file = "/run/secrets/jenkins-token"
# public_url = "https://ci.example.org/"  # where people reach it; default: as Jenkins reports
# timeout = 30.0                     # seconds without a response before a request is retried
# total_timeout = 120.0              # seconds that one response or file may take in all
# attempts = 6                       # tries of a request while Jenkins restarts
# max_answer_bytes = 67108864        # larger responses are refused (files: max_artifact_bytes)
# verify = true                      # or false, or a file with the certificates to trust
# verify_stores = true               # the same for hosts that artifacts are redirected to
# certificate = "client.pem"         # client certificate that Jenkins asks for, with its key
# certificate_key = "client.key"     # or with the key in a file of its own
# connections = 16                   # most connections at once
# requests_per_second = 0.0          # most requests; 0 is no limit
"""

TOP = """\
# At which URL will people reach the output folder? Links on build pages begin with it.
{public_url}
# index_links = false                # end links in index.html, for Jenkins' userContent
# database = "sqlite:///squash.sqlite"
# output = "site"                    # the pages: any web server can serve this folder
# blobs = "blobs"                    # tables behind the numbers, a folder or an fsspec URL
# spool = "spool"                    # holds builds while the database is unavailable
{description}
# wait = 600.0                       # seconds to wait for a build to end
# link_older = false                 # true: also link older builds that were missing
# catch_up = 20                      # newest builds that post-build checks for missing ones
# watch_jobs = ["*"]                 # jobs that `watch` follows, as globs
# watch_every = 30.0                 # seconds between two rounds of `watch`
# watch_newest = 50                  # newest builds of each job that a round requests
# max_artifact_bytes = 104857600     # larger artifacts go to the quarantine unread
# max_unnamed_bytes = 67108864       # larger ones are skipped, unless [[jobs]] names the files
# skip_artifacts = [                 # and so are these, as globs
#     "**/node_modules/**", "**/package.json", "**/package-lock.json", "**/composer.json",
#     "**/tsconfig*.json", "**/compile_commands.json", "**/*.schema.json",
# ]
# max_metrics = 2000                 # in one file
# max_unpacked_bytes = 67108864      # limit once unpacked; in memory 8 times as much
# dashboards = "my_dashboards"       # a folder with tabs/ and plots/ of your own
"""

JOBS = """
# Which changes are reported, and which are news.
# [findings]
# alarms = 0.001                     # false steps in a series of pure noise, about
# smallest = 0.0                     # steps and drifts of fewer percent are ignored; or, by glob:
# smallest = {"shop.*" = "5 ms", "*" = "1 %"}
# direction = {"shop.errors" = "lower"}   # which values are better: higher, lower or none
# tickets = "https://jira.example.org/browse/{ticket}"   # pages link tickets such as DM-123
# noise = "neutral"                  # a series that becomes noisier; or worse: people are notified
# ignore = ["package.metric*"]       # metrics that are not examined, as globs
# recent = 10                        # findings that began among this many newest builds

# Who is notified, through Apprise (pip install squash-jenkins[notify]). Its URLs contain secrets:
# export SQUASH_NOTIFY__URLS='["slack://…"]', or name a file with one URL a line.
# [notify]
# urls_file = "/run/secrets/notify-urls"
# improvements = false               # also notify of what got better

# Limit of a plot in the browser. With more points it is drawn as tiles, which needs Datashader
# (pip install squash-jenkins[datashader]).
# [plots]
# points = 20000

# The live server (squash-jenkins serve; pip install squash-jenkins[server]).
# [server]
# host = "127.0.0.1"                 # without any account only the loopback is allowed
# port = 8000
# workers = 1                        # processes that share the port
# root_path = "/qa"                  # where a reverse proxy serves it
# reading = "open"                   # or closed: people must sign in to read
# origins = ["https://qa.example.org"]  # further origins whose pages may write
# frame_ancestors = ["https://wiki.example.org"]   # pages that may show trends in an iframe
# trusted_proxies = ["127.0.0.1", "::1"]  # whose X-Forwarded headers are trusted
# max_body_bytes = 67108864          # larger requests are refused
# session_hours = 12.0               # hours after which people must sign in again

# Settings of some jobs; the first table that matches a job is used.
# [[jobs]]
# match = "sqre/*"                   # glob on the full name of the job
# formerly = ["sqre/old_name"]       # former names; match is then the present one, no glob
# baseline = "team/repo/main"        # the job that its builds are compared with
# artifacts = ["**/*_output_*.json*"]
# dataset = "CFHT"                   # for reports that do not name one …
# filter = "r"
# dataset_parameter = "DATASET"      # … or from a build parameter
# filter_parameter = "FILTER"
# tests = ["shop.checkout.*"]        # single tests and suites of JUnit files to follow
# job_pattern = "ci_(?P<dataset>[a-z]+)"
# path_pattern = "_output_(?P<filter>[A-Za-z0-9-]+)[.]json"  # other groups become labels
"""

_PLAIN = '# description = "plain"              # link in the build description: plain, html or off'
_HTML = 'description = "html"                 # link in the build description: plain, html or off'
_PATIENCE = 5.0


@click.command("init")
@click.option("--url", help="Root URL of your Jenkins; it is asked how it shows descriptions.")
@click.option("--user", help="Jenkins user that the API token belongs to.")
@click.option("--public-url", help="URL at which people will reach the pages.")
@click.option("--force", is_flag=True, help="Replace an existing file.")
@click.argument("file", type=click.Path(path_type=Path), default=SETTINGS_FILE)
def command(
    url: str | None, user: str | None, public_url: str | None, force: bool, file: Path
) -> None:
    """Write a settings file with comments: FILE, by default squash.toml."""
    if file.exists() and not force:
        raise SettingsError(f"{file} already exists: edit it, or replace it with --force.")
    text = _text(url or "https://jenkins.example.org/", user, public_url)
    file.write_text(text, encoding="utf-8")
    if url:
        _look_at_formatter(file, text)
    click.echo(f"Wrote {file}. Next: edit it, then run `squash-jenkins check`.")


def _look_at_formatter(file: Path, text: str) -> None:
    """Set `description` to the form that this Jenkins turns into a link, and say so."""
    from squash_jenkins.commands.terminal.formatter import advice
    from squash_jenkins.jenkins.client import JenkinsClient
    from squash_jenkins.jenkins.link import linking_markups

    subject = "Links in descriptions of builds"
    try:
        controller = replace(config.load(file).controller("jenkins"), timeout=_PATIENCE)
        with JenkinsClient(controller, attempts=1) as client:
            linking = linking_markups(client)
    except SquashError as error:
        click.echo(f"{subject} were not tried: {error}")
        return
    if linking == ["html"]:
        file.write_text(text.replace(_PLAIN, _HTML), encoding="utf-8")
    click.echo(f"{subject}: {advice('html' if linking == ['html'] else 'plain', linking)[1]}")


def _text(url: str, user: str | None, public_url: str | None) -> str:
    """Return the text of the file; in TOML, top-level keys come before the first table."""
    public = (
        f'public_url = "{public_url}"' if public_url else '# public_url = "https://qa.example.org/"'
    )
    name = f'user = "{user}"' if user else '# user = "squash"'
    head, _, controllers = TEMPLATE.partition("\n\n")
    top = TOP.format(public_url=public, description=_PLAIN)
    return f"{head}\n\n{top}\n{controllers.format(url=url, user=name)}{JOBS}"
