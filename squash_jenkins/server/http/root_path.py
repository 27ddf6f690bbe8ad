"""Answer below a path of a reverse proxy, whether that takes the path away or leaves it."""

from urllib.parse import quote

from starlette.types import ASGIApp, Receive, Scope, Send


class RootPath:
    """Put the path below which the server is shown before the path of each request.

    Parameters
    ----------
    root
        Such as ``/qa``; empty for none.

    """

    def __init__(self, app: ASGIApp, root: str = "") -> None:
        self._app, self._root = app, root

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, as the ASGI specification has it: `path` includes `root_path`."""
        if self._root and scope["type"] in ("http", "websocket"):
            root, path = self._root, scope["path"]
            scope = {**scope, "root_path": root}
            if path != root and not path.startswith(f"{root}/"):
                raw = scope.get("raw_path") or quote(path).encode()
                scope |= {"path": root + path, "raw_path": quote(root).encode() + raw}
        await self._app(scope, receive, send)
