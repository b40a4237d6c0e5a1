"""How many spans a message holds."""
from __future__ import annotations

import pytest
import spans
from spans_messages import field, message, varint


@pytest.mark.parametrize("count", [0, 1, 1000])
def test_spans_are_counted_without_being_read(count: int) -> None:
    assert spans.spans(message(count)) == count
    assert spans.spans(message(count) * 3) == 3 * count


def test_fields_of_other_kinds_are_passed_over() -> None:
    others = varint(3 << 3) + varint(300) + varint(4 << 3 | 1) + bytes(8) + varint(5 << 3 | 5) + bytes(4) + field(6, b"text")
    assert spans.spans(others + message(2) + others) == 2


@pytest.mark.parametrize("body", [b"\xff" * 20, b"{}", message(3)[:5], varint(1 << 3 | 3)])
def test_what_is_no_message_of_spans_has_few(body: bytes) -> None:
    assert spans.spans(body) <= 3


def test_a_message_of_too_many_fields_counts_as_the_most() -> None:
    assert spans.spans(field(1, field(2, b"\x08\x01" * (spans.MOST_FIELDS + 1)))) == spans.MOST_FIELDS
