"""Messages of OpenTelemetry: ExportTraceServiceRequest, as bytes."""
from __future__ import annotations


def varint(number: int) -> bytes:
    pieces = []
    while number > 127:
        pieces.append(number & 127 | 128)
        number >>= 7
    return bytes([*pieces, number])


def field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def message(count: int, span: bytes = b"") -> bytes:
    return field(1, field(9, b"a resource") + field(2, field(2, span) * count))
