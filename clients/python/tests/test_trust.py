"""Which key the coordinator is known by, while it is being changed."""

import os

import pytest
from agent_scrivener.model.incoming import Redial
from agent_scrivener.worker.errors import ConfigurationError
from agent_scrivener.worker.keys import (
    KeyPair,
    is_key,
    key_file_text,
    read_coordinator_keys,
    read_key_pair,
    read_token,
)
from agent_scrivener.worker.secret_file import write_secret
from agent_scrivener.worker.trust import AVOIDANCE, Line, Memory, TrustedCoordinator
from zmq.utils import z85

HUB = "tcp://hub:7412"
OLD, NEW, OTHER = (z85.encode(bytes([number]) * 32) for number in (1, 2, 3))
REDIAL = Redial(bytes([2]) * 32, 7414)


def test_the_keys_of_the_file_are_tried_in_turn():
    trust = TrustedCoordinator(HUB, (OLD, OTHER))
    assert trust.line == Line(HUB, OLD)
    trust.fail(0)
    assert trust.line == Line(HUB, OTHER)
    trust.fail(0)
    assert trust.line == Line(HUB, OLD)


def test_an_introduced_key_is_dialled_at_its_port_and_then_at_the_usual_one():
    trust = TrustedCoordinator(HUB, (OLD,))
    assert trust.learn(REDIAL, 0)
    assert trust.lines == [
        Line("tcp://hub:7414", NEW), Line(HUB, NEW), Line(HUB, OLD)]


def test_a_key_that_has_proved_good_ends_those_before_it():
    trust = TrustedCoordinator(HUB, (OLD,))
    trust.learn(REDIAL, 0)
    assert trust.confirm()
    assert Line(HUB, OLD) not in trust.lines
    assert trust.memory.superseded == (OLD,)
    assert not trust.confirm()


def test_when_the_change_is_over_the_second_endpoint_is_no_more():
    trust = TrustedCoordinator(HUB, (OLD,))
    trust.learn(REDIAL, 0)
    trust.confirm()
    assert trust.learn(Redial(REDIAL.key, 0), 0)
    assert trust.line == Line(HUB, NEW)
    trust.confirm()
    assert trust.memory == Memory(NEW, 0, (OLD,))


def test_a_line_that_did_not_answer_is_not_tried_again_for_a_while():
    trust = TrustedCoordinator(HUB, (OLD,))
    trust.learn(REDIAL, 0)
    trust.fail(0)
    trust.fail(0)
    assert trust.line == Line(HUB, OLD)
    assert not trust.learn(REDIAL, AVOIDANCE - 1)
    assert trust.learn(REDIAL, AVOIDANCE)


def test_a_changed_file_is_followed():
    trust = TrustedCoordinator(HUB, (OLD,))
    assert not trust.reconfigure((OLD, OTHER))
    assert trust.reconfigure((OTHER,))
    assert trust.line == Line(HUB, OTHER)


def test_what_is_remembered_is_read_again():
    memory = Memory(NEW, 7414, (OLD,))
    assert Memory.read(memory.text) == memory
    for text in (b"", b"x 1\n", NEW + b"\n", NEW + b" 99999\n", NEW + b" x\n"):
        assert Memory.read(text) is None


# Files


def test_a_key_is_forty_characters_of_z85():
    assert is_key(OLD)
    for text in (b"", b"x" * 39, b"~" * 40, b"#" * 40):
        assert not is_key(text)


def test_a_secret_key_is_read_and_never_printed(tmp_path):
    pair, path = KeyPair.generate(), str(tmp_path / "w.secret")
    write_secret(key_file_text(pair, "a worker's"), path)
    assert read_key_pair(path) == pair
    assert pair.secret.decode() not in repr(pair)


def test_a_file_without_a_key_is_refused_without_its_contents(tmp_path):
    path = str(tmp_path / "w.secret")
    write_secret(b"my dear secret\n", path)
    with pytest.raises(ConfigurationError) as refusal:
        read_key_pair(path)
    assert "dear" not in str(refusal.value)


def test_a_coordinators_file_has_one_key_or_a_few(tmp_path):
    path = tmp_path / "coordinator.public"
    path.write_bytes(b"# a comment\n" + OLD + b"\n" + NEW + b"\n")
    assert read_coordinator_keys(str(path)) == (OLD, NEW)
    for content in (b"", b"# nothing\n", OLD + b"\nx\n", (OLD + b"\n") * 5):
        path.write_bytes(content)
        with pytest.raises(ConfigurationError):
            read_coordinator_keys(str(path))


def test_a_token_is_one_line_of_visible_characters(tmp_path):
    path = str(tmp_path / "t.token")
    write_secret(b"scrivener-pool-abc\n", path)
    assert read_token(path) == b"scrivener-pool-abc"
    for content in (b"\n", b"two words", b"x" * 257):
        os.unlink(path)
        write_secret(content, path)
        with pytest.raises(ConfigurationError):
            read_token(path)
