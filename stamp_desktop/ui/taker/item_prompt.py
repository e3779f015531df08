"""The prompt of a writing or speaking task: picture, what to do, and a remark. It only shows."""

from stamp_desktop.ui.parts.basics import Chip, Page
from stamp_desktop.ui.parts.layout import column, row, scrolled, towards
from stamp_desktop.ui.parts.passage_picture import Picture
from stamp_desktop.ui.parts.passage_text import Marked
from stamp_desktop.ui.parts.text import Heading, Text
from stamp_desktop.ui.theme import tokens


class Prompt(Page):
    """Takes the leading side of a screen and scrolls by itself."""

    def __init__(self) -> None:
        super().__init__()
        self._chip = Chip(self.tr("Practice, not scored"), icon="flag")
        self._picture = Picture()
        self._title = Heading(size=tokens.TITLE)
        self._task = Marked(size=tokens.LEAD, leading=1.5)
        self._remark = Text(size=tokens.NOTE, role="second")
        page = Page()
        column(
            row(self._chip, None, gap=0),
            self._picture,
            column(self._title, self._task, gap=8),
            self._remark,
            None,
            gap=20,
            pad=towards(40, 28, 16, 28),
            on=page,
        )
        self._area = scrolled(page)
        column(self._area, gap=0, on=self)

    def show_prompt(
        self, title: str, text_md: str, picture: bytes | None, picture_alt: str, remark: str, language: str, *, practice: bool
    ) -> None:
        """Show a prompt from its start."""
        self._chip.setVisible(practice)
        self._picture.set_picture(picture, picture_alt)
        self._title.set_text(title)
        self._task.set_markdown(text_md, language)
        self._remark.set_text(remark)
        self._area.verticalScrollBar().setValue(0)

    def text(self) -> str:
        """What a person reads."""
        return self._task.text()
