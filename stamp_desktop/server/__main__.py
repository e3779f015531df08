"""`python -m stamp_desktop.server`."""

import sys

from stamp_desktop.server.cli import main

sys.exit(main())
