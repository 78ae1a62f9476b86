"""Which signals STOPSIGNAL takes (`moby/sys/signal`, Linux)."""

from __future__ import annotations

_PLAIN = (
    "ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP "
    "TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ"
)
REAL_TIME = 15
"""RTMIN+1 … RTMIN+15, and RTMAX-1 … RTMAX-14."""

SIGNALS = frozenset(
    _PLAIN.split()
    + ["RTMIN", "RTMAX"]
    + [f"RTMIN+{number}" for number in range(1, REAL_TIME + 1)]
    + [f"RTMAX-{number}" for number in range(1, REAL_TIME)]
)


def is_signal(text: str) -> bool:
    """Whether a text names a signal: a non-zero integer, or a name in any case, with or without `SIG`."""
    digits = text.removeprefix("-").removeprefix("+")
    if digits.isascii() and digits.isdigit():
        return int(text) != 0
    return text.upper().removeprefix("SIG") in SIGNALS
