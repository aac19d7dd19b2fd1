#!/usr/bin/env bash
# Times one cold build of the sample service four ways on a real engine and prints a Markdown table:
#
#   a  docker buildx build of the plain Dockerfile for the foreign platform: everything under QEMU
#   b  xbuild build of the same file with the same arguments
#   c  docker buildx build of the file pinned by hand
#   d  docker buildx build of the plain Dockerfile for the machine's own platform
#
#   benches/engine.sh [ROUNDS [ROUNDS_OF_A]]     default 3 and 1; 0 leaves a out
#
#   XBUILD           the program to measure   target/release/xbuild   (several words are a command with arguments)
#   XBUILD_PLATFORM  the foreign platform     linux/arm64
#
# Every run starts by emptying the engine's build cache: use an engine on which nobody else builds.
set -euo pipefail

HERE=$(cd "$(dirname "$0")/.." && pwd)
CONTEXT=$HERE/fixtures/build/go-service
XBUILD=${XBUILD:-$HERE/target/release/xbuild}
FOREIGN=${XBUILD_PLATFORM:-linux/arm64}
NATIVE=linux/amd64
ROUNDS=${1:-3}
ROUNDS_OF_A=${2:-1}
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

declare -A LABEL=(
    [a]="buildx, plain file, $FOREIGN under QEMU"
    [b]="xbuild, plain file, $FOREIGN"
    [c]="buildx, file pinned by hand, $FOREIGN"
    [d]="buildx, plain file, $NATIVE only"
)

say() { printf 'bench: %s\n' "$*" >&2; }

die() { say "error: $*"; exit 1; }

now_ms() { printf '%s\n' "$((${EPOCHREALTIME/[.,]/} / 1000))"; }

program_words() {
    if [[ -x $XBUILD && ! -d $XBUILD ]]; then PROGRAM=("$XBUILD"); else read -ra PROGRAM <<<"$XBUILD"; fi
    command -v "${PROGRAM[0]}" >/dev/null || die "no program $XBUILD: run 'cargo build --release', or name one with XBUILD=…"
}

# An image that is tagged keeps its layers when the build cache is emptied, so that no run pays for fetching them.
pull_bases() {
    local image platform
    sed -n 's/^FROM \(--[^ ]* \)*\([^ ]*\).*/\2/p' "$CONTEXT"/*ockerfile | sort -u | while read -r image; do
        for platform in "$NATIVE" "$FOREIGN"; do docker pull -q --platform "$platform" "$image" >&2; done
    done
}

build() {
    local kind=$1
    local arguments=(--tag "xbuild-bench:$kind" --progress plain --provenance=false)
    case $kind in
        a) docker buildx build --platform "$FOREIGN" "${arguments[@]}" "$CONTEXT" ;;
        b) "${PROGRAM[@]}" build --platform "$FOREIGN" "${arguments[@]}" "$CONTEXT" ;;
        c) docker buildx build --platform "$FOREIGN" "${arguments[@]}" --file "$CONTEXT/pinned.Dockerfile" "$CONTEXT" ;;
        d) docker buildx build --platform "$NATIVE" "${arguments[@]}" "$CONTEXT" ;;
    esac
}

# A quick build of a wrong image must not count.
check_image() {
    local kind=$1 platform=$FOREIGN arch
    [[ $kind != d ]] || platform=$NATIVE
    arch=${platform#linux/}
    arch=${arch%%/*}
    docker run --rm --network none --platform "$platform" "xbuild-bench:$kind" -selfcheck >"$WORK/check" 2>&1 || true
    [[ $(grep -cx -e "selfcheck: ok" -e "arch: $arch" "$WORK/check") == 2 ]] ||
        die "the image of $kind is not right for $platform: $(tail -n 3 "$WORK/check")"
}

measure() {
    local kind=$1 round=$2 begun took
    docker image rm -f "xbuild-bench:$kind" >/dev/null 2>&1 || true
    docker buildx prune --all --force >/dev/null
    begun=$(now_ms)
    build "$kind" >"$WORK/$kind.log" 2>&1 || { tail -n 20 "$WORK/$kind.log" >&2; die "build $kind failed"; }
    took=$(($(now_ms) - begun))
    check_image "$kind"
    printf '%s\n' "$took" >>"$WORK/$kind.ms"
    say "round $round, $kind: $((took / 1000)).$(printf '%03d' $((took % 1000))) s"
}

median() {
    sort -n "$1" | awk '{ v[NR] = $1 } END { m = int((NR + 1) / 2); print NR % 2 ? v[m] : (v[m] + v[m + 1]) / 2 }'
}

row() {
    local kind=$1 reference=$2
    sort -n "$WORK/$kind.ms" | awk -v label="$kind: ${LABEL[$kind]}" -v median="$(median "$WORK/$kind.ms")" -v reference="$reference" '
        NR == 1 { low = $1 } { high = $1 }
        END { printf "| %s | %d | %.1f | %.1f to %.1f | %.2f |\n", label, NR, median / 1000, low / 1000, high / 1000, median / reference }'
}

table() {
    local kind reference
    reference=$(median "$WORK/c.ms")
    printf 'Engine %s, buildx %s, %s cores, %s, cold cache, base images present.\n\n' "$(docker version --format '{{.Server.Version}}')" \
        "$(docker buildx version | cut -d' ' -f2)" "$(nproc)" "$(date -u +%F)"
    echo '| build | runs | median, s | range, s | against c |'
    echo '|---|--:|--:|--:|--:|'
    for kind in a b c d; do [[ ! -s $WORK/$kind.ms ]] || row "$kind" "$reference"; done
}

main() {
    local round kind environment
    [[ $ROUNDS =~ ^[1-9][0-9]*$ && $ROUNDS_OF_A =~ ^[0-9]+$ ]] || { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" >&2; exit 2; }
    environment=$("$HERE/tests/engine.sh" env)
    eval "$environment"
    program_words
    pull_bases
    for ((round = 1; round <= ROUNDS || round <= ROUNDS_OF_A; round++)); do
        if ((round <= ROUNDS)); then for kind in b c d; do measure "$kind" "$round"; done; fi
        if ((round <= ROUNDS_OF_A)); then measure a "$round"; fi
    done
    table
}

main
