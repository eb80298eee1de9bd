#include "agent/training_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <stdexcept>

#include "agent/support.h"
#include "env/action_space.h"

namespace flyball {

namespace {

void require_same(bool same, const std::string& log, const char* what) {
  if (!same) {
    throw std::invalid_argument(fmt::format("{}: {} is not that of the logs before it", log, what));
  }
}

void require_same_knobs(const TrainingSet& set, const std::string& log,
                        const std::vector<Knob>& knobs) {
  require_same(set.knobs.size() == knobs.size(), log, "the number of knobs");
  for (std::size_t k = 0; k < knobs.size(); ++k) {
    const std::string what = fmt::format("knob {} (name or levels)", knobs[k].name);
    require_same(set.knobs[k].name == knobs[k].name && set.knobs[k].levels == knobs[k].levels, log,
                 what.c_str());
  }
}

}  // namespace

void append(TrainingSet& set, const std::string& log, const std::string& board,
            LogTransitions&& more) {
  if (set.logs.empty()) {
    set.board = board;
    set.knobs = more.knobs;
    set.limits = more.limits;
    set.observation_names = more.observation_names;
  }
  require_same(set.board == board, log, "the board");
  require_same_knobs(set, log, more.knobs);
  require_same(set.observation_names == more.observation_names, log, "the observation");
  join_limits(set.limits, more.limits, more.join);
  std::move(more.transitions.begin(), more.transitions.end(), std::back_inserter(set.transitions));
  set.counts += more.counts;
  set.residents += more.residents;
  set.logs.push_back(log);
  DataSource& source = set.sources.emplace_back();
  source.name = log;
  const SpanCost& cost = more.residents;
  if (cost.served > 0.0) source.joules_per_request = cost.energy_joules.value() / cost.served;
}

std::vector<std::size_t> action_counts(const TrainingSet& set) {
  return action_counts(action_space_of(set.knobs), set.transitions);
}

std::vector<std::size_t> chosen_counts(const TrainingSet& set) {
  const auto is_chosen = [](const Transition& t) { return t.decided_by != DecidedBy::kResident; };
  if (set.caps.size() == set.knobs.size() || std::ranges::none_of(set.transitions, is_chosen)) {
    return action_counts(set);
  }
  std::vector<std::size_t> counts(action_space_of(set.knobs).size(), 0);
  for (const Transition& t : set.transitions) counts.at(t.action) += is_chosen(t) ? 1 : 0;
  return counts;
}

std::vector<std::uint8_t> supported_actions(const TrainingSet& set, const SupportConfig& config) {
  const ActionSpace actions = action_space_of(set.knobs);
  std::vector<std::uint8_t> support = actions.mask(set.limits);
  const std::vector<std::size_t> counts =
      neighbourhood_counts(actions, chosen_counts(set), config.radius);
  for (std::size_t action = 0; action < support.size(); ++action) {
    if (counts[action] < std::max<std::size_t>(config.minimum, 1)) support[action] = 0;
  }
  if (std::none_of(support.begin(), support.end(), [](std::uint8_t s) { return s != 0; })) {
    throw std::invalid_argument(fmt::format(
        "support.minimum = {}: no setting was seen that often in {} transitions; add logs with "
        "exploration or lower it",
        config.minimum, set.transitions.size()));
  }
  return support;
}

void balance_weights(TrainingSet& set, double exponent) {
  const std::vector<std::size_t> counts = action_counts(set);
  double sum = 0.0;
  for (Transition& transition : set.transitions) {
    transition.weight *= std::pow(static_cast<double>(counts[transition.action]), -exponent);
    sum += transition.weight;
  }
  const double mean = sum / static_cast<double>(set.transitions.size());
  for (Transition& transition : set.transitions) transition.weight /= mean;
}

}  // namespace flyball
