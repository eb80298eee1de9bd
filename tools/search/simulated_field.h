// A search on a simulated board, in virtual time. A saturated workload is searched online, by
// SearchGovernor in the control loop. Under a scenario's arrivals, whose rate changes, a sample is
// a whole run at one setting instead: every setting is measured on the same arrivals.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "controllers/control_loop.h"
#include "controllers/search/search_governor.h"
#include "env/sim/sim_config.h"
#include "tools/search/search_field.h"

namespace flyball {

struct SimulatedFieldConfig {
  std::string text;                                   // what is simulated
  std::function<SimConfig(std::uint64_t seed)> make;  // a board with arrivals drawn by the seed
  std::uint64_t seed = 0;
  std::vector<std::string> knobs;  // searched; empty: all of the board
  LoopConfig loop;                 // sampling and t_AS
  double power_seconds = 0.0;      // between readings of the power sensor; 0: every sample
};

class SimulatedField final : public SearchField {
 public:
  // Throws std::invalid_argument for an unknown knob, or too many settings.
  explicit SimulatedField(SimulatedFieldConfig config);

  const SearchSpace& space() const override { return space_; }
  const std::string& board() const override { return board_; }
  std::string text() const override { return config_.text; }
  // Where the arrivals end before the search does, they begin again, drawn by the next seed. Throws
  // DataError where they end before a single sample was taken.
  void run(Search& search, const SearchProblem& problem, std::size_t taken, std::size_t samples,
           const std::function<void(const SearchSample&)>& told) override;

  // Latency and energy per request of a saturated workload, batch after batch, without noise, at
  // every setting; `config` as the field's own, with another workload. Throws Interrupted.
  WorkloadSurface saturated_surface(const std::string& workload, SimConfig config,
                                    std::size_t batch) const;

 private:
  SimulatedFieldConfig config_;
  std::string board_;
  SearchSpace space_;
};

class ScenarioField final : public SearchField {
 public:
  // Of `config` text, make, seed and knobs count. Throws as SimulatedField does.
  explicit ScenarioField(SimulatedFieldConfig config);

  const SearchSpace& space() const override { return space_; }
  const std::string& board() const override { return board_; }
  std::string text() const override { return config_.text; }
  // Runs over seeds, beginning with the field's own, until latency and energy are known to 0.5 %.
  void run(Search& search, const SearchProblem& problem, std::size_t taken, std::size_t samples,
           const std::function<void(const SearchSample&)>& told) override;

 private:
  SearchSample measure(std::size_t candidate) const;

  SimulatedFieldConfig config_;
  std::string board_;
  SearchSpace space_;
};

}  // namespace flyball
