"""The calls to Windows that the guard needs: the door to user32, kernel32 and wtsapi32. It decides nothing.

Not yet run on real hardware.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

KeyPress: TypeAlias = Callable[[int, frozenset[str]], bool]
"""(virtual key, modifiers held) -> whether it is swallowed. It must answer in less than 200 ms: a slow hook is dropped."""


class Native(Protocol):
    """What a Windows computer can be asked and told."""

    def hook_keys(self, decide: KeyPress) -> bool:
        """Install the low-level keyboard hook; whether Windows took it."""

    def hooked(self) -> bool:
        """Whether the hook still gets keys (Windows drops a slow one without a word)."""

    def unhook_keys(self) -> None:
        """Take it out again."""

    def keep_awake(self, *, wanted: bool) -> None:
        """SetThreadExecutionState."""

    def processes(self) -> Mapping[int, str]:
        """Process id -> name of the program's file."""

    def monitors(self) -> int:
        """How many screens show."""

    def remote(self) -> bool:
        """Whether this session is shown on another computer (SM_REMOTESESSION)."""

    def pump(self) -> None:
        """Let waiting messages through: the hook lives by it."""

    def registry(self, path: str) -> Any:
        """A value under HKEY_LOCAL_MACHINE, None where there is none; for what the installer's configuration says."""


class WindowsNative:
    """The real one, by ctypes."""

    def __init__(self) -> None:
        import ctypes  # noqa: PLC0415  # only there

        self._dll = ctypes.__dict__["windll"]
        self._ctypes = ctypes
        self._hook = 0
        self._callback: Any = None
        self._pressed = 0

    def hook_keys(self, decide: KeyPress) -> bool:
        ctypes, user = self._ctypes, self._dll.user32
        made = ctypes.CFUNCTYPE(ctypes.c_ssize_t, ctypes.c_int, ctypes.c_size_t, ctypes.POINTER(ctypes.c_uint32))

        def came(code: int, message: int, key: Any) -> int:
            self._pressed += 1
            if code == 0 and message in {0x0100, 0x0104} and decide(int(key[0]), self._held(int(key[2]))):
                return 1
            return int(user.CallNextHookEx(None, code, message, key))

        self._callback = made(came)
        self._hook = int(user.SetWindowsHookExW(13, self._callback, self._dll.kernel32.GetModuleHandleW(None), 0))
        return bool(self._hook)

    def hooked(self) -> bool:
        """A key that does nothing (VK 0xFF) is sent, and must come by."""
        before = self._pressed
        self._dll.user32.keybd_event(0xFF, 0, 2, 0)
        self.pump()
        return self._pressed > before

    def unhook_keys(self) -> None:
        if self._hook:
            self._dll.user32.UnhookWindowsHookEx(self._hook)
            self._hook = 0

    def keep_awake(self, *, wanted: bool) -> None:
        continuous, system, display = 0x80000000, 0x1, 0x2
        self._dll.kernel32.SetThreadExecutionState(continuous | (system | display if wanted else 0))

    def processes(self) -> Mapping[int, str]:
        ctypes = self._ctypes
        table = (ctypes.c_uint32 * 4096)()
        size = ctypes.c_uint32()
        self._dll.psapi.EnumProcesses(table, ctypes.sizeof(table), ctypes.byref(size))
        found = {}
        for pid in table[: size.value // 4]:
            handle = self._dll.kernel32.OpenProcess(0x1000, False, pid)
            if handle:
                name, length = ctypes.create_unicode_buffer(1024), ctypes.c_uint32(1024)
                if self._dll.kernel32.QueryFullProcessImageNameW(handle, 0, name, ctypes.byref(length)):
                    found[int(pid)] = name.value.rpartition("\\")[2].lower()
                self._dll.kernel32.CloseHandle(handle)
        return found

    def monitors(self) -> int:
        return int(self._dll.user32.GetSystemMetrics(80))

    def remote(self) -> bool:
        return bool(self._dll.user32.GetSystemMetrics(0x1000))

    def pump(self) -> None:
        message = (self._ctypes.c_byte * 64)()
        while self._dll.user32.PeekMessageW(message, None, 0, 0, 1):
            self._dll.user32.TranslateMessage(message)
            self._dll.user32.DispatchMessageW(message)

    def registry(self, path: str) -> Any:
        import importlib  # noqa: PLC0415

        registry = importlib.import_module("winreg")
        folder, _, name = path.rpartition("\\")
        try:
            with registry.OpenKey(registry.HKEY_LOCAL_MACHINE, folder) as key:
                return registry.QueryValueEx(key, name)[0]
        except OSError:
            return None

    def _held(self, flags: int) -> frozenset[str]:
        state = self._dll.user32.GetAsyncKeyState
        held = {name for name, code in (("Ctrl", 0x11), ("Shift", 0x10)) if state(code) & 0x8000}
        return frozenset(held | ({"Alt"} if flags & 0x20 else set()))
