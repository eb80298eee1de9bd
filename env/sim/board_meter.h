// Integrates what the board draws, exactly between changes: energy and the sensors' filters. Power
// is constant from one publish() to the next. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <random>
#include <span>
#include <vector>

#include "env/board.h"
#include "env/model/work_model.h"
#include "env/sim/sim_config.h"
#include "env/sim/sim_truth.h"

namespace flyball {

class BoardMeter {
 public:
  // `board` must outlive the meter.
  BoardMeter(const Board& board, const SensorConfig& sensor);

  // Brings everything to now with the power published last. Adds to the truth's energies.
  void settle(double now_seconds, SimTruth& truth);
  // From now on the rails draw this. Requires: settled up to now. The sensors start settled on the
  // first power that is ever published.
  void publish(std::span<const double> rail_watts);

  double true_watts() const { return total_watts_; }
  // One reading of each rail, as the sensor shows it; noise comes from `random`.
  void read_rails(std::mt19937_64& random, std::vector<std::optional<double>>& watts) const;

 private:
  const Board& board_;
  std::size_t rails_;
  SensorConfig sensor_;
  std::array<double, kMaxRails> watts_{};
  std::array<double, kMaxRails> filtered_watts_{};
  double total_watts_ = 0.0;
  double settled_seconds_ = 0.0;
  bool started_ = false;
};

// A power reading in the sensor's steps of voltage and current.
double quantised_watts(const SensorConfig& sensor, double watts);

}  // namespace flyball
