"""squash-jenkins notify: send notifications about what got worse, or test whether they arrive."""

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path

import click

from squash_jenkins import config
from squash_jenkins.config import Settings
from squash_jenkins.ingest.publish import finding_url
from squash_jenkins.ingest.saving import open_store_for
from squash_jenkins.notifications.send import SendResult, send_due, send_test
from squash_jenkins.text.numbers import counted


@click.command("notify")
@click.option("--test", is_flag=True, help="Send a test message to every target.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(settings_file: Path | None, test: bool, as_json: bool) -> int:
    """Send notifications about findings that were not sent yet; each is sent once.

    Every run that ingests builds does this at its end. The targets are Apprise URLs in
    notify.urls or notify.urls_file. The exit code is 1 when a message could not be sent: the
    next run tries again.
    """
    settings = config.load(settings_file)
    result = send_test(settings) if test else _due(settings)
    for warning in result.warnings:
        click.echo(f"squash-jenkins: warning: {warning}", err=True)
    if as_json:
        click.echo(json.dumps(asdict(result), indent=1))
    else:
        click.echo(_text(settings, result, test))
    return 1 if result.warnings else 0


def _due(settings: Settings) -> SendResult:
    with open_store_for(settings) as store:
        return send_due(settings, store, partial(finding_url, settings))


def _text(settings: Settings, result: SendResult, test: bool) -> str:
    if result.sent:
        sent = {
            name: "a test message" if test else counted(count, "new finding")
            for name, count in result.sent.items()
        }
        return "\n".join(f"{name}: {what} sent" for name, what in sent.items())
    if not settings.notify.urls and settings.notify.urls_file is None:
        return "There are no targets: set notify.urls or notify.urls_file in the settings."
    return "Nothing was sent." if result.warnings or test else "There is nothing new."
