#!/usr/bin/env python3
"""P7: as P6, but into one subscriber that forgets what it hears."""

from measure import BENCH_PLUGINS, Bench, Input, bound, check, hark, installed, rsyslog, tool

CONFIG = f"""
[sources.in]
plugin = "stdin"
[defaults]
queue = {{ when_full = "block" }}
[subscribers.null]
plugin  = "{BENCH_PLUGINS}/bench_null.so"
where   = {{ "data.level" = {{ exists = true }} }}
options = {{ report = "report" }}
"""

with Bench(__doc__, quick_n=100_000, full_n=1_000_000) as bench:
    data = Input(bench.folder, bench.n)

    def hark_null(folder):
        result = hark(data, folder, CONFIG)
        said = (folder / "report").read_text().split()
        # The line breaks are not part of the data.
        check(said == [str(data.n), str(len(data.all) - data.n), "ordered"], f"the null subscriber heard {said}")
        return result

    def bound_null(folder):
        result = bound(data, folder, "null")
        check(result.stderr.split() == [str(data.n), str(data.errors.count(b"\n"))], f"bound: {result.stderr}")
        return result

    def rsyslog_null(folder):
        # It has no end to see but that of its input: the last line goes to a file.
        last = folder / "last"
        result = rsyslog(data, folder, "rsyslog_null.conf", [last], 1)
        check(last.read_bytes() == data.all[data.all.rindex(b"{"):], "rsyslog: the last line is another one")
        return result

    bench.interleave({"hark": hark_null, "bound": bound_null,
                      **installed({"rsyslog": (tool("rsyslogd"), rsyslog_null)})})
    bench.rates("P7", "null subscriber", {"min": 3.3})
