"""Define every error that this package raises on purpose.

::

    SquashError                 catch this to catch them all
    ├── SettingsError           squash.toml, SQUASH_* or an option is wrong
    ├── ResourceError           a folder that travels with the package is missing
    ├── PluginError             a format, tab or plot cannot be loaded
    ├── JenkinsError            Jenkins did not give what was asked
    │   ├── Unreachable         no answer, or an answer of a proxy or a starting Jenkins
    │   ├── SignInRefused       401: user name or token are wrong
    │   ├── PermissionMissing   403: signed in, but not allowed (or a closed server)
    │   ├── ArtifactRefused     a store that Jenkins keeps files in does not give one of them
    │   ├── NotFound            404: no such job, build or artifact, or not visible to this user
    │   │   ├── BuildMissing    the job is there, the build is not: deleted, or never was
    │   │   └── IsFolder        the name of a job belongs to a folder
    │   ├── StillRunning        the build was not finished within the time limit
    │   └── UnexpectedAnswer    an answer that is not Jenkins' (login page, proxy page, broken JSON)
    ├── DocumentError           a QA file cannot be read: it goes to quarantine with this reason
    │   └── TooLarge            it has more bytes than it may have
    └── StoreError              the database or the blob store cannot do what was asked
        ├── StoreUnreachable    no connection, locked, full, read-only, damaged: builds are spooled
        │   └── ConnectionLost  the connection broke while a statement was at work
        ├── NewerDatabase       written by a newer version of this program
        └── OlderDatabase       needs `squash-jenkins db upgrade`

Each message says what happened, where (build, file, key) and what to do.
"""


class SquashError(Exception):
    """Base of every error raised on purpose; its text is fit to be shown to a user."""


class SettingsError(SquashError):
    """The settings are wrong; the text lists every fault at once."""


class ResourceError(SquashError):
    """A folder that travels with the package was not found."""


class PluginError(SquashError):
    """A format, tab or plot cannot be loaded, or two of one source share a name."""


class JenkinsError(SquashError):
    """Jenkins did not give what was asked of it."""


class Unreachable(JenkinsError):
    """No answer after all tries: refused, timed out, restarting, or a proxy's error page."""


class SignInRefused(JenkinsError):
    """Jenkins refused the user name or the token (401)."""


class PermissionMissing(JenkinsError):
    """The user may not do this, or the server is closed to anonymous users (403)."""


class ArtifactRefused(JenkinsError):
    """The object store that Jenkins leads to for a file does not give it: it will not pass."""


class NotFound(JenkinsError):
    """No such job, build or artifact, or none that this user may see (404)."""


class BuildMissing(NotFound):
    """The job is there, but not this build: deleted, lost, or not started yet."""


class IsFolder(NotFound):
    """The name given for a job is that of a folder."""


class StillRunning(JenkinsError):
    """The build had not finished when the time limit ran out."""


class UnexpectedAnswer(JenkinsError):
    """The answer does not come from Jenkins, or is not what Jenkins says it is."""


class DocumentError(SquashError):
    """A QA file cannot be read; the text is the reason that quarantine shows."""


class TooLarge(DocumentError):
    """A file has more bytes than were allowed."""


class StoreError(SquashError):
    """The database or the blob store cannot do what was asked."""


class StoreUnreachable(StoreError):
    """The database cannot be used now: no connection, locked, full, read-only or damaged."""


class ConnectionLost(StoreUnreachable):
    """The connection broke while a statement was at work; perhaps that one was too large."""


class NewerDatabase(StoreError):
    """The database was written by a newer version of this program."""


class OlderDatabase(StoreError):
    """The database needs an upgrade that is only made on request."""
