#include "agent/tabular_trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "agent/backup.h"
#include "agent/known_states.h"
#include "agent/mode_mask.h"
#include "env/draw.h"
#include "policies/known_states.h"
#include "replay/n_step.h"

namespace flyball {

namespace {

constexpr std::size_t kMostCells = 4096;

}  // namespace

void validate_tabular(const TrainerConfig& config) {
  const auto require = [](bool holds, const char* message) {
    if (!holds) {
      throw std::invalid_argument(
          fmt::format("{}: a table (learner.kind = \"tabular\") cannot do otherwise; learner.kind "
                      "= \"dqn\" can",
                      message));
    }
  };
  const ObjectiveConfig& objective = config.objective;
  require(config.head != Head::kSmooth, "network.head: must be \"joint\" or \"branching\"");
  require(!config.constraint_head, "network.constraint_head: must be absent");
  require(!config.learner.iterate_rho, "learner.iterate_rho: must be false");
  require(config.learner.backup != Backup::kDvfo,
          "learner.backup: must be \"full_period\" or \"blocking\"");
  require(!objective.constraint, "objective.constraint: must be \"none\", with a miss_penalty");
  require(!objective.eta_range, "objective.eta_range: must be absent");
  if (config.learner.n_step > 1 && objective.per_request) {
    throw std::invalid_argument(
        fmt::format("learner.n_step = {}: must be 1 where costs are counted per request",
                    config.learner.n_step));
  }
}

TabularTrainer::TabularTrainer(const TrainerConfig& config, TrainingSet set)
    : config_(config), random_(config.seed) {
  validate(config_);
  set_ = prepared(config_, std::move(set));
  support_ = supported_actions(set_, config_.support);
  for (std::size_t action = 0; action < support_.size(); ++action) {
    if (support_[action] != 0) allowed_.push_back(static_cast<std::uint32_t>(action));
  }
  if (ModeMask(set_.layout(), set_.knobs, allowed_).tells_mode()) {
    throw std::invalid_argument(
        "observation.with_mode: a table (learner.kind = \"tabular\") serves one mode");
  }
  known_ = known_states(set_);
  behaviour_ = behaviour_of(set_);
  cells_.emplace(set_.transitions, set_.observation_size(), config_.cells);
  if (cells_->size() > kMostCells) {
    throw std::invalid_argument(
        fmt::format("learner.cells = {}: {} inputs cut so make {} cells in the data, {} is most",
                    config_.cells, set_.observation_size(), cells_->size(), kMostCells));
  }
  const ActionSpace actions = action_space_of(set_.knobs);
  const bool branching = config_.head == Head::kBranching;
  tables_ = branching ? set_.knobs.size() : 1;
  std::vector<Level> levels(set_.knobs.size());
  for (std::uint32_t action = 0; action < actions.size(); ++action) {
    width_ = 0;
    actions.levels_of(action, levels);
    for (std::size_t k = 0; branching && k < tables_; ++k) {
      columns_.push_back(static_cast<std::uint32_t>(width_ + levels[k]));
      width_ += set_.knobs[k].levels.size();
    }
    if (!branching) columns_.push_back(action);
  }
  if (!branching) width_ = actions.size();
  add_rows();
  find_shown();
}

// The row of the table: of the cell, or, where it was never visited, the one of anywhere.
std::size_t TabularTrainer::row_of(std::span<const float> observation) const {
  const auto cell = cells_->find(observation);
  return cell ? 1 + *cell : 0;
}

void TabularTrainer::add_rows() {
  const LearnerConfig& learner = config_.learner;
  const double period = set_.period_seconds;
  double requests = 0.0;
  for (const Transition& t : set_.transitions) {
    discount_ += std::pow(learner.gamma, t.seconds / period);
    requests += t.cost().served;
    first_value_ += cost_of(config_.objective, t.cost());
  }
  const auto count = static_cast<double>(set_.transitions.size());
  discount_ /= count;
  requests_per_span_ = requests / count;
  first_value_ /= count * (1.0 - discount_);
  NStep returns({learner.n_step, learner.gamma, period, learner.backup == Backup::kBlocking},
                [&](const Transition& t) {
                  rows_.push_back({static_cast<std::uint32_t>(row_of(t.observation)),
                                   static_cast<std::uint32_t>(row_of(t.next_observation)), t.action,
                                   t.terminated, t.before_effect, t.after_effect,
                                   t.effect_seconds / period, t.seconds / period, t.weight});
                });
  for (const Transition& t : set_.transitions) returns.add(t);
  returns.flush();
  set_.transitions = {};
}

// What a cell was shown less often than learner.cell_minimum is not known there. Where that leaves
// no joint action, the row of anywhere counts.
void TabularTrainer::find_shown() {
  const std::size_t rows = 1 + cells_->size();
  std::vector<std::size_t> counts(rows * width_);
  for (const Row& row : rows_) {
    for (const std::uint32_t column : columns(row.action)) {
      ++counts[row.cell * width_ + column];
      ++counts[column];
    }
  }
  const std::size_t least = config_.cell_minimum;
  shown_.resize(counts.size());
  for (std::size_t i = 0; i < counts.size(); ++i) shown_[i] = counts[i] >= (i < width_ ? 1 : least);
  values_.assign(counts.size(), first_value_);
  weights_.assign(counts.size(), 0.0);
  next_values_.assign(rows, 0.0);
  next_steps_.assign(rows, 0);
}

std::optional<double> TabularTrainer::joint(std::size_t cell, std::uint32_t action) const {
  double sum = 0.0;
  for (const std::uint32_t column : columns(action)) {
    if (shown_[cell * width_ + column] == 0) return std::nullopt;
    sum += values_[cell * width_ + column];
  }
  return sum / static_cast<double>(tables_);
}

TabularTrainer::Choice TabularTrainer::cheapest(std::size_t cell) const {
  Choice best{allowed_.front(), std::numeric_limits<double>::infinity()};
  for (const std::uint32_t action : allowed_) {
    const std::optional<double> value = joint(cell, action);
    if (value && *value < best.value) best = {action, *value};
  }
  if (std::isfinite(best.value)) return best;
  if (cell != 0) return cheapest(0);
  return {allowed_.front(), 0.0};
}

// As of the beginning of a step.
double TabularTrainer::next_value(std::size_t cell) {
  if (next_steps_[cell] != steps_ + 1) {
    next_steps_[cell] = steps_ + 1;
    next_values_[cell] = cheapest(cell).value;
  }
  return next_values_[cell];
}

double TabularTrainer::target(const Row& row, double next) const {
  const auto amount = [&](const SpanCost& span) {
    if (config_.objective.per_request && span.served <= 0.0) return 0.0;
    return cost_of(config_.objective, span);
  };
  const BackupTarget target =
      backup_target(config_.learner.backup,
                    {amount(row.before), amount(row.after), row.effect_periods, row.periods},
                    config_.learner.gamma, row.terminated);
  return target.constant + target.discount * next;
}

// Moves what was chosen towards the target, here and anywhere. The squared error of this cell.
double TabularTrainer::learn(const Row& row) {
  const double y = target(row, config_.learner.gamma > 0.0 ? next_value(row.next) : 0.0);
  double squares = 0.0;
  for (const std::size_t cell : {std::size_t{0}, std::size_t{row.cell}}) {
    squares = 0.0;
    for (const std::uint32_t column : columns(row.action)) {
      const std::size_t at = cell * width_ + column;
      weights_[at] += row.weight;
      const double rate = row.weight * std::max(config_.least_rate, 1.0 / weights_[at]);
      const double error = y - values_[at];
      values_[at] += std::min(rate, 1.0) * error;
      squares += error * error / static_cast<double>(tables_);
    }
  }
  return squares;
}

void TabularTrainer::run(std::uint64_t report_steps,
                         const std::function<bool(const TrainingProgress&)>& keep_going) {
  double loss = 0.0;
  std::uint64_t since = 0;
  while (steps_ < config_.steps) {
    for (std::size_t i = 0; i < config_.learner.minibatch; ++i) {
      loss += learn(rows_[draw_index(random_, rows_.size())]);
    }
    ++steps_;
    ++since;
    if (steps_ % report_steps != 0 && steps_ != config_.steps) continue;
    TrainingProgress progress;
    progress.step = steps_;
    progress.losses.cost = loss / static_cast<double>(since * config_.learner.minibatch);
    progress.rho = config_.objective.reward.rho;
    loss = 0.0;
    since = 0;
    if (!keep_going(progress)) return;
  }
}

void TabularTrainer::visit_state(StateVisitor& visitor) {
  visit_random(visitor, "random", random_);
  visit_value(visitor, "steps", steps_);
  visit_values(visitor, "values", std::span<double>(values_));
  visit_values(visitor, "weights", std::span<double>(weights_));
}

// From a discounted sum over spans to its mean per request.
double TabularTrainer::per_request(double value) const {
  if (config_.objective.per_request) return value;
  return value * (1.0 - discount_) / requests_per_span_;
}

std::optional<double> TabularTrainer::value(std::span<const float> observation,
                                            std::uint32_t action) const {
  const std::optional<double> value = joint(row_of(observation), action);
  if (!value) return std::nullopt;
  return per_request(*value);
}

TrainingEstimate TabularTrainer::estimate(const TrainingSet& set) {
  TrainingEstimate estimate = behaviour_estimate(config_.objective, set_, behaviour_);
  const double share = 1.0 / static_cast<double>(set.transitions.size());
  for (const Transition& t : set.transitions) {
    estimate.policy_cost += share * per_request(cheapest(row_of(t.observation)).value);
  }
  return estimate;
}

// A row as the network's last layer gives it; what is not known costs `unknown`.
std::vector<float> TabularTrainer::outputs(std::size_t cell, double unknown) const {
  std::vector<float> row(width_);
  for (std::size_t column = 0; column < width_; ++column) {
    const std::size_t at = cell * width_ + column;
    row[column] = static_cast<float>(shown_[at] != 0 ? values_[at] : unknown);
  }
  return row;
}

// The bias of the last layer is the row of anywhere, a cell's column what the cell adds to it.
PolicyFile TabularTrainer::policy(const EncoderConfig& encoder, const std::string& version) const {
  PolicyFile file = policy_without_networks(config_, set_, encoder, version);
  file.metadata.support = support_;
  file.metadata.cost_output = {0.0, per_request(1.0), false};
  double lowest = std::numeric_limits<double>::infinity();
  double highest = -lowest;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    if (shown_[i] == 0) continue;
    lowest = std::min(lowest, values_[i]);
    highest = std::max(highest, values_[i]);
  }
  // No mean of tables that holds it is below one that does not.
  const double unknown =
      highest + static_cast<double>(tables_) * (highest - lowest) + std::abs(highest) + 1.0;
  std::vector<std::size_t> which;
  for (std::size_t cell = 0; cell < cells_->size(); ++cell) {
    const auto is_known = [&](std::uint32_t action) { return joint(1 + cell, action).has_value(); };
    if (std::ranges::any_of(allowed_, is_known)) which.push_back(cell);
  }
  const std::vector<float> anywhere = outputs(0, unknown);
  std::size_t inputs = set_.observation_size();
  std::string layer = "cost.0";
  const bool has_cells = cells_->write_layers("cost", which, file.tensors);
  if (has_cells) {
    inputs = which.size();
    layer = "cost.2";
  }
  Tensor table{{width_, inputs}, std::vector<float>(width_ * inputs)};
  for (std::size_t c = 0; has_cells && c < which.size(); ++c) {
    const std::vector<float> row = outputs(1 + which[c], unknown);
    for (std::size_t column = 0; column < width_; ++column) {
      table.values[column * inputs + c] = row[column] - anywhere[column];
    }
  }
  file.tensors[layer + ".weight"] = std::move(table);
  file.tensors[layer + ".bias"] = {{width_}, anywhere};
  if (known_) file.tensors[kKnownStates] = *known_;
  return file;
}

}  // namespace flyball
