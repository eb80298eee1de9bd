#include "controllers/search/search_space.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace flyball {

namespace {

ActionSpace allowed_actions(std::span<const Knob> knobs, std::span<const LevelRange> limits) {
  if (knobs.size() != limits.size()) {
    throw std::invalid_argument(
        fmt::format("{} knobs have {} limits", knobs.size(), limits.size()));
  }
  std::vector<std::size_t> counts;
  for (std::size_t k = 0; k < knobs.size(); ++k) {
    const LevelRange& range = limits[k];
    if (range.floor > range.ceiling || range.ceiling >= knobs[k].levels.size()) {
      throw std::invalid_argument(
          fmt::format("{}: no level lies inside its limits", knobs[k].name));
    }
    counts.push_back(static_cast<std::size_t>(range.ceiling - range.floor) + 1);
  }
  return ActionSpace(std::move(counts));
}

std::string value_text(const Knob& knob, double value) {
  if (knob.is_application()) return fmt::format("{} {:g}", knob.name, value);
  return fmt::format("{} {:.6g} MHz", knob.name, value / 1e6);
}

}  // namespace

SearchSpace::SearchSpace(std::vector<Knob> knobs, std::vector<LevelRange> limits)
    : knobs_(std::move(knobs)),
      limits_(std::move(limits)),
      actions_(allowed_actions(knobs_, limits_)) {
  logs_.reserve(size() * knob_count());
  for (std::size_t c = 0; c < size(); ++c) {
    for (std::size_t k = 0; k < knob_count(); ++k) {
      const bool is_plain = may_be_zero(knobs_[k].name);
      logs_.push_back(is_plain ? value(c, k) : std::log(value(c, k)));
    }
  }
}

std::vector<Level> SearchSpace::levels_of(std::size_t candidate) const {
  std::vector<Level> levels(knob_count());
  actions_.levels_of(candidate, levels);
  for (std::size_t k = 0; k < levels.size(); ++k) {
    levels[k] = static_cast<Level>(levels[k] + limits_[k].floor);
  }
  return levels;
}

std::optional<std::size_t> SearchSpace::candidate_of(std::span<const Level> levels) const {
  std::array<Level, kMaxKnobs> own{};
  for (std::size_t k = 0; k < knob_count(); ++k) {
    if (levels[k] < limits_[k].floor || levels[k] > limits_[k].ceiling) return std::nullopt;
    own[k] = static_cast<Level>(levels[k] - limits_[k].floor);
  }
  return actions_.index_of(std::span(own).first(knob_count()));
}

Setting SearchSpace::setting_of(std::size_t candidate) const {
  return Setting::pinned(levels_of(candidate));
}

double SearchSpace::value(std::size_t candidate, std::size_t knob) const {
  return knobs_[knob].levels[levels_of(candidate)[knob]];
}

std::span<const double> SearchSpace::logs(std::size_t candidate) const {
  return std::span(logs_).subspan(candidate * knob_count(), knob_count());
}

std::optional<std::size_t> SearchSpace::moved(std::size_t candidate, std::size_t knob,
                                              int levels) const {
  std::vector<Level> to = levels_of(candidate);
  const int level = to[knob] + levels;
  if (level < limits_[knob].floor || level > limits_[knob].ceiling) return std::nullopt;
  to[knob] = static_cast<Level>(level);
  return candidate_of(to);
}

double SearchSpace::slowdown_bound(std::size_t from, std::size_t to) const {
  double most = 0.0;
  for (std::size_t k = 0; k < knob_count(); ++k) {
    const double lower = logs(from)[k] - logs(to)[k];
    most = std::max(most, knobs_[k].is_application() ? std::abs(lower) : lower);
  }
  return std::exp(most);
}

bool SearchSpace::is_below(std::size_t candidate, std::size_t other) const {
  for (std::size_t k = 0; k < knob_count(); ++k) {
    const double above = logs(candidate)[k] - logs(other)[k];
    if (above > 0.0 || (knobs_[k].is_application() && above != 0.0)) return false;
  }
  return true;
}

double SearchSpace::distance(std::size_t a, std::size_t b) const {
  double most = 0.0;
  for (std::size_t k = 0; k < knob_count(); ++k) {
    most = std::max(most, std::abs(logs(a)[k] - logs(b)[k]));
  }
  return most;
}

std::string SearchSpace::text(std::size_t candidate) const {
  std::string text;
  for (std::size_t k = 0; k < knob_count(); ++k) {
    text += (k == 0 ? "" : ", ") + value_text(knobs_[k], value(candidate, k));
  }
  return text;
}

}  // namespace flyball
