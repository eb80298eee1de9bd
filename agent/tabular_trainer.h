// Q-learning in a table (Watkins 1989), as the early learned governors have it: the observation is
// cut into cells (agent/state_cells.h), and the table holds the cost to go of every level, or of
// every joint action, in every cell. The policy file is a network whose hidden layers tell the cell
// and whose last one is the table, so it runs like any other.
//
// With the head "branching" every knob has a table of its own, each moved towards the whole target
// as a learner on its own would, and what is bootstrapped is their mean. With "joint" there is one.
// Learned from logs, what a cell was never shown is not known there and is never chosen; where
// nothing was shown at all, one row counts that is learned from every transition.
//
// Not thread-safe. Same set, config and seed, same machine: the same bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "agent/policy_trainer.h"
#include "agent/state_cells.h"
#include "agent/trainer.h"
#include "env/action_space.h"

namespace flyball {

// Throws std::invalid_argument naming the key at fault: what needs another learner.
void validate_tabular(const TrainerConfig& config);

class TabularTrainer final : public PolicyTrainer {
 public:
  // Throws std::invalid_argument naming what is wrong with config or set: also where there would be
  // too many cells.
  TabularTrainer(const TrainerConfig& config, TrainingSet set);

  void run(std::uint64_t report_steps,
           const std::function<bool(const TrainingProgress&)>& keep_going) override;
  void visit_state(StateVisitor& visitor) override;
  std::uint64_t steps() const override { return steps_; }
  void set_miss_penalty(double requests) override {
    config_.objective.reward.miss_penalty = requests;
  }
  std::size_t supported() const override { return allowed_.size(); }
  TrainingEstimate estimate(const TrainingSet& set) override;
  PolicyFile policy(const EncoderConfig& encoder, const std::string& version) const override;

  const StateCells& cells() const { return *cells_; }
  // The cost to go of a joint action where this is observed, per request of a mean span. Absent
  // where the cell was never shown it.
  std::optional<double> value(std::span<const float> observation, std::uint32_t action) const;

 private:
  // A transition as the table needs it.
  struct Row {
    std::uint32_t cell = 0;
    std::uint32_t next = 0;
    std::uint32_t action = 0;
    bool terminated = false;
    SpanCost before;
    SpanCost after;
    double effect_periods = 0.0;
    double periods = 0.0;
    double weight = 1.0;
  };
  struct Choice {
    std::uint32_t action = 0;
    double value = 0.0;
  };

  std::size_t row_of(std::span<const float> observation) const;
  void add_rows();
  void find_shown();
  double learn(const Row& row);
  double next_value(std::size_t cell);
  double target(const Row& row, double next) const;
  Choice cheapest(std::size_t cell) const;
  std::optional<double> joint(std::size_t cell, std::uint32_t action) const;
  std::vector<float> outputs(std::size_t cell, double unknown) const;
  double per_request(double value) const;

  // The columns of a joint action: one of every knob's levels, or its own alone.
  std::span<const std::uint32_t> columns(std::uint32_t action) const {
    return std::span(columns_).subspan(action * tables_, tables_);
  }

  TrainerConfig config_;
  TrainingSet set_;  // without its transitions
  std::vector<std::uint8_t> support_;
  std::vector<std::uint32_t> allowed_;
  std::optional<Tensor> known_;  // the states
  std::optional<StateCells> cells_;
  std::size_t tables_ = 1;              // one per knob, or one
  std::size_t width_ = 0;               // columns of all tables
  std::vector<std::uint32_t> columns_;  // [actions, tables_]
  std::vector<Row> rows_;
  SpanCost behaviour_;
  double discount_ = 0.0;           // mean of gamma^(seconds / H) over the set
  double requests_per_span_ = 1.0;  // mean over the set
  double first_value_ = 0.0;        // what is worth the mean of the set for ever

  // Row 0 is anywhere; row 1 + c is cell c.
  std::vector<double> values_;       // [1 + cells, width_]
  std::vector<double> weights_;      // likewise: of the transitions that were learned from
  std::vector<std::uint8_t> shown_;  // likewise: often enough in the data
  std::vector<double> next_values_;  // per row, as of the step in next_steps_
  std::vector<std::uint64_t> next_steps_;
  std::uint64_t steps_ = 0;
  std::mt19937_64 random_;
};

}  // namespace flyball
