"""`python -m stamp_desktop.server`."""

import sys

from stamp_desktop.server.cli import main

if __name__ == "__main__":  # worker processes load this file, too
    sys.exit(main())
