# What scripts/run, scripts/test, scripts/bench and .ci/run share: packages, configure, build, count tests. Sourced, never run.
# All of it works on a bare Debian 12 and may be repeated; nothing but Debian packages is downloaded.
# shellcheck shell=bash

# To build and test: the one list of them.
build_packages=(
  g++ make cmake ninja-build                 # the toolchain
  libtomlplusplus-dev libsimdjson-dev        # reads TOML, JSON
  libvalijson-dev nlohmann-json3-dev         # JSON Schema for plugin options; typed events
  libspdlog-dev libcli11-dev libboost1.81-dev  # log; command line; Boost.DLL
  zlib1g-dev                                 # checksums of spools; gzip of older log files
  libmd-dev                                  # SHA-256 of a pinned plugin
  catch2                                     # tests
)
# Further ones for .ci/run.
ci_packages=(
  ccache clang-19 clang-tidy-19 clang-format-19 abigail-tools util-linux
  rustc golang-go                            # example plugins in other languages; their tests are skipped without
)
# Further ones for scripts/bench: what it measures with and draws with, and the peers.
bench_packages=(
  libbenchmark-dev python3-matplotlib
  libconcurrentqueue-dev
  rsyslog mosquitto nats-server
)

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
jobs=$(nproc)
# A plugin that others may write is refused: what is built here must not be.
umask 022

say() { printf '== %s\n' "$*"; }
die() {
  printf '%s: error: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# quietly LOG COMMAND...: shows the end of what it said only when it fails.
quietly() {
  local log=$1
  shift
  mkdir -p "$(dirname "$log")"
  "$@" >"$log" 2>&1 && return 0
  tail -n 40 "$log" >&2
  printf '%s: error: `%s` failed; all of its output is in %s\n' "${0##*/}" "$*" "$log" >&2
  return 1
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  else
    sudo "$@"
  fi
}

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# install_missing PACKAGE...: asks apt for those that are not there, and touches nothing when all are.
install_missing() {
  local missing=() package log=$root/build/logs/setup.log
  command -v dpkg-query >/dev/null || die "this set-up is for Debian 12 (no dpkg here); elsewhere install the packages listed in scripts/lib/setup.sh and use the presets, see docs/development.md"
  for package in "$@"; do is_installed "$package" || missing+=("$package"); done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing ${#missing[@]} Debian package(s): ${missing[*]}"
  if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
    die "not root, and no sudo; as root run: apt-get install --no-install-recommends ${missing[*]}"
  fi
  quietly "$log" as_root apt-get update -q || die "apt-get update failed: is the network there, and /etc/apt/sources.list right?"
  quietly "$log" as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}" ||
    die "apt-get install failed"
}

wrap=()  # a command that builds and tests run under

# build PRESET [TARGET...]: without targets, all of them.
build() {
  local preset=$1 log=$root/build/logs/$1.configure.log
  shift
  say "building, preset $preset${*:+ ($*)}"
  (cd "$root" && quietly "$log" cmake --preset "$preset") || return 1
  local targets=()
  [ $# -eq 0 ] || targets=(--target "$@")
  # On a terminal one sees it going on; elsewhere only what failed.
  if [ -t 1 ]; then
    "${wrap[@]}" cmake --build "$root/build/$preset" -j "$jobs" "${targets[@]}" || return 1
  else
    quietly "$root/build/logs/$preset.build.log" "${wrap[@]}" cmake --build "$root/build/$preset" -j "$jobs" "${targets[@]}"
  fi
}

passed=0 failed=0 skipped=0

# run_tests PRESET: all tests of a preset that is built; adds to passed, failed and skipped.
run_tests() {
  local preset=$1 results=$root/build/$1/test-results.xml suite word status=0
  say "testing, preset $preset"
  rm -f "$results"
  (cd "$root" && "${wrap[@]}" ctest --preset "$preset" -j "$jobs" --output-junit "$results") || status=$?
  [ -s "$results" ] || { printf 'no test of preset %s ran\n' "$preset" >&2; failed=$((failed + 1)); return 1; }
  suite=$(tr '\n' ' ' <"$results" | grep -o '<testsuite [^>]*>')
  local count_of=()
  for word in tests failures disabled skipped; do
    count_of+=("$(sed -n "s/.*[[:space:]]$word=\"\([0-9]*\)\".*/\1/p" <<<"$suite")")
  done
  local all=${count_of[0]:-0} bad=${count_of[1]:-0} not_run=$((${count_of[2]:-0} + ${count_of[3]:-0}))
  [ "$status" = 0 ] || [ "$bad" != 0 ] || bad=1  # ctest itself failed
  passed=$((passed + all - bad - not_run)) failed=$((failed + bad)) skipped=$((skipped + not_run))
  [ "$bad" = 0 ]
}

# The plain last line that other programs read.
closing_line() {
  local text="$passed passed, $failed failed"
  [ "$skipped" = 0 ] || text+=", $skipped skipped"
  printf '%s\n' "$text"
}
