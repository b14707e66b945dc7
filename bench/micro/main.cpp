// bench_micro: publishing, matching and handing over within one process, against peers that do the same.
#include "cases.h"

int main(int argc, char** argv) {
  using namespace hark::bench;
  Bench bench(argc, argv);
  const SleepingThread second;
  bench.run("P1 inline dispatch", inline_dispatch);
  bench.run("P2 two publishers", two_publishers);
  bench.run("P3 matching", matching);
  bench.run("P3 subscribing", subscribing);
  bench.run("P4 queued", queued);
  bench.run("P4 latency", latency);
  bench.run("parts of a publish", parts);
  bench.run("P13 subscribers, types, subscriptions", sweep_inline);
  bench.run("P13 payload, queue depth", sweep_queued);
  bench.run("P13 publishers", sweep_publishers);
  return Bench::status();
}
