"""What the whole-process benchmarks share: input, runs that are measured, checks of what came out, and the raw results.

Needs `cmake --build build/release --target bench_process`. Raw results: build/bench/raw/SCRIPT.ndjson, a line for each
comparison:
  goal, name, unit, better   "higher" or "lower"
  ours, peer, theirs         samples of each round, and those of the peer in the same rounds (null without one)
  stamps                     regime of the machine before and after each round: "near", "far" or "unknown"
  want                       ratio_min, ratio_max (ours to theirs), min, min_far, max; null: only to be shown
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/release"
BIN = BUILD / "bin"
BENCH_PLUGINS = BUILD / "lib/hark/bench"
EXAMPLES = BUILD / "lib/hark/examples"
PEERS = ROOT / "bench/peers"
UNPACKED = ROOT / "build/bench/peers"  # syslog-ng, which Debian does not install beside rsyslog: see syslog_ng()
LINE_BYTES = 138  # line break included


class Wrong(Exception):
    """What came out is not what went in."""


def check(holds, what):
    if not holds:
        raise Wrong(what)


# --- input ---------------------------------------------------------------------------------------------------------


def line(i):
    """Line i, deterministic: JSON, 137 bytes. A multiplicative hash of i makes a quarter of them `level` error."""
    x = i * 2654435761 & 0xFFFFFFFF
    level = ("error", "info", "warn", "info")[x >> 30]
    text = (f'{{"seq":{1000000 + i},"type":"web.request","level":"{level}","host":"web-{x % 97:02}",'
            f'"took_ms":{(x >> 7) % 900 + 100},"user":"u{x % 100000:05}","msg":"')
    return text + "x" * (LINE_BYTES - 3 - len(text)) + '"}'


def resident_mb(pid):
    """None once it has ended."""
    with open(f"/proc/{pid}/status") as status:
        found = re.search(r"VmRSS:\s+(\d+)", status.read())
    return int(found.group(1)) * 1024 / 1e6 if found else None


class Input:
    """A file of n lines, and what is to come out of it."""

    def __init__(self, folder, n):
        self.n = n
        lines = [line(i).encode() + b"\n" for i in range(n)]
        self.all = b"".join(lines)
        self.errors = b"".join(l for l in lines if b'"level":"error"' in l)
        self.rest = b"".join(l for l in lines if b'"level":"error"' not in l)
        check(len(self.all) == n * LINE_BYTES, "the input is not as long as it was to be")
        self.path = folder / "input.ndjson"
        self.path.write_bytes(self.all)


def same(path, expected, what):
    """The file holds these lines, in this order, and nothing else."""
    check(path.read_bytes() == expected, f"{what}: not the lines that went in, or not in their order")


def same_data(path, expected, what):
    """The same of a file of CloudEvents: their `data`."""
    mark = b',"data":'
    data = b"".join(l[l.index(mark) + len(mark):-2] + b"\n" for l in path.read_bytes().splitlines(keepends=True))
    check(data == expected, f"{what}: not the data that went in, or not in their order")


# --- runs ----------------------------------------------------------------------------------------------------------


class Run:
    def __init__(self, n, wall, cpu, rss_kib, stderr):
        self.rate = n / wall / 1e6  # M events/s
        self.cpu = cpu / n * 1e6  # s for a million events
        self.rss = rss_kib * 1024 / 1e6  # MB
        self.stderr = stderr


def kill_quietly(pid, number=signal.SIGKILL):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def run(n, command, folder, stdin=None, done=None, patience=120, environment=None):
    """Measures a command until it has ended; or, with `done`, until that holds, and then ends it by SIGTERM."""
    read_end, write_end = os.pipe()
    log = folder / "stderr"
    with open(stdin or os.devnull, "rb") as source, open(log, "wb") as errors, os.fdopen(read_end, "r") as report:
        spawner = subprocess.Popen([BIN / "bench_measured_run", str(write_end), *map(str, command)], stdin=source,
                                   stdout=errors, stderr=errors, cwd=folder, pass_fds=[write_end],
                                   env={**os.environ, **(environment or {})})
        os.close(write_end)
        pid, started = map(int, report.readline().split())
        try:
            ended = None
            limit = time.monotonic() + patience
            while spawner.poll() is None:
                if done is not None and done():
                    ended = time.monotonic_ns()
                    kill_quietly(pid, signal.SIGTERM)
                    break
                if time.monotonic() > limit:
                    raise Wrong(f"{command[0]} did not end within {patience} s")
                # Without `done` there is nothing to look for: the end is reported exactly.
                if done is None:
                    spawner.wait(limit - time.monotonic())
                else:
                    time.sleep(0.003)
            spawner.wait(20)
        except (Wrong, subprocess.TimeoutExpired) as e:
            kill_quietly(pid)
            spawner.wait()
            raise Wrong(f"{e}\n{log.read_text(errors='replace')[-2000:]}")
        exited, user, system, rss, status = map(int, report.readline().split())
    text = log.read_text(errors="replace")
    check(status == 0, f"{command[0]} ended with status {status}:\n{text[-2000:]}")
    return Run(n, ((ended or exited) - started) / 1e9, (user + system) / 1e6, rss, text)


def hark(data, folder, config):
    """hark with standard input from the file; its ledger must balance, with nothing lost."""
    (folder / "hark.toml").write_text(config)
    result = run(data.n, [BIN / "hark", "run", "hark.toml"], folder, stdin=data.path)
    check("nothing lost; every event accounted for" in result.stderr, "the ledger:\n" + result.stderr)
    check(f"from in: offered {data.n} = admitted {data.n}" in result.stderr, "not all was taken:\n" + result.stderr)
    return result


def sizes_reach(paths, total):
    def reached():
        with contextlib.suppress(FileNotFoundError):
            return sum(p.stat().st_size for p in paths) >= total
        return False
    return reached


def bound(data, folder, *arguments):
    return run(data.n, [BIN / "bench_bound", *arguments], folder, stdin=data.path)


def template(name, folder, **values):
    text = (PEERS / name).read_text()
    for key, value in {"folder": folder, **values}.items():
        text = text.replace(f"@{key}@", str(value))
    path = folder / name
    path.write_text(text)
    return path


def tool(name):
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def rsyslog(data, folder, config, outputs, total):
    path = template(config, folder, input=data.path, last=1_000_000 + data.n - 1)
    return run(data.n, [tool("rsyslogd"), "-n", "-i", folder / "pid", "-f", path], folder,
               done=sizes_reach(outputs, total))


def syslog_ng():
    """The command, and the environment that it needs. Debian's package conflicts with rsyslog's, so it may lie unpacked:
    cd build/bench/peers && apt-get download syslog-ng-core libivykis0 libnet1 && for d in *.deb; do dpkg -x $d syslog-ng; done
    """
    if tool("syslog-ng"):
        return [tool("syslog-ng")], {}
    base = UNPACKED / "syslog-ng"
    if not (base / "usr/sbin/syslog-ng").exists():
        return None, {}
    libraries = [base / "usr/lib/syslog-ng", *base.glob("usr/lib/*-linux-gnu")]
    modules = next(base.glob("usr/lib/syslog-ng/3*"))
    return ([base / "usr/sbin/syslog-ng", "--module-path", modules],
            {"LD_LIBRARY_PATH": ":".join(map(str, libraries))})


def run_syslog_ng(data, folder, config, outputs, total):
    command, environment = syslog_ng()
    path = template(config, folder, input=data.path)
    return run(data.n, [*command, "-F", "-f", path, "--persist-file", folder / "persist", "--control", folder / "ctl",
                        "--pidfile", folder / "pid"], folder,
               done=sizes_reach(outputs, total), environment=environment)


def installed(peers):
    """Those of the {name: (is it there?, function)} that are; says which are not."""
    for name, (there, _) in peers.items():
        if not there:
            print(f"{name} is not installed: left out", file=sys.stderr)
    return {name: function for name, (there, function) in peers.items() if there}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextlib.contextmanager
def server(command, port):
    """A peer that listens on the loopback, until the end of the block."""
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(500):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.02)
        else:
            raise Wrong(f"{command[0]} does not listen")
        yield process
    finally:
        process.kill()
        process.wait()


# --- rounds and results --------------------------------------------------------------------------------------------


def stamp():
    """The regime of the machine now."""
    program = BIN / "bench_stamp"
    if not program.exists():
        return "unknown"
    with contextlib.suppress(subprocess.SubprocessError, ValueError, KeyError):
        said = subprocess.run([program], capture_output=True, timeout=20, check=True).stdout
        return "near" if json.loads(said)["ping_ns"] < 80 else "far"
    return "unknown"


class Bench:
    """One script: its options, its rounds, its table and its raw results."""

    def __init__(self, about, quick_n=0, full_n=0, rounds=5):
        parser = argparse.ArgumentParser(description=about)
        parser.add_argument("--quick", action="store_true", help="few events and one round, with all checks")
        parser.add_argument("--rounds", type=int, help=f"how often (default {rounds}; 1 with --quick)")
        options = parser.parse_args()
        self.quick = options.quick
        self.n = quick_n if options.quick else full_n
        self.n_rounds = options.rounds or (1 if options.quick else rounds)
        self.script = pathlib.Path(sys.argv[0]).stem
        self.raw = ROOT / "build/bench/raw" / f"{self.script}.ndjson"
        self.stamps = []
        self.samples = {}

    def __enter__(self):
        missing = [p for p in (BIN / "hark", BIN / "bench_measured_run", BENCH_PLUGINS / "bench_null.so")
                   if not p.exists()]
        if missing:
            sys.exit(f"not built: {missing[0].name}; cmake --build build/release --target bench_process")
        self.raw.parent.mkdir(parents=True, exist_ok=True)
        self.raw.write_text("")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="work-", dir=self.raw.parent.parent))
        print(f"{'':34} {'median':>9} {'min':>9} {'max':>9}")
        return self

    def __exit__(self, kind, error, _):
        shutil.rmtree(self.folder, ignore_errors=True)
        if isinstance(error, Wrong):
            print(f"{self.script}: WRONG: {error}", file=sys.stderr)
            sys.exit(1)

    def rounds(self):
        for i in range(self.n_rounds):
            before = stamp()
            yield i
            self.stamps.append([before, stamp()])

    def fresh_folder(self, name):
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    def interleave(self, contestants):
        """{name: function(folder) -> Run}; all of them in each round, the order turned by one each time."""
        names = list(contestants)
        for i in self.rounds():
            for name in names[i % len(names):] + names[:i % len(names)]:
                self.samples.setdefault(name, []).append(contestants[name](self.fresh_folder("run")))
        for name, runs in self.samples.items():
            self.row(f"{name}: M events/s", [r.rate for r in runs])
            self.row(f"{name}: CPU s per million", [r.cpu for r in runs])
            self.row(f"{name}: peak RSS, MB", [r.rss for r in runs])

    def row(self, name, values):
        print(f"{name:34} {statistics.median(values):9.3f} {min(values):9.3f} {max(values):9.3f}", flush=True)

    def of(self, name, field):
        return [getattr(r, field) for r in self.samples[name]]

    def compare(self, goal, name, unit, better, ours, peer=None, theirs=None, want=None):
        record = {"goal": goal, "name": name, "unit": unit, "better": better, "ours": ours, "peer": peer,
                  "theirs": theirs, "stamps": self.stamps, "want": want}
        self.write(record)
        if theirs:
            self.row(f"{name}: ratio", [a / b for a, b in zip(ours, theirs)])

    def rates(self, goal, what, want, peers=None, cpu=None, rss=None):
        """What the throughput scripts have in common: events/s against each peer, CPU against the bound, memory."""
        ours = self.of("hark", "rate")
        self.compare(goal, f"{goal} {what}", "M events/s", "higher", ours, want=want)
        for peer in self.samples:
            if peer == "hark":
                continue
            if peer.startswith("hark, "):
                self.compare(goal, f"{goal} {what}, {peer[6:]}", "M events/s", "higher", self.of(peer, "rate"))
                continue
            self.compare(goal, f"{goal} {what} against {peer}", "M events/s", "higher", ours, peer,
                         self.of(peer, "rate"), None if peer == "bound" else peers)
        self.compare(goal, f"{goal} {what}, CPU against bound", "CPU s per million", "lower", self.of("hark", "cpu"),
                     "bound", self.of("bound", "cpu"), cpu)
        self.compare(goal, f"{goal} {what}, peak RSS", "MB", "lower", self.of("hark", "rss"), want=rss)

    def curve(self, name, x, y):
        self.write({"curve": name, "x": x, "y": y})

    def write(self, record):
        with open(self.raw, "a") as out:
            out.write(json.dumps(record) + "\n")
