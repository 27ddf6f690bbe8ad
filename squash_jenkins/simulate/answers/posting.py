"""Do what a POST asks for: start builds, set descriptions, cancel queue items."""

import json
from datetime import UTC, datetime

from squash_jenkins.simulate.answers.access import Visitor, require
from squash_jenkins.simulate.answers.exchange import (
    Refused,
    Reply,
    Request,
    container_error,
    redirect,
    styled_error,
)
from squash_jenkins.simulate.answers.pages import format_description
from squash_jenkins.simulate.state import QueueItem, SimBuild, SimJob
from squash_jenkins.simulate.world import World


def only_post(request: Request, **headers: str) -> None:
    """Refuse every method but POST with 405 and `headers`."""
    if request.method != "POST":
        raise Refused(styled_error(405, "This URL requires POST", **headers))


def ask_for_build(world: World, visitor: Visitor, job: SimJob, request: Request) -> Reply:
    """Queue a build for ``build`` or ``buildWithParameters``: 201 with the queue item's URL."""
    only_post(request, Allow="POST")
    require(request, visitor, "Job/Build")
    with_parameters = request.segments[-1] == "buildWithParameters"
    if job.disabled:
        return styled_error(409, f"{job.name} is not buildable")
    if with_parameters and not job.parameters:
        return styled_error(500, "This build is not parameterized!")
    if job.parameters and not with_parameters:
        return container_error(400, "Nothing is submitted")
    with world.lock:
        number = world.next_queue_id()
        values = {name: request.form.get(name, value) for name, value in job.parameters.items()}
        now = datetime.now(UTC)
        world.queue[number] = QueueItem(number, job.name, visitor.name, now, values)
    location = f"{request.base}{world.prefix}/queue/item/{number}/"
    return Reply(201, headers={"Location": location})


def cancel_item(world: World, visitor: Visitor, request: Request) -> Reply:
    """Cancel a queue item: 204; an unknown one is 404."""
    only_post(request)
    require(request, visitor, "Job/Cancel")
    with world.lock:
        number = request.form.get("id", "")
        item = world.queue.get(int(number)) if number.isdecimal() else None
        if item is None:
            return container_error(404)
        item.state = "cancelled"
    return Reply(204)


def preview_description(world: World, request: Request) -> Reply:
    """Show what the markup formatter makes of the form field ``text``."""
    only_post(request)
    shown = format_description(request.form.get("text", ""), world.markup)
    headers = {
        "Content-Type": "text/html;charset=UTF-8",
        "Content-Security-Policy": "default-src 'none';",
    }
    return Reply(200, shown.encode(), headers)


def submit_description(world: World, visitor: Visitor, build: SimBuild, request: Request) -> Reply:
    """Set the description from the form field; without the field it is wiped, still with 302."""
    only_post(request)
    require(request, visitor, "Run/Update")
    with world.lock:
        build.description = request.form.get("description")
    return _to_build(world, request)


def submit_configuration(
    world: World, visitor: Visitor, build: SimBuild, request: Request
) -> Reply:
    """Set display name and description from the form field ``json``, which must hold both."""
    only_post(request)
    require(request, visitor, "Run/Update")
    if "json" not in request.form:
        return container_error(400, "This page expects a form submission")
    try:
        asked = json.loads(request.form["json"])
        name, description = str(asked["displayName"]), str(asked["description"])
    except (ValueError, KeyError, TypeError):
        return styled_error(500, "A problem occurred while processing the request")
    with world.lock:
        build.display_name, build.description = name or None, description
    return _to_build(world, request)


def _to_build(world: World, request: Request) -> Reply:
    return redirect(request, world.prefix + request.path.rstrip("/").rpartition("/")[0] + "/")
