"""`python -m sigma_amsi.cli`."""

import sys

from sigma_amsi.cli import main

sys.exit(main())
