#include "tools/reproduce/published/loudva_sweep.h"

#include <fmt/format.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "env/errors.h"
#include "env/fitting/fit_validation.h"
#include "tools/config/board_config.h"
#include "tools/interrupt.h"
#include "tools/progress.h"
#include "tools/reproduce/published/thinned_grids.h"

namespace flyball {

namespace {

struct Device {
  const char* name;
  const char* board;
};
constexpr Device kDevices[] = {{"AGX_Xavier", "agx-xavier-32gb"}, {"Xavier_NX", "xavier-nx-8gb"}};

Measurements load(const std::filesystem::path& data, const Device& device) {
  MeasurementSource source;
  source.file = data / "sweeps.csv";
  source.filters = {{"device", "=", device.name},
                    {"control", "=", "fixed_gpu_freq"},
                    {"concurrency", "<=", "32"}};
  return read_measurements(source, load_board(device.board).board);
}

// Means over all rows, in percent.
struct Errors {
  double throughput = 0.0;
  double power = 0.0;
};

Errors held_out_errors(const Measurements& set, ResidualKind residual) {
  constexpr FitKnob kHeld[] = {FitKnob::kGpu};
  Errors sum;
  for (std::size_t offset = 0; offset < 3; ++offset) {
    const HeldOut rows = hold_out_thirds(set, kHeld, offset);
    const Fit fit = fit_rows(set, rows.train, residual);
    for (const Measurement& row : rows.test) {
      const RowPrediction expected = fit.predict(row);
      sum.throughput += std::abs(row.seconds / expected.seconds - 1.0);
      sum.power += std::abs(expected.watts / row.watts - 1.0);
    }
  }
  const double percent = 100.0 / static_cast<double>(set.rows.size());
  return {percent * sum.throughput, percent * sum.power};
}

void add_thinned(const std::vector<std::pair<std::string, Measurements>>& sweeps,
                 ReproductionTable& table) {
  const std::vector<std::pair<std::string, LevelSteps>> kinds = {
      {"gpu alone", {{FitKnob::kBatch, 0}}},
      {"clients alone", {{FitKnob::kGpu, 0}}},
      {"gpu and few clients", {{FitKnob::kBatch, 3}}},
      {"few gpu and clients", {{FitKnob::kGpu, 3}, {FitKnob::kBatch, 2}}}};
  std::vector<ThinnedGrid> grids;
  for (const auto& [device, sweep] : sweeps) {
    for (const auto& [name, steps] : kinds) {
      grids.push_back({fmt::format("{}, {}", device, name), thinned(sweep, steps)});
    }
  }
  Progress progress("loudva", static_cast<double>(grids.size()));
  double done = 0.0;
  const auto step = [&](const std::string& grid) {
    if (interrupted()) throw Interrupted("interrupted");
    progress.update(++done, grid);
  };
  add_thinned_grids(grids, step, table);
}

}  // namespace

void reproduce_loudva_sweep(const std::filesystem::path& data, ReproductionTable& table) {
  std::vector<std::pair<std::string, Measurements>> sweeps;
  for (const Device& device : kDevices) {
    const Measurements& set = sweeps.emplace_back(device.name, load(data, device)).second;
    const Errors errors = held_out_errors(set, ResidualKind::kGaussianProcess);
    const Errors formulas = held_out_errors(set, ResidualKind::kNone);
    const std::string row = fmt::format("{} sweep, frequencies held out: ", device.name);
    table.check_at_most(row + "throughput error", 4.0, errors.throughput, "%");
    table.check_at_most(row + "power error", 4.0, errors.power, "%");
    table.show(row + "throughput error, formulas alone", std::nullopt, formulas.throughput, "%");
    table.show(row + "power error, formulas alone", std::nullopt, formulas.power, "%");
  }
  add_thinned(sweeps, table);
  table.note(
      "Sweeps: each GPU frequency is predicted by a fit that saw none of its rows (every third "
      "frequency held out, in turn), up to 32 clients. Of c clients half are in the batch "
      "(Little's "
      "law); a single one never overlaps host and accelerator.");
}

}  // namespace flyball
