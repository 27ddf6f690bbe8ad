"""Find what a URL of the simulated Jenkins means and let it answer."""

from collections.abc import Callable
from typing import Any

from squash_jenkins.simulate.answers.access import (
    COOKIE,
    CRUMB_FIELD,
    Visitor,
    check_crumb,
    crumb_for,
    open_session,
    require,
    sign_in,
)
from squash_jenkins.simulate.answers.artifacts import artifact_reply
from squash_jenkins.simulate.answers.builds import build_bean
from squash_jenkins.simulate.answers.exchange import (
    Refused,
    Reply,
    Request,
    container_error,
    getting_ready,
    json_reply,
    page,
    redirect,
    unknown_path,
)
from squash_jenkins.simulate.answers.jobs import job_bean, queue_bean, queue_of
from squash_jenkins.simulate.answers.pages import (
    build_page,
    console_of,
    console_page,
    folder_page,
    job_page,
)
from squash_jenkins.simulate.answers.posting import (
    ask_for_build,
    cancel_item,
    preview_description,
    submit_configuration,
    submit_description,
)
from squash_jenkins.simulate.answers.site import computers, me, plugins, root_bean, who_am_i
from squash_jenkins.simulate.answers.user_content import user_content_reply
from squash_jenkins.simulate.answers.view import PERMALINKS, View, is_buildable, permalink
from squash_jenkins.simulate.state import SimBuild, SimJob
from squash_jenkins.simulate.world import World

API = ["api", "json"]
LINKS = {"firstBuild", "lastBuild", *PERMALINKS}


def answer(world: World, request: Request) -> Reply:
    """Answer one request as Jenkins would in its present phase."""
    if world.phase() == "starting":
        return getting_ready(world.edition)
    try:
        visitor = sign_in(world, request)
        check_crumb(world, request, visitor)
        if request.segments[:1] == ["login"]:
            return page("Sign in", "<h1>Welcome to Jenkins!</h1>")
        require(request, visitor, "Overall/Read")
        root = world.root_url or f"{request.base}{world.prefix}/"
        return _Router(world, request, visitor, View(world, root, visitor.permissions)).route()
    except Refused as refused:
        return refused.reply


class _Router:
    """Follow the segments of one request's path."""

    def __init__(self, world: World, request: Request, visitor: Visitor, view: View) -> None:
        self.world, self.request, self.visitor, self.view = world, request, visitor, view

    def route(self) -> Reply:
        """Answer for the whole path."""
        parts = self.request.segments
        if not parts:
            return self._page(folder_page, "")
        if parts == API:
            return self._json(lambda: root_bean(self.view))
        if parts[0] == "job":
            return self._item(parts)
        if parts[0] == "userContent":
            return user_content_reply(self.world.user_content, parts[1:], self.request)
        if parts[:1] == ["queue"]:
            return self._queue(parts[1:])
        if parts == ["crumbIssuer", "api", "json"]:
            return self._crumb()
        if parts == ["markupFormatter", "previewDescription"]:
            return preview_description(self.world, self.request)
        return self._small(parts)

    def _json(self, value: Callable[[], Any]) -> Reply:
        with self.world.lock:
            return json_reply(value, self.request)

    def _page(self, draw: Callable[..., Reply], *arguments: Any) -> Reply:
        with self.world.lock:
            reply = draw(self.view, *arguments)
        self._keep_session(reply)
        return reply

    def _keep_session(self, reply: Reply) -> str:
        """Return the session, setting its cookie where the browser has none that is valid."""
        session, is_new = open_session(self.world, self.request)
        if is_new:
            reply.headers["Set-Cookie"] = f"{COOKIE}={session}; Path=/; HttpOnly"
        return session

    def _crumb(self) -> Reply:
        holder = Reply()
        crumb = crumb_for(self.world, self.visitor, self._keep_session(holder))
        reply = self._json(
            lambda: {
                "_class": "hudson.security.csrf.DefaultCrumbIssuer",
                "crumb": crumb,
                "crumbRequestField": CRUMB_FIELD,
            }
        )
        reply.headers |= holder.headers
        return reply

    def _small(self, parts: list[str]) -> Reply:
        """Answer for the things that are the same whatever jobs there are."""
        if parts[1:] != API:
            return container_error(404)
        name = self.visitor.name
        anonymous = self.visitor.is_anonymous
        if parts[0] == "whoAmI":
            return self._json(lambda: who_am_i(name, anonymous))
        if parts[0] == "me" and not anonymous:
            return self._json(lambda: me(self.view, name))
        if parts[0] == "computer":
            return self._json(lambda: computers(self.world))
        if parts[0] == "pluginManager":
            require(self.request, self.visitor, "Overall/Administer")
            return self._json(plugins)
        return container_error(403 if parts[0] == "me" else 404)

    def _queue(self, parts: list[str]) -> Reply:
        if parts == API:
            return self._json(lambda: queue_of(self.view))
        if parts == ["cancelItem"]:
            return cancel_item(self.world, self.visitor, self.request)
        if parts[:1] == ["item"] and parts[2:] == API and parts[1].isdecimal():
            item = self.world.queue.get(int(parts[1]))
            if item:
                return self._json(lambda: queue_bean(self.view, item))
        return container_error(404)

    def _item(self, parts: list[str]) -> Reply:
        """Answer for a job or folder: ``job/folder/job/name/…``, configurations without job/."""
        if not self.view.may("Job/Read"):
            return container_error(404)
        job, rest = self._find(parts)
        if not rest and not self.request.path.endswith("/"):
            return redirect(self.request, f"{self.world.prefix}{self.request.path}/")
        if rest == API:
            return self._json(lambda: job_bean(self.view, job))
        if not is_buildable(job):
            return self._page(folder_page, job.name) if not rest else container_error(404)
        if not rest:
            return self._page(job_page, job)
        if rest in (["build"], ["buildWithParameters"]):
            return ask_for_build(self.world, self.visitor, job, self.request)
        if rest == ["config.xml"]:
            require(self.request, self.visitor, "Job/Configure")
            return Reply(200, b"<project/>", {"Content-Type": "application/xml"})
        return self._build(job, self._build_of(job, rest[0]), rest[1:])

    def _find(self, parts: list[str]) -> tuple[SimJob, list[str]]:
        """Return the job and the segments that follow its name."""
        name, rest = "", parts
        while rest:
            inner = f"{name}/{rest[0]}" if name else ""
            if rest[0] == "job" and len(rest) > 1:
                child, rest = f"{name}/{rest[1]}" if name else rest[1], rest[2:]
                if child not in self.world.jobs or self._is_configuration(child):
                    raise Refused(container_error(404))
                name = child
            elif self._is_configuration(inner):
                name, rest = inner, rest[1:]
            else:
                break
        if not name:
            raise Refused(container_error(404))
        return self.world.jobs[name], rest

    def _is_configuration(self, name: str) -> bool:
        job = self.world.jobs.get(name)
        return job is not None and job.kind == "configuration"

    def _build_of(self, job: SimJob, name: str) -> SimBuild:
        build = None
        with self.world.lock:
            if name in LINKS:
                build = permalink(job, name)
            elif name.isdecimal():
                build = job.builds.get(int(name))
        if build is None:
            raise Refused(container_error(404))
        return build

    def _build(self, job: SimJob, build: SimBuild, rest: list[str]) -> Reply:
        """Answer for what lies below a build's URL."""
        world, request, visitor = self.world, self.request, self.visitor
        if not rest and not request.path.endswith("/"):
            return redirect(request, f"{world.prefix}{request.path}/")
        if rest == API:
            return self._json(lambda: build_bean(self.view, job, build))
        if rest[:1] == ["artifact"]:
            return artifact_reply(job, build, rest[1:], request)
        if rest == ["submitDescription"]:
            return submit_description(world, visitor, build, request)
        if rest == ["configSubmit"]:
            return submit_configuration(world, visitor, build, request)
        if rest in (["console"], []):
            return self._page(console_page if rest else build_page, job, build)
        if rest in (["consoleText"], ["logText", "progressiveText"]):
            return _console_text(build, request, progressive=len(rest) > 1)
        return unknown_path()


def _console_text(build: SimBuild, request: Request, *, progressive: bool) -> Reply:
    text = console_of(build).encode()
    reply = Reply(200, text, {"Content-Type": "text/plain;charset=utf-8"})
    if progressive:
        start = request.form.get("start", "0")
        reply.body = text[int(start) if start.isdecimal() else 0 :]
        reply.headers["X-Text-Size"] = str(len(text))
        if build.building:
            reply.headers["X-More-Data"] = "true"
    return reply
