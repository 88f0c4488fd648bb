"""A helper of `opus.Encoders`: `python -m transcripts.audio CHANNELS BITS_PER_S`. Not for people."""

from __future__ import annotations

import sys

from transcripts.audio.opus import Coding, serve_encoder

if __name__ == "__main__":
    serve_encoder(Coding(*map(int, sys.argv[1:])))
