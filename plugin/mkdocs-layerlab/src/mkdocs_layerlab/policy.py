"""A strict Content-Security-Policy for a built site: nothing from elsewhere, no inline script but those that are there.

The theme's own inline scripts are allowed by their hashes. A reader who moves between pages without a full load stays
under the policy of the first page, so all pages have the hashes of all.
"""

from __future__ import annotations

import base64
import hashlib
import re
from html import escape
from pathlib import Path

SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<text>.*?)</script>", re.DOTALL)
RUNS = re.compile(r"type=[\"']?(?:module|text/javascript)", re.IGNORECASE)
STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)
MARK = '<meta http-equiv="Content-Security-Policy"'
DIRECTIVES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "manifest-src": "'self'",
    "base-uri": "'self'",
    "form-action": "'self'",
}


def digest(text: str) -> str:
    """A source expression for one inline text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def inline_scripts(page: str) -> set[str]:
    """Hashes of the scripts of a page that a browser would run; JSON in a script element is none."""
    found = set()
    for match in SCRIPT.finditer(page):
        attributes = match["attributes"]
        if re.search(r"\bsrc=", attributes) or ("type=" in attributes and not RUNS.search(attributes)):
            continue
        found.add(digest(match["text"]))
    return found


def policy_of(pages: list[str]) -> str:
    """One policy that lets all of the pages work."""
    scripts = sorted({one for page in pages for one in inline_scripts(page)})
    styles = sorted({digest(text) for page in pages for text in STYLE.findall(page)})
    more = {"script-src": scripts, "style-src": styles}
    return "; ".join(" ".join((name, value, *more.get(name, ()))) for name, value in DIRECTIVES.items())


def write_policies(site: Path, target: Path, *, in_pages: bool) -> None:
    """Write the policy for a server's header to `target`, in one line, and if asked for into the head of every page."""
    pages = {path: path.read_text(encoding="utf-8") for path in sorted(site.rglob("*.html"))}
    policy = policy_of(list(pages.values()))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(policy + "\n", encoding="utf-8")
    if not in_pages:
        return
    meta = f'{MARK} content="{escape(policy)}">'
    for path, text in pages.items():
        clean = re.sub(re.escape(MARK) + r"[^>]*>", "", text)
        path.write_text(clean.replace("<head>", f"<head>{meta}", 1), encoding="utf-8")
