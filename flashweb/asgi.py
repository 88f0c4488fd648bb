"""The web application, for any ASGI server."""

from __future__ import annotations

import os
import warnings

from django.core.asgi import get_asgi_application

# Static files, which whitenoise reads whole; they are small. Recordings are streamed by `views/media.py`.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flashweb.settings")
application = get_asgi_application()
