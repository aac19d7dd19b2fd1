#!/usr/bin/env bash
# The main job for real: an ordinary Dockerfile, built for two platforms with its compiler running natively.
set -euo pipefail
cd "$(dirname "$0")/.."

. tests/prerequisites.sh

sample=fixtures/build/go-service
platforms=linux/amd64,linux/arm64
image=xbuild-demo

step() {
  printf '\n== %s\n' "$*"
}

step "a Docker Engine with buildx and QEMU"
tests/engine.sh up
eval "$(tests/engine.sh env)"

step "xbuild itself"
cargo build --locked --release
xbuild=target/release/xbuild

step "where every step runs as the file stands"
"$xbuild" plan --no-rewrite --platform "$platforms" "$sample/Dockerfile"

step "what xbuild changes"
"$xbuild" rewrite --platform "$platforms" "$sample/Dockerfile"

step "the build for $platforms"
"$xbuild" build --platform "$platforms" --load --tag "$image" "$sample"

step "every program belongs to its platform"
"$xbuild" verify "$image"

step "the arm64 image runs"
docker run --rm --platform linux/arm64 "$image" -selfcheck
