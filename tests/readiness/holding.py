"""Another program that holds a microphone: all recordings that PulseAudio allows of one source (256) are its own.

`python -m tests.readiness.holding SOURCE` says how many it got when the server has refused one more, and keeps them until it is
ended. PulseAudio shares a source among programs and knows no exclusive use; this is how opening one really fails there.
"""

import ctypes
import sys
from typing import Final

READY: Final = {"context": 4, "stream": 2}
FAILED: Final = {"context": 5, "stream": 3}
"""PA_CONTEXT_READY and _FAILED, PA_STREAM_READY and _FAILED (pulse/def.h)."""
CORKED: Final = 1
FLOAT: Final = 5


class Spec(ctypes.Structure):
    """pa_sample_spec."""

    _fields_ = (("format", ctypes.c_int), ("rate", ctypes.c_uint32), ("channels", ctypes.c_uint8))


def main(source: bytes) -> None:
    pulse = ctypes.CDLL("libpulse.so.0")
    for name in ("pa_mainloop_new", "pa_mainloop_get_api", "pa_context_new", "pa_stream_new"):
        getattr(pulse, name).restype = ctypes.c_void_p
    loop = ctypes.c_void_p(pulse.pa_mainloop_new())
    context = ctypes.c_void_p(pulse.pa_context_new(ctypes.c_void_p(pulse.pa_mainloop_get_api(loop)), b"Another program"))

    def reached(kind: str, what: ctypes.c_void_p) -> bool:
        """Whether it got ready, waited for."""
        state = getattr(pulse, f"pa_{kind}_get_state")
        while FAILED[kind] > state(what) != READY[kind]:
            pulse.pa_mainloop_iterate(loop, 1, None)
        return bool(state(what) == READY[kind])

    pulse.pa_context_connect(context, None, 0, None)
    if not reached("context", context):
        sys.exit("no sound server")
    held, spec = 0, Spec(FLOAT, 48_000, 1)
    while True:
        stream = ctypes.c_void_p(pulse.pa_stream_new(context, b"held", ctypes.byref(spec), None))
        pulse.pa_stream_connect_record(stream, source, None, CORKED)
        if not reached("stream", stream):
            break
        held += 1
    sys.stdout.write(f"{held}\n")
    sys.stdout.flush()
    while pulse.pa_mainloop_iterate(loop, 1, None) >= 0:
        pass


if __name__ == "__main__":
    main(sys.argv[1].encode())
