"""Memory that a training has freed stays with the process: the next step needs as much again."""

import ctypes
import os
import platform

from lit_sentiment.errors import InputError

VARIABLE = "LIT_SENTIMENT_MALLOC"
_USUAL, _OFF = "keep", "system"

# By the numbers of glibc's malloc.h, which mallopt(3) describes.
_SETTINGS = {
    -4: 0,  # M_MMAP_MAX: large blocks come from the heap, too, not from a mapping of their own
    -1: 2**31 - 1,  # M_TRIM_THRESHOLD: the free end of the heap is not given back
    -2: 64 * 2**20,  # M_TOP_PAD: bytes by which the heap grows beyond what is asked for
}


def keep_freed_memory() -> bool:
    """Let glibc keep freed memory for the rest of the process, and return whether it does.

    As it is, glibc maps every block of some megabytes anew and the kernel fills it with zeros, page by page: for
    reviews of 200 tokens that takes a quarter of a step (docs/speed.md). No number changes. The process may take a
    fifth more memory. Nothing is done with another C library, or with `LIT_SENTIMENT_MALLOC=system` in the environment.

    Raises:
        InputError: The variable says something else.
    """
    asked = os.environ.get(VARIABLE, _USUAL)
    if asked not in (_USUAL, _OFF):
        raise InputError(f"{VARIABLE}: expected {_USUAL} or {_OFF}, found {asked}; leave it out for {_USUAL}")
    if asked == _OFF or platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return all(mallopt(parameter, value) for parameter, value in _SETTINGS.items())
