"""Anomalies: what chargers do that OCPP does not say, and what is done about it, in plain words.

Each has a code that is counted by charger and field; ``quirk`` is the id of the conformance sheet.
"""

from __future__ import annotations

from typing import NamedTuple

LONGEST_EXAMPLE = 120
"""Characters of what the charger said that are kept to show an operator."""


class Anomaly(NamedTuple):
    """One oddity of one message. ``field`` is a JSON pointer with ``*`` for numbers, empty where no member is meant;
    ``example`` a short piece of what the charger said, secrets masked."""

    code: str
    field: str = ""
    example: str | None = None


class Explanation(NamedTuple):
    """What an anomaly is, and what was done, for an operator's eyes."""

    quirk: str | None
    words: str


def explanation(code: str) -> Explanation:
    """What a code means."""
    return _EXPLANATIONS.get(code) or Explanation(
        None, "Something that OCPP does not foresee. The message was handled as well as it could be."
    )


_EXPLANATIONS = {
    "other_version": Explanation("Q-02", "The message is of another OCPP version than was agreed on. It was read in that one."),
    "text_as_number": Explanation("Q-13", "A number came as text. It was read as the number it spells."),
    "whole_number": Explanation("Q-13", "A whole number is written with a decimal point or an exponent. It was read as the number it is."),
    "number_as_text": Explanation("Q-13", "Text came as a number. It was kept digit by digit as it was written."),
    "boolean_as_text": Explanation("Q-13", "A yes or no came as text, or text as a yes or no. It was read as what it says."),
    "object_as_text": Explanation("Q-13", "Text came as a JSON object or list. It was kept as the JSON text of it."),
    "null_member": Explanation("Q-14", "A member that is absent came as null. It was taken as absent."),
    "empty_member": Explanation("Q-14", "A member that is absent came empty, or as the word null. It was taken as absent."),
    "empty_list": Explanation("Q-14", "A list that must hold something came empty. There was nothing to record."),
    "unknown_member": Explanation("Q-15", "The message has a member that OCPP does not know. It was left out; the raw frame has it."),
    "long_text": Explanation("Q-16", "A text is longer than OCPP allows. It was kept whole."),
    "alias": Explanation("Q-17", "A word is spelled otherwise than OCPP spells it. The right one was taken."),
    "unknown_word": Explanation("Q-17", "A word is none that OCPP has. It was kept as it came, and counts as unknown."),
    "unreadable_member": Explanation("Q-17", "A member that nothing depends on could not be read. It was left out; the raw frame has it."),
    "not_utf8": Explanation("Q-18", "The frame is no UTF-8. It was read as Latin-1."),
    "control_characters": Explanation("Q-18", "The frame holds control characters or half a character. They were taken out or marked."),
    "trailing_garbage": Explanation("Q-18", "Something follows the end of the frame. It was cut off."),
    "missing_value": Explanation("Q-18", "A member has no value at all, which is no JSON. It was taken as absent."),
    "numeric_message_id": Explanation("Q-19", "The message id is a number where OCPP wants text. It was given back as it came."),
    "long_message_id": Explanation("Q-19", "The message id is longer than 36 characters. It was given back as it came."),
    "reused_message_id": Explanation("Q-19", "A message id was used for another message before. It was handled as a new message."),
    "replay": Explanation("Q-19", "A message came again. It got the same answer, and had no second effect."),
    "unknown_answer": Explanation("Q-19", "An answer to a question that nobody asked. It was ignored."),
    "late_answer": Explanation("Q-24", "An answer came after its time had run out. It was recorded all the same."),
    "clock_unset": Explanation("Q-30", "The charger's clock was never set. The time at which the message came was taken instead."),
    "timestamp_without_zone": Explanation("Q-31", "A time names no zone. It was read as UTC, or in the charger's zone."),
    "timestamp_format": Explanation("Q-32", "A time is written otherwise than OCPP writes it. It was read for what it says."),
    "timestamp_in_future": Explanation("Q-34", "A time lies in the future. The time at which the message came was taken instead."),
    "timestamp_missing": Explanation("Q-34", "A time is missing or empty. The time at which the message came was taken instead."),
    "timestamp_unreadable": Explanation("Q-34", "A time cannot be read. The time at which the message came was taken instead."),
    "stop_before_start": Explanation("Q-34", "A session ended before it began. It was given no duration."),
    "tag_spaces": Explanation("Q-48", "A tag has spaces around it. It was looked up without them, and kept as it came."),
    "empty_tag": Explanation("Q-48", "A tag is empty. Whether anybody may charge here without one is a switch of the charger."),
    "odd_number": Explanation("Q-64", "A measured value has quotes, a decimal comma or the like. It was read as the number it means."),
    "no_number": Explanation("Q-64", "A measured value is no number. It was kept as text and not counted."),
    "energy_scale_suspect": Explanation(
        "Q-61",
        "Power and energy of a session do not fit each other by about a thousand: one of them may be in kilo. Nothing was changed; "
        "compare with the meter, then set energy_scale or power_scale.",
    ),
    "member_missing": Explanation(None, "A member that OCPP requires is missing or unreadable. An empty one was put in its place."),
    "invalid_session_message": Explanation(None, "A message that counts could not be read. It was put aside whole; see the dead letters."),
    "bad_message": Explanation(None, "A frame is no message of OCPP. It was refused."),
    "ignored_message": Explanation(None, "A frame is no message of OCPP. There was nothing to answer."),
    "too_many_connectors": Explanation(None, "The charger reports more connectors than any has. The surplus was ignored."),
    "too_many_anomalies": Explanation(None, "The charger does so many different odd things that the rest are counted together."),
}  # fmt: skip
