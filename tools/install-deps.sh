#!/bin/bash
# Installs the Debian packages that building, testing and running Flyball needs; only those that
# are missing. Works as root or with sudo, and does nothing when run again.
#
#   tools/install-deps.sh          install what is missing
#   tools/install-deps.sh --list   say what is needed, what for, and whether it is there
#
# FLYBALL_SKIP_INSTALL=1 skips it (another distribution, or packages from elsewhere).
set -euo pipefail

# Package, and what it is for.
packages=(
  "g++:the compiler (C++20)"
  "cmake:configures the build"
  "ninja-build:runs the build"
  "ccache:a second build takes seconds"
  "pkg-config:finds libfuse3 and HDF5"
  "libfmt-dev:text output"
  "libeigen3-dev:fitting work models to measurements (Eigen, headers only)"
  "libboost-dev:replay buffers (Boost.Circular_Buffer) and checksums (Boost.CRC), headers only"
  "libtomlplusplus-dev:configuration files"
  "libcli11-dev:command lines"
  "nlohmann-json3-dev:policy files and --json"
  "libhdf5-dev:datasets in Minari's layout"
  "libtorch-dev:training (LibTorch)"
  "libdnnl-dev:matrix products of the fused training step (oneDNN)"
  "libopenblas0-openmp:LibTorch's matrix products: about 30 times the reference BLAS"
  "zlib1g-dev:flyball vision: packed images"
  "dataset-fashion-mnist:flyball vision, flyball reproduce offload: images"
  "libgrpc++-dev:flyball-edge and flyball-cloud: requests between them"
  "libprotobuf-dev:likewise: messages"
  "protobuf-compiler-grpc:likewise: makes both of the protocol's description (protoc is its dependency)"
  "openssl:tests: certificates"
  "iproute2:tools/offload/shaped-link.sh: namespaces and token buckets (root)"
  "libfuse3-dev:the emulated board's files"
  "fuse3:mounting them without root (fusermount3)"
  "doctest-dev:tests"
  "python3:tests: the application link's Python module and the camera example"
  "python3-h5py:tests: datasets as another reader sees them"
  "lintian:tests and tools/package.sh: what is wrong with a package"
  "zsh:tests: the completion as zsh reads it"
  "systemd:tests: what systemd-analyze says of the service unit"
  "dpkg-dev:tools/package.sh: what a package depends on"
  "groff-base:tests: the manual pages as a reader meets them"
  "g++-aarch64-linux-gnu:tools/test.sh arm64: flyballd for a Jetson's processor"
  "qemu-user:tools/test.sh arm64: running it"
  "clang:the fuzz targets (tools/fuzz.sh; libFuzzer is in it)"
  "clang-format:tools/check-style.sh: the code's format"
  "clang-tidy:tools/check-style.sh: common mistakes"
  "libbenchmark-dev:benchmarks (bench_agent, bench_env)"
)

say() { echo "install-deps: $*" >&2; }
fail() {
  say "$*"
  exit 1
}

is_installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

if [ "${FLYBALL_SKIP_INSTALL:-}" = 1 ]; then
  say "skipped (FLYBALL_SKIP_INSTALL=1)"
  exit 0
fi

names=()
for entry in "${packages[@]}"; do names+=("${entry%%:*}"); done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  fail "this is not Debian. Install what these packages hold (${names[*]}), then run again with" \
    "FLYBALL_SKIP_INSTALL=1."
fi

missing=()
for entry in "${packages[@]}"; do
  name=${entry%%:*}
  state=installed
  if ! is_installed "$name"; then
    missing+=("$name")
    state=missing
  fi
  if [ "${1:-}" = --list ]; then printf '%-20s %-10s %s\n' "$name" "$state" "${entry#*:}"; fi
done
if [ "${1:-}" = --list ]; then exit 0; fi
if [ -n "${1:-}" ]; then fail "unknown argument $1 (allowed: --list)"; fi

if [ ${#missing[@]} -eq 0 ]; then
  say "all ${#names[@]} packages are there"
  exit 0
fi

by_hand="apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || fail "missing: ${missing[*]}. Installing needs root and there is" \
    "no sudo. As root: $by_hand"
  as_root=(sudo)
  sudo -n true 2>/dev/null || [ -t 0 ] || fail "missing: ${missing[*]}. sudo wants a password and" \
    "there is no terminal to ask on. As root: $by_hand"
fi

say "installing ${#missing[@]} Debian packages:"
for entry in "${packages[@]}"; do
  for name in "${missing[@]}"; do
    if [ "$name" = "${entry%%:*}" ]; then say "  $name - ${entry#*:}"; fi
  done
done

"${as_root[@]}" apt-get update -qq ||
  say "apt-get update failed (no network?); trying with the package lists that are here"
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2 ||
  fail "apt-get could not install them; its message is above (no network, or another apt is" \
    "running?). By hand, as root: $by_hand"

for name in "${missing[@]}"; do
  is_installed "$name" || fail "apt-get said nothing, yet $name is not installed"
done
say "done"
