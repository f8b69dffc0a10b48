"""Inflating gzip: what gzip is, what it isn't, and that a bomb costs neither memory nor time."""

import gzip
import time
import tracemalloc
import zlib

import pytest

from api.inflating import NotGzip, TooLarge, inflated

MOST = 1_000
TEXT = bytes(range(256)) * 3
PACKED = gzip.compress(TEXT)
EMPTY = gzip.compress(b"")
NAMED = b"\x1f\x8b\x08\x08" + bytes(4) + b"\x00\x03" + b"name\0" + PACKED[10:]
MIB = 1024 * 1024


def packed_zeros(size: int) -> bytes:
    """Gzip of so many zeros, made without holding them."""
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(bytes(MIB)) for _ in range(size // MIB)) + packer.flush()


@pytest.mark.parametrize(
    ("why", "body", "text"),
    [
        ("one member", PACKED, TEXT),
        ("two", PACKED + gzip.compress(b"more"), TEXT + b"more"),
        ("an empty one", EMPTY, b""),
        ("empty ones between", EMPTY + PACKED + EMPTY * 3, TEXT),
        ("a member with a name", NAMED, TEXT),
        ("zeros behind", PACKED + bytes(5_000), TEXT),
        ("nothing", b"", b""),
        ("stored", gzip.compress(TEXT, 0), TEXT),
        ("all that is allowed", gzip.compress(bytes(MOST)), bytes(MOST)),
        ("all in two", gzip.compress(bytes(MOST - 1)) + gzip.compress(b"x"), bytes(MOST - 1) + b"x"),
        ("as many members as events", EMPTY * 10_000, b""),
    ],
)
def test_gzip(why: str, body: bytes, text: bytes) -> None:
    assert inflated(body, MOST) == text, why


@pytest.mark.parametrize(
    "body", [b"hello", bytes(9), b"\x1f\x8b\x09" + PACKED[3:], zlib.compress(TEXT), PACKED + b"garbage", PACKED + bytes(2) + b"garbage", b"x" + PACKED]
)
def test_no_gzip(body: bytes) -> None:
    with pytest.raises(NotGzip, match="is not gzip"):
        inflated(body, MOST)


@pytest.mark.parametrize("broken", [PACKED[:-8] + bytes(8), PACKED[:-4] + bytes(4), PACKED[:12] + b"\xff" + PACKED[13:]])
def test_false_checksums(broken: bytes) -> None:
    with pytest.raises(NotGzip, match="is not gzip"):
        inflated(broken, MOST)


@pytest.mark.parametrize("size", range(1, len(PACKED)))
def test_cut_anywhere(size: int) -> None:
    with pytest.raises(NotGzip, match="ends too early"):
        inflated(PACKED[:size], MOST)


@pytest.mark.parametrize(
    "body",
    [gzip.compress(bytes(MOST + 1)), gzip.compress(bytes(MOST)) + gzip.compress(b"x"), gzip.compress(b"x") * (MOST + 1), EMPTY * 10_001],
    ids=["one more", "one more in another member", "each in a member", "members of nothing"],
)
def test_too_large(body: bytes) -> None:
    with pytest.raises(TooLarge):
        inflated(body, MOST)


@pytest.mark.parametrize(
    "bomb",
    [packed_zeros(64 * MIB), packed_zeros(MIB) * 64, EMPTY * (8 * MIB // len(EMPTY)), gzip.compress(b"\n") * 380_000, EMPTY + bytes(8 * MIB)],
    ids=["64 MB of zeros", "64 members of 1 MB", "400,000 members of nothing", "380,000 members of a line", "8 MB of padding"],
)
def test_bombs(bomb: bytes) -> None:
    """No more is held than what is allowed, twice: what was inflated, and its copy as bytes."""
    tracemalloc.start()
    try:
        began = time.process_time()
        try:
            inflated(bomb, 8 * MIB)
        except TooLarge:
            pass
        else:
            assert bomb.startswith(EMPTY)
        took = time.process_time() - began
        _, most_held = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most_held < 20 * MIB
    assert took < 2
