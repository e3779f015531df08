"""The report that IT can read: each row, what was done, what came of it with the guard and without, pictures, the log."""

import base64
import html
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "build" / "attack"
STYLE = """body{font:16px/1.5 sans-serif;max-width:1360px;margin:2em auto;padding:0 1em;color:#16202e;background:#f4f6f9}
table{border-collapse:collapse;width:100%;background:#fff;table-layout:fixed}td,th{border:1px solid #dce2ea;padding:8px 12px}
td,th{vertical-align:top;text-align:left;overflow-wrap:anywhere}th:nth-child(-n+3){width:15%}th:nth-child(4){width:26%}
.good{color:#0f7b4a}.bad{color:#b42318}img{width:100%;border:1px solid #dce2ea;transform-origin:top right}
img:hover{position:relative;transform:scale(2.2)}ul{margin:0;padding-left:1.1em;font-size:14px}"""
SHOWN = ("code", "severity", "subject", "by", "why", "wrong", "grade")
"""What of an event stands in the report, in this order; all of it stands in the guardian's own log."""


GOOD = ("held", "checked")


@dataclass(slots=True)
class Outcome:
    """One row. `without`: what came of it on a plain desktop; `seconds` until all was as it should be again."""

    name: str
    held: str = "not tried"
    without: str = "not tried"
    seconds: float | None = None
    events: list[dict[str, Any]] = field(default_factory=list)
    pictures: list[Path] = field(default_factory=list)


class Report:
    """Rows in the order in which they come; `write` puts them into build/attack/report.html."""

    def __init__(self) -> None:
        self.rows: dict[str, Outcome] = {}

    def row(self, name: str) -> Outcome:
        return self.rows.setdefault(name, Outcome(name))

    def write(self) -> Path:
        FOLDER.mkdir(parents=True, exist_ok=True)
        worker = os.environ.get("PYTEST_XDIST_WORKER", "")  # several processes: each writes of what it tried
        file = FOLDER / f"report{'-' if worker else ''}{worker}.html"
        head = "<tr><th>Attack<th>With the guard<th>Without it<th>Screen before and after<th>The guardian's log"
        body = "\n".join(self._line(row) for row in self.rows.values())
        title = "What was tried against the kiosk, and what came of it"
        tried = [row for row in self.rows.values() if row.held != "not tried"]
        good = sum(row.held.startswith(GOOD) for row in tried)
        text = f"<!doctype html><meta charset=utf-8><title>{title}</title><style>{STYLE}</style><h1>{title}</h1>"
        text += f"<p>{good} of {len(tried)} attacks that were tried here were held; the others say why not."
        file.write_text(f"{text}<table>{head}{body}</table>", encoding="utf-8")
        return file

    def _line(self, row: Outcome) -> str:
        back = "" if row.seconds is None else f"<br>after {row.seconds:.1f} s"
        tone = "good" if row.held.startswith(GOOD) else "bad"
        pictures = "".join(
            f'<img alt="{html.escape(file.stem)}" src="data:image/png;base64,{_coded(file)}">' for file in row.pictures
        )
        log = "".join(f"<li>{html.escape(_told(event))}" for event in row.events)
        cells = (
            f"<td>{html.escape(row.name)}",
            f'<td class="{tone}">{html.escape(row.held)}{back}',
            f"<td>{html.escape(row.without)}",
        )
        return f"<tr>{''.join(cells)}<td>{pictures}<td><ul>{log}</ul>"


def _told(event: dict[str, Any]) -> str:
    facts = [str(event[name]) for name in SHOWN if event.get(name)]
    return f"{event['what']}: {', '.join(facts)}" if facts else str(event["what"])


def _coded(file: Path) -> str:
    return base64.b64encode(file.read_bytes()).decode()
