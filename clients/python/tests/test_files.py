"""What outlives a worker's process: results, what ran, who it is."""

import os

import pytest
from agent_scrivener.machine.outbox import KeptResults
from agent_scrivener.model.attempts import AttemptReference, AttemptResult, Outcome
from agent_scrivener.worker import outbox_file
from agent_scrivener.worker.black_box import BlackBox, boot_id
from agent_scrivener.worker.errors import ConfigurationError
from agent_scrivener.worker.identity import next_incarnation, worker_id
from agent_scrivener.worker.outbox_file import OutboxFile
from agent_scrivener.worker.secret_file import read_secret, write_secret


def attempt(task):
    return AttemptReference(1, task, 1)


def result(task, payload=b'"x"'):
    return AttemptResult(attempt(task), 5, Outcome(payload=payload))


def keep(file, journal, results):
    file.keep([(journal, each) for each in results])


def reopened(folder):
    file = OutboxFile.open(str(folder))
    kept = file.kept
    file.close()
    return kept


def test_kept_results_are_there_after_a_restart_until_they_are_forgotten(tmp_path):
    file = OutboxFile.open(str(tmp_path))
    keep(file, "j1", (result(0), result(1)))
    keep(file, "j2", (result(0, b'"other"'),))
    file.forget("j1", (attempt(0),))
    file.close()
    assert reopened(tmp_path) == (
        KeptResults("j1", (result(1),)), KeptResults("j2", (result(0, b'"other"'),)))


def test_the_journal_that_was_written_last_comes_last(tmp_path):
    file = OutboxFile.open(str(tmp_path))
    keep(file, "j2", (result(0),))
    keep(file, "j1", (result(0),))
    keep(file, "j2", (result(1),))
    file.close()
    assert [each.journal_id for each in reopened(tmp_path)] == ["j1", "j2"]


@pytest.mark.parametrize("damage", [
    lambda content: content[:-1], lambda content: content + b"\x09",
    lambda content: content[:-1] + bytes([content[-1] ^ 1])])
def test_a_record_that_is_not_whole_is_the_end_of_the_file(tmp_path, damage):
    file = OutboxFile.open(str(tmp_path))
    keep(file, "j1", (result(0),))
    keep(file, "j1", (result(1),))
    file.close()
    path = tmp_path / "outbox"
    path.write_bytes(damage(path.read_bytes()))
    kept = reopened(tmp_path)[0].results
    assert kept[0] == result(0)
    # And it can be written on.
    file = OutboxFile.open(str(tmp_path))
    keep(file, "j1", (result(2),))
    file.close()
    assert result(2) in reopened(tmp_path)[0].results


def test_a_file_of_somebody_else_is_refused(tmp_path):
    (tmp_path / "outbox").write_bytes(b"ScrvOut1 and what a worker in Swift has left")
    with pytest.raises(ConfigurationError, match="move it away"):
        OutboxFile.open(str(tmp_path))


def test_a_folder_has_one_process_at_a_time(tmp_path):
    file = OutboxFile.open(str(tmp_path))
    assert OutboxFile.open(str(tmp_path)) is None
    file.close()


def test_what_is_forgotten_does_not_fill_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(outbox_file, "REWRITE_BYTES", 10_000)
    file = OutboxFile.open(str(tmp_path))
    keep(file, "j1", (result(9_999),))
    for task in range(500):
        keep(file, "j1", (result(task, b'"' + b"x" * 500 + b'"'),))
        file.forget("j1", (attempt(task),))
    file.close()
    assert (tmp_path / "outbox").stat().st_size < 20_000
    assert reopened(tmp_path) == (KeptResults("j1", (result(9_999),)),)


# What ran


def died(folder, *, left=False):
    """A process that was doing something."""
    box = BlackBox(str(folder), 7, slots=2)
    box.serves("j1")
    box.began(attempt(0))
    box.began(attempt(1))
    box.ended(attempt(0))
    box.log("last words", attempt(1))
    if left:
        box.left()


def test_what_a_process_was_doing_when_it_died_is_told_by_the_next(tmp_path):
    died(tmp_path)
    death = BlackBox(str(tmp_path), 8, slots=2).untold
    assert (death.journal_id, death.incarnation, death.attempts) == ("j1", 7, (attempt(1),))
    assert [(line.text, line.attempt) for line in death.log] == [("last words", attempt(1))]


def test_a_death_is_kept_until_a_coordinator_has_heard_it(tmp_path):
    died(tmp_path)
    BlackBox(str(tmp_path), 8, slots=2)
    again = BlackBox(str(tmp_path), 9, slots=2)
    assert again.untold.incarnation == 7
    again.forget_untold()
    again.left()
    assert BlackBox(str(tmp_path), 10, slots=2).untold is None


def test_who_left_in_good_order_has_not_died(tmp_path):
    died(tmp_path, left=True)
    box = BlackBox(str(tmp_path), 8, slots=2)
    assert box.untold is None
    assert box.knows_last


def test_the_first_process_in_a_folder_knows_of_none_before_it(tmp_path):
    assert not BlackBox(str(tmp_path), 1, slots=1).knows_last


def test_what_went_down_with_its_machine_has_not_died(tmp_path, monkeypatch):
    monkeypatch.setattr("agent_scrivener.worker.black_box.boot_id", lambda: "before")
    died(tmp_path)
    monkeypatch.undo()
    assert boot_id() != "before"
    assert BlackBox(str(tmp_path), 8, slots=2).untold is None


def test_another_journals_attempts_are_not_told(tmp_path):
    box = BlackBox(str(tmp_path), 7, slots=2)
    box.serves("j1")
    box.began(attempt(0))
    box.serves("j2")
    box.began(attempt(3))
    death = BlackBox(str(tmp_path), 8, slots=2).untold
    assert (death.journal_id, death.attempts) == ("j2", (attempt(3),))


@pytest.mark.parametrize("content", [b"", b"x" * 100, b"ScrvPyR1" + b"\xff" * 5_000])
def test_a_file_that_says_nothing_is_no_death(tmp_path, content):
    (tmp_path / "running").write_bytes(content)
    box = BlackBox(str(tmp_path), 8, slots=2)
    assert box.untold is None
    assert not box.knows_last


def test_more_lines_than_are_kept_push_out_the_oldest(tmp_path):
    box = BlackBox(str(tmp_path), 7, slots=2)
    box.serves("j1")
    box.began(attempt(0))
    for number in range(200):
        box.log(f"line {number} " + "ü" * 400, attempt(0))
    log = BlackBox(str(tmp_path), 8, slots=2).untold.log
    assert len(log) == 128
    assert log[-1].text.startswith("line 199")
    assert all(len(line.text.encode()) <= 448 for line in log)


# Who it is


def test_an_incarnation_grows_also_when_the_clock_goes_back(tmp_path):
    assert next_incarnation(str(tmp_path), 1_000) == 1_000
    assert next_incarnation(str(tmp_path), 900) == 1_001
    assert next_incarnation(None, 900) == 900


def test_a_replica_keeps_the_name_that_it_makes(tmp_path):
    name = worker_id("pool", None, str(tmp_path))
    assert name.startswith("pool/")
    assert worker_id("pool", None, str(tmp_path)) == name
    assert worker_id("pool", None, None) != worker_id("pool", None, None)
    assert worker_id(None, "w1", str(tmp_path)) == "w1"


# Secrets


def test_a_secret_that_others_can_read_is_refused(tmp_path):
    path = str(tmp_path / "secret")
    write_secret(b"s", path)
    assert read_secret(path, 10) == b"s"
    os.chmod(path, 0o644)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        read_secret(path, 10)


def test_a_secret_may_come_by_a_descriptor(tmp_path):
    reader, writer = os.pipe()
    os.write(writer, b"s")
    os.close(writer)
    assert read_secret(f"fd:{reader}", 10) == b"s"
    with pytest.raises(ConfigurationError):
        read_secret("fd:x", 10)


def test_a_secret_that_is_too_large_is_refused(tmp_path):
    path = str(tmp_path / "secret")
    write_secret(b"12345", path)
    with pytest.raises(ConfigurationError, match="allowed 4 bytes"):
        read_secret(path, 4)


def test_what_is_forked_does_not_hold_the_lock_of_the_folder(tmp_path):
    """A pool of processes that an agent has made may outlive its worker; its successor must have the results."""
    file = OutboxFile.open(str(tmp_path))
    keep(file, "j1", (result(0),))
    reader, writer = os.pipe()
    ready, begun = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(writer)
        os.write(begun, b"!")
        os.read(reader, 1)
        os._exit(0)
    try:
        os.read(ready, 1)
        # As at a death: without a word to the lock.
        os.close(file._file)
        assert reopened(tmp_path) == (KeptResults("j1", (result(0),)),)
    finally:
        os.close(writer)
        os.waitpid(child, 0)
