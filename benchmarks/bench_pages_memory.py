"""Whether reading pages gives back its memory: resident memory while 10,000 pages are read in one process, lxml's trees and all.

Nine of ten are a small page of our own, each with another price; every tenth is one of the public benchmark's that is smaller than 130 kB.
"""

from __future__ import annotations

import gc

import psutil

from agents.scanning.pages.product_page import extract_product
from benchmarks.bench_pages import bodies_and_addresses
from benchmarks.measurement import Measurement

READS = 10_000
LARGEST = 130_000
STEP = 1_000
SMALL = (
    "<!doctype html><html lang='de'><head><title>Lampe 4711</title><script type='application/ld+json'>{\"@type\": \"Product\", "
    '"name": "Lampe 4711", "offers": {"price": "4711.50", "priceCurrency": "EUR"}}</script></head><body><h1>Lampe 4711</h1>'
    + "<div class='price'>4711,50 €</div><button>In den Warenkorb</button>"
    + "<p>Text <b>und</b> mehr.</p>" * 40
    + "</body></html>"
)


def run() -> list[Measurement]:
    """Megabytes after every thousand pages; nothing where the pages are absent."""
    pages = [(body, url) for body, url in bodies_and_addresses().values() if len(body) < LARGEST]
    if not pages:
        return [Measurement("pages found", 0, "pages")]
    process = psutil.Process()
    measured = [Measurement("pages, one after the other", len(pages), "")]
    for number in range(1, READS + 1):
        if number % 10 == 0:
            extract_product(*pages[number // 10 % len(pages)])
        else:
            extract_product(SMALL.replace("4711", str(number)).encode(), f"https://shop.example/lamp-{number}")
        if number % STEP == 0 or number == 100:
            gc.collect()
            measured.append(Measurement(f"resident after {number:,} pages", process.memory_info().rss / 1e6, "MB"))
            print(f"  {measured[-1].name}: {measured[-1].value:.1f} MB", flush=True)
    return measured
