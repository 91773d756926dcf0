"""A script for a charger worked by hand: how its commands are read, and how they are done one by one."""

from __future__ import annotations

import asyncio
import shlex

from voltaro.simulator.hand import BadScript, Hand
from voltaro.simulator.verbs import VERBS


async def run_script(hand: Hand, text: str) -> None:
    """Do a script: a command on each line or between semicolons; what follows ``#`` is for the reader. Raises BadScript."""
    for line in text.splitlines():
        for words in commands_of(line):
            await do_command(hand, words)
            if hand.over:
                return


async def do_command(hand: Hand, words: list[str]) -> None:
    """Do one command. Raises BadScript."""
    verb = VERBS.get(words[0])
    if verb is None:
        raise BadScript(f"There is no command {words[0]!r}; 'help' lists them.")
    try:
        done = verb.act(hand, words[1:])
        if asyncio.iscoroutine(done):
            await done
    except BadScript:
        raise
    except (ValueError, IndexError, KeyError) as error:
        raise BadScript(f"{' '.join(words)}: {error or 'that cannot be read'}. It is written: {verb.usage}") from error
    except TimeoutError as error:
        raise BadScript(f"{' '.join(words)}: {error}") from error


def commands_of(line: str) -> list[list[str]]:
    """The commands of one line, each as its words. Quotes hold words together; JSON is best put in single ones. Raises BadScript."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";")
    lexer.whitespace_split = True
    lexer.commenters = "#"
    found: list[list[str]] = [[]]
    try:
        for word in lexer:
            if set(word) == {";"}:
                found.append([])
            else:
                found[-1].append(word)
    except ValueError as error:
        raise BadScript(f"{line}: {error}.") from error
    return [words for words in found if words]
