#!/bin/bash
# Makes a Debian package, and has lintian look at it where that is installed:
# tools/package.sh [--arch ARCH] [governor | tools] [FOLDER]
#
#   tools/package.sh                   flyball-governor: flyballd, the boards, its service. Needs neither
#                                      LibTorch nor HDF5, so a board can make it, too
#   tools/package.sh --arch arm64      the same for a board, cross-built here: linked statically, so that it
#                                      runs on every JetPack
#   tools/package.sh tools             flyball-tools: flyball, flyball-edge, -cloud and -link, workloads, scenarios
#   tools/package.sh governor /tmp/x   elsewhere than in build/packages
#
# The version is that of the sources. Prints the package's path.
set -euo pipefail
cd "$(dirname "$0")/.."

arch=$(dpkg --print-architecture)
cross=()
if [ "${1:-}" = --arch ]; then
  wanted=${2:-}
  shift 2 || true
  case $wanted in
    "$arch") ;;
    arm64) cross=("-DCMAKE_TOOLCHAIN_FILE=$PWD/tools/arm64/toolchain.cmake") ;;
    *)
      echo "package: --arch \"$wanted\": there are $arch and arm64" >&2
      exit 2
      ;;
  esac
  arch=$wanted
fi
what=${1:-governor}
folder=$(realpath -m "${2:-build/packages}")
for program in cmake cpack ninja dpkg dpkg-deb dpkg-shlibdeps gzip; do
  command -v "$program" >/dev/null || {
    echo "package: no $program (Debian's dpkg-dev, cmake, ninja-build)" >&2
    exit 4
  }
done

case $what in
  governor)
    build=build/package-governor-$arch
    components="flyballd;service"
    targets=(flyballd_pages flyballd_service)
    cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DFLYBALL_GOVERNOR_ONLY=ON \
      "${cross[@]}" --log-level=WARNING >&2
    cmake --build "$build" --parallel "${FLYBALL_JOBS:-$(nproc)}" --target "${targets[@]}" >&2
    ;;
  tools)
    if [ ${#cross[@]} -gt 0 ]; then
      echo "package: flyball-tools is made for this machine alone (LibTorch)" >&2
      exit 2
    fi
    build=build/release
    components="flyball;flyball-cloud;flyball-edge;flyball-link"
    tools/build.sh release flyball_pages flyball-cloud_pages flyball-edge_pages flyball-link_pages
    ;;
  *)
    echo "package: no package \"$what\" (there are: governor, tools)" >&2
    exit 2
    ;;
esac

mkdir -p "$folder"
cpack --config $build/CPackConfig.cmake -B "$folder" -D "CPACK_COMPONENTS_ALL=$components" >&2
package=$(ls -t "$folder"/flyball-"$what"_*_"$arch".deb | head -n1)
rm -rf "$folder/_CPack_Packages"
if command -v lintian >/dev/null; then
  lintian --fail-on error "$package" >&2
fi
echo "$package"
