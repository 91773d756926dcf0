"""The dashboard's catalogues hold what its source says, and nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from voltaro.domain.anomaly import _EXPLANATIONS, explanation
from voltaro.domain.configuration import RECOMMENDED

WEB = Path(__file__).parents[2] / "web"
_TEXT = r'"((?:[^"\\]|\\.)*)"'
_SAID = re.compile(rf"(?<![\w.])(?:t|m)\(\s*{_TEXT}")
_COUNTED = re.compile(rf"(?<![\w.])tn\(\s*{_TEXT},\s*{_TEXT}")
_BLANK = re.compile(r"\{(\w+)\}")
_SHOWN = re.compile(r"<(\w+)[^>]* data-say>([^<]+)</\1>")
SOURCES = {WEB / "ui" / "languages": WEB / "ui" / "app", WEB / "docs": WEB / "docs"}
"""Where catalogues lie, and the source that they are for."""
CATALOGUES = sorted(file for folder in SOURCES for file in (*folder.glob("*.json"), *folder.glob("de.js")))


def _read(file: Path) -> dict[str, str | dict[str, str]]:
    """What is in a catalogue: JSON, alone or as a module's."""
    text = file.read_text()
    found: dict[str, str | dict[str, str]] = json.loads(text[text.index("{") : text.rindex("}") + 1])
    return found


def _spoken(folder: Path = WEB / "ui" / "app") -> tuple[set[str], set[str]]:
    """The texts of the source, and those that depend on a number."""
    said: set[str] = set()
    counted: set[str] = set()
    for file in folder.rglob("*.js"):
        if file.name == "languages.js":
            continue
        source = file.read_text()
        said |= {json.loads(f'"{text}"') for text in _SAID.findall(source)}
        counted |= {json.loads(f'"{many}"') for _, many in _COUNTED.findall(source)}
    for page in folder.glob("*.html"):
        said |= {text for _, text in _SHOWN.findall(page.read_text())}
    return said, counted


@pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_a_catalogue_says_all_there_is_to_say(file: Path) -> None:
    said, counted = _spoken(SOURCES[file.parent])
    catalogue = _read(file)
    assert sorted((said | counted) - catalogue.keys()) == [], "not translated"
    assert sorted(catalogue.keys() - said - counted) == [], "said nowhere any more"


@pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_a_translation_keeps_the_blanks_of_its_text(file: Path) -> None:
    _said, counted = _spoken(SOURCES[file.parent])
    for text, translation in _read(file).items():
        forms = translation.values() if text in counted and isinstance(translation, dict) else [translation]
        if text in counted:
            assert isinstance(translation, dict), f"{text!r} needs a form for each plural category"
            assert {"one", "other"} <= translation.keys(), text
        for form in forms:
            assert set(_BLANK.findall(form)) <= set(_BLANK.findall(text)) | {"n"}, text
            if text not in counted:
                assert set(_BLANK.findall(form)) == set(_BLANK.findall(text)), text


def test_catalogues_are_sorted() -> None:
    for file in CATALOGUES:
        keys = list(_read(file))
        assert keys == sorted(keys), file.name


def test_every_explanation_of_an_anomaly_can_be_translated() -> None:
    said, _counted = _spoken()
    explanations = {words for _quirk, words in (*_EXPLANATIONS.values(), explanation("?"))}
    assert sorted(explanations - said) == [], "the server says it, but the dashboard does not know it (server-words.js)"


def test_every_reason_of_the_recommended_keys_can_be_translated() -> None:
    said, _counted = _spoken()
    assert sorted({recommendation.why for recommendation in RECOMMENDED} - said) == []
