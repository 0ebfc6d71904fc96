"""Memory of a program that does nothing else: what is freed is kept for the next batch.

glibc gives large freed pieces back to the system, and a page taken anew costs some microseconds in
a virtual machine, so that a replay would spend a tenth of its time on getting the same pages again.
It is a setting of the whole process: the command makes it, the library never does.
"""

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # <malloc.h>
_KEPT_BYTES, _LARGEST_BYTES = 256 << 20, 32 << 20  # the latter is the most that glibc takes


def keep_freed_memory() -> None:
    """Ask the allocator to keep freed memory; nothing happens where it is not glibc's."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)
        mallopt(_MMAP_THRESHOLD, _LARGEST_BYTES)
