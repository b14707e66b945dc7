#!/usr/bin/env python3
"""P13: memory stays bounded whatever happens: a subscriber that hangs, beside one that does not, and input without end.

For each policy of a full queue, once with a subscriber that hears everything and once with one that hears a quarter:
resident memory over time, against the bound that docs/config.md states; then the subscriber goes on, and the ledger
must account for every event. Curves: {"curve", "x": s, "y": MB}.
"""

import os
import re
import subprocess
import time

from measure import BENCH_PLUGINS, BIN, Bench, Input, check, resident_mb

QUEUE_MIB = 8
QUEUE_EVENTS = 1 << 17
SLOT_BYTES = 24  # of the ring of a queue, resident once it has been as long
HEARS_LITTLE = 3  # times its bytes, where a subscriber hears less than half of the bytes that are published
LAGS_LITTLE_MB = 64 * 65536 / 1e6  # and a block of 64 KiB for each of the first events that wait for it
# Beside the queues: the program, its plugins and stacks, batches under way.
CONSTANT_MB = 16
POLICIES = ["spill", "block", "drop_oldest", "drop_newest"]
HEARS = {"all": "", "a quarter": 'on = { type = "**", where = { "data.level" = "error" } }'}


def bound_mb(hears):
    queue = QUEUE_MIB * 1024 * 1024 / 1e6
    ring = QUEUE_EVENTS * SLOT_BYTES / 1e6
    stalled = queue if hears == "all" else HEARS_LITTLE * queue + LAGS_LITTLE_MB
    return (stalled + ring) + (queue + ring) + CONSTANT_MB


def config(policy, hears):
    return f"""
[sources.in]
plugin = "stdin"
[defaults]
queue   = {{ events = {QUEUE_EVENTS}, bytes = "{QUEUE_MIB}MiB", when_full = "{policy}" }}
timeout = "1h"
[subscribers.stalled]
plugin  = "{BENCH_PLUGINS}/bench_stall.so"
options = {{ until = "until" }}
{HEARS[hears]}
[subscribers.well]
plugin  = "{BENCH_PLUGINS}/bench_null.so"
options = {{ report = "report" }}
"""


def parts(ledger, name):
    """Of the ledger's line of a subscriber: what matched, what was acknowledged, what was dropped and why."""
    found = re.search(rf"^  to {name}: matched (\d+) = acknowledged (\d+)(?:, dropped \((\d+) (\w+)\))?(.*)$", ledger,
                      re.MULTILINE)
    check(found, f"nothing of {name} in the ledger:\n{ledger}")
    check("," not in found.group(5), f"something else became of events of {name}: {found.group(0)}")
    return int(found.group(1)), int(found.group(2)), int(found.group(3) or 0), found.group(4)


def verify(policy, hears, data, ledger):
    n = data.n
    check("nothing lost; every event accounted for" in ledger, f"{policy}: the ledger:\n{ledger}")
    check(f"from in: offered {n} = admitted {n}" in ledger, f"{policy}: not all was taken:\n{ledger}")
    for name in ("stalled", "well"):
        matched, acknowledged, dropped, why = parts(ledger, name)
        heard = data.errors.count(b"\n") if name == "stalled" and hears != "all" else n
        check(matched == heard == acknowledged + dropped, f"{policy}: {name} does not balance:\n{ledger}")
        check(dropped == 0 or why == policy, f"{policy}: dropped as {why}")
        if name == "stalled":
            check((dropped > 0) == policy.startswith("drop"), f"{policy}: {dropped} of the stalled one were dropped")


def under_stall(policy, hears, data, folder, seconds):
    """(times, resident MB), the ledger checked."""
    (folder / "hark.toml").write_text(config(policy, hears))
    os.mkfifo(folder / "until")
    times, resident = [], []
    with open(data.path, "rb") as source, open(folder / "stderr", "wb") as errors:
        host = subprocess.Popen([BIN / "hark", "run", "hark.toml"], stdin=source, stderr=errors, cwd=folder)
    began = time.monotonic()
    released = False
    try:
        while host.poll() is None:
            now = time.monotonic() - began
            mb = resident_mb(host.pid)
            if mb is not None:
                times.append(round(now, 3))
                resident.append(round(mb, 3))
            if not released and now >= seconds:
                os.close(os.open(folder / "until", os.O_WRONLY | os.O_NONBLOCK))
                released = True
            check(now < seconds + 120, f"{policy}: it did not end")
            time.sleep(0.02)
    finally:
        host.kill()
        host.wait()
    ledger = (folder / "stderr").read_text(errors="replace")
    check(released, f"{policy}: it ended while a subscriber hung:\n{ledger}")
    check(host.returncode == 0, f"{policy}: ended with {host.returncode}:\n{ledger}")
    verify(policy, hears, data, ledger)
    return times, resident


with Bench(__doc__, quick_n=300_000, full_n=2_000_000, rounds=1) as bench:
    data = Input(bench.folder, bench.n)
    peaks = {(policy, hears): [] for hears in HEARS for policy in POLICIES}
    too_much = []
    for i in bench.rounds():
        for policy, hears in peaks:
            times, resident = under_stall(policy, hears, data, bench.fresh_folder("run"), 2 if bench.quick else 6)
            peaks[policy, hears].append(max(resident))
            if i == 0:
                bench.curve(f"rss {hears}: {policy}", times, resident)
            if max(resident) > bound_mb(hears):
                too_much.append(f"{policy}, hears {hears}: {max(resident):.1f} MB resident")
    for hears in HEARS:
        bench.curve(f"rss {hears}: bound", [0, 6], [bound_mb(hears)] * 2)
    for (policy, hears), values in peaks.items():
        name = policy if hears == "all" else f"{policy}, hears {hears}"
        bench.row(f"{name}: most resident, MB", values)
        bench.compare("P13", f"P13 most resident, a subscriber hangs, {name}", "MB", "lower", values,
                      want={"max": round(bound_mb(hears), 1)})
    check(not too_much, f"above the bound: {'; '.join(too_much)}")
