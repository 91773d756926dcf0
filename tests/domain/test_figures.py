"""What is counted of the energy of sessions, and into which bucket."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from voltaro.domain.figures import Delivered, Growth, Ledger, bucket_of, counted

NOON = datetime(2026, 6, 1, 12, 3, 20, tzinfo=UTC)
BUCKET = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def test_energy_is_counted_as_it_grows() -> None:
    ledger, grown = counted(Ledger(), [Delivered(1, "CP1", 500)], 1, NOON)
    assert grown == [Growth("CP1", BUCKET, 500)]
    ledger, grown = counted(ledger, [Delivered(1, "CP1", 800)], 1, NOON)
    assert grown == [Growth("CP1", BUCKET, 300)]
    assert (ledger.energies, ledger.newest, ledger.version) == ({1: 800}, 1, 2)


def test_what_is_taken_back_is_neither_counted_nor_counted_again() -> None:
    ledger, _ = counted(Ledger(), [Delivered(1, "CP1", 500)], 1, NOON)
    ledger, grown = counted(ledger, [Delivered(1, "CP1", 400)], 1, NOON)
    assert grown == []
    _, grown = counted(ledger, [Delivered(1, "CP1", 600)], 1, NOON)
    assert grown == [Growth("CP1", BUCKET, 100)]


def test_a_session_that_ended_is_counted_to_its_end_and_forgotten() -> None:
    ended = NOON - timedelta(minutes=7)
    ledger, grown = counted(Ledger(5, {5: 100}), [Delivered(5, "CP1", 900, ended)], 5, NOON)
    assert grown == [Growth("CP1", BUCKET - timedelta(minutes=5), 800)]
    assert ledger.energies == {}


def test_an_end_that_a_wrong_clock_told_counts_now() -> None:
    for ended in (NOON + timedelta(hours=1), datetime(1970, 1, 1, tzinfo=UTC)):
        _, grown = counted(Ledger(), [Delivered(1, "CP1", 900, ended)], 1, NOON)
        assert grown == [Growth("CP1", BUCKET, 900)]


def test_a_session_that_was_found_to_be_none_counts_nothing() -> None:
    ledger, grown = counted(Ledger(5, {5: 100}), [Delivered(5, "CP1", 900, NOON, counts=False)], 5, NOON)
    assert (grown, ledger.energies) == ([], {})


def test_a_session_that_is_not_seen_stays_in_the_ledger() -> None:
    ledger, _ = counted(Ledger(7, {5: 100, 6: 10}), [Delivered(6, "CP1", 20)], 0, NOON)
    assert (ledger.energies, ledger.newest) == ({5: 100, 6: 20}, 7)


def test_a_bucket_begins_at_a_whole_five_minutes() -> None:
    assert bucket_of(NOON) == BUCKET
    assert bucket_of(BUCKET) == BUCKET
