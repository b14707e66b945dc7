#!/usr/bin/env python3
"""Reads what the benchmarks measured (build/bench/raw/*.ndjson; bench/process/measure.py says what is in it), writes
build/bench/results.json and prints a table.

  report.py [--markdown]     --markdown: writes docs/benchmarks.md too

A sample counts for the regime that the machine was in before and after its round; where it changed meanwhile the sample
is left out. Goals are judged by the median, of the ratio of ours to the peer's in the same round where they are ratios.
"""

import argparse
import collections
import datetime
import json
import pathlib
import platform
import statistics
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
RAW = ROOT / "build/bench/raw"
RESULTS = ROOT / "build/bench/results.json"
PAGE = ROOT / "docs/benchmarks.md"
FIGURES = ROOT / "docs/benchmarks"


def records():
    """All comparisons, those of one name put together, in the order in which they were written."""
    merged = {}
    for path in sorted(RAW.glob("*.ndjson")):
        for number, text in enumerate(path.read_text().splitlines(), 1):
            try:
                record = json.loads(text)
            except ValueError as error:
                sys.exit(f"report.py: {path.name} line {number}: {error}")
            if "curve" in record:
                continue
            key = record["name"], record["peer"]
            if key not in merged:
                merged[key] = record
            else:
                for field in ("ours", "theirs", "stamps"):
                    merged[key][field] = (merged[key][field] or []) + (record[field] or [])
    return list(merged.values())


def by_regime(record):
    """{regime: [(ours, theirs or None)]}; regime "mixed" for what is left out."""
    theirs = record["theirs"] or [None] * len(record["ours"])
    samples = collections.defaultdict(list)
    for ours, peer, (before, after) in zip(record["ours"], theirs, record["stamps"]):
        samples[before if before == after else "mixed"].append((ours, peer))
    return samples


def is_met(want, regime, median, ratio):
    if not want:
        return None
    least = want.get("min_far", want.get("min")) if regime == "far" else want.get("min")
    judged = [(least, median, 1), (want.get("max"), median, -1), (want.get("ratio_min"), ratio, 1),
              (want.get("ratio_max"), ratio, -1)]
    verdicts = [sign * (value - limit) >= 0 for limit, value, sign in judged if limit is not None and value is not None]
    return all(verdicts) if verdicts else None


def result(record, regime, samples):
    ours = [o for o, _ in samples]
    ratios = [o / t for o, t in samples if t]
    median = statistics.median(ours)
    ratio = statistics.median(ratios) if ratios else None
    return {"name": record["name"], "unit": record["unit"], "regime": regime, "samples": len(ours), "median": median,
            "min": min(ours), "max": max(ours), "peer": record["peer"],
            "peer_median": statistics.median(t for _, t in samples) if ratios else None,
            "ratio": ratio, "ratio_min": min(ratios, default=None), "ratio_max": max(ratios, default=None),
            "goal": record["goal"], "want": record["want"], "met": is_met(record["want"], regime, median, ratio)}


def results():
    """The results, and how many samples were left out."""
    rows, mixed = [], 0
    for record in records():
        samples = by_regime(record)
        mixed += len(samples.pop("mixed", []))
        rows += [result(record, regime, samples[regime]) for regime in sorted(samples, reverse=True)]
    return rows, mixed


def figure(value):
    if value is None:
        return ""
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def want_text(want, regime):
    if not want:
        return ""
    shown = {k: v for k, v in want.items() if not (k == "min" and regime == "far" and "min_far" in want)}
    if regime != "far":
        shown.pop("min_far", None)
    return ", ".join(("≥ " if "min" in k else "≤ ") + figure(v) + ("×" if "ratio" in k else "") for k, v in shown.items())


HEADINGS = ["what", "unit", "regime", "median", "min", "max", "peer", "its median", "ratio (min to max)", "goal", "met"]


def cells(row):
    ratio = "" if row["ratio"] is None else "{} ({} to {})".format(
        *map(figure, (row["ratio"], row["ratio_min"], row["ratio_max"])))
    return [row["name"], row["unit"], row["regime"], figure(row["median"]), figure(row["min"]), figure(row["max"]),
            row["peer"] or "", figure(row["peer_median"]), ratio, want_text(row["want"], row["regime"]),
            {True: "yes", False: "no", None: ""}[row["met"]]]


def print_table(rows):
    table = [HEADINGS, *map(cells, rows)]
    widths = [max(map(len, column)) for column in zip(*table)]
    for line in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())


def machine():
    model = "unknown CPU"
    cores = 0
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
        cores += line.startswith("processor")
    return f"{model}, {cores} core{'s' * (cores != 1)}, Linux {platform.release()}"


def summary(rows, mixed):
    judged = [row for row in rows if row["met"] is not None]
    text = f"{sum(row['met'] for row in judged)} of {len(judged)} goals met"
    return text + (f"; {mixed} samples left out, the machine changed meanwhile" if mixed else "")


def natural(row):
    """P2 before P13, what is no goal last."""
    goal = row["goal"]
    return int(goal[1:]) if goal[1:].isdigit() else 99


def markdown(rows, mixed):
    lines = ["# Benchmarks",
             "Written by `bench/report.py --markdown` after `scripts/bench`, which says how to run them. Samples of ours "
             "and of a peer's are taken in turns; a ratio is of ours to the peer's in the same round. *near* and *far* "
             "are the two states of such virtual machines: a cache line travels from core to core in under 80 ns, or "
             "not. Compare ratios, not figures of different runs.", "",
             f"{machine()}; {datetime.date.today().isoformat()}; {summary(rows, mixed)}.", "",
             "| " + " | ".join(HEADINGS) + " |", "|" + "---|" * len(HEADINGS)]
    lines += ["| " + " | ".join(cells(row)) + " |" for row in rows]
    figures = sorted(FIGURES.glob("*.svg"))
    if figures:
        lines += ["", "## Cost against load"]
        lines += [f"![{path.stem.replace('-', ' ')}](benchmarks/{path.name})" for path in figures]
    PAGE.write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--markdown", action="store_true", help="write docs/benchmarks.md too")
    options = parser.parse_args()
    rows, mixed = results()
    if not rows:
        sys.exit(f"report.py: nothing was measured: no results in {RAW.relative_to(ROOT)}")
    rows.sort(key=natural)
    RESULTS.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
    print_table(rows)
    print(f"\n{machine()}; {summary(rows, mixed)}")
    if options.markdown:
        markdown(rows, mixed)


main()
