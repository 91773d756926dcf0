"""The words of a script: what can be done at a charger by hand, each with one line of help."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from voltaro.simulator.catalogue import draw_battery
from voltaro.simulator.charger import Charger
from voltaro.simulator.clock import WrongClock
from voltaro.simulator.hand import BadScript, Hand
from voltaro.simulator.talker import Forced
from voltaro.simulator.v16 import Charger16
from voltaro.simulator.v16_configuration import KEYS, read_password
from voltaro.simulator.v16_firmware import OUTCOMES as UPDATES
from voltaro.simulator.v16_security import EVENTS
from voltaro.simulator.v16_uploads import OUTCOMES as UPLOADS

LARGEST_FLOOD = 1000
LONGEST_THOUGHT_S = 600.0
FARTHEST_CLOCK_S = 50 * 365 * 86_400.0

Act = Callable[[Hand, list[str]], Any]


@dataclass(frozen=True, slots=True)
class Verb:
    """A word of the script: how it is written, what it does in one line, and the function; ``act`` may be a coroutine function.

    What it raises for words that cannot be done is a BadScript, or a ValueError, IndexError, KeyError or TimeoutError to make one of.
    """

    usage: str
    help: str
    act: Act


# --- People


async def plug(hand: Hand, words: list[str]) -> None:
    charger, evse = hand.charger, _evse(words)
    battery = draw_battery(charger.machine.dice, direct_current=charger.evse(evse).direct_current)
    if len(words) > 1:
        battery = replace(battery, soc=float(words[1].rstrip("%")) / 100)
    await charger.plug_in(evse, battery)


async def unplug(hand: Hand, words: list[str]) -> None:
    await hand.charger.unplug(_evse(words))


async def tap(hand: Hand, words: list[str]) -> None:
    verdict = await hand.charger.present_tag(words[0], _evse(words[1:]), bound_s=hand.patience_s)
    hand.tell(f"   {words[0]}: {verdict}")


async def start(hand: Hand, words: list[str]) -> None:
    if not hand.charger.evse(_evse(words[1:])).plugged:
        await plug(hand, words[1:])
    await tap(hand, words)


async def stop(hand: Hand, words: list[str]) -> None:
    await hand.charger.stop(_evse(words), words[1] if len(words) > 1 else "Local")


async def fault(hand: Hand, words: list[str]) -> None:
    await hand.charger.break_down(_evse(words), words[1] if len(words) > 1 else "InternalError")


async def clear(hand: Hand, words: list[str]) -> None:
    await hand.charger.repair(_evse(words))


# --- The line


async def online(hand: Hand, words: list[str]) -> None:
    await hand.charger.go_online(hand.patience_s)


async def offline(hand: Hand, words: list[str]) -> None:
    await hand.charger.go_offline(hand.patience_s)


async def reconnect(hand: Hand, words: list[str]) -> None:
    await hand.charger.go_offline(hand.patience_s)
    await hand.charger.go_online(hand.patience_s)


def sever(hand: Hand, words: list[str]) -> None:
    hand.charger.sever()


def power_cut(hand: Hand, words: list[str]) -> None:
    hand.charger.power_cut()


def boot(hand: Hand, words: list[str]) -> None:
    _do(hand, hand.charger.machine.boot)


def reset(hand: Hand, words: list[str]) -> None:
    hard = words[:1] == ["hard"]
    hand.charger.do(lambda machine: machine.reboot("Reboot", "LocalReset", hard=hard))


# --- What it says by itself


def event(hand: Hand, words: list[str]) -> None:
    machine = hand.machine16
    _do(hand, lambda: machine.security_event(words[0], " ".join(words[1:]) or None))


def data(hand: Hand, words: list[str]) -> None:
    payload = dict(zip(("vendorId", "messageId", "data"), words, strict=False))
    if not payload:
        raise BadScript("data: a vendor is wanted. It is written: data VENDOR [MESSAGE [DATA]]")
    _say(hand, "DataTransfer", payload)


def say(hand: Hand, words: list[str]) -> None:
    try:
        payload = msgspec.json.decode(" ".join(words[1:]) or "{}")
    except msgspec.DecodeError as error:
        raise BadScript(f"say: the payload is no JSON: {error}. Put it in single quotes.") from error
    _say(hand, words[0], payload)


def heartbeat(hand: Hand, words: list[str]) -> None:
    _say(hand, "Heartbeat", {})


def reading(hand: Hand, words: list[str]) -> None:
    machine, evse = hand.machine16, _evse(words)
    _do(hand, lambda: machine.triggered_readings(evse))


def sign(hand: Hand, words: list[str]) -> None:
    _do(hand, hand.machine16.papers.ask)


# --- How it is made, and what it is made to do


def config(hand: Hand, words: list[str]) -> None:
    machine = hand.machine16
    key, given, text = (part.strip() for part in " ".join(words).partition("="))
    if not given:
        for each in [key] if key else KEYS:
            hand.tell(f"   {each} = {machine.configured(each) if KEYS[each].readable else '***'}")
        return
    entry = KEYS[key]
    if key == "AuthorizationKey":
        machine.settings.password = read_password(text) or text.encode()
    elif key == "NumberOfConnectors" or not entry.accepts(text):
        raise BadScript(f"config: {text!r} is no value of {key}.")
    else:
        entry.write(text, machine.settings, machine.texts, key)
        _do(hand, lambda: machine.setting_changed(entry.setting), lambda: machine.key_changed(key))


def cable(hand: Hand, words: list[str]) -> None:
    hand.machine16.cable = _one_of(words, ("detachable", "fixed", "stuck"))


def meter(hand: Hand, words: list[str]) -> None:
    wanted = _one_of(words, ("plain", "phases", "signed"))
    hand.machine16.meter_phases, hand.machine16.meter_signs = wanted == "phases", wanted == "signed"


def hashes(hand: Hand, words: list[str]) -> None:
    hand.machine16.papers.hashes = _one_of(words, ("SHA256", "SHA384", "SHA512"))


def answer(hand: Hand, words: list[str]) -> None:
    action, rest = words[0], words[1:]
    match rest:
        case ["nothing"]:
            forced = Forced()
        case ["error", code]:
            forced = Forced(error=code)
        case [text, *_] if text.startswith("{"):
            forced = Forced(msgspec.json.decode(" ".join(rest)))
        case [status]:
            forced = Forced({"listVersion": int(status)} if action == "GetLocalListVersion" else {"status": status})
        case _:
            raise ValueError("what it is to answer is missing")
    hand.charger.machine.force(action, forced)


def refuse(hand: Hand, words: list[str]) -> None:
    hand.charger.machine.refuses = _one_of(words, ("on", "off")) == "on"


def slow(hand: Hand, words: list[str]) -> None:
    seconds = float(words[0])
    if not 0 <= seconds <= LONGEST_THOUGHT_S:
        raise ValueError(f"0 to {LONGEST_THOUGHT_S:g} seconds")
    hand.charger.answers_after_s = seconds


def clock(hand: Hand, words: list[str]) -> None:
    ahead_s, machine = float(words[0]), hand.charger.machine
    if not abs(ahead_s) <= FARTHEST_CLOCK_S:
        raise ValueError("at most fifty years either way")
    machine.clock = WrongClock(hand.charger.clock, ahead_s) if ahead_s else hand.charger.clock


def flood(hand: Hand, words: list[str]) -> None:
    calls = int(words[0])
    if not 1 <= calls <= LARGEST_FLOOD:
        raise ValueError(f"1 to {LARGEST_FLOOD} calls")
    if not hand.charger.online:
        raise BadScript("flood: the charger is offline.")
    frames = [msgspec.json.encode((2, f"flood-{hand.charger.machine.dice.whole(0, 2**60)}", "Heartbeat", {})) for _ in range(calls)]
    hand.charger.do(lambda machine: machine.outgoing.extend(frames))


def firmware(hand: Hand, words: list[str]) -> None:
    hand.machine16.updates.outcome = _one_of(words, UPDATES)


def upload(hand: Hand, words: list[str]) -> None:
    hand.machine16.uploads.outcome = _one_of(words, UPLOADS)


# --- Waiting and looking


async def wait(hand: Hand, words: list[str]) -> None:
    passed = asyncio.Event()
    clock = hand.charger.clock
    timer = clock.call_at(clock.monotonic() + float(words[0]), passed.set)
    try:
        await passed.wait()
    finally:
        timer.cancel()


async def until(hand: Hand, words: list[str]) -> None:
    await hand.charger.wait_for(words[0], _evse(words[1:]), hand.patience_s)


async def expect(hand: Hand, words: list[str]) -> None:
    await hand.exchanged(words[0], words[1] if len(words) > 1 else None)


async def settled(hand: Hand, words: list[str]) -> None:
    await hand.charger.settled(hand.patience_s)


async def booted(hand: Hand, words: list[str]) -> None:
    await hand.charger.booted(hand.patience_s)


def status(hand: Hand, words: list[str]) -> None:
    charger, machine = hand.charger, hand.charger.machine
    queued = f"{len(machine.outbox)} messages queued"
    hand.tell(
        f"   {charger.identity} {charger.protocol} {'online' if charger.online else 'offline'} {machine.registration.value}, {queued}"
    )
    for evse in machine.evses:
        parts = [f"connector {evse.id}: {evse.status}", f"{evse.reading_wh} Wh"]
        if evse.session is not None:
            parts.append(f"session {evse.session.transaction_id} of {evse.session.tag}, {evse.session.energy_wh} Wh, {evse.draw_w:.0f} W")
        if evse.battery is not None:
            parts.append(f"battery {evse.battery.soc:.0%}")
        parts += [f"{each.purpose} {each.id} at level {each.stack_level}" for each in evse.profiles]
        hand.tell("   " + ", ".join(parts))
    for profile in machine.station_profiles:
        hand.tell(f"   station: {profile.purpose} {profile.id} at level {profile.stack_level}")
    for line in _more_of_16(machine) if isinstance(machine, Charger16) else ():
        hand.tell("   " + line)


def _more_of_16(machine: Charger16) -> list[str]:
    lines = [f"firmware {machine.firmware_version}, security profile {machine.security_profile}"]
    if machine.local_list.version:
        lines.append(f"local list version {machine.local_list.version}: {', '.join(machine.local_list.entries) or 'empty'}")
    lines += [f"reservation {each.id} of connector {each.connector_id} for {each.tag}" for each in machine.reservations.held.values()]
    if machine.own_certificate is not None:
        lines.append("has a certificate that was signed over OCPP")
    return lines


def help_(hand: Hand, words: list[str]) -> None:
    hand.tell(text_of_help())


def text_of_help() -> str:
    """Every command, a line each."""
    width = max(len(verb.usage) for verb in VERBS.values())
    return "\n".join(f"  {verb.usage:{width}}  {verb.help}" for verb in VERBS.values())


def end(hand: Hand, words: list[str]) -> None:
    hand.over = True


# --- Within


def _evse(words: list[str]) -> int:
    return int(words[0]) if words else 1


def _one_of(words: list[str], choices: tuple[str, ...]) -> str:
    """The choice that is meant, however it is written: ``download-failed`` is DownloadFailed; the end of it is enough for one."""

    def plain(text: str) -> str:
        return re.sub(r"[^a-z0-9]", "", text.lower())

    wanted = plain(" ".join(words))
    found = [choice for choice in choices if plain(choice) == wanted] or [choice for choice in choices if plain(choice).endswith(wanted)]
    if not wanted or len(found) != 1:
        raise ValueError(f"choose one of {', '.join(choices)}")
    return found[0]


def _do(hand: Hand, *steps: Callable[[], None]) -> None:
    """Let the charger do something, and say what follows."""

    def act(machine: Charger) -> None:
        for step in steps:
            step()
        machine.flush()

    hand.charger.do(act)


def _say(hand: Hand, action: str, payload: Any) -> None:
    _do(hand, lambda: hand.charger.machine.call(action, payload, early=True))


_VERBS = (
    Verb("plug [N] [SOC%]", "A car is connected to connector N, 1 without.", plug),
    Verb("unplug [N]", "The cable is taken off the car.", unplug),
    Verb("tap TAG [N]", "A tag is held to the reader: it starts, or stops what it started.", tap),
    Verb("start TAG [N]", "Plug, where no car is there, and tap.", start),
    Verb("stop [N] [REASON]", "The session ends: Local, EmergencyStop, Other ...", stop),
    Verb("fault [N] [CODE]", "A part fails: ConnectorLockFailure, GroundFailure, OtherError ...", fault),
    Verb("clear [N]", "It is repaired.", clear),
    Verb("online", "Dial, and stay connected.", online),
    Verb("offline", "Close the line and stay away; people go on charging.", offline),
    Verb("reconnect", "offline and online.", reconnect),
    Verb("sever", "The wire is cut; the charger dials again after its back-off.", sever),
    Verb("powercut", "The mains fail and come back.", power_cut),
    Verb("boot", "Say BootNotification.", boot),
    Verb("reset [soft|hard]", "The charger restarts by itself.", reset),
    Verb("event TYPE [INFO]", f"Tell a security event, such as {EVENTS[11]}.", event),
    Verb("data VENDOR [MESSAGE [DATA]]", "Say DataTransfer.", data),
    Verb("say ACTION [JSON]", "Say anything, well formed or not.", say),
    Verb("heartbeat", "Say Heartbeat.", heartbeat),
    Verb("reading [N]", "Say MeterValues of connector N; 0 is all.", reading),
    Verb("sign", "Make a key and ask for a certificate.", sign),
    Verb("config [KEY=VALUE]", "Show all keys, or set one as an installer does.", config),
    Verb("cable detachable|fixed|stuck", "A fixed cable cannot be unlocked, a stuck one fails to.", cable),
    Verb("meter plain|phases|signed", "What readings carry.", meter),
    Verb("hashes SHA256|SHA384|SHA512", "How installed certificates are named.", hashes),
    Verb("answer ACTION STATUS|JSON|error CODE|nothing", "The next such command is answered so, and not obeyed.", answer),
    Verb("refuse on|off", "Every command is answered with an error, and not obeyed.", refuse),
    Verb("slow SECONDS", "It thinks so long before it answers a command; 0 ends it.", slow),
    Verb("clock SECONDS", "Its clock is so far ahead, or behind where that is negative; 0 sets it right.", clock),
    Verb("flood CALLS", "Say so many Heartbeats at once, without waiting for their answers.", flood),
    Verb("firmware OUTCOME", f"What the next update comes to: {', '.join(UPDATES)}.", firmware),
    Verb("upload OUTCOME", f"What the next upload comes to: {', '.join(UPLOADS)}.", upload),
    Verb("wait SECONDS", "Let time pass.", wait),
    Verb("until STATUS [N]", "Wait until connector N shows a status.", until),
    Verb("expect ACTION [STATUS]", "Wait for the next answered call with this action, of either side.", expect),
    Verb("settled", "Wait until nothing is queued.", settled),
    Verb("booted", "Wait until the central system has accepted the charger.", booted),
    Verb("status", "Show how the charger stands.", status),
    Verb("help", "Show this.", help_),
    Verb("quit", "End.", end),
)
VERBS: dict[str, Verb] = {verb.usage.split()[0]: verb for verb in _VERBS}
