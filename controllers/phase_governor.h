// A setting for each phase of the load, told beforehand when which one begins: what no governor can
// know. Found by controllers/evaluation/oracle_runs.h. Not thread-safe.
#pragma once

#include <cstddef>
#include <vector>

#include "env/governor.h"

namespace flyball {

// From then on the row counts, until the next one begins.
struct PhaseBegin {
  double seconds = 0.0;
  std::size_t row = 0;
};

class PhaseGovernor final : public Governor {
 public:
  // `rows`: one setting per kind of phase. Throws std::invalid_argument where the phases do not
  // begin at 0 and rise, name a row that there is not, or the rows differ in knobs.
  PhaseGovernor(std::vector<PhaseBegin> phases, std::vector<Setting> rows, double period_seconds);

  std::string_view name() const override { return "best-per-phase"; }
  // Throws std::invalid_argument when the rows are of another number of knobs.
  void reset(const GovernorScope& scope) override;
  Decision decide(const GovernorInput& input) override;
  Period period() const override { return {period_seconds_, false}; }

 private:
  std::vector<PhaseBegin> phases_;
  std::vector<Setting> rows_;
  double period_seconds_;
  std::vector<LevelRange> limits_;
};

}  // namespace flyball
