"""What agents say while they run: within bounds, and never before its turn."""

from agent_scrivener.model.attempts import AttemptReference
from agent_scrivener.model.incoming import Welcome
from agent_scrivener.worker.output import (
    INTERVAL,
    MOST_BYTES_EACH,
    OutputBuffer,
    OutputSender,
)

ONE, TWO = AttemptReference(1, 0, 1), AttemptReference(1, 1, 1)
WELCOME = Welcome("j", 1, 1, 1, 5, 1, 1, takes_output=True)


def pair():
    firsts = []
    buffer = OutputBuffer(lambda: firsts.append(None))
    return buffer, OutputSender(buffer), firsts


def test_words_are_told_together_and_in_order():
    buffer, sender, firsts = pair()
    sender.welcomed(WELCOME, 0)
    for text in ("one ", "two "):
        buffer.append(text, ONE)
    buffer.append("other", TWO)
    assert len(firsts) == 1
    sender.note_output(5 * INTERVAL)
    said = sender.message(1, 5 * INTERVAL).said
    assert [(each.attempt, each.text) for each in said] == [(ONE, "one two "), (TWO, "other")]


def test_messages_keep_their_distance_but_for_an_attempts_last_words():
    buffer, sender, _ = pair()
    sender.welcomed(WELCOME, 0)
    buffer.append("a", ONE)
    sender.note_output(INTERVAL)
    assert sender.message(1, INTERVAL)
    buffer.append("b", ONE)
    sender.note_output(INTERVAL + 1)
    assert sender.message(1, INTERVAL + 1) is None
    sender.note_end(ONE, INTERVAL + 2)
    assert sender.message(1, INTERVAL + 2)


def test_what_finds_no_room_is_counted_with_what_follows_it():
    buffer, _, _ = pair()
    buffer.append("x" * (MOST_BYTES_EACH - 1), ONE)
    buffer.append("üü", ONE)
    buffer.append("a", ONE)
    said = buffer.take()[0]
    # Whole characters, and nothing behind a gap.
    assert len(said.text) == MOST_BYTES_EACH - 1
    assert said.dropped == 5


def test_a_worker_that_is_not_registered_holds_what_is_said_within_bounds():
    buffer, sender, _ = pair()
    buffer.append("a", ONE)
    sender.note_output(0)
    assert sender.message(None, INTERVAL) is None
    assert sender.due is None
    sender.welcomed(WELCOME, 2 * INTERVAL)
    assert sender.message(1, 2 * INTERVAL).said[0].text == "a"


def test_a_coordinator_that_takes_none_gets_none():
    buffer, sender, _ = pair()
    sender.welcomed(Welcome("j", 1, 1, 1, 5, 1, 1), 0)
    buffer.append("a", ONE)
    sender.note_output(0)
    assert sender.message(1, INTERVAL) is None
    assert not buffer.holds(ONE)


def test_no_more_is_under_way_than_a_window():
    buffer, sender, _ = pair()
    sender.welcomed(WELCOME, 0)
    now, sent = 0, 0
    while True:
        now += INTERVAL
        buffer.append("x" * MOST_BYTES_EACH, ONE)
        sender.note_output(now)
        if sender.message(1, now) is None:
            break
        sent += 1
    assert 60 <= sent <= 64
    # What was sent before a heartbeat has arrived when that is acknowledged.
    sender.sent_heartbeat(1)
    assert sender.due is None
    sender.acknowledged(1, now)
    assert sender.message(1, sender.due)
