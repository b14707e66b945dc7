#!/usr/bin/env python3
"""P6: NDJSON on standard input, parsed, routed by a field of the data into two files."""

from measure import (Bench, Input, bound, hark, installed, rsyslog, run_syslog_ng, same, same_data, syslog_ng, tool)

CONFIG = """
[sources.in]
plugin = "stdin"
[defaults]
queue = { when_full = "block" }
[subscribers.errors]
plugin  = "log-file"
where   = { "data.level" = "error" }
options = { path = "errors" }
[subscribers.rest]
plugin  = "log-file"
where   = { "data.level" = { not = "error" } }
options = { path = "rest" }
"""
# As the peers: the line that came in, without uid, cause and time.
DATA_ALONE = CONFIG.replace("options = { ", 'options = { content = "data", ')

with Bench(__doc__, quick_n=100_000, full_n=1_000_000) as bench:
    data = Input(bench.folder, bench.n)

    def checked(name, measure, compare=same):
        def once(folder):
            outputs = [folder / "errors", folder / "rest"]
            result = measure(folder, outputs)
            compare(outputs[0], data.errors, name)
            compare(outputs[1], data.rest, name)
            return result
        return once

    bench.interleave({
        "hark": checked("hark", lambda folder, _: hark(data, folder, CONFIG), same_data),
        "hark, data alone": checked("hark, data alone", lambda folder, _: hark(data, folder, DATA_ALONE)),
        "bound": checked("bound", lambda folder, outputs: bound(data, folder, "two", *outputs)),
        **installed({
            "rsyslog": (tool("rsyslogd"), checked("rsyslog", lambda folder, outputs: rsyslog(
                data, folder, "rsyslog_two_files.conf", outputs, len(data.all)))),
            "syslog-ng": (syslog_ng()[0], checked("syslog-ng", lambda folder, outputs: run_syslog_ng(
                data, folder, "syslog_ng_two_files.conf", outputs, len(data.all)))),
        }),
    })
    bench.rates("P6", "two files", {"min": 3, "min_far": 2.5}, peers={"ratio_min": 8}, cpu={"ratio_max": 2.2},
                rss={"max": 16})
