"""Find out who asks: by name and password, by a token, or by the cookie of a session."""

from squash_jenkins.server.signin.wrap import part

__all__ = ["part"]
