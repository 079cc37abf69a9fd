"""Find or build the Pulumi CLI: `python scripts/engine --help` tells how."""

import sys

from command import main

sys.exit(main())
