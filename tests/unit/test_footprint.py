"""Large blocks go back to the system when they are freed, also after one that was larger still."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

_LARGE_AFTER_LARGER = """
import ctypes, sys
from services.footprint import keep_memory_steady
if sys.argv[1] == "steady":
    assert keep_memory_steady()
malloc, free = ctypes.CDLL(None).malloc, ctypes.CDLL(None).free
malloc.restype, malloc.argtypes, free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
class Info(ctypes.Structure):
    names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
    _fields_ = [(name, ctypes.c_size_t) for name in names.split()]
mallinfo = ctypes.CDLL(None).mallinfo2
mallinfo.restype = Info
free(malloc(8 << 20))
before = mallinfo().hblkhd
kept = malloc(2 << 20)
print(mallinfo().hblkhd - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has this habit")
@pytest.mark.parametrize(("how", "apart"), [("steady", True), ("as it is", False)])
def test_a_large_block_is_mapped_apart(how: str, apart: bool) -> None:
    """As glibc is by itself it would come from the heap, which shows that the test can fail."""
    command = [sys.executable, "-c", _LARGE_AFTER_LARGER, how]
    mapped = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert (mapped >= 2 << 20) == apart
