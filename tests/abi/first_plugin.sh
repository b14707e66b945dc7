#!/usr/bin/env bash
# first_plugin.sh ROOT BUILD WORK: does what docs/first-plugin.md says, in a home of its own outside the repository, and
# looks whether what the page promises is what comes.
set -euo pipefail
root=$1 build=$2 work=$3
rm -rf "$work"
mkdir -p "$work"
export HOME=$work LC_ALL=C
umask 022
cd "$root"
awk '/^```sh$/ { on = 1; next } /^```$/ { on = 0 } on' docs/first-plugin.md | sed "s#build/release#$build#" >"$work/page.sh"
bash -euo pipefail "$work/page.sh" >"$work/out" 2>&1 || { cat "$work/out"; exit 1; }

failed=0
expect() {  # N TEXT: so many lines hold it
  local n
  n=$(grep -cF -- "$2" "$work/out" || true)
  [ "$n" = "$1" ] || { printf 'expected %s line(s) with: %s\nbut there are %s\n' "$1" "$2" "$n"; failed=1; }
}
expect 1 '100% tests passed'
expect 1 'create, start, flush, stop, destroy: 23 times, all well'
expect 1 'config ok'
expect 1 'matched 1 = acknowledged 1'
expect 3 '"type":"greeted"'
expect 1 '        times: integer, default 1'
expect 2 '"text":"hello, ana"'
expect 1 'greet: failed: field `times`: expected integer, found text; field `from`: required, not there'
expect 1 'greet: failed: nothing to say'
expect 2 'nothing lost; every event accounted for'
[ $failed = 0 ] || cat "$work/out"
exit $failed
