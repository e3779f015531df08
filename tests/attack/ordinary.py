"""An ordinary program in place of the exam, run as a script: a stock text field that copies, pastes, takes drops, closes."""

import sys

from PySide6.QtWidgets import QApplication, QTextEdit


def main() -> None:
    application = QApplication(sys.argv)
    field = QTextEdit()
    field.setPlainText("an ordinary text")
    field.showFullScreen()
    field.setFocus()
    application.exec()


if __name__ == "__main__":
    main()
