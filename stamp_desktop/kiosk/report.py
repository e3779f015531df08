"""What `kiosk check` says: how far each protection reaches here, and what speaks against a test now. Pure but for asking."""

import json
from typing import Final

from stamp_desktop.kiosk.guard import PROTECTIONS, Guard, Standing
from stamp_desktop.kiosk.policy import Policy

_MARKS: Final = {"enforced": "enforced      ", "detected": "detected only ", "unavailable": "not available "}


def report(guard: Guard, policy: Policy, *, as_json: bool) -> str:
    """In words, or as JSON."""
    standing = guard.probe()
    findings = guard.preflight(policy)
    grade = "A" if standing["screen covered"].reach == "enforced" else "B"
    if as_json:
        facts = {
            "grade": grade,
            "protections": {each: {"reach": standing[each].reach, "why": standing[each].why} for each in PROTECTIONS},
            "findings": [
                {"code": each.code, "severity": policy.rule(each.code).severity, "subject": each.subject, "mend": each.mend}
                for each in findings
            ],
        }
        return json.dumps(facts, indent=2)
    unknown = Standing("unavailable", "this back end says nothing of it")
    lines = [f"Grade {grade}: {'a session of its own' if grade == 'A' else 'an ordinary desktop'}"]
    for each in PROTECTIONS:
        here = standing.get(each, unknown)
        lines.append(f"  {_MARKS[here.reach]} {each}: {here.why}")
    lines.append("Before a test:" if findings else "Nothing speaks against a test here.")
    for finding in findings:
        rule = policy.rule(finding.code)
        lines.append(f"  {rule.severity:<6} {rule.said} {finding.mend}")
    return "\n".join(lines)
