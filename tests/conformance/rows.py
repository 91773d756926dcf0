"""The rows of the table: every case, rule and quirk that concerns an OCPP 1.6 central system, by id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def _numbered(prefix: str, *spans: tuple[int, int], digits: int = 2) -> list[str]:
    return [f"{prefix}{number:0{digits}d}" for first, last in spans for number in range(first, last + 1)]


_CASES = (
    "001 003 004_1 004_2 005_1 007 010 011_1 011_2 012 013 014 017_1 017_2 018_1 019_1 019_2 021 023_1 023_2 023_3 024 026 028 030 031 "
    "032_1 037_1 037_3 039 040_1 040_2 042_1 042_2 043_1 043_3 043_4 043_5 044_1 044_2 044_3 045_1 045_2 046 047 048_1 048_2 048_3 "
    "048_4 049 051 052 053 054 055 056 057 059 061 064 066 067 073 074 075_1 075_2 076 077 078 079 080 081 083 085 086 087 088"
)

SECTIONS: Mapping[str, Sequence[str]] = {
    "Published test cases of the central system": [f"TC_{case}" for case in _CASES.split()],
    "Transport, security, framework, boot, repeats, time": _numbered("TR-", (1, 10), (20, 34), (40, 72)),
    "Rules that lose data when they are wrong": _numbered("X-", (1, 24)),
    "Rules of 1.6": _numbered("16-", (1, 17)),
    "Quirks of chargers": _numbered("Q-", (1, 26), (30, 34), (40, 53), (60, 68), (70, 75)),
    "Cases of Voltaro's own": [
        *_numbered("VT-T", (1, 29)),
        *_numbered("VT-B", (1, 5)),
        *_numbered("VT-X", (1, 24)),
        *_numbered("VT-M", (1, 6)),
        *_numbered("VT-R", (1, 3)),
        *_numbered("VT-K", (1, 3)),
        "VT-H01",
        "VT-S01",
        "VT-S02",
    ],
}

NOT_APPLICABLE: Mapping[str, str] = {
    "TR-02": "the length of an identity is a rule of 2.x; 1.6 leaves it free",
    "TR-24": "the password's text form is 2.x's; 1.6 sends bytes (TR-23)",
    "TR-31": "serial number beside certificate is compared in 2.x",
    "TR-41": "messages of type 5 and 6 exist in 2.1 only",
    "TR-54": "customData exists in 2.x only",
    "TR-55": "signed messages exist in 2.x only",
    "TR-66": "a local controller is not served: one line carries one charger",
    "X-08": "transaction ids made by the charger are 2.x's",
    "X-09": "sequence numbers are 2.x's",
    "Q-51": "a quirk of transaction events, which 1.6 has not",
    "VT-M03": "multipliers are 2.x's",
    "VT-R01": "reports in pages are 2.x's",
    "VT-R02": "reports in pages are 2.x's",
    "VT-R03": "reports in pages are 2.x's",
    "VT-X13": "sequence numbers are 2.x's",
    "VT-X14": "sequence numbers are 2.x's",
    "VT-X15": "sequence numbers are 2.x's",
    "VT-X16": "sequence numbers are 2.x's",
    "VT-X17": "transaction ids made by the charger are 2.x's",
    "VT-X24": "a token of type NoAuthorization is 2.x's",
}
"""Why a row asks nothing of a 1.6 central system. One that is shown all the same has its tests in the table."""

ALL = frozenset(row for rows in SECTIONS.values() for row in rows)


def row_of(mark: str) -> str:
    """The row that a mark means: our own case of a quirk, ``VT-Q13``, stands in the quirk's row."""
    return mark.replace("VT-Q", "Q-") if mark.startswith("VT-Q") else mark
