"""Serve below a path of a reverse proxy, whether the proxy strips that path or not."""

from urllib.parse import quote

from starlette.types import ASGIApp, Receive, Scope, Send


class RootPath:
    """Middleware that prepends the path below which a proxy shows the server.

    Parameters
    ----------
    root
        Such as ``/qa``; empty for none.

    """

    def __init__(self, app: ASGIApp, root: str = "") -> None:
        self._app, self._root = app, root

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a `path` that includes `root_path`, as ASGI specifies."""
        if self._root and scope["type"] in ("http", "websocket"):
            root, path = self._root, scope["path"]
            scope = {**scope, "root_path": root}
            if path != root and not path.startswith(f"{root}/"):
                raw = scope.get("raw_path") or quote(path).encode()
                scope |= {"path": root + path, "raw_path": quote(root).encode() + raw}
        await self._app(scope, receive, send)
