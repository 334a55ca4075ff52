"""What every answer tells the browser: run and load nothing that is not ours, show it nowhere else, tell nobody its addresses."""

from __future__ import annotations

import base64
import hashlib
import re

Header = tuple[bytes, bytes]

_HTTPS_ONLY: Header = (b"strict-transport-security", b"max-age=31536000")
_ALWAYS: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
    (b"x-permitted-cross-domain-policies", b"none"),
)
_PRIVATE: Header = (b"cache-control", b"private, no-store")
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def content_security_policy(page: str) -> str:
    """What a page may load and run: our own files, and the scripts that stand in the page itself, by their hashes.

    Components come as modules from memory (``blob:``), large integers are calculated by a module of WebAssembly; Streamlit styles its elements in place, and pictures may be data.
    """
    inline = _INLINE.findall(page)
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in inline]
    return "; ".join(
        (
            "default-src 'self'",
            " ".join(("script-src 'self' blob: 'wasm-unsafe-eval'", *hashes)),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "frame-src 'none'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        )
    )


def headers_of(policy: str, path: str, scheme: str) -> list[Header]:
    """The headers for an answer to a path; only behind TLS it is said that nothing else will do."""
    found = [*_ALWAYS, (b"content-security-policy", policy.encode())]
    if scheme in ("https", "wss"):
        found.append(_HTTPS_ONLY)
    if "/media/" in path and "/static/" not in path:
        found.append(_PRIVATE)
    return found
