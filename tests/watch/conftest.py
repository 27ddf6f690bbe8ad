"""Give these tests the simulated Jenkins and the client of the tests of the client."""

from tests.jenkins.conftest import client, connect, jenkins, world

__all__ = ["client", "connect", "jenkins", "world"]
