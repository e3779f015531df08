"""What a measured line means for a group: one check for each thing, with what to do about it. Pure.

Slow is a warning, not a failure: everything is kept on the computers until the line has carried it. Only what keeps a test from
being prepared or received at all fails.
"""

from typing import Final

from stamp_desktop.readiness.capacity import KEPT_FREE, WAIT_LIMIT, Capacity, Mode, capacity, demand_of
from stamp_desktop.readiness.check import Check, Verdict
from stamp_desktop.readiness.line_facts import STEPS, Cause, Latency, LineMeasurement, Step
from stamp_desktop.readiness.need import Need
from stamp_desktop.readiness.words import ago
from stamp_desktop.readiness.words import rate as shown

NAME_LIMIT_MS: Final = 500.0
IDLE_LIMIT_MS: Final = 300.0
LOADED_LIMIT_MS: Final = 600.0
"""Beyond it a receipt and a hub's answer feel stuck while the room sends; the queue of one device on the way is too long."""
JITTER_LIMIT_MS: Final = 60.0
LOSS_LIMIT: Final = 3.0
"""Percent of questions; each crosses the line twice. Above that TCP slows down on every line."""
LEAST_QUESTIONS, LEAST_LATE = 20, 2
"""One late question of twenty is nothing that comes back."""
LEAST_MBIT: Final = 1.0
"""Asked of a line where no test is known yet."""
PREPARE_LIMIT_MINUTES: Final = 60.0
DRAIN_LIMIT_MINUTES: Final = 60.0
TITLES: Final[dict[Step, str]] = {
    "address": "Address of the server",
    "proxy": "Proxy",
    "name": "Name of the server",
    "port": "Port of the server",
    "tls": "Protected line",
    "server": "Who answers",
    "probes": "Measuring the line",
}
IDS: Final[dict[Step, str]] = {step: f"line.{'who' if step == 'server' else step}" for step in STEPS}
REMEDIES: Final[dict[Cause, str]] = {
    "address-unfit": "Correct the address; it looks like https://stamp.example.org:8440.",
    "no-network": "Connect this computer to the network.",
    "proxy-away": "Correct the proxy in the system's settings or in HTTPS_PROXY, or except this server from it (NO_PROXY).",
    "proxy-refuses": "Let the proxy pass connections to this server's address and port, without asking for a password.",
    "name-unknown": "Correct the address, or let the network's name server (DNS) resolve this name.",
    "name-slow": "The network's name server (DNS) does not answer: correct it in the network's settings.",
    "port-closed": "Start the server, or correct the port in its address.",
    "port-blocked": "Let the firewall pass TCP to this address and port.",
    "not-tls": "Something else answers at this port: correct the address, or except it from the network's inspection.",
    "intercepted": "Except this server's address from TLS inspection; the program trusts nobody in between.",
    "untrusted": "Except this server's address from TLS inspection, or install the certificate of its authority.",
    "captive": "Sign in to the network in a browser, or have this server's address excepted from its sign-in page.",
    "other-server": "Correct the address: this computer is enrolled at another server.",
    "not-a-server": "Correct the address, or ask whoever runs the network what answers there.",
    "silent": "Try again later; if it stays so, ask whoever runs the server what delays its answers.",
    "broken": "Ask whoever runs the network which device ends connections to this server's address.",
    "no-probes": "Bring the server to the version of this program.",
    "lying": "Ask whoever runs the network what answers in the server's place; measurements need it out of the way.",
}
SAID: Final[dict[Cause, str]] = {
    "address-unfit": "This is not an address",
    "no-network": "This computer has no network",
    "proxy-away": "The proxy cannot be reached",
    "proxy-refuses": "The proxy refuses this connection",
    "name-unknown": "The name is not known",
    "name-slow": "The name server does not answer",
    "port-closed": "Nothing listens at this port",
    "port-blocked": "The port does not answer",
    "not-tls": "What answers does not speak TLS",
    "intercepted": "Something in between shows a certificate of its own",
    "untrusted": "Nobody whom this computer trusts vouches for the certificate",
    "captive": "A page for people answers, as of a network's sign-in",
    "other-server": "Another server answers",
    "not-a-server": "Something else answers",
    "silent": "No answer in time",
    "broken": "The connection was broken off",
    "no-probes": "The server is older and offers no measuring",
    "lying": "What answers contradicts itself",
}
NOT_TRIED: Final = "Not tried: the way to the server ends before it."


def line_checks(
    measured: LineMeasurement, need: Need | None, group: int, mode: Mode = "direct", found: Capacity | None = None
) -> tuple[Check, ...]:
    """All of them. `found`: `capacity` of the same, where it was worked out already."""
    found = found or (capacity(measured, need, group, mode) if need else None)
    return (*_way(measured), *_quick(measured), *_rates(measured, need, group), *_holds(found, measured))


def _way(measured: LineMeasurement) -> tuple[Check, ...]:
    at, checks = measured.obstacle, []
    stopped = STEPS.index(at.step) if at else len(STEPS)
    for number, step in enumerate(STEPS):
        name, title = IDS[step], TITLES[step]
        if at and number == stopped:
            verdict: Verdict = "warn" if step == "probes" else "fail"
            detail = f" ({at.detail})" if at.detail else ""
            notes = "".join(f" {note}" for note in measured.notes)
            checks.append(Check(name, title, verdict, f"{SAID[at.cause]}{detail}.{notes}", remedy=REMEDIES[at.cause]))
        elif number > stopped:
            checks.append(Check(name, title, "skipped", NOT_TRIED))
        elif step == "probes" and measured.unmeasured:
            checks.append(Check(name, title, "skipped", measured.unmeasured))
        else:
            checks.append(_passed(step, measured))
    return tuple(checks)


def _passed(step: Step, measured: LineMeasurement) -> Check:
    name, title = IDS[step], TITLES[step]
    if step == "name":
        return _limited(name, title, measured.name_ms, NAME_LIMIT_MS, "ms", "The network's name server is slow: look at it.")
    who = "The room's hub" if measured.trust == "hub" else f"Server {measured.server}"
    said = {
        "address": measured.url,
        "proxy": f"By way of {measured.proxy}." if measured.proxy else "None is set.",
        "port": f"{measured.host}:{measured.port} answers.",
        "tls": _trust(measured),
        "server": f"{who} answers.",
    }.get(step, _measured(measured))
    took = {"port": measured.connect_ms, "tls": measured.tls_ms}.get(step)
    return Check(name, title, "pass", said, _round(took), "" if took is None else "ms")


def _measured(measured: LineMeasurement) -> str:
    if not measured.by:
        return f"Measured in {measured.seconds:.0f} s."
    return f"The rates are those of the line that this computer shares.{_by(measured)}"


def _by(measured: LineMeasurement) -> str:
    """Whose figures these are, where they are another computer's."""
    return f" Measured by {measured.by.computer or 'another computer'}, {ago(measured.by.seconds)}." if measured.by else ""


def _trust(measured: LineMeasurement) -> str:
    match measured.trust:
        case "pinned":
            return "The certificate is by the key of this computer's server."
        case "hub":
            return "The room's hub, by the word of this computer's server."
        case "authority":
            return f"The certificate is by {measured.issuer}."
        case "open":
            return "No TLS: this address is this computer itself, or a hub in the room."
        case _:
            return (
                f"The server's own certificate; this computer is not enrolled. Compare its fingerprint: {measured.fingerprint}."
            )


def _quick(measured: LineMeasurement) -> tuple[Check, ...]:
    idle = measured.idle
    if idle is None or not idle.asked:
        said = NOT_TRIED if measured.obstacle else measured.unasked or measured.unmeasured or "It was not measured."
        names = (("line.latency", "Answer time"), ("line.jitter", "Evenness"), ("line.loss", "Lost packets"))
        quick = tuple(Check(name, title, "skipped", said) for name, title in names)
    else:
        far = "Use a cable or another way to the network; with a hub in the room nothing waits for the distance."
        uneven = "Wireless is the usual reason: use a cable, or move the access point nearer."
        quick = (
            _limited("line.latency", "Answer time", idle.median, IDLE_LIMIT_MS, "ms", far),
            _limited("line.jitter", "Evenness", idle.jitter, JITTER_LIMIT_MS, "ms", uneven),
            _loss(idle, uneven),
        )
    full = measured.loaded_ms
    name, title = "line.loaded", "Answer time of a full line"
    if full is None:
        return (*quick, Check(name, title, "skipped", measured.unmeasured or NOT_TRIED))
    queue = (
        "A device on the way keeps too long a queue (bufferbloat): let it manage its queue (fq_codel, CAKE), or limit its rate."
    )
    return (*quick, _limited(name, title, full, LOADED_LIMIT_MS, "ms", queue, _by(measured)))


def _loss(idle: Latency, remedy: str) -> Check:
    name, title, count = "line.loss", "Lost packets", len(idle.asked) - idle.stalled
    if count < LEAST_QUESTIONS:
        return Check(name, title, "skipped", f"Only {count} questions could be asked.")
    percent = round(idle.lost * 100, 1)
    said = f"{percent:g} % of {count} questions were late or not answered."
    fits = percent <= LOSS_LIMIT or round(idle.lost * count) < LEAST_LATE
    return Check(name, title, "pass" if fits else "warn", said, percent, "%", LOSS_LIMIT, "" if fits else remedy)


def _rates(measured: LineMeasurement, need: Need | None, group: int) -> tuple[Check, ...]:
    demand = demand_of(need) if need else None
    up = max(group * demand.up_mbit / KEPT_FREE, LEAST_MBIT / 4) if demand else LEAST_MBIT
    asked = (("line.down", "Download", measured.down, LEAST_MBIT), ("line.up", "Upload", measured.up, up))
    checks = []
    for name, title, rate, least in asked:
        if rate is None:
            checks.append(Check(name, title, "skipped", measured.unmeasured or NOT_TRIED))
            continue
        value, wanted = round(rate.mbit, 2), round(least, 2)
        fits = rate.mbit >= least
        said = f"{shown(value)} Mbit/s" + ("." if fits else f"; {shown(wanted)} would let {group} test takers send as they go.")
        said += _by(measured)
        remedy = (
            ""
            if fits
            else "Nothing is lost on a slower line, it takes longer. A hub in the room receives at once and sends on."
        )
        checks.append(Check(name, title, "pass" if fits else "warn", said, value, "Mbit/s", wanted, remedy))
    return tuple(checks)


def _holds(found: Capacity | None, measured: LineMeasurement) -> tuple[Check, ...]:
    names = (("line.prepare", "Time to prepare"), ("line.capacity", "Group on this line"), ("line.drain", "Last recordings"))
    if found is None:
        known = measured.down and measured.up
        said = "No test is known that could be asked for its size." if known else measured.unmeasured or NOT_TRIED
        return tuple(Check(name, title, "skipped", said) for name, title in names)
    prepare, drain = found.prepare_seconds / 60, found.drain_seconds / 60
    group, fits = found.group, found.limit >= found.group
    computers = f"{group} computers" if found.mode == "direct" else "the hub"
    return (
        _minutes(
            *names[0],
            prepare,
            PREPARE_LIMIT_MINUTES,
            f"The test reaches {computers} in {_span(prepare)}.",
            "Prepare the day before, or let a hub bring it once for the room.",
        ),
        Check(
            *names[1],
            "pass" if fits else "warn",
            f"This line takes what {found.limit} test takers send while they test"
            + ("." if fits else f"; the rest of {group} is sent after the test.")
            + f" Questions come from the disk; if fetched, {found.live_limit} would have theirs within {WAIT_LIMIT:g} s.",
            float(found.limit),
            "test takers",
            float(group),
            "" if fits else "Nothing is lost. Leave the computers on until all is received, or use a hub in the room.",
        ),
        _minutes(
            *names[2],
            drain,
            DRAIN_LIMIT_MINUTES,
            f"The last recording of {group} arrives {_span(drain)} after the last test ends.",
            "Plan for the computers, or the room's hub, to stay on until all is received.",
        ),
    )


def _minutes(name: str, title: str, value: float, limit: float, said: str, remedy: str) -> Check:
    fits = value <= limit
    return Check(name, title, "pass" if fits else "warn", said, round(value, 1), "min", limit, "" if fits else remedy)


def _span(minutes: float) -> str:
    if minutes < 1.5:
        return f"{minutes * 60:.0f} s"
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} hours"


def _limited(name: str, title: str, value: float | None, limit: float, unit: str, remedy: str, by: str = "") -> Check:
    """A warning above the limit."""
    if value is None or value == float("inf"):
        return Check(name, title, "skipped", "It could not be measured.")
    fits = value <= limit
    return Check(
        name, title, "pass" if fits else "warn", f"{value:.0f} {unit}.{by}", _round(value), unit, limit, "" if fits else remedy
    )


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
