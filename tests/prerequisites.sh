# Sourced by the scripts beside it: the compilers that building xbuild and its tests takes.
if ! command -v cargo >/dev/null; then
  echo "cargo is missing: install Rust 1.88 or newer, then run this again" >&2
  exit 2
fi
# One of the test dependencies compiles a few lines of C; xbuild itself needs no C compiler.
if ! command -v cc >/dev/null; then
  echo "installing a C compiler for the tests"
  apt-get update && apt-get install --yes --no-install-recommends gcc libc6-dev
fi
