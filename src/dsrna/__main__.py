"""``python -m dsrna``."""

import sys

from dsrna.cli import main
from dsrna.runtime.lifeline import stop_with_parent

stop_with_parent()
sys.exit(main())
