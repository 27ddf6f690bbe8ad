"""Make the server's own short pages, such as for what does not exist, in the look of the site."""

from collections.abc import Mapping, Sequence

from markupsafe import escape
from starlette.responses import HTMLResponse


def short_page(
    root: str,
    title: str,
    sentences: Sequence[str],
    links: Sequence[tuple[str, str]] = (),
    *,
    status: int = 200,
    again: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """Return a page that needs no script.

    Parameters
    ----------
    root
        Relative URL of the start of the site, such as ``../``.
    links
        Relative URLs and their texts; texts of any kind are escaped here.
    again
        Seconds after which the browser asks again.

    """
    refresh = f'<meta http-equiv="refresh" content="{again}">' if again is not None else ""
    told = "".join(f"<p>{escape(sentence)}</p>\n" for sentence in sentences)
    rows = "".join(f'<li><a href="{escape(to)}">{escape(text)}</a></li>\n' for to, text in links)
    listed = f'<ul class="unlisted list">\n{rows}</ul>\n' if links else ""
    inner = f'<div class="card note">\n{told}{listed}</div>'
    return framed(root, title, inner, status=status, extra=refresh, headers=headers)


def framed(
    root: str,
    title: str,
    inner: str,
    *,
    status: int = 200,
    extra: str = "",
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """Return a page around HTML that is safe already; `extra` goes into its head."""
    base = escape(root)
    text = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">{extra}
<title>{escape(title)}</title>
<link rel="icon" href="{base}assets/icon.svg">
<link rel="stylesheet" href="{base}assets/theme.css">
<link rel="stylesheet" href="{base}assets/style.css">
</head>
<body class="plain">
<header class="top"><div class="top-in">
<a class="brand" href="{base}index.html">SQuaSH</a>
</div></header>
<main id="content">
<h1>{escape(title)}</h1>
{inner}
</main>
</body>
</html>
"""
    return HTMLResponse(text, status, {"Cache-Control": "no-store", **(headers or {})})
