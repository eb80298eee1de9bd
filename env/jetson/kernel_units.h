// Numbers of the kernel's own files, which are not in SI units: for those who read them and those
// who emulate them.
#pragma once

namespace flyball {

constexpr long long kHertzPerKilohertz = 1000;  // cpufreq, the activity monitor, PM QoS

// What a thermal zone shows whose part has no power.
constexpr long long kOffMillidegrees = -256000;

}  // namespace flyball
