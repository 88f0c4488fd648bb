"""Static files as people have them, but without Brotli, which takes half a minute of a run."""

from __future__ import annotations

from typing import Any

from whitenoise.compress import Compressor

from flashweb.staticfiles import ModuleStorage


class QuickStorage(ModuleStorage):
    def create_compressor(self, **options: Any) -> Compressor:
        return Compressor(use_brotli=False, **options)
