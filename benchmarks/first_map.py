"""Seconds from a server that answers to the first map of 示例县, in a real browser.

    python benchmarks/first_map.py --runs 5

Needs the test extras and Chromium. Each run starts a new server; the time counts from its first
healthy answer to a map on screen.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.error import URLError

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PORT = 8661
ADDRESS = f"http://127.0.0.1:{PORT}"
WORDS = ["run", "app.py", "--server.headless", "true", "--server.port", str(PORT)]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def wait_until_up() -> None:
    """Return when the server answers."""
    while True:
        try:
            urllib.request.urlopen(f"{ADDRESS}/_stcore/health").close()  # noqa: S310 - our own
        except (URLError, ConnectionError):
            time.sleep(0.05)
        else:
            return


def one_run(browser: Browser) -> tuple[float, float]:
    """Seconds until the server answers, and from then to the map."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "views.serve", *WORDS]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as server:  # noqa: S603
        wait_until_up()
        up = time.perf_counter()
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.goto(ADDRESS)
        page.wait_for_selector("canvas", timeout=60_000)
        seen = time.perf_counter()
        page.close()
        server.terminate()
    return up - start, seen - up


def main() -> None:
    """Measure and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        times = [one_run(browser) for _ in range(runs)]
        browser.close()
    up, first_map = (statistics.median(column) for column in zip(*times, strict=True))
    slowest = max(seconds for _, seconds in times)
    print(
        f"server up after {up:.1f} s; first map {first_map:.1f} s later (slowest {slowest:.1f} s)"
    )


if __name__ == "__main__":
    main()
