"""How a connection really comes in: plain, over our own TLS, or over that of a trusted proxy (conformance TR-33).

A proxy that ends the TLS says so in ``X-Forwarded-Proto`` (``https`` or ``wss``), and hands the client certificate that it has
verified on in ``X-Forwarded-Client-Cert``: as Envoy writes it (``Hash=...;Subject="...";Cert="..."``), or as nginx does (the PEM,
percent-encoded). Both are believed of a trusted proxy alone; of several elements the last, which the nearest proxy has added.
"""

from __future__ import annotations

import re
import ssl
from urllib.parse import unquote

from websockets.datastructures import Headers

from voltaro.domain.profiles import PLAIN, Certificate, Link
from voltaro.gateway.certificate import BadCertificate, read_certificate, read_pem

_SECURE = ("https", "wss")
_ELEMENT = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|[^;,"]*)')
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_NAME = re.compile(r'(?:^|[,/])\s*(CN|O)\s*=\s*((?:[^,/\\"]|\\.)+)')


def link_of_tls(connection: ssl.SSLObject) -> Link:
    """A connection over our own TLS; its certificate was verified in the handshake."""
    cipher = connection.cipher()
    der = connection.getpeercert(binary_form=True)
    certificate = None
    if der:
        try:
            certificate = read_certificate(der).of_charger()
        except BadCertificate:
            certificate = None
    return Link(True, connection.version(), cipher[0] if cipher else None, certificate)


def link_of_proxy(headers: Headers) -> Link:
    """A connection by way of a trusted proxy."""
    protocols = headers.get_all("X-Forwarded-Proto")
    if not protocols or protocols[-1].split(",")[-1].strip().lower() not in _SECURE:
        return PLAIN._replace(is_forwarded=True)
    told = headers.get_all("X-Forwarded-Client-Cert")
    return Link(True, certificate=forwarded_certificate(told[-1]) if told else None, is_forwarded=True)


def forwarded_certificate(header: str) -> Certificate | None:
    """The certificate in ``X-Forwarded-Client-Cert``; None where nothing usable is said of one."""
    decoded = unquote(header)
    if decoded.lstrip().startswith("-----BEGIN"):
        return _of_pem(decoded)
    bare = _QUOTED.sub(lambda quoted: "x" * len(quoted.group()), header)
    element = header[bare.rfind(",") + 1 :]
    said = {name.lower(): value.strip('"') for name, value in _ELEMENT.findall(element)}
    if said.get("cert"):
        return _of_pem(unquote(said["cert"]))
    names = {name: value.replace("\\", "").strip() for name, value in _NAME.findall(said.get("subject", "").replace('\\"', ""))}
    if not names.get("CN") or not re.fullmatch(r"[0-9a-fA-F]{64}", said.get("hash", "")):
        return None
    return Certificate(names["CN"], names.get("O"), said["hash"].lower())


def _of_pem(text: str) -> Certificate | None:
    try:
        return read_pem(text)[0].of_charger()
    except BadCertificate:
        return None
