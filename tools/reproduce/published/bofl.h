// Table `bofl`: the fit of `flyball fit` on full-factorial sweeps of real boards, as BoFL published
// them for AGX Xavier: CPU x GPU x memory frequency, one file per board, several training jobs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "tools/reproduce/common/reproduction_table.h"

namespace flyball {

// `data`: a folder of CSV files with the columns device, workload, cpu_khz, gpu_hz, emc_hz,
// time_per_minibatch_s, energy_per_minibatch_j; every job of every file is taken. Adds what a fit
// on 100 and on 20 random rows predicts of the others, with and without the residual, and a fit
// on whole frequencies of those left out.
void reproduce_bofl(const std::filesystem::path& data, ReproductionTable& table);

struct BanditOptions {
  std::filesystem::path data;
  std::optional<std::uint64_t> seeds;  // per job, drawn from the date; absent: 1 to 30
  std::string date;
};

// What least squares chooses after a hundred settings were tried once each.
void reproduce_bofl_bandit(const BanditOptions& options, ReproductionTable& table);

}  // namespace flyball
