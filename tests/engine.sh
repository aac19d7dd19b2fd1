#!/usr/bin/env bash
# A Docker Engine with buildx, QEMU and a local registry, for tests and benches on a plain Debian machine.
#
#   tests/engine.sh up [--native]     start it; --native leaves out the base images of foreign platforms
#   tests/engine.sh images NAME…      make more base images: rust node python maven eclipse-temurin,
#                                     or one of another platform: debian@linux/riscv64
#   tests/engine.sh down              stop it, keep downloads and images
#   tests/engine.sh status            say what runs
#   eval "$(tests/engine.sh env)"     point docker at it
#
# An engine with buildx that the caller can reach already is used as it is: then nothing is started and env prints nothing.
#
#   XBUILD_ENGINE_CACHE   downloads, images, logs     /var/cache/xbuild-engine
#   XBUILD_ENGINE_PORT    loopback port of registry   5000, or the last one
#   XBUILD_ENGINE_MIRROR  Debian mirror               the one in the machine's apt sources
set -euo pipefail

CACHE=$(realpath -m "${XBUILD_ENGINE_CACHE:-/var/cache/xbuild-engine}")
ROOT=$CACHE/root
STATE=$CACHE/state
PORT=${XBUILD_ENGINE_PORT:-$(cat "$STATE/port" 2>/dev/null || echo 5000)}
REGISTRY=127.0.0.1:$PORT
LOGS=$CACHE/log
CLIENT=$CACHE/client
SOCKET=$ROOT/run/docker.sock
BINFMT=/proc/sys/fs/binfmt_misc
# What was done to the kernel is noted on a tmpfs: after a reboot neither is left.
REGISTERED=$ROOT/run/xbuild-engine.registered
MOUNTED=$ROOT/run/xbuild-engine.mounted

ROOT_PACKAGES=docker.io,docker-cli,docker-buildx,containerd,runc,iptables,buildah,podman,skopeo,docker-registry
ROOT_PACKAGES+=,ca-certificates,qemu-user,qemu-user-binfmt,git,mmdebstrap,arch-test,mount,apparmor
EMULATED=(aarch64 arm riscv64 ppc64le s390x)
DAEMONS=" dockerd containerd docker-proxy docker-registry containerd-shim "

# Base images, named as on Docker Hub. An architecture is Debian's name.
SUITE=trixie
# Count it up when the code that makes all images changes what they contain.
RECIPE=1
USUAL_PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
IMAGES=(debian golang)
# What an image needs that is made on demand only is here, too.
declare -A IMAGE_TAGS=(
    [debian]="trixie trixie-slim"
    [golang]="1.24-trixie 1.24"
    [rust]="1-trixie 1 1-slim-trixie"
    [node]="20-trixie 20 20-trixie-slim 20-slim"
    [python]="3.13-trixie 3.13 3.13-slim-trixie 3.13-slim"
    [maven]="3-eclipse-temurin-21 3.9-eclipse-temurin-21"
    [eclipse-temurin]="21-jre"
)
declare -A IMAGE_ARCHES=([debian]="amd64 arm64 armhf")
declare -A IMAGE_PACKAGES=(
    [debian]=""
    [golang]="golang-go gcc g++ libc6-dev make pkg-config ca-certificates git"
    [rust]="rustup gcc g++ libc6-dev make pkg-config ca-certificates git libssl-dev zlib1g-dev"
    [node]="nodejs npm ca-certificates"
    [python]="python3 python3-pip python3-venv ca-certificates"
    [maven]="maven openjdk-21-jdk-headless ca-certificates-java ca-certificates"
    [eclipse-temurin]="openjdk-21-jre-headless ca-certificates"
)
declare -A PLATFORM=([amd64]=linux/amd64 [arm64]=linux/arm64 [armhf]=linux/arm/v7 [riscv64]=linux/riscv64 [ppc64el]=linux/ppc64le [s390x]=linux/s390x)
ARCHES=(amd64 arm64 armhf riscv64 ppc64el s390x)

STEP=0 STEPS=9 TASK="" LOG="" MIRROR="" STARTED=$SECONDS

say() { printf 'engine: %s\n' "$*" >&2; }

die() {
    say "error: $1"
    shift
    local line
    for line in "$@"; do say "  $line"; done
    exit 1
}

step() {
    STEP=$((STEP + 1))
    TASK=$1
    shift
    local begun=$SECONDS
    say "[$STEP/$STEPS] $TASK …"
    "$@"
    say "[$STEP/$STEPS] $TASK: done ($((SECONDS - begun)) s, $((SECONDS - STARTED)) s in all)"
    TASK=""
}

# Told from the exit trap, so that a command that fails anywhere under `set -e` still names its step and shows its log.
explain_failure() {
    local code=$?
    [[ $code -ne 0 && -n $TASK ]] || return 0
    say "error: step $STEP of $STEPS failed: $TASK"
    if [[ -n $LOG && -s $LOG ]]; then
        say "last lines of $LOG:"
        tail -n 15 "$LOG" | sed 's/^/    /' >&2
    fi
}

logged() {
    LOG=$LOGS/$1.log
    shift
    "$@" >>"$LOG" 2>&1
}

# Three tries: a package mirror that is busy or half updated is the usual reason for a failure here.
logged_retry() {
    local try
    for try in 1 2 3; do
        if logged "$@"; then return 0; fi
        [[ $try -eq 3 ]] || { say "    try $try failed, again in $((try * 5)) s"; sleep $((try * 5)); }
    done
    return 1
}

in_root() {
    local settings
    mapfile -t settings < <(network_settings)
    chroot "$ROOT" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/root DEBIAN_FRONTEND=noninteractive "${settings[@]}" "$@"
}

# How this machine reaches package registries, where it is not as everywhere.
network_settings() {
    local name
    for name in GOPROXY GOSUMDB GONOSUMDB GOINSECURE HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy \
        PIP_INDEX_URL NPM_CONFIG_REGISTRY RUSTUP_DIST_SERVER MAVEN_ARGS; do
        [[ -z ${!name:-} ]] || printf '%s=%s\n' "$name" "${!name}"
    done
}

own() { DOCKER_HOST=unix://$SOCKET DOCKER_CONFIG=$CLIENT PATH=$CLIENT/bin:$PATH docker "$@"; }

# ---- what is there already

callers_engine() {
    [[ ${DOCKER_HOST:-} != "unix://$SOCKET" ]] && command -v docker >/dev/null || return 1
    timeout 20 docker buildx version >/dev/null 2>&1 && timeout 20 docker info >/dev/null 2>&1
}

own_engine() { [[ -S $SOCKET ]] && timeout 20 env DOCKER_HOST="unix://$SOCKET" DOCKER_CONFIG="$CLIENT" PATH="$CLIENT/bin:$PATH" docker info >/dev/null 2>&1; }

registry_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; }

# Processes of ours are those whose root folder is our root; a zombie has none, so it never counts.
daemon_pids() {
    local proc name
    for proc in /proc/[0-9]*; do
        [[ $(readlink "$proc/root" 2>/dev/null) == "$ROOT" ]] || continue
        name=$(cat "$proc/comm" 2>/dev/null) || continue
        # comm is cut at 15 characters
        [[ $DAEMONS == *" $name "* && ( -z ${1:-} || $name == "$1" ) ]] && printf '%s\n' "${proc#/proc/}"
    done
    return 0
}

mounts_below() { awk -v dir="$1" '$5 == dir || index($5, dir "/") == 1 { print $5 }' /proc/self/mountinfo; }

is_mounted() { awk -v dir="$1" '$5 == dir { found = 1 } END { exit !found }' /proc/self/mountinfo; }

# ---- root folder with the packages

need_root() {
    [[ $EUID -eq 0 ]] || die "must run as root: it mounts, registers emulators and starts daemons" \
        "run it with sudo, or start a Docker Engine with buildx of your own: that one is used then"
}

lock() {
    mkdir -p "$CACHE" "$STATE" "$LOGS" "$CLIENT/bin" "$CLIENT/cli-plugins"
    exec 9>"$CACHE/lock"
    flock -n 9 && return
    say "waiting for another run of this script"
    flock -w 3600 9 || die "another run has held $CACHE/lock for an hour" "see who: fuser -v $CACHE/lock"
}

find_mirror() {
    local found=${XBUILD_ENGINE_MIRROR:-}
    [[ -n $found ]] || found=$(cat /etc/apt/sources.list.d/*.sources 2>/dev/null | sed -n 's/^URIs:[[:space:]]*\([^[:space:]]*\).*/\1/p' | grep -v security | head -n 1) || true
    [[ -n $found ]] || found=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
        sed -n 's/^deb[[:space:]]\+\(\[[^]]*\][[:space:]]*\)\?\([^[:space:]]*debian[^[:space:]]*\).*/\2/p' | grep -v security | head -n 1) || true
    [[ -n $found ]] || die "found no Debian mirror in /etc/apt" "name one: XBUILD_ENGINE_MIRROR=http://…/debian $0 up"
    printf '%s\n' "$found"
}

keep_port() {
    local before
    before=$(cat "$STATE/port" 2>/dev/null || echo "$PORT")
    [[ $before == "$PORT" || -z $(daemon_pids) ]] || die "the engine runs with its registry on port $before" "stop it first: $0 down"
    echo "$PORT" >"$STATE/port"
}

install_tools() {
    command -v mmdebstrap >/dev/null && return
    logged_retry packages apt-get update -q && logged_retry packages apt-get install -qy --no-install-recommends mmdebstrap && return
    die "could not install mmdebstrap" "this needs Debian 12 or later with a reachable package mirror: try apt-get update"
}

unmount_below() {
    local dir
    while read -r dir; do umount "$dir" 2>/dev/null || umount -l "$dir"; done < <(mounts_below "$1" | tac)
}

# A leftover may have the machine's /dev mounted in it; never delete through such a mount.
remove_tree() {
    unmount_below "$1"
    [[ -z $(mounts_below "$1") ]] || die "cannot unmount everything below $1" "see: findmnt -R $1"
    rm -rf --one-file-system "$1"
}

make_root_of() {
    remove_tree "$ROOT.part"
    mmdebstrap --variant=apt --aptopt='Acquire::Check-Valid-Until "false"' --include="$ROOT_PACKAGES" "$1" "$ROOT.part" "deb $MIRROR $1 main" </dev/null
}

make_root() {
    local stamp=$STATE/root.stamp suite
    [[ -x $ROOT/usr/sbin/dockerd && $(cat "$stamp" 2>/dev/null) == *" $ROOT_PACKAGES" ]] && return
    [[ -z $(daemon_pids) ]] || die "daemons of an older root run" "stop them first: $0 down"
    for suite in forky trixie; do
        say "    Debian $suite, about 1.5 GB and one or two minutes"
        logged_retry root make_root_of "$suite" || continue
        remove_tree "$ROOT"
        mv "$ROOT.part" "$ROOT"
        printf '%s %s\n' "$suite" "$ROOT_PACKAGES" >"$stamp"
        return
    done
    die "neither Debian forky nor trixie could be installed into $ROOT.part" "look at $LOGS/root.log" \
        "an unknown signing key means: apt-get install debian-archive-keyring" "another mirror: XBUILD_ENGINE_MIRROR=http://…/debian $0 up"
}

# ---- mounts and settings

mount_once() {
    local dir=${!#}
    mkdir -p "$dir"
    is_mounted "$dir" || mount "$@"
}

mount_slave() {
    is_mounted "$2" && return
    mount --rbind "$1" "$2"
    mount --make-rslave "$2"
}

mount_root() {
    # Docker's archive code needs its / to be a mount point
    mount_once --bind "$ROOT" "$ROOT"
    mount --make-private "$ROOT"
    mount_once -t proc proc "$ROOT/proc"
    mount_slave /sys "$ROOT/sys"
    mount_slave /dev "$ROOT/dev"
    mount_once -t tmpfs -o mode=755 tmpfs "$ROOT/run"
    mkdir -p "$CACHE/docker" "$CACHE/registry" "$CACHE/images"
    mount_once --bind "$CACHE/docker" "$ROOT/var/lib/docker"
    mount_once --bind "$CACHE/registry" "$ROOT/var/lib/docker-registry"
    mount_once --bind "$CACHE/images" "$ROOT/srv/images"
}

# A resolver on the machine's own loopback cannot be reached from a container.
resolv_conf() {
    if grep -q '^nameserver 127\.' /etc/resolv.conf && [[ -s /run/systemd/resolve/resolv.conf ]]; then
        cat /run/systemd/resolve/resolv.conf
    else
        cat /etc/resolv.conf
    fi
}

copy_authorities() {
    mkdir -p "$1/usr/local/share/ca-certificates"
    find /usr/local/share/ca-certificates -name '*.crt' -exec cp -L {} "$1/usr/local/share/ca-certificates/" \; 2>/dev/null || true
}

# Kernels differ in which of the two they still have.
choose_iptables() {
    local kind
    for kind in legacy nft; do
        if logged root in_root "iptables-$kind" -t nat -L -n; then
            logged root in_root update-alternatives --set iptables "/usr/sbin/iptables-$kind"
            return
        fi
    done
    die "the kernel offers no iptables nat table, which Docker's networks need"
}

configure_root() {
    rm -f "$ROOT/etc/resolv.conf"
    resolv_conf >"$ROOT/etc/resolv.conf"
    cp /etc/hosts "$ROOT/etc/hosts"
    copy_authorities "$ROOT"
    logged root in_root update-ca-certificates
    choose_iptables
    mkdir -p "$ROOT/etc/docker" "$ROOT/etc/containers/registries.conf.d"
    cat >"$ROOT/etc/docker/daemon.json" <<JSON
{"features": {"containerd-snapshotter": true}, "insecure-registries": ["127.0.0.0/8"], "registry-mirrors": ["http://$REGISTRY"]}
JSON
    cat >"$ROOT/etc/xbuild-registry.yml" <<YAML
version: 0.1
log: {level: warn, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: /var/lib/docker-registry}, delete: {enabled: true}}
http: {addr: "$REGISTRY"}
YAML
    cat >"$ROOT/etc/containers/registries.conf.d/xbuild-engine.conf" <<TOML
unqualified-search-registries = ["docker.io"]
[[registry]]
prefix = "docker.io"
location = "docker.io"
[[registry.mirror]]
location = "$REGISTRY"
insecure = true
[[registry]]
location = "$REGISTRY"
insecure = true
TOML
}

prepare_root() {
    mount_root
    configure_root
}

# ---- emulation

mount_binfmt() {
    if ! [[ -e $BINFMT/register ]]; then
        [[ -d $BINFMT ]] || modprobe binfmt_misc 2>/dev/null || true
        mount -t binfmt_misc binfmt_misc "$BINFMT" || die "the kernel has no binfmt_misc, so nothing can be emulated here"
        : >"$MOUNTED"
    fi
    [[ -e $ROOT$BINFMT/register ]] || mount -t binfmt_misc binfmt_misc "$ROOT$BINFMT"
}

register_one() {
    local name=qemu-$1
    if [[ -e $BINFMT/$name ]]; then
        # Without F the kernel looks for the emulator inside the container, where it is not.
        grep -q '^flags:.*F' "$BINFMT/$name" || say "    warning: the machine's own handler $name lacks flag F and will not work in containers"
        return
    fi
    # shellcheck disable=SC2016 # $1 belongs to the inner shell
    logged root in_root sh -c 'cat "/usr/lib/binfmt.d/$1.conf" >/proc/sys/fs/binfmt_misc/register' - "$name"
    printf '%s\n' "$name" >>"$REGISTERED"
}

register_emulators() {
    local cpu
    mount_binfmt
    for cpu in "${EMULATED[@]}"; do register_one "$cpu"; done
}

unregister_emulators() {
    local name
    [[ -s $REGISTERED ]] && while read -r name; do
        [[ ! -e $BINFMT/$name ]] || echo -1 >"$BINFMT/$name"
    done <"$REGISTERED"
    if [[ -e $MOUNTED ]] && is_mounted "$BINFMT"; then
        umount "$BINFMT" || say "warning: $BINFMT is in use and stays mounted"
    fi
    rm -f "$REGISTERED" "$MOUNTED"
}

# ---- daemons

# They outlive this shell and must not hold the lock.
launch() {
    local name=$1
    shift
    LOG=$LOGS/$name.log
    setsid nohup chroot "$ROOT" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@" >"$LOG" 2>&1 </dev/null 9>&- &
    disown
}

wait_for() {
    local seconds=$1 daemon=$2 i
    shift 2
    for ((i = 0; i < seconds * 2; i++)); do
        if "$@"; then return 0; fi
        [[ $i -lt 6 || -n $(daemon_pids "$daemon") ]] || return 1
        sleep 0.5
    done
    return 1
}

start_registry() {
    if registry_answers; then
        [[ -n $(daemon_pids docker-registry) ]] && return
        die "port $PORT on loopback is taken by something else" "take another: XBUILD_ENGINE_PORT=5001 $0 up"
    fi
    launch docker-registry docker-registry serve /etc/xbuild-registry.yml
    wait_for 20 docker-registry registry_answers
}

stop_daemons() {
    local pids i
    for i in TERM TERM KILL; do
        pids=$(daemon_pids "$@")
        [[ -n $pids ]] || return 0
        # shellcheck disable=SC2086 # one word a process
        kill -s "$i" $pids 2>/dev/null || true
        wait_gone 20 "$@" && return 0
    done
    die "these processes do not end: $(daemon_pids "$@" | tr '\n' ' ')"
}

wait_gone() {
    local i seconds=$1
    shift
    for ((i = 0; i < seconds * 5; i++)); do
        [[ -n $(daemon_pids "$@") ]] || return 0
        sleep 0.2
    done
    return 1
}

install_client() {
    cp -u "$ROOT/usr/libexec/docker/cli-plugins/docker-buildx" "$CLIENT/cli-plugins/"
    [[ -s $CLIENT/config.json ]] || echo '{}' >"$CLIENT/config.json"
    if docker --version >/dev/null 2>&1 && [[ $(command -v docker) != "$CLIENT/bin/docker" ]]; then
        rm -f "$CLIENT/bin/docker"
    else
        cp -u "$ROOT/usr/bin/docker" "$CLIENT/bin/docker"
        "$CLIENT/bin/docker" --version >/dev/null 2>&1 ||
            die "this machine has no docker client and cannot run Debian's" "install one: apt-get install docker.io, or docker-cli on later Debians"
    fi
    DOCKER_CONFIG=$CLIENT PATH=$CLIENT/bin:$PATH docker buildx version >/dev/null || die "the buildx plugin does not run on this machine"
}

start_engine() {
    if own_engine; then return; fi
    # What is left of a killed engine makes the next one refuse to start.
    stop_daemons dockerd
    stop_daemons containerd
    rm -f "$ROOT/run/docker.pid" "$SOCKET" "$ROOT"/run/docker/containerd/*.pid
    launch dockerd dockerd
    wait_for 90 dockerd own_engine
}

# ---- base images

# Everything that a base image is made from, so that a change of it gives another tag.
recipe_of() {
    {
        echo "$RECIPE $SUITE $1 $2 ${IMAGE_PACKAGES[$1]} $MIRROR"
        declare -f "settle_$1" "config_$1"
        find /usr/local/share/ca-certificates -name '*.crt' -exec cat {} + 2>/dev/null | sort
        network_settings
    } | sha256sum | cut -c1-10
}

piece() { printf '%s/library/%s:%s-%s-%s\n' "$REGISTRY" "$1" "$SUITE" "$2" "$(recipe_of "$1" "$2")"; }

in_registry() { in_root skopeo inspect --raw --tls-verify=false "docker://$1" >/dev/null 2>&1; }

config_debian() { :; }

settle_debian() { :; }

config_golang() {
    printf '%s\n' 'ENV GOLANG_VERSION=1.24' 'ENV GOTOOLCHAIN=local' 'ENV GOPATH=/go' \
        'ENV PATH=/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' 'WORKDIR /go'
}

settle_golang() {
    [[ -x $1/usr/lib/go-1.24/bin/go ]] || die "Debian $SUITE has no Go 1.24"
    ln -s ../lib/go-1.24 "$1/usr/local/go"
    mkdir -p "$1/go/src" "$1/go/bin"
    chmod -R 1777 "$1/go"
}

config_rust() { printf '%s\n' 'ENV RUST_VERSION=1.95.0' 'ENV RUSTUP_HOME=/usr/local/rustup' 'ENV CARGO_HOME=/usr/local/cargo' "ENV PATH=/usr/local/cargo/bin:$USUAL_PATH"; }

settle_rust() {
    local program
    mkdir -p "$1/usr/local/cargo/bin"
    in_image "$1" env RUSTUP_HOME=/usr/local/rustup CARGO_HOME=/usr/local/cargo rustup toolchain install 1.95.0 --profile minimal --no-self-update
    in_image "$1" env RUSTUP_HOME=/usr/local/rustup CARGO_HOME=/usr/local/cargo rustup default 1.95.0
    for program in cargo rustc rustdoc rustup; do ln -sf /usr/bin/rustup "$1/usr/local/cargo/bin/$program"; done
    rm -rf "$1"/usr/local/rustup/{tmp,downloads}
    chmod -R a+w "$1/usr/local/rustup" "$1/usr/local/cargo"
}

config_node() { printf '%s\n' 'ENV NODE_VERSION=20' 'CMD ["node"]'; }

settle_node() {
    local program
    for program in node npm npx; do ln -s "/usr/bin/$program" "$1/usr/local/bin/$program"; done
    echo 'node:x:1000:' >>"$1/etc/group"
    echo 'node:x:1000:1000::/home/node:/bin/bash' >>"$1/etc/passwd"
    install -d -o 1000 -g 1000 "$1/home/node"
}

config_python() { printf '%s\n' 'ENV PYTHON_VERSION=3.13' 'CMD ["python3"]'; }

settle_python() {
    local program
    [[ -x $1/usr/bin/python3.13 ]] || die "Debian $SUITE has no Python 3.13"
    for program in python3 pip; do ln -s "/usr/bin/$program" "$1/usr/local/bin/$program"; done
    ln -s python3 "$1/usr/local/bin/python"
    # Docker Hub's image is nobody's system: pip may install into it
    rm "$1/usr/lib/python3.13/EXTERNALLY-MANAGED"
}

config_maven() {
    config_eclipse-temurin
    printf '%s\n' 'ENV MAVEN_HOME=/usr/share/maven' 'CMD ["mvn"]'
}

settle_maven() { settle_eclipse-temurin "$@"; }

config_eclipse-temurin() { printf '%s\n' 'ENV JAVA_HOME=/opt/java/openjdk' "ENV PATH=/opt/java/openjdk/bin:$USUAL_PATH"; }

settle_eclipse-temurin() {
    mkdir -p "$1/opt/java"
    ln -s "/usr/lib/jvm/java-21-openjdk-$2" "$1/opt/java/openjdk"
}

# Kept, because under emulation it is most of the work for an image and all images of an architecture begin with it.
make_rootfs() {
    local base=$SUITE-$1
    [[ ! -d $CACHE/images/$base ]] || return 0
    remove_tree "$CACHE/images/$base.part"
    in_root mmdebstrap --variant=minbase --architectures="$1" --aptopt='Acquire::Check-Valid-Until "false"' "$SUITE" "/srv/images/$base.part" "deb $MIRROR $SUITE main" </dev/null &&
        mv "$CACHE/images/$base.part" "$CACHE/images/$base"
}

# As in Docker Hub's Debian images: no documentation, no package lists, no downloaded packages kept.
settle_rootfs() {
    local dir=$1
    # shellcheck disable=SC2016 # apt reads this text as it is
    echo 'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb || true"; };' >"$dir/etc/apt/apt.conf.d/docker-clean"
    printf 'path-exclude /usr/share/%s/*\n' doc man locale info >"$dir/etc/dpkg/dpkg.cfg.d/docker"
    rm -rf "${dir:?}/usr/share/"{doc,man,locale,info}/* "$dir"/var/lib/apt/lists/* "$dir"/var/log/*.log "$dir/etc/resolv.conf"
    : >"$dir/etc/hostname"
}

# Unpacks with native programs, so that only the packages' own scripts are emulated.
native_install() {
    local dir=/srv/images/$1 arch=$2
    shift 2
    # shellcheck disable=SC2016 # the variables belong to the inner shell
    in_root unshare --mount bash -euc '
        dir=$1 arch=$2
        shift 2
        mount -t proc proc "$dir/proc"
        mount --rbind /dev "$dir/dev"
        cp /etc/resolv.conf "$dir/etc/resolv.conf"
        printf "#!/bin/sh\nexit 101\n" >"$dir/usr/sbin/policy-rc.d"
        chmod 755 "$dir/usr/sbin/policy-rc.d"
        options=(-q -y --no-install-recommends -o Dir="$dir" -o Dir::State::status="$dir/var/lib/dpkg/status" -o APT::Architecture="$arch"
            -o APT::Architectures="$arch" -o APT::Sandbox::User=root -o DPkg::Options::=--root="$dir" -o DPkg::Options::=--force-unsafe-io -o Acquire::Check-Valid-Until=false)
        apt-get "${options[@]}" update
        apt-get "${options[@]}" install "$@"
        apt-get "${options[@]}" clean
        rm "$dir/usr/sbin/policy-rc.d"
    ' - "$dir" "$arch" "$@" </dev/null
}

# A program of the image itself, emulated where the image is foreign.
in_image() {
    local dir=/srv/images/${1##*/}
    shift
    # shellcheck disable=SC2016 # the variables belong to the inner shell
    in_root unshare --mount bash -euc '
        dir=$1
        shift
        mount -t proc proc "$dir/proc"
        mount --rbind /dev "$dir/dev"
        cp /etc/resolv.conf "$dir/etc/resolv.conf"
        trap "rm \"$dir/etc/resolv.conf\"" EXIT
        chroot "$dir" "$@"
    ' - "$dir" "$@" </dev/null
}

import_image() {
    local dir=$1 image=$2 arch=$3 name=$4 line changes=(-c 'CMD ["bash"]')
    while read -r line; do changes+=(-c "$line"); done < <("config_$image"; network_settings | sed 's/^/ENV /')
    tar -C "$dir" --numeric-owner -c . | own import --platform "${PLATFORM[$arch]}" "${changes[@]}" - "$name" &&
        own push -q "$name" && own rmi "$name"
}

make_piece_in() {
    local work=$1 image=$2 arch=$3 name=$4
    make_rootfs "$arch" || return
    remove_tree "$CACHE/images/$work"
    cp -a --reflink=auto "$CACHE/images/$SUITE-$arch" "$CACHE/images/$work" || return
    # before packages: ca-certificates takes them in when it is installed
    copy_authorities "$CACHE/images/$work"
    # shellcheck disable=SC2086 # one word a package
    [[ -z ${IMAGE_PACKAGES[$image]} ]] || native_install "$work" "$arch" ${IMAGE_PACKAGES[$image]} || return
    settle_rootfs "$CACHE/images/$work" && "settle_$image" "$CACHE/images/$work" "$arch" && import_image "$CACHE/images/$work" "$image" "$arch" "$name"
}

make_piece() {
    local image=$1 arch=$2 name=$3 work=$1-$2 begun=$SECONDS
    in_registry "$name" && return
    logged_retry "image-$work" make_piece_in "$work" "$image" "$arch" "$name" ||
        die "could not make the base image $image for $arch" "look at $LOG, then run again: what is done is kept"
    remove_tree "$CACHE/images/$work"
    say "    $image for ${PLATFORM[$arch]}: made ($((SECONDS - begun)) s)"
}

# The tags as Docker Hub has them: one index over the pieces, renewed when the pieces are others.
publish() {
    local image=$1 tag names=()
    shift
    names=("$@")
    local stamp=$STATE/index-$image list="${IMAGE_TAGS[$image]} = ${names[*]}"
    local first=${IMAGE_TAGS[$image]%% *}
    if [[ $(cat "$stamp" 2>/dev/null) == "$list" ]] && in_registry "$REGISTRY/library/$image:$first"; then return; fi
    for tag in ${IMAGE_TAGS[$image]}; do
        logged "image-$image" own buildx imagetools create -t "$REGISTRY/library/$image:$tag" "${names[@]}"
    done
    printf '%s\n' "$list" >"$stamp"
}

# An image of the given architectures, and of those that it was made for before.
make_image() {
    local image=$1 arch name pieces=()
    shift
    for arch in "${ARCHES[@]}"; do
        name=$(piece "$image" "$arch")
        if [[ " $* " == *" $arch "* ]]; then make_piece "$image" "$arch" "$name"; elif ! in_registry "$name"; then continue; fi
        pieces+=("$name")
    done
    publish "$image" "${pieces[@]}"
}

arches_of() { printf '%s\n' "${IMAGE_ARCHES[$1]:-amd64 arm64}"; }

make_images() {
    local which=$1 image arches
    for image in "${IMAGES[@]}"; do
        arches=amd64
        [[ $which == native ]] || arches=$(arches_of "$image")
        # shellcheck disable=SC2086 # one word an architecture
        make_image "$image" $arches
    done
}

make_asked() {
    local image=${1%%@*} arch arches=""
    for arch in "${ARCHES[@]}"; do
        [[ $1 != *@"${PLATFORM[$arch]}" ]] || arches=$arch
    done
    [[ $1 != *@* || -n $arches ]] || die "no platform ${1#*@} is known" "known are: ${PLATFORM[*]}"
    # shellcheck disable=SC2046,SC2086 # one word an architecture
    make_image "$image" amd64 ${arches:-$(arches_of "$image")}
}

# ---- commands

up() {
    if callers_engine; then
        say "using the Docker Engine that is reachable already: $(docker version --format '{{.Server.Version}}' 2>/dev/null || echo '?'), nothing to start"
        return
    fi
    need_root
    [[ $(dpkg --print-architecture 2>/dev/null) == amd64 ]] || die "needs a Debian machine of architecture amd64"
    [[ ${#SOCKET} -le 100 ]] || die "the path $SOCKET is too long for a socket" "choose a shorter XBUILD_ENGINE_CACHE"
    lock
    keep_port
    MIRROR=$(find_mirror)
    # apt inside an image cannot trust an https mirror without it
    [[ $MIRROR != https:* ]] || IMAGE_PACKAGES[debian]=ca-certificates
    trap explain_failure EXIT
    [[ ${1:-} != --native ]] || STEPS=8
    step "tools of this machine" install_tools
    step "packages of the engine" make_root
    step "mounts and settings" prepare_root
    step "emulators ${EMULATED[*]}" register_emulators
    step "registry on $REGISTRY" start_registry
    step "docker client and buildx" install_client
    step "Docker Engine" start_engine
    step "base images for linux/amd64" make_images native
    [[ ${1:-} == --native ]] || step "base images for other platforms" make_images all
    say "ready after $((SECONDS - STARTED)) s; now run: eval \"\$($0 env)\""
}

images() {
    local name
    if callers_engine; then
        say "using the Docker Engine that is reachable already, which fetches its base images itself"
        return
    fi
    need_root
    own_engine || die "no engine runs" "start it: $0 up"
    lock
    MIRROR=$(find_mirror)
    [[ $MIRROR != https:* ]] || IMAGE_PACKAGES[debian]=ca-certificates
    STEPS=$#
    for name; do [[ -v "IMAGE_PACKAGES[${name%%@*}]" ]] || die "no base image ${name%%@*} is known" "known are: ${!IMAGE_PACKAGES[*]}"; done
    trap explain_failure EXIT
    for name; do step "base image $name" make_asked "$name"; done
}

down() {
    need_root
    lock
    if [[ -z $(daemon_pids) && -z $(mounts_below "$ROOT") ]]; then
        say "nothing of this script's runs"
        return
    fi
    # dockerd first: it ends its own containerd and containers in order
    stop_daemons dockerd
    stop_daemons
    unregister_emulators
    unmount_below "$ROOT"
    say "stopped; downloads and images are kept in $CACHE"
}

print_env() {
    if callers_engine; then
        return
    elif own_engine; then
        printf 'export DOCKER_HOST=%q\n' "unix://$SOCKET"
        printf 'export DOCKER_CONFIG=%q\n' "$CLIENT"
        # shellcheck disable=SC2016 # the caller's shell expands it
        [[ ! -x $CLIENT/bin/docker || :$PATH: == *:$CLIENT/bin:* ]] || printf 'export PATH=%q:"$PATH"\n' "$CLIENT/bin"
        printf 'export XBUILD_ENGINE_ROOT=%q XBUILD_ENGINE_REGISTRY=%q\n' "$ROOT" "$REGISTRY"
    else
        die "no engine runs" "start it: $0 up"
    fi
}

tell_status() {
    if callers_engine; then
        echo "engine: the caller's own, $(docker version --format '{{.Server.Version}}')"
        return
    fi
    own_engine || { echo "engine: not running"; return 3; }
    echo "engine: $(own version --format '{{.Server.Version}}') at unix://$SOCKET"
    echo "buildx: $(own buildx version | cut -d' ' -f2)"
    echo "emulators: $(cd "$BINFMT" && echo qemu-*)"
    registry_answers && echo "registry: $REGISTRY" || echo "registry: not running"
    sed 's/^/base images: /' "$STATE"/index-* 2>/dev/null || true
}

case ${1:-} in
    up) up "${2:-}" ;;
    images) shift && images "$@" ;;
    down) down ;;
    env) print_env ;;
    status) tell_status ;;
    *) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" >&2; exit 2 ;;
esac
