#include "tools/reproduce/published/loudva_sweep.h"

#include <fmt/format.h>

#include <cmath>

#include "env/fitting/fit_validation.h"
#include "tools/config/board_config.h"

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

}  // namespace

void reproduce_loudva_sweep(const std::filesystem::path& data, ReproductionTable& table) {
  for (const Device& device : kDevices) {
    const Measurements set = load(data, device);
    const Errors errors = held_out_errors(set, ResidualKind::kGaussianProcess);
    const Errors formulas = held_out_errors(set, ResidualKind::kNone);
    const std::string row = fmt::format("{} sweep, frequencies held out: ", device.name);
    table.check_at_most(row + "throughput error", 4.0, errors.throughput, "%");
    table.check_at_most(row + "power error", 4.0, errors.power, "%");
    table.show(row + "throughput error, formulas alone", std::nullopt, formulas.throughput, "%");
    table.show(row + "power error, formulas alone", std::nullopt, formulas.power, "%");
  }
  table.note(
      "Sweeps: each GPU frequency is predicted by a fit that saw none of its rows (every third "
      "frequency held out, in turn), up to 32 clients. Of c clients half are in the batch "
      "(Little's "
      "law); a single one never overlaps host and accelerator.");
}

}  // namespace flyball
