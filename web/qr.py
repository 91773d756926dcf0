"""QR codes as SVG. The only tenant of segno."""

from __future__ import annotations

import io

import segno

LONGEST = 1000
_QUIET_MODULES = 4


def qr_svg(text: str) -> bytes:
    """A QR code (ISO/IEC 18004) of ``text`` that scales to any size, dark on light whatever the theme: scanners want it so."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", border=_QUIET_MODULES, dark="#000", light="#fff", omitsize=True, xmldecl=False, nl=False
    )
    return out.getvalue()
