"""Statistics over whole purchase logs. Needs the extra `analytics` (numpy, scipy); see the README of this folder."""
