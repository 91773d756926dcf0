"""As much of curl as ``docs/api.md`` uses, for machines that have none."""

from __future__ import annotations

import http.client
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

WITH_VALUE = {"--header", "--json", "--data-binary", "--request", "--write-out", "--output", "--max-time"}


def main(words: list[str]) -> int:
    headers: dict[str, str] = {}
    told: dict[str, str] = {}
    url = ""
    while words:
        word = words.pop(0)
        if word == "--header":
            name, _, value = words.pop(0).partition(":")
            headers[name] = value.strip()
        elif word in WITH_VALUE:
            told[word] = words.pop(0)
        elif word.startswith("http"):
            url = word
        else:
            told[word] = ""
    body = None
    if "--json" in told:
        headers |= {"Content-Type": "application/json", "Accept": "application/json"}
        body = told["--json"].encode()
    elif "--data-binary" in told:
        body = Path(told["--data-binary"].removeprefix("@")).read_bytes()
    where = urlsplit(url)
    until = time.monotonic() + float(told.get("--max-time", "30"))
    line = http.client.HTTPConnection(where.netloc, timeout=until - time.monotonic())
    line.request(told.get("--request", "GET" if body is None else "POST"), f"{where.path}?{where.query}", body, headers)
    answer = line.getresponse()
    out = Path(told["--output"]).open("wb") if "--output" in told else sys.stdout.buffer  # noqa: SIM115 - it ends with us
    if "--head" in told:
        out.write(b"".join(f"{name}: {value}\r\n".encode() for name, value in answer.getheaders()))
    else:
        try:
            while chunk := answer.read1(65536):
                out.write(chunk)
                out.flush()
        except (TimeoutError, BrokenPipeError):
            return 28
    out.write(told.get("--write-out", "").replace("%{http_code}", str(answer.status)).replace("\\n", "\n").encode())
    out.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
