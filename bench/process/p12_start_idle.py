#!/usr/bin/env python3
"""P12: from exec to the first event handled, and what the host costs when nothing happens, with the five bundled plugins."""

import os
import re
import select
import time

from measure import BIN, Bench, check, resident_mb

CONFIG = """
[sources.in]
plugin = "stdin"
[sources.follow]
plugin  = "file"
options = { path = "followed" }
[subscribers.out]
plugin = "print"
options = { format = "json" }
[subscribers.log]
plugin  = "log-file"
options = { path = "log" }
[subscribers.stats]
plugin = "count"
"""


def switches(pid):
    """Context switches of all threads so far: each wake-up of a sleeping thread ends in one."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/status") as status:
            total += sum(int(n) for n in re.findall(r"ctxt_switches:\s+(\d+)", status.read()))
    return total


class Host:
    def __init__(self, folder):
        (folder / "hark.toml").write_text(CONFIG)
        (folder / "followed").touch()
        in_read, self.stdin = os.pipe()
        self.stdout, out_write = os.pipe()
        os.write(self.stdin, b'{"type":"first","n":1}\n')
        log = os.open(folder / "stderr", os.O_WRONLY | os.O_CREAT)
        actions = [(os.POSIX_SPAWN_DUP2, in_read, 0), (os.POSIX_SPAWN_DUP2, out_write, 1),
                   (os.POSIX_SPAWN_DUP2, log, 2)]
        program = str(BIN / "hark")
        self.began = time.monotonic_ns()
        self.pid = os.posix_spawn(program, [program, "run", str(folder / "hark.toml")], os.environ,
                                  file_actions=actions)
        for fd in (in_read, out_write, log):
            os.close(fd)

    def first_line_ms(self):
        check(select.select([self.stdout], [], [], 10)[0], "no event came out within 10 s")
        took = (time.monotonic_ns() - self.began) / 1e6
        said = os.read(self.stdout, 65536)
        check(b'"data":{"type":"first","n":1}' in said, f"another event came out: {said}")
        return took

    def end(self):
        os.kill(self.pid, 15)
        _, status = os.waitpid(self.pid, 0)
        for fd in (self.stdin, self.stdout):
            os.close(fd)
        check(status == 0, f"hark ended with {status}")


with Bench(__doc__, rounds=3) as bench:
    os.chdir(bench.folder)
    first, rss, wakes = [], [], []
    for i in bench.rounds():
        for start in range(5 if bench.quick else 20):
            host = Host(bench.fresh_folder("start"))
            try:
                first.append(host.first_line_ms())
            finally:
                host.end()
        host = Host(bench.fresh_folder("idle"))
        try:
            host.first_line_ms()
            time.sleep(1)  # what the first event set going has ended
            seconds = 5 if bench.quick else 10
            before = switches(host.pid)
            time.sleep(seconds)
            wakes.append((switches(host.pid) - before) / seconds)
            rss.append(resident_mb(host.pid))
        finally:
            host.end()
    bench.row("first event handled, ms after exec", first)
    bench.row("idle: resident, MB", rss)
    bench.row("idle: wake-ups a second", wakes)
    bench.compare("P12", "P12 exec to the first event, five plugins", "ms", "lower", first, want={"max": 15})
    bench.compare("P12", "P12 resident when idle", "MB", "lower", rss, want={"max": 10})
    bench.compare("P12", "P12 wake-ups a second when idle", "1/s", "lower", wakes, want={"max": 0})
