"""The camera, for languages that are signed. It looks which there are and whether they may be opened; it films nothing."""

import os
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stamp_desktop.readiness.check import Check

QUERYCAP: Final = 0x80685600
"""VIDIOC_QUERYCAP: _IOR('V', 0, struct v4l2_capability), 104 bytes (linux/videodev2.h)."""
CAPTURE, DEVICE_CAPS = 0x00000001, 0x80000000
KNOWN: Final = Path("/sys/class/video4linux")


@dataclass(frozen=True, slots=True)
class Camera:
    """`trouble` is why it cannot be opened, "" when it can."""

    name: str
    trouble: str = ""


def cameras(known: Path = KNOWN, devices: Path = Path("/dev")) -> tuple[Camera, ...] | str:
    """Those that film; or why nobody knows."""
    if sys.platform != "linux":
        return "Not yet tried on this system: look at the picture in the equipment check."
    return tuple(found for each in sorted(known.glob("video*")) if (found := _camera(each, devices / each.name)))


def camera_checks(found: tuple[Camera, ...] | str, *, signs: bool) -> tuple[Check, ...]:
    """Whether signing can be filmed."""
    if not signs:
        return (Check("camera.device", "Camera", "skipped", "Not needed for this test."),)
    if isinstance(found, str):
        return (Check("camera.device", "Camera", "skipped", found),)
    if not found:
        said = "No camera was found; this test is answered in front of one."
        return (
            Check("camera.device", "Camera", "fail", said, 0, "cameras", 1, "Plug a camera in, or open its shutter switch."),
        )
    usable = [camera for camera in found if not camera.trouble]
    if usable:
        return (Check("camera.device", "Camera", "pass", usable[0].name, len(usable), "cameras", 1),)
    said = f"{found[0].name} cannot be opened: {found[0].trouble}."
    remedy = "End the program that uses it, or put the user who takes the test into the group video."
    return (Check("camera.device", "Camera", "fail", said, 0, "cameras", 1, remedy),)


def _camera(entry: Path, device: Path) -> Camera | None:
    """None for what is no camera: many cameras show a second device for what they know of the picture."""
    try:
        name = (entry / "name").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        name = entry.name
    try:
        handle = os.open(device, os.O_RDWR | os.O_NONBLOCK)
    except OSError as error:
        return Camera(name, error.strerror or type(error).__name__)
    import fcntl  # noqa: PLC0415  # Windows has none

    try:
        said = fcntl.ioctl(handle, QUERYCAP, bytes(104))
        capabilities, of_device = struct.unpack_from("<II", said, 84)
        able = of_device if capabilities & DEVICE_CAPS else capabilities
        return Camera(name) if able & CAPTURE else None
    except OSError as error:
        return Camera(name, error.strerror or type(error).__name__)
    finally:
        os.close(handle)
