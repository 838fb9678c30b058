"""What `gunicorn wsgi:app` reads in this folder; the settings themselves are in the package, which a wheel has too."""

import sys
from pathlib import Path

# gunicorn reads this file before it puts the folder on the path.
sys.path.insert(0, str(Path(__file__).resolve().parent))

from runtime.gunicorn_config import *  # noqa: F403
