"""Whether the system lets this program use a microphone. Without it macOS and Windows hand out silence, and no error.

It asks only; it never brings up the system's own question. Linux has no such permission for programs that are installed.
"""

import ctypes
import ctypes.util
import sys
from typing import Final

from stamp_desktop.audio.condition import Permission

_AUTHORIZED, _DENIED = 3, (1, 2)
_CONSENT: Final = r"Software\Microsoft\Windows\CurrentVersion\CapabilityAccessManager\ConsentStore\microphone"


def microphone() -> Permission:
    """What the system says; "unknown" where it says nothing."""
    try:
        if sys.platform == "darwin":
            return _macos()
        if sys.platform == "win32":
            return _windows()
    except (OSError, AttributeError):
        pass
    return "unknown"


def _macos() -> Permission:
    """`[AVCaptureDevice authorizationStatusForMediaType: AVMediaTypeAudio]`, through the Objective-C runtime."""
    ctypes.CDLL("/System/Library/Frameworks/AVFoundation.framework/AVFoundation")
    runtime = ctypes.CDLL(ctypes.util.find_library("objc"))
    for name in ("objc_getClass", "sel_registerName"):
        getattr(runtime, name).restype = ctypes.c_void_p
        getattr(runtime, name).argtypes = [ctypes.c_char_p]
    send = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p)(("objc_msgSend", runtime))
    ask = ctypes.CFUNCTYPE(ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)(("objc_msgSend", runtime))
    sound = send(runtime.objc_getClass(b"NSString"), runtime.sel_registerName(b"stringWithUTF8String:"), b"soun")
    status = ask(
        runtime.objc_getClass(b"AVCaptureDevice"), runtime.sel_registerName(b"authorizationStatusForMediaType:"), sound
    )
    return "granted" if status == _AUTHORIZED else "denied" if status in _DENIED else "unknown"


if sys.platform == "win32":
    import winreg

    def _windows() -> Permission:
        """What the settings say for desktop programs, of this user and of the computer; one "Deny" is enough."""
        said = set()
        places = ((winreg.HKEY_LOCAL_MACHINE, ""), (winreg.HKEY_CURRENT_USER, ""), (winreg.HKEY_CURRENT_USER, r"\NonPackaged"))
        for root, place in places:
            try:
                with winreg.OpenKey(root, _CONSENT + place) as key:
                    said.add(str(winreg.QueryValueEx(key, "Value")[0]))
            except OSError:
                continue
        return "denied" if "Deny" in said else "granted" if said else "unknown"
