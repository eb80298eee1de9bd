#include "tools/reproduce/published/bofl_bandit.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <span>
#include <string>

#include "agent/least_squares_trainer.h"
#include "env/action_space.h"
#include "env/draw.h"
#include "env/errors.h"
#include "policies/dense_policy.h"

namespace flyball {

namespace {

constexpr std::size_t kDegree = 5;  // at most
constexpr std::size_t kRadius = 2;  // of a hundred settings' neighbourhoods hold nearly all

std::vector<Knob> knobs_of(const Measurements& set) {
  std::vector<Knob> knobs;
  for (const FitKnob which : set.varied) {
    Knob& knob = knobs.emplace_back();
    knob.name = to_string(which);
    knob.levels = levels_of(set, which);
    knob.domains = {knobs.size() - 1};
  }
  return knobs;
}

// Every setting's row, by its joint action.
std::vector<Measurement> rows_by_action(const Measurements& set, const std::vector<Knob>& knobs) {
  const ActionSpace actions = action_space_of(knobs);
  if (set.rows.size() != actions.size()) {
    throw DataError(set.file.string() + ": not every combination of its levels was measured");
  }
  std::vector<Measurement> rows(actions.size());
  std::vector<Level> levels(knobs.size());
  for (const Measurement& row : set.rows) {
    for (std::size_t k = 0; k < knobs.size(); ++k) {
      const auto& all = knobs[k].levels;
      const double value = Measurements::value(row, set.varied[k]);
      levels[k] = static_cast<Level>(std::lower_bound(all.begin(), all.end(), value) - all.begin());
    }
    rows[actions.index_of(levels)] = row;
  }
  return rows;
}

// Box and Muller's, of mean 0 and variance 1.
double draw_normal(std::mt19937_64& random) {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - draw_unit(random)));
  return radius * std::cos(2.0 * std::numbers::pi * draw_unit(random));
}

Transition tried(const Measurement& row, std::uint32_t action, double noise,
                 std::mt19937_64& random) {
  const double seconds = row.seconds * (1.0 + noise * draw_normal(random));
  const double joules = row.joules() * (1.0 + noise * draw_normal(random));
  Transition t;
  t.observation = t.next_observation = {0.0F};
  t.action = action;
  t.after_effect = {seconds, joules, seconds, 1.0, 0.0};
  t.seconds = seconds;
  t.decided_by = DecidedBy::kRandom;
  return t;
}

EncoderConfig sees_nothing() {
  EncoderConfig encoder;
  encoder.with_effective = encoder.with_utilization = false;
  encoder.with_previous_action = encoder.with_vector_to_go = false;
  return encoder;
}

TrainerConfig learner(double limit_seconds) {
  TrainerConfig config;
  config.kind = LearnerKind::kLeastSquares;
  config.objective.per_request = true;
  config.objective.constraint = ConstraintLimit{ConstraintKind::kLatency, limit_seconds, 1.0};
  config.degree = kDegree;
  config.support.radius = kRadius;
  return config;
}

}  // namespace

BanditDraw draw_bandit(const Measurements& set, const BanditConfig& config, std::uint64_t seed) {
  TrainingSet log;
  log.board = "measured";
  log.knobs = knobs_of(set);
  const std::vector<Measurement> rows = rows_by_action(set, log.knobs);
  for (const Knob& knob : log.knobs) {
    log.limits.push_back({0, static_cast<Level>(knob.levels.size() - 1)});
  }
  log.observation_names = {"t_as"};
  log.logs = {set.file.string()};
  const double limit = config.limit_factor * rows.back().seconds;
  const auto least = [&](double joules, const Measurement& row) {
    return row.seconds <= limit ? std::min(joules, row.joules()) : joules;
  };
  double best = rows.back().joules();
  for (const Measurement& row : rows) best = least(best, row);
  std::mt19937_64 random(seed);
  std::vector<std::uint32_t> order(rows.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  double best_tried = rows.back().joules();
  for (std::size_t i = 0; i < config.settings; ++i) {
    std::swap(order[i], order[i + draw_index(random, order.size() - i)]);
    log.transitions.push_back(tried(rows[order[i]], order[i], config.noise, random));
    best_tried = least(best_tried, rows[order[i]]);
  }
  LeastSquaresTrainer trainer(learner(limit), std::move(log));
  trainer.run(1, [](const TrainingProgress&) { return true; });
  DensePolicy policy(trainer.policy(sees_nothing(), FLYBALL_VERSION));
  const Measurement& chosen = rows[policy.decide(std::vector<float>{0.0F})];
  return {chosen.joules() / best - 1.0, chosen.seconds / limit - 1.0, best_tried / best - 1.0};
}

}  // namespace flyball
