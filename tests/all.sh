#!/usr/bin/env bash
# Passes all tests, those on a real Docker Engine with QEMU included; starts the engine when none answers.
set -euo pipefail
cd "$(dirname "$0")/.."

. tests/prerequisites.sh

started=no
if ! tests/engine.sh status >/dev/null 2>&1; then
  started=yes
fi
tests/engine.sh up
stop() {
  if [ "$started" = yes ]; then
    tests/engine.sh down
  fi
}
trap stop EXIT
eval "$(tests/engine.sh env)"

cargo test --locked
XBUILD=target/debug/xbuild tests/samples.sh quick
