"""The machine tells results as they come, since it does not know how large they are. Plain small ones that follow each
other go together, and what may be large alone."""

from ..model.attempts import AttemptResult
from ..model.outgoing import Results

#: Results in one message.
MOST_RESULTS = 64
#: A payload up to so many bytes is small.
SMALL_PAYLOAD_BYTES = 4 << 10


def messages_of(results: Results) -> list[Results]:
    """The results in as many messages as they need, in order."""
    found: list[list[AttemptResult]] = []
    is_open = False
    for result in results.results:
        outcome = result.outcome
        is_small = (
            len(outcome.payload) <= SMALL_PAYLOAD_BYTES and not outcome.findings
            and outcome.failure is None and not outcome.proposed_tasks)
        if is_small and is_open and len(found[-1]) < MOST_RESULTS:
            found[-1].append(result)
        else:
            found.append([result])
        is_open = is_small
    return [Results(results.epoch, tuple(each)) for each in found]
