"""`python -m stamp_desktop`."""

import sys

from stamp_desktop.cli import main

sys.exit(main())
