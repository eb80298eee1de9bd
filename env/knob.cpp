#include "env/knob.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "env/nearest_name.h"

namespace flyball {

namespace {

// Throws unless `values` is a non-empty, positive, strictly ascending table.
enum class From { kAboveZero, kZero };

void require_ascending(std::span<const double> values, const std::string& path,
                       From from = From::kAboveZero) {
  if (values.empty()) throw std::invalid_argument(fmt::format("{}: must not be empty", path));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool is_low = from == From::kZero ? values[i] < 0.0 : values[i] <= 0.0;
    if (!std::isfinite(values[i]) || is_low) {
      throw std::invalid_argument(fmt::format("{}[{}] = {}: must be {}", path, i, values[i],
                                              from == From::kZero ? ">= 0" : "> 0"));
    }
    if (i > 0 && values[i] <= values[i - 1]) {
      throw std::invalid_argument(fmt::format("{}[{}] = {}: must be above the entry before it, {}",
                                              path, i, values[i], values[i - 1]));
    }
  }
}

}  // namespace

const char* to_string(DomainKind kind) {
  switch (kind) {
    case DomainKind::kCpu: return "cpu";
    case DomainKind::kGpu: return "gpu";
    case DomainKind::kEmc: return "emc";
  }
  return "unknown";
}

Setting Setting::pinned(std::span<const Level> levels) {
  if (levels.size() > kMaxKnobs) {
    throw std::invalid_argument(fmt::format("a setting has at most {} knobs", kMaxKnobs));
  }
  Setting setting;
  setting.resize(levels.size());
  for (std::size_t i = 0; i < levels.size(); ++i) setting[i] = {levels[i], levels[i]};
  return setting;
}

bool operator==(const Setting& a, const Setting& b) {
  return a.size_ == b.size_ &&
         std::equal(a.ranges_.begin(), a.ranges_.begin() + static_cast<std::ptrdiff_t>(a.size_),
                    b.ranges_.begin());
}

LevelRange clamped(const LevelRange& wanted, const LevelRange& limits) {
  const Level ceiling = std::clamp(wanted.ceiling, limits.floor, limits.ceiling);
  return {std::clamp(wanted.floor, limits.floor, ceiling), ceiling};
}

void visit_state(StateVisitor& visitor, const std::string& name, Setting& setting) {
  std::uint64_t size = setting.size();
  visit_value(visitor, name + ".size", size);
  if (size > kMaxKnobs) throw std::runtime_error(fmt::format("{}.size = {}", name, size));
  setting.resize(size);
  for (std::size_t k = 0; k < size; ++k) {
    visit_value(visitor, fmt::format("{}.{}.floor", name, k), setting[k].floor);
    visit_value(visitor, fmt::format("{}.{}.ceiling", name, k), setting[k].ceiling);
  }
}

Setting clamped(const Setting& wanted, std::span<const LevelRange> limits) {
  Setting setting = wanted;
  for (std::size_t k = 0; k < limits.size(); ++k) setting[k] = clamped(wanted[k], limits[k]);
  return setting;
}

Level level_at_least(std::span<const double> levels, double value) {
  const auto it = std::lower_bound(levels.begin(), levels.end(), value);
  const auto index = it == levels.end() ? std::ssize(levels) - 1 : it - levels.begin();
  return static_cast<Level>(index);
}

Level level_at_most(std::span<const double> levels, double value) {
  const auto it = std::upper_bound(levels.begin(), levels.end(), value);
  return static_cast<Level>(it == levels.begin() ? 0 : it - levels.begin() - 1);
}

Level level_nearest(std::span<const double> levels, double value) {
  const Level above = level_at_least(levels, value);
  const Level below = level_at_most(levels, value);
  return std::abs(levels[above] - value) < std::abs(value - levels[below]) ? above : below;
}

std::size_t find_knob(std::span<const Knob> knobs, const std::string& name) {
  std::vector<std::string> known;
  for (std::size_t i = 0; i < knobs.size(); ++i) {
    if (knobs[i].name == name) return i;
    known.push_back(knobs[i].name);
  }
  throw std::invalid_argument(unknown_name("knob", name, known));
}

void validate(const Domain& domain) {
  require_ascending(domain.frequencies_hz, domain.name + ".frequencies_hz");
  if (!(domain.actuation_seconds >= 0.0 && domain.actuation_seconds <= 1.0)) {
    throw std::invalid_argument(fmt::format("{}.actuation_seconds = {}: must be in [0, 1]",
                                            domain.name, domain.actuation_seconds));
  }
  if ((domain.kind == DomainKind::kCpu) == domain.cpus.empty()) {
    throw std::invalid_argument(
        fmt::format("{}.cpus: CPU domains list their CPUs, others have none", domain.name));
  }
}

bool is_application_knob(std::string_view name) {
  return name == kBatchKnob || name == kOffloadKnob || name == kFineTuningKnob;
}

bool may_be_zero(std::string_view name) { return name == kOffloadKnob || name == kFineTuningKnob; }

void validate(const Knob& knob, std::span<const Domain> domains) {
  require_ascending(knob.levels, knob.name + ".levels",
                    may_be_zero(knob.name) ? From::kZero : From::kAboveZero);
  if (knob.name == kOffloadKnob && knob.levels.back() > 1.0) {
    throw std::invalid_argument(
        fmt::format("{}.levels: {}: a share is at most 1", knob.name, knob.levels.back()));
  }
  for (const double level : knob.levels) {
    if (knob.name != kFineTuningKnob || level == 0.0 || level == 1.0 || level == 2.0) continue;
    throw std::invalid_argument(fmt::format("{}.levels: {}: must be 0, 1 or 2", knob.name, level));
  }
  for (const std::size_t d : knob.domains) {
    if (d >= domains.size()) {
      throw std::invalid_argument(fmt::format("{}.domains: no domain {}", knob.name, d));
    }
    if (domains[d].frequencies_hz != knob.levels) {
      throw std::invalid_argument(
          fmt::format("{}.domains: {} has another frequency table", knob.name, domains[d].name));
    }
  }
}

}  // namespace flyball
