"""Control characters in text from outside: they would act where the text is printed, or end a line
of a file. The core's control_text.hpp knows the same ones.
"""

import re

CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_BUT_TAB = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f]")


def has_control(text: str) -> bool:
    """Whether there is one."""
    return CONTROL.search(text) is not None


def escaped(text: str) -> str:
    """The text with `\\n`, `\\x1b` and the like for all of them but TAB, and no half characters."""
    clean = text.encode("utf-8", "backslashreplace").decode()
    return _BUT_TAB.sub(lambda found: repr(found[0])[1:-1], clean)
