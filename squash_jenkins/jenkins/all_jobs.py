"""List all jobs of one Jenkins through python-jenkins, which searches the folders."""

from typing import Any

import requests
from jenkins import Jenkins as PythonJenkins
from jenkins import JenkinsException, TimeoutException

from squash_jenkins.config import Controller
from squash_jenkins.jenkins.refusals import no_jenkins


def python_jenkins(controller: Controller) -> Any:
    """Return python-jenkins' own client.

    Untyped, so its class goes by Any. Its session is private; there is no other way to share its
    connections and sign-in.
    """
    make: Any = PythonJenkins
    return make(controller.url.rstrip("/") + "/", timeout=controller.timeout)


def all_jobs(server: Any, controller: Controller) -> list[str]:
    """Return the full names of all jobs; what python-jenkins raises becomes what others raise.

    Raises
    ------
    UnexpectedAnswer
        What answers is no Jenkins.
    requests.RequestException
        There was no answer.
    """
    try:
        found = server.get_all_jobs()
        return [str(job["fullname"]) for job in found if "jobs" not in job]
    except TimeoutException as error:
        raise requests.exceptions.ReadTimeout(str(error)) from error
    except (JenkinsException, KeyError, ValueError, TypeError, AttributeError) as error:
        raise no_jenkins(controller) from error
