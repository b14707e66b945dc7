#!/usr/bin/env python3
"""P8: NDJSON on standard input, parsed, each event into all of four files."""

from measure import Bench, Input, bound, hark, installed, rsyslog, same, same_data, tool

NAMES = ["a", "b", "c", "d"]
CONFIG = """
[sources.in]
plugin = "stdin"
[defaults]
queue = { when_full = "block" }
""" + "".join(f"""
[subscribers.{name}]
plugin  = "log-file"
options = {{ path = "{name}" }}
""" for name in NAMES)
# As the peers: the line that came in, without uid, cause and time.
DATA_ALONE = CONFIG.replace("options = { ", 'options = { content = "data", ')

with Bench(__doc__, quick_n=50_000, full_n=1_000_000) as bench:
    data = Input(bench.folder, bench.n)

    def checked(name, measure, compare=same):
        def once(folder):
            outputs = [folder / n for n in NAMES]
            result = measure(folder, outputs)
            for output in outputs:
                compare(output, data.all, name)
            return result
        return once

    bench.interleave({
        "hark": checked("hark", lambda folder, _: hark(data, folder, CONFIG), same_data),
        "hark, data alone": checked("hark, data alone", lambda folder, _: hark(data, folder, DATA_ALONE)),
        "bound": checked("bound", lambda folder, outputs: bound(data, folder, "four", *outputs)),
        **installed({"rsyslog": (tool("rsyslogd"), checked("rsyslog", lambda folder, outputs: rsyslog(
            data, folder, "rsyslog_four_files.conf", outputs, 4 * len(data.all))))}),
    })
    bench.rates("P8", "four files", {"min": 2.1})
