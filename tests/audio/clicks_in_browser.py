"""Prints as JSON what Chromium hears in each file named: `python -m tests.audio.clicks_in_browser FILE ...`.

A program of its own, as one process runs one Playwright and the browser tests have theirs.
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.machine import chromium

RATE_HZ = 48000

HEAR = """async ([content, rate]) => {
  const bytes = Uint8Array.from(atob(content), (char) => char.charCodeAt(0));
  const audio = new Audio(URL.createObjectURL(new Blob([bytes])));
  await new Promise((done, failed) => { audio.onloadedmetadata = done; audio.onerror = failed; });
  audio.currentTime = 3.21;
  await new Promise((done) => { audio.onseeked = done; });
  const sound = await new OfflineAudioContext(1, rate, rate).decodeAudioData(bytes.buffer);
  const samples = sound.getChannelData(0);
  const clicks = [];
  for (let from = 0; from + rate <= samples.length; from += rate) {
    let loudest = from;
    for (let at = from; at < from + rate; at++) {
      if (Math.abs(samples[at]) > Math.abs(samples[loudest])) loudest = at;
    }
    clicks.push(loudest * 1000 / rate);
  }
  return { clicks, duration: audio.duration, sought: audio.currentTime };
}"""


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page()
        contents = [base64.b64encode(Path(name).read_bytes()).decode() for name in sys.argv[1:]]
        print(json.dumps([page.evaluate(HEAR, [content, RATE_HZ]) for content in contents]))
        browser.close()


if __name__ == "__main__":
    main()
