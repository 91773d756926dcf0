"""Configuration keys of OCPP 1.6 (section 9, and the security whitepaper's): what is known of each, and how they are read.

Rule 1: a key that holds a secret is written and never read back, kept or shown (conformance 16-17).
Rule 2: values are compared leniently, and kept as the charger wrote them (quirk Q-70).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

LONGEST_KEY = 50
LONGEST_VALUE = 500
MOST_KEYS = 1000
"""More than any charger has; one that makes them up fills no table."""

STANDARD_KEYS = (
    "GetConfigurationMaxKeys",
    "SupportedFeatureProfiles",
    "NumberOfConnectors",
    "HeartbeatInterval",
    "WebSocketPingInterval",
    "ConnectionTimeOut",
    "MessageTimeout",
    "TransactionMessageAttempts",
    "TransactionMessageRetryInterval",
    "MeterValueSampleInterval",
    "MeterValuesSampledData",
    "MeterValuesSampledDataMaxLength",
    "ClockAlignedDataInterval",
    "MeterValuesAlignedData",
    "MeterValuesAlignedDataMaxLength",
    "StopTxnSampledData",
    "StopTxnSampledDataMaxLength",
    "StopTxnAlignedData",
    "StopTxnAlignedDataMaxLength",
    "StopTransactionMaxMeterValues",
    "StopTransactionOnEVSideDisconnect",
    "StopTransactionOnInvalidId",
    "UnlockConnectorOnEVSideDisconnect",
    "MaxEnergyOnInvalidId",
    "MinimumStatusDuration",
    "AuthorizeRemoteTxRequests",
    "AuthorizationCacheEnabled",
    "AllowOfflineTxForUnknownId",
    "LocalAuthorizeOffline",
    "LocalPreAuthorize",
    "LocalAuthListEnabled",
    "LocalAuthListMaxLength",
    "SendLocalListMaxLength",
    "ReserveConnectorZeroSupported",
    "ChargeProfileMaxStackLevel",
    "ChargingScheduleAllowedChargingRateUnit",
    "ChargingScheduleMaxPeriods",
    "ConnectorSwitch3to1PhaseSupported",
    "MaxChargingProfilesInstalled",
    "ConnectorPhaseRotation",
    "ConnectorPhaseRotationMaxLength",
    "SupportedFileTransferProtocols",
    "ResetRetries",
    "BlinkRepeat",
    "LightIntensity",
    "CpoName",
    "SecurityProfile",
    "CertificateStoreMaxLength",
    "CertificateSignedMaxChainSize",
    "AdditionalRootCertificateCheck",
)
"""The keys that are asked for one by one where a charger does not answer for all of them (quirk Q-71)."""

GUARDED_KEYS = frozenset({"authorizationkey", "securityprofile"})
"""Keys that lock a charger out unless what is stored here changes with them (folded)."""


class KeyState(StrEnum):
    """What has come of the last value that was written to a key."""

    CONFIRMED = "confirmed"
    """The charger reads it back."""
    DIFFERS = "differs"
    """The charger took it, and reads back another value."""
    REBOOT_REQUIRED = "reboot_required"
    """The charger has stored it, and uses it after its next boot."""
    UNCONFIRMED = "unconfirmed"
    """The charger took it, and has not been read since, or cannot be."""
    REJECTED = "rejected"
    NOT_SUPPORTED = "not_supported"
    UNKNOWN = "unknown"
    """The charger gave no valid answer."""


class ReadKey(NamedTuple):
    """A key as the charger told it; ``value`` None where it told none, or holds a secret."""

    name: str
    value: str | None
    readonly: bool


class Written(Protocol):
    """What is known of a key or a variable that was written to: the value that it was given, and the one that was read of it."""

    @property
    def value(self) -> str | None: ...
    @property
    def read_at(self) -> datetime | None: ...
    @property
    def written_value(self) -> str | None: ...


def read_back(written: Written, written_at: datetime) -> KeyState:
    """Whether what the charger took then is what it has told since."""
    if written.read_at is None or written.read_at < written_at or written.value is None or written.written_value is None:
        return KeyState.UNCONFIRMED
    return KeyState.CONFIRMED if is_same(written.written_value, written.value) else KeyState.DIFFERS


@dataclass(frozen=True, slots=True)
class ConfigurationKey:
    """A key as it is stored. ``known`` False: the charger named it as unknown. ``written_*`` is what was last written to it;
    ``written_status`` is the charger's word, None where it gave no valid answer."""

    name: str
    value: str | None = None
    readonly: bool | None = None
    known: bool = True
    read_at: datetime | None = None
    written_value: str | None = None
    written_status: str | None = None
    written_at: datetime | None = None
    reboot_required: bool = False

    @property
    def state(self) -> KeyState | None:
        """What has come of the last write; None where nothing was written."""
        if self.written_at is None:
            return None
        if self.written_status not in ("Accepted", "RebootRequired"):
            return _STATE_OF_ANSWER.get(self.written_status or "", KeyState.UNKNOWN)
        if self.reboot_required:
            return KeyState.REBOOT_REQUIRED
        return read_back(self, self.written_at)


_STATE_OF_ANSWER = {"Rejected": KeyState.REJECTED, "NotSupported": KeyState.NOT_SUPPORTED}


@dataclass(frozen=True, slots=True)
class Configuration:
    """A charger's keys by name, and how reading them went: ``attempts`` by ourselves since its firmware changed, ``read_at`` when
    all were last read, ``failure`` why they were not."""

    keys: tuple[ConfigurationKey, ...] = ()
    firmware_version: str | None = None
    attempts: int = 0
    asked_at: datetime | None = None
    read_at: datetime | None = None
    failure: str | None = None

    def find(self, name: str) -> ConfigurationKey | None:
        """A key by its name in any case: chargers spell them as they like."""
        folded = fold_key(name)
        return next((key for key in self.keys if fold_key(key.name) == folded), None)

    def whole(self, name: str) -> int | None:
        """The value of a key that is a whole number; None where it is not known."""
        key = self.find(name)
        return None if key is None or key.value is None else read_whole(key.value)


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What a key should hold, and why. ``least``, ``most`` (numbers) or ``holds`` (items of a list) say what is good already."""

    name: str
    value: str
    why: str
    least: int | None = None
    most: int | None = None
    holds: tuple[str, ...] = ()

    def is_met(self, value: str) -> bool:
        """Whether a value is as good as ours."""
        if self.holds:
            have = {item.casefold() for item in read_list(value)}
            return all(item.casefold() in have for item in self.holds)
        if self.least is not None:
            number = read_whole(value)
            return number is not None and self.least <= number <= (self.most if self.most is not None else number)
        return is_same(value, self.value)


RECOMMENDED = (
    Recommendation(
        "TransactionMessageAttempts", "10", "starts, stops and meter values are sent again for long enough, and not dropped", least=10
    ),
    Recommendation(
        "TransactionMessageRetryInterval", "60", "they are sent again soon, and not in a rush", least=30, most=60
    ),
    Recommendation("WebSocketPingInterval", "60", "a line that died without a word is found out by the charger", least=10, most=300),
    Recommendation("MeterValueSampleInterval", "60", "a session is followed while it runs", least=5, most=300),
    Recommendation(
        "MeterValuesSampledData",
        "Energy.Active.Import.Register,Power.Active.Import",
        "energy and power of a session are told while it runs",
        holds=("Energy.Active.Import.Register",),
    ),
    Recommendation(
        "StopTxnSampledData",
        "Energy.Active.Import.Register",
        "the stop of a session carries its meter's readings",
        holds=("Energy.Active.Import.Register",),
    ),
    Recommendation("StopTransactionOnInvalidId", "true", "a tag that may not charge ends what it has begun"),
    Recommendation("ConnectionTimeOut", "120", "a driver has time to plug in", least=30, most=600),
)  # fmt: skip
"""What is good for most chargers at their onboarding (conformance 16-07, 16-09). It is an operator who has it applied."""


class Advice(NamedTuple):
    """What applying a recommendation would do; ``value`` is written in the style in which the charger writes, None: nothing."""

    recommendation: Recommendation
    current: str | None
    value: str | None
    reason: str


def advise(configuration: Configuration) -> tuple[Advice, ...]:
    """What of the recommended set would change. Only keys that the charger has told and that may be written."""
    return tuple(_advice(recommendation, configuration.find(recommendation.name)) for recommendation in RECOMMENDED)


def _advice(recommendation: Recommendation, key: ConfigurationKey | None) -> Advice:
    if key is None or not key.known or key.read_at is None:
        return Advice(recommendation, None, None, "the charger has not told this key")
    if key.value is not None and recommendation.is_met(key.value):
        return Advice(recommendation, key.value, None, "it is good as it is")
    if key.readonly:
        return Advice(recommendation, key.value, None, "the charger does not let it be written")
    if key.written_value is not None and key.written_at is not None and recommendation.is_met(key.written_value):
        return Advice(recommendation, key.value, None, f"it was written before: {key.state}")
    return Advice(recommendation, key.value, in_style(recommendation.value, key.value or ""), recommendation.why)


def fold_key(name: str) -> str:
    """The form in which key names are compared: 1.6 CiString50."""
    return name.strip().casefold()


_SECRET = re.compile(r"authorizationkey|password|passwd|secret|privatekey|vpnkey", re.IGNORECASE)


def is_secret(name: str) -> bool:
    """Whether a key (1.6) or variable (2.x) holds a secret (conformance 16-17): the standard ones (AuthorizationKey, BasicAuthPassword,
    ApnPassword, VpnKey, VpnPassword, SharedSecret) and those of vendors."""
    return _SECRET.search(name) is not None


def bare(value: str) -> str:
    """A value without the blanks and quotes around it."""
    stripped = value.strip()
    while len(stripped) >= 2 and stripped[0] == stripped[-1] and stripped[0] in "\"'":
        stripped = stripped[1:-1].strip()
    return stripped


def read_whole(value: str) -> int | None:
    """A whole number, also with its unit or a fraction of nothing behind it (``60 s``, ``"300"``, ``60.0``)."""
    found = _WHOLE.fullmatch(bare(value))
    return None if found is None else int(found.group(1))


def read_truth(value: str) -> bool | None:
    """``true``, ``TRUE``, ``1``, ``yes``, ``on`` and their contraries; None for what is neither."""
    return _TRUTHS.get(bare(value).casefold())


def read_list(value: str) -> tuple[str, ...]:
    """The items of a list, whatever is around and between them."""
    inner = bare(value)
    if inner.startswith("[") and inner.endswith("]"):
        inner = inner[1:-1]
    return tuple(item for part in _BETWEEN.split(inner) if (item := _ALIASES.get(bare(part).casefold(), bare(part))))


def is_same(one: str, other: str) -> bool:
    """Whether two values mean the same: a charger may write a number, a truth or a list in a style of its own."""
    if bare(one) == bare(other):
        return True
    truths = read_truth(one), read_truth(other)
    if None not in truths:
        return truths[0] is truths[1]
    numbers = read_whole(one), read_whole(other)
    if None not in numbers:
        return numbers[0] == numbers[1]
    return sorted(map(str.casefold, read_list(one))) == sorted(map(str.casefold, read_list(other)))


def in_style(value: str, read: str) -> str:
    """``value`` as the charger that told ``read`` would write it: its quotes, the case of its truths, what is between its items."""
    inner = bare(read)
    truth = read_truth(value)
    if truth is not None and read_truth(read) is not None:
        value = _truth_like(truth, inner)
    elif "," in value and ", " in inner:
        value = value.replace(",", ", ")
    elif "," in value and ";" in inner:
        value = value.replace(",", ";")
    quote = read.strip()[:1]
    return f"{quote}{value}{quote}" if quote in ('"', "'") and inner != read.strip() else value


def _truth_like(truth: bool, inner: str) -> str:
    if inner in ("0", "1"):
        return "1" if truth else "0"
    words = next((pair for pair in _PAIRS if inner.casefold() in pair), _PAIRS[0])
    word = words[0] if truth else words[1]
    return word.upper() if inner.isupper() else word.capitalize() if inner[:1].isupper() else word


_PAIRS = (("true", "false"), ("yes", "no"), ("on", "off"))
_TRUTHS = {"1": True, "0": False} | {word: place == 0 for pair in _PAIRS for place, word in enumerate(pair)}
_WHOLE = re.compile(r"([+-]?\d{1,15})(?:[.,]0*)?\s*[A-Za-z%]*")
_BETWEEN = re.compile(r"[,;]")
_ALIASES = {"w": "Power", "a": "Current"}
"""``ChargingScheduleAllowedChargingRateUnit`` as some write it."""
