#!/bin/bash
# A slow link of the kernel's own between two network namespaces, edge and cloud: both ends of a veth
# pair are shaped by tc's token bucket. Needs root. (flyball-link does without.)
#
#   shaped-link.sh up 2mbit              makes both; the cloud's address is 10.77.0.2
#   shaped-link.sh rate 500kbit          changes the rate of both directions while it is used
#   shaped-link.sh run cloud COMMAND...  runs a command at one end; likewise edge
#   shaped-link.sh bytes                 that left the edge, and the cloud, since up; headers included
#   shaped-link.sh cut | mend            the link goes down, and comes back
#   shaped-link.sh down                  takes both away
#
# Exits with 77 where the kernel or the rights do not allow it. A full bucket lets its first 280 bytes
# pass at once (one packet), so packets are small: the links' unit is 256 bytes.
set -euo pipefail

name=${FLYBALL_LINK:-flyball}
mtu=256
burst=280

down() {
  for end in edge cloud; do ip netns del "$name-$end" 2>/dev/null || true; done
}
skip() {
  down
  echo "shaped-link: skipped: $*" >&2
  exit 77
}
end_of() {
  case $1 in
    edge | cloud) echo "$name-$1" ;;
    *)
      echo "shaped-link: \"$1\": edge or cloud expected" >&2
      exit 2
      ;;
  esac
}
inside() { ip netns exec "$(end_of "$1")" "${@:2}"; }
shape() {
  for end in edge cloud; do
    inside $end tc qdisc "$1" dev wire root tbf rate "$2" burst $burst latency 2s
  done
}

case ${1:-} in
  up)
    [ "$(id -u)" = 0 ] || skip "needs root"
    command -v ip >/dev/null && command -v tc >/dev/null || skip "no ip or tc (Debian's iproute2)"
    down
    for end in edge cloud; do
      ip netns add "$name-$end" 2>/dev/null || skip "no network namespaces"
    done
    ip link add name wire netns "$name-edge" type veth peer name wire netns "$name-cloud" ||
      skip "no veth pairs"
    inside edge ip address add 10.77.0.1/24 dev wire
    inside cloud ip address add 10.77.0.2/24 dev wire
    for end in edge cloud; do
      inside $end ip link set lo up
      inside $end ip link set wire mtu $mtu up
      # A window that is closed after every pause would add round trips to every request.
      inside $end sh -c "echo 0 >/proc/sys/net/ipv4/tcp_slow_start_after_idle" 2>/dev/null || true
    done
    shape add "${2:?usage: shaped-link.sh up RATE}" || skip "no token bucket (tbf)"
    ;;
  rate) shape change "${2:?usage: shaped-link.sh rate RATE}" ;;
  run) exec ip netns exec "$(end_of "${2:-}")" "${@:3}" ;;
  bytes)
    for end in edge cloud; do inside $end tc -s qdisc show dev wire | awk '/Sent/ {print $2}'; done
    ;;
  cut) inside edge ip link set wire down ;;
  mend) inside edge ip link set wire up ;;
  down) down ;;
  *)
    sed -n '2,/^set/{/^#/p}' "$0" >&2
    exit 2
    ;;
esac
