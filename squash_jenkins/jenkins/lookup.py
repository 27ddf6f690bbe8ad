"""Find what a name stands for in Jenkins, and what is missing when Jenkins answers 404."""

from squash_jenkins.errors import BuildMissing, IsFolder, NotFound, UnexpectedAnswer
from squash_jenkins.jenkins.names import job_paths
from squash_jenkins.jenkins.refusals import no_jenkins
from squash_jenkins.jenkins.transport import Transport
from squash_jenkins.models import BuildId, JsonObject


class Lookup:
    """Jobs and builds by name, with the form of each name that Jenkins accepts."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._known_paths: dict[str, str] = {}

    def of_build(self, build: BuildId, tree: str) -> JsonObject:
        """Return the JSON of a build cut to `tree`; NotFound says what is missing."""
        try:
            return self.of_job(build.job, f"/{build.number}", tree)
        except NotFound as error:
            raise self.explain_missing(build) from error

    def of_job(self, job: str, rest: str, tree: str) -> JsonObject:
        """Return the JSON at `rest` below a job, trying each form of its name."""
        known = self._known_paths.get(job)
        *guesses, last = job_paths(job) if known is None else [known]
        for path in guesses:
            try:
                return self._ask(job, path, rest, tree)
            except NotFound:
                continue
        return self._ask(job, last, rest, tree)

    def _ask(self, job: str, path: str, rest: str, tree: str) -> JsonObject:
        answer = self._transport.get_json(path + rest, tree)
        self._known_paths[job] = path
        return answer

    def job_path(self, job: str) -> str:
        """Return the URL path of a job: the one that Jenkins accepted, else the likeliest."""
        return self._known_paths.get(job) or job_paths(job)[0]

    def build_path(self, build: BuildId) -> str:
        """Return the URL path of a build, without a slash at its end."""
        return f"{self.job_path(build.job)}/{build.number}"

    def explain_missing(self, build: BuildId) -> NotFound:
        """Find out what a 404 means: Jenkins answers it for everything that it does not show."""
        try:
            job = self.of_job(build.job, "", "nextBuildNumber")
        except NotFound:
            return self.explain_missing_job(build.job)
        upcoming = job.get("nextBuildNumber")
        if not isinstance(upcoming, int):
            return self.folder(build.job, job)
        if 0 < build.number < upcoming:
            return BuildMissing(f"{build} was deleted in Jenkins, or lost when Jenkins was killed.")
        return BuildMissing(
            f"{build} does not exist: the next build of the job will be #{upcoming}. "
            "Check the number."
        )

    def explain_missing_job(self, job: str) -> NotFound:
        """Find out whether the job is missing, or the root URL does not lead to a Jenkins."""
        controller = self._transport.controller
        try:
            if "mode" not in self._transport.get_json("", "mode"):
                raise no_jenkins(controller)
        except (NotFound, UnexpectedAnswer):
            return NotFound(
                f"There is no Jenkins at {self._transport.root}: set url of the controller "
                f"{controller.name!r} to its root URL, with a path prefix if it has one."
            )
        signed_in = controller.user is not None and controller.token is not None
        whom = f"the user {controller.user!r} lacks" if signed_in else "anonymous users lack"
        return NotFound(
            f"There is no job {job!r} at {self._transport.root}, or it was renamed or deleted, "
            f"or {whom} Job/Read: check the full name (folder/job) and "
            f"{'the permission' if signed_in else 'set user and token of the controller'}."
        )

    def folder(self, name: str, answer: JsonObject) -> IsFolder:
        """Return the error for a folder in place of a job; raise if it is not even Jenkins'."""
        if "_class" not in answer or "allBuilds" in answer:
            raise no_jenkins(self._transport.controller)
        return IsFolder(f"{name!r} is a folder, not a job: name one of its jobs.")
