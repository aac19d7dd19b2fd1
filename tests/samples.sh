#!/usr/bin/env bash
# Builds ordinary Dockerfiles for foreign platforms on a real engine, as they are and with xbuild, and compares the images:
#
#   plain    docker buildx build of the Dockerfile: everything under QEMU
#   xbuild   xbuild build of the same file, with what the sample's file `flags` says
#   pinned   docker buildx build of pinned.Dockerfile, where there is one: what an expert writes by hand
#
#   tests/samples.sh               all samples of fixtures/build
#   tests/samples.sh quick         those that take about a minute under QEMU and no base images but those of tests/engine.sh up
#   tests/samples.sh NAME…         these
#
#   XBUILD           the program to try           target/release/xbuild   (several words are a command with arguments)
#   XBUILD_BUILDS    which of the three to build  plain xbuild pinned     (the images are compared with the first one's)
#   XBUILD_LOGS      folder to keep logs in       none
#
# Prints a Markdown table. Exits with 1 when xbuild moves nothing, is slower, or makes another image.
# Every build starts by emptying the engine's build cache: use an engine on which nobody else builds.
set -euo pipefail

HERE=$(cd "$(dirname "$0")/.." && pwd)
SAMPLES=$HERE/fixtures/build
XBUILD=${XBUILD:-$HERE/target/release/xbuild}
read -ra BUILDS <<<"${XBUILD_BUILDS:-plain xbuild pinned}"
NATIVE=linux/amd64
LONGEST=2400
WORK=$(mktemp -d)
LOGS=${XBUILD_LOGS:-$WORK}
trap 'rm -rf "$WORK"' EXIT

QUICK=(c-make hugo)
declare -A PLATFORMS=([c-make]="linux/arm64 linux/arm/v7 linux/riscv64" [go-service]="linux/arm64 linux/arm/v7")
# What the program of the image is called with.
declare -A ARGUMENTS=([go-service]=-selfcheck)

FAILED=0
declare -A SECONDS_OF

say() { printf 'samples: %s\n' "$*" >&2; }

die() { say "error: $*"; exit 1; }

fail() {
    say "FAILED: $NAME for $PLATFORM: $*"
    FAILED=$((FAILED + 1))
}

now_ms() { printf '%s\n' "$((${EPOCHREALTIME/[.,]/} / 1000))"; }

program_words() {
    if [[ -x $XBUILD && ! -d $XBUILD ]]; then PROGRAM=("$XBUILD"); else read -ra PROGRAM <<<"$XBUILD"; fi
    command -v "${PROGRAM[0]}" >/dev/null || die "no program $XBUILD: run 'cargo build --release', or name one with XBUILD=…"
}

# ---- base images

bases() { sed -n 's/^FROM \(--[^ ]* \)*\([^ ]*:[^ ]*\).*/\2/p' "$SAMPLES/$NAME"/*ockerfile | sort -u; }

# An image that is tagged keeps its layers when the build cache is emptied, so that no build pays for fetching them.
pull_bases() {
    local image asked=()
    for image in $(bases); do
        asked+=("${image%%:*}@$PLATFORM")
        [[ $image == debian:* || $image == golang:* ]] || asked+=("${image%%:*}@linux/arm64")
    done
    mapfile -t asked < <(printf '%s\n' "${asked[@]}" | sort -u)
    "$HERE/tests/engine.sh" images "${asked[@]}"
    for image in $(bases); do
        docker pull -q --platform "$NATIVE" "$image" >&2
        docker pull -q --platform "$PLATFORM" "$image" >&2
    done
}

# ---- one build

moved() {
    "${PROGRAM[@]}" plan --format json --platform "$PLATFORM" "${FLAGS[@]}" "$SAMPLES/$NAME/Dockerfile" |
        { grep -o '"decision":"native-' || true; } | wc -l
}

run_build() {
    local arguments=(--platform "$PLATFORM" --tag "$(tag "$1")" --progress plain --provenance=false --load)
    case $1 in
        plain) timeout "$LONGEST" docker buildx build "${arguments[@]}" "$SAMPLES/$NAME" ;;
        xbuild) timeout "$LONGEST" "${PROGRAM[@]}" build "${FLAGS[@]}" "${arguments[@]}" "$SAMPLES/$NAME" ;;
        pinned) timeout "$LONGEST" docker buildx build "${arguments[@]}" --file "$SAMPLES/$NAME/pinned.Dockerfile" "$SAMPLES/$NAME" ;;
    esac
}

tag() { printf 'xbuild-sample:%s-%s-%s\n' "$NAME" "${PLATFORM//\//-}" "$1"; }

log_of() { printf '%s/%s-%s-%s.log\n' "$LOGS" "$NAME" "${PLATFORM//\//-}" "$1"; }

# Times one cold build, then notes the files of its image and what it prints.
build() {
    local kind=$1 begun took log
    log=$(log_of "$kind")
    docker image rm -f "$(tag "$kind")" >/dev/null 2>&1 || true
    docker buildx prune --all --force >/dev/null
    begun=$(now_ms)
    if ! run_build "$kind" >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        fail "the $kind build fails"
        return 1
    fi
    took=$(($(now_ms) - begun))
    SECONDS_OF[$kind]=$((took / 1000)).$((took % 1000 / 100))
    say "$NAME, $PLATFORM, $kind: ${SECONDS_OF[$kind]} s"
    list_files "$kind" >"$WORK/$kind.files"
    print_output "$kind" >"$WORK/$kind.output" 2>&1 || { fail "the program of the $kind image fails:"; cat "$WORK/$kind.output" >&2; }
}

# Kind and mode, owner, name and link target: neither sizes nor times.
list_files() {
    local container
    container=$(docker create --platform "$PLATFORM" "$(tag "$1")")
    docker export "$container" | tar --numeric-owner -tvf - | sed -E 's/^([^ ]+) +([^ ]+) +[^ ]+ +[^ ]+ +[^ ]+ /\1 \2 /' | sort
    docker rm "$container" >/dev/null
}

print_output() {
    # shellcheck disable=SC2086 # one word an argument
    timeout 300 docker run --rm --network none --platform "$PLATFORM" "$(tag "$1")" ${ARGUMENTS[$NAME]:-}
}

# ---- one sample

# yes, no, or nothing where one of the two images is not there.
compare() {
    local what=$1 left=$2 right=$3
    [[ -e $WORK/$left.$what && -e $WORK/$right.$what && $left != "$right" ]] || return 0
    if diff "$WORK/$left.$what" "$WORK/$right.$what" >"$WORK/difference"; then
        echo yes
    else
        say "$what of $left (<) and $right (>):"
        head -n 20 "$WORK/difference" >&2
        echo no
    fi
}

try() {
    local kind count reference=${BUILDS[0]} ratio="" files output verified=""
    SECONDS_OF=()
    rm -f "$WORK"/*.files "$WORK"/*.output
    FLAGS=()
    [[ ! -e $SAMPLES/$NAME/flags ]] || read -ra FLAGS <"$SAMPLES/$NAME/flags"
    count=$(moved)
    [[ $count -gt 0 ]] || fail "xbuild moves nothing"
    for kind in "${BUILDS[@]}"; do
        # It would be the plain build once more.
        [[ $kind != xbuild || $count -gt 0 ]] || continue
        [[ $kind != pinned || -e $SAMPLES/$NAME/pinned.Dockerfile ]] || continue
        build "$kind" || true
    done
    files=$(compare files "$reference" xbuild)
    output=$(compare output "$reference" xbuild)
    [[ $files != no ]] || fail "xbuild makes an image of other files"
    [[ $output != no ]] || fail "the program of xbuild's image prints something else"
    [[ $(compare files "$reference" pinned) != no ]] || fail "pinned.Dockerfile makes an image of other files"
    [[ $(compare output "$reference" pinned) != no ]] || fail "the program of the image of pinned.Dockerfile prints something else"
    if [[ -n ${SECONDS_OF[xbuild]:-} ]]; then
        verified=yes
        "${PROGRAM[@]}" verify "$(tag xbuild)" >"$(log_of verify)" 2>&1 || { verified=no; fail "xbuild verify: $(tail -n 3 "$(log_of verify)")"; }
    fi
    if [[ -n ${SECONDS_OF[xbuild]:-} && -n ${SECONDS_OF[plain]:-} ]]; then
        ratio=$(awk -v plain="${SECONDS_OF[plain]}" -v xbuild="${SECONDS_OF[xbuild]}" 'BEGIN { printf "%.1f", plain / xbuild }')
        awk -v plain="${SECONDS_OF[plain]}" -v xbuild="${SECONDS_OF[xbuild]}" 'BEGIN { exit xbuild > plain }' || fail "xbuild is slower"
    fi
    printf '| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n' "$NAME" "$PLATFORM" "$count" "${SECONDS_OF[plain]:-}" \
        "${SECONDS_OF[xbuild]:-}" "$ratio" "${SECONDS_OF[pinned]:-}" "$files" "$output" "$verified" >>"$WORK/rows"
    for kind in "${BUILDS[@]}"; do docker image rm -f "$(tag "$kind")" >/dev/null 2>&1 || true; done
}

table() {
    printf 'Engine %s, buildx %s, %s cores, %s, cold cache, base images present.\n\n' "$(docker version --format '{{.Server.Version}}')" \
        "$(docker buildx version | cut -d' ' -f2)" "$(nproc)" "$(date -u +%F)"
    echo '| sample | platform | stages moved | plain, s | xbuild, s | ratio | pinned, s | same files | same output | verify |'
    echo '|---|---|--:|--:|--:|--:|--:|---|---|---|'
    cat "$WORK/rows"
}

main() {
    local environment names=("$@")
    if [[ $# -eq 0 ]]; then mapfile -t names < <(ls "$SAMPLES"); fi
    if [[ ${1:-} == quick ]]; then
        names=("${QUICK[@]}")
        PLATFORMS=()
    fi
    for NAME in "${names[@]}"; do [[ -e $SAMPLES/$NAME/Dockerfile ]] || die "no sample $NAME: there are $(ls -m "$SAMPLES")"; done
    environment=$("$HERE/tests/engine.sh" env)
    eval "$environment"
    program_words
    mkdir -p "$LOGS"
    for NAME in "${names[@]}"; do
        for PLATFORM in ${PLATFORMS[$NAME]:-linux/arm64}; do
            pull_bases
            try
        done
    done
    table
    [[ $FAILED -eq 0 ]] || die "$FAILED checks failed, each is named above"
}

main "$@"
