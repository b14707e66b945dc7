#!/usr/bin/python3
"""Draws what the cost of an event is against the load (P13): the curves in build/bench/raw/*.ndjson, each
{"curve", "x", "y"} with "x_label" and "y_label" where they are known, to docs/benchmarks/*.svg.

The same figures give the same files: no dates, no random ids. Debian's own Python, which Debian's matplotlib is for.
"""

import json
import pathlib
import sys

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "hark", "font.size": 9, "axes.grid": True,
                            "grid.alpha": 0.3, "axes.spines.top": False, "axes.spines.right": False})
import matplotlib.pyplot as plt  # noqa: E402  (after the choice of how to draw)

ROOT = pathlib.Path(__file__).resolve().parents[1]
RAW = ROOT / "build/bench/raw"
FIGURES = ROOT / "docs/benchmarks"
MOST_POINTS = 120


def curves():
    """{name: curve}; the last one of a name counts."""
    found = {}
    for path in sorted(RAW.glob("*.ndjson")):
        for text in path.read_text().splitlines():
            record = json.loads(text)
            if "curve" in record:
                found[record["curve"]] = record
    return found


def pictures(found):
    """{name of the picture: [(label, curve)]}: memory over time is one picture for all policies, with the bound."""
    result = {}
    for name, curve in found.items():
        if name.startswith("rss "):
            hears, label = name[len("rss "):].split(": ")
            curve = {**curve, "x_label": "s", "y_label": f"resident MB; one hangs, hears {hears}"}
            result.setdefault("memory" if hears == "all" else "memory hears " + hears, []).append((label, curve))
        else:
            result[name] = [("", curve)]
    return result


def thinned(values):
    step = -(-len(values) // MOST_POINTS)
    return values[::step]


def draw(name, lines):
    figure, axes = plt.subplots(figsize=(4.6, 2.8), layout="constrained")
    for label, curve in lines:
        x, y = thinned(curve["x"]), thinned(curve["y"])
        bound = label == "bound"
        axes.plot(x, y, label=label or None, linewidth=1 if bound else 1.5, linestyle=":" if bound else "-",
                  color="black" if bound else None, marker="o" if len(x) < 20 and not bound else None, markersize=4)
    axes.set_xlabel(lines[0][1].get("x_label", ""))
    axes.set_ylabel(lines[0][1].get("y_label", ""))
    if min(lines[0][1]["x"]) > 0 and max(lines[0][1]["x"]) / min(lines[0][1]["x"]) > 100:
        axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    if len(lines) > 1:
        axes.legend(frameon=False)
    path = FIGURES / f"{name.replace(' ', '-')}.svg"
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None, "Creator": None})
    plt.close(figure)
    print(path.relative_to(ROOT))


found = curves()
if not found:
    sys.exit(f"plots.py: no curves in {RAW.relative_to(ROOT)}: run scripts/bench P13 first")
FIGURES.mkdir(parents=True, exist_ok=True)
for name, lines in pictures(found).items():
    draw(name, lines)
