"""What both sides of the flash protocol must agree on: status codes and limits.

The codes are those of the official page of the flash API; 45000000, 45000006, 45000010, 45000030, 45000292 and 55000001
are not on it but were reported from the live service.
"""

from __future__ import annotations

SUCCESS = "20000000"
SILENCE = "20000003"
BAD_BODY = "45000000"
BAD_PARAMETER = "45000001"
EMPTY_AUDIO = "45000002"
BAD_URL = "45000006"
NOT_AUTHENTICATED = "45000010"
NOT_GRANTED = "45000030"
QUOTA_OF_WINDOW = "45000131"
TOO_LARGE = "45000132"
BAD_FORMAT = "45000151"
QUOTA = "45000292"
INTERNAL = "55000000"
BAD_CONTEXT = "55000001"
BUSY = "55000031"
DOWNLOAD_FAILED = "21701"

MAX_AUDIO_BYTES = 100 * 1024 * 1024
MAX_AUDIO_MS = 2 * 60 * 60 * 1000
MAX_HOT_WORDS = 5000
