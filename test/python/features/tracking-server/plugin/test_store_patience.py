"""Who waits for a store that does not answer."""
from __future__ import annotations

from contextlib import ExitStack

import pytest
from botocore.exceptions import ReadTimeoutError
from store_patience import Patience
from stores import DENIED

SILENCE = ReadTimeoutError(endpoint_url="http://minio")


def waiters(patience: Patience, tries: int) -> int:
    """How many of so many requests at once may wait."""
    with ExitStack() as stack:
        let_in = 0
        for _ in range(tries):
            try:
                stack.enter_context(patience.waiting())
                let_in += 1
            except ReadTimeoutError:
                pass
        return let_in


def test_everybody_waits_for_a_store_that_answers() -> None:
    assert waiters(Patience(), 3) == 3


def test_one_at_a_time_waits_for_a_store_that_is_silent_until_it_answers() -> None:
    patience = Patience()
    patience.heard(SILENCE)
    assert [waiters(patience, 3), waiters(patience, 3)] == [1, 1]
    patience.heard(None)
    assert waiters(patience, 3) == 3


@pytest.mark.parametrize(("problem", "let_in"), [(SILENCE, 1), (DENIED, 3)])
def test_silence_in_the_middle_of_a_file_counts_and_an_answer_does_not(problem: Exception, let_in: int) -> None:
    patience = Patience()
    with pytest.raises(type(problem)), patience.waiting():
        raise problem
    assert waiters(patience, 3) == let_in
