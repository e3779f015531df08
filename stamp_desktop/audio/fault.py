"""What failed while sound ran: a value that is told to the owner. It never stops anybody from going on."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from stamp_desktop.trouble import Trouble

FaultCode: TypeAlias = Literal["stalled", "device-lost", "disk", "failed"]


@dataclass(frozen=True, slots=True)
class Fault:
    """`stalled` no data for a while; `device-lost` gone or not to be opened; `disk` not kept; `failed` a bug in here.

    `trouble` holds the advice where the cause brought its own; otherwise `advice.for_fault` has it.
    """

    code: FaultCode
    trouble: Trouble | None = None
