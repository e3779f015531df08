"""The report that IT can read: each row, what was done, what came of it with the guard and without, pictures, the log."""

import base64
import html
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "build" / "attack"
STYLE = """body{font:16px/1.5 sans-serif;max-width:1100px;margin:2em auto;color:#16202e;background:#f4f6f9}
table{border-collapse:collapse;width:100%;background:#fff}td,th{border:1px solid #dce2ea;padding:8px}
td,th{vertical-align:top;text-align:left}
.good{color:#0f7b4a}.bad{color:#b42318}img{width:320px;border:1px solid #dce2ea}pre{white-space:pre-wrap;font-size:13px}"""


@dataclass(slots=True)
class Outcome:
    """One row. `without`: what came of it on a plain desktop; `seconds` until the exam was back, where it was ended."""

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
        text = f"<!doctype html><meta charset=utf-8><title>{title}</title><style>{STYLE}</style><h1>{title}</h1>"
        file.write_text(f"{text}<table>{head}{body}</table>", encoding="utf-8")
        return file

    def _line(self, row: Outcome) -> str:
        back = "" if row.seconds is None else f"<br>back and locked after {row.seconds:.1f} s"
        tone = "good" if row.held.startswith(("held", "checked")) else "bad"
        pictures = "".join(
            f'<img alt="{html.escape(file.stem)}" src="data:image/png;base64,{_coded(file)}">' for file in row.pictures
        )
        log = "\n".join(json.dumps({k: v for k, v in event.items() if k not in {"at_ms", "said"}}) for event in row.events)
        cells = (
            f"<td>{html.escape(row.name)}",
            f'<td class="{tone}">{html.escape(row.held)}{back}',
            f"<td>{html.escape(row.without)}",
        )
        return f"<tr>{''.join(cells)}<td>{pictures}<td><pre>{html.escape(log)}</pre>"


def _coded(file: Path) -> str:
    return base64.b64encode(file.read_bytes()).decode()
