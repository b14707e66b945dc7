#!/usr/bin/env python3
"""P5, for comparison: one publisher, one subscriber, 128 bytes, by a broker on the loopback. Hark's own is in process."""

import subprocess

from measure import BIN, Bench, Wrong, check, free_port, installed, server, template, tool


def client(protocol, port, n):
    try:
        done = subprocess.run([BIN / "bench_broker_client", protocol, str(port), str(n), "128"], capture_output=True,
                              text=True, timeout=120)
    except subprocess.TimeoutExpired:
        raise Wrong(f"{protocol}: messages are missing")
    check(done.returncode == 0, f"{protocol}: {done.stderr}")
    return float(done.stdout) / 1e6


with Bench(__doc__, quick_n=100_000, full_n=2_000_000) as bench:
    def nats():
        port = free_port()
        with server([tool("nats-server"), "-a", "127.0.0.1", "-p", port], port):
            return client("nats", port, bench.n)

    def mosquitto():
        port = free_port()
        config = template("mosquitto.conf", bench.folder, port=port)
        with server([tool("mosquitto"), "-c", config], port):
            return client("mqtt", port, bench.n // 5)

    brokers = installed({"NATS core": (tool("nats-server"), nats), "mosquitto QoS 0": (tool("mosquitto"), mosquitto)})
    rates = {name: [] for name in brokers}
    for _ in bench.rounds():
        for name, measure in brokers.items():
            rates[name].append(measure())
    for name, values in rates.items():
        bench.row(f"{name}: M messages/s", values)
        bench.compare("P5", f"P5 {name}, 128 B, 1 to 1", "M messages/s", "higher", values)
