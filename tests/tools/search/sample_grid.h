// A full sweep of a few settings of the Nano for two workloads, as a file.
#pragma once

#include <fmt/format.h>

#include <string>

namespace flyball {

// Three CPU, four GPU and two memory frequencies; `share`: of the time that the GPU takes.
inline std::string grid_rows(const std::string& workload, double share) {
  std::string text;
  for (const double cpu_khz : {921600.0, 1224000.0, 1479000.0}) {
    for (const double gpu : {460.8e6, 614.4e6, 768e6, 921.6e6}) {
      for (const double emc : {204e6, 1600e6}) {
        const double seconds = share * 921.6e6 / gpu + 0.95 * (1.0 - share) * 1479e3 / cpu_khz +
                               0.05 * (1.0 - share) * 1600e6 / emc;
        const double watts = 1.5 + 0.8 * (cpu_khz / 1479e3) * (cpu_khz / 1479e3) +
                             5.0 * (gpu / 921.6e6) * (gpu / 921.6e6) + 0.5 * emc / 1600e6;
        text += fmt::format("Jetson_Nano,{},{:.0f},{:.0f},{:.0f},{:.9g},{:.9g}\n", workload,
                            cpu_khz, gpu, emc, seconds, watts * seconds);
      }
    }
  }
  return text;
}

inline std::string grid_csv() {
  return "device,workload,cpu_khz,gpu_hz,emc_hz,time_per_minibatch_s,energy_per_minibatch_j\n" +
         grid_rows("vision", 0.8) + grid_rows("language", 0.65) + grid_rows("speech", 0.7);
}

}  // namespace flyball
