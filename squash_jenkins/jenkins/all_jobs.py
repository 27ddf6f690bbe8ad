"""List all jobs of a Jenkins with python-jenkins, which searches the folders."""

from typing import Any

import requests
from jenkins import Jenkins as PythonJenkins
from jenkins import JenkinsException, TimeoutException

from squash_jenkins.config import Controller
from squash_jenkins.jenkins.refusals import no_jenkins


def python_jenkins(controller: Controller) -> Any:
    """Return a client of python-jenkins.

    It has no types, hence Any. Its session is private, but there is no other way to share its
    connections and sign-in.
    """
    make: Any = PythonJenkins
    return make(controller.url.rstrip("/") + "/", timeout=controller.timeout)


def all_jobs(server: Any, controller: Controller) -> list[str]:
    """Return the full names of all jobs, with the errors that other requests raise, too.

    Raises
    ------
    UnexpectedAnswer
        What answers is not a Jenkins.
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
