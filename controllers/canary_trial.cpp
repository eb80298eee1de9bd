#include "controllers/canary_trial.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "env/config/check_fields.h"

namespace flyball {

namespace {

// A pair counts for so much at most: the less, the sooner is known which way the mean lies.
constexpr double kEnergyReach = 0.3;  // -26 %, +35 %
constexpr double kHarmReach = 10.0;   // times what is tolerated
constexpr double kTolerated = 1.0;
constexpr double kMostShare = 0.5;
// Of fewer requests in both slices the energy per request says nothing.
constexpr double kLeastServed = 5.0;
constexpr double kLoadTolerance = 0.1;
constexpr double kLeastLoad = 0.01;  // of full clock and busy all the time

CanaryConfig checked(const CanaryConfig& config) {
  check_fields(config, "canary");
  return config;
}

double watts(const CanarySlice& slice) { return *slice.cost.energy_joules / slice.cost.seconds; }

bool are_near(double one, double other) {
  return std::abs(one - other) <= kLoadTolerance * std::max(one, other) + kLeastLoad;
}

bool has_equal_load(const CanarySlice& stock, const CanarySlice& learned) {
  if (!stock.has_load || !learned.has_load) return false;
  const auto near = [&](double CanarySlice::*load) {
    return are_near(stock.*load / stock.cost.seconds, learned.*load / learned.cost.seconds);
  };
  return near(&CanarySlice::cpu_load) && near(&CanarySlice::gpu_load);
}

// In units of what is tolerated, the worst of what is known.
double harm_of(const CanarySlice& slice, const CanaryConfig& config) {
  const SpanCost& cost = slice.cost;
  const double served = std::max(cost.served, 1.0);
  double harm = cost.missed / served / config.miss_tolerance;
  if (config.latency_limit_seconds) {
    const double excess = cost.in_system_seconds / served / *config.latency_limit_seconds - 1.0;
    harm = std::max(harm, excess / config.latency_tolerance);
  }
  return harm;
}

}  // namespace

const char* to_string(CanaryVerdict verdict) {
  switch (verdict) {
    case CanaryVerdict::kUndecided: return "undecided";
    case CanaryVerdict::kKept: return "kept";
    case CanaryVerdict::kRolledBack: return "rolled back";
  }
  return "";
}

CanarySlice& CanarySlice::operator+=(const CanarySlice& other) {
  cost += other.cost;
  cpu_load += other.cpu_load;
  gpu_load += other.gpu_load;
  has_load = has_load && other.has_load;
  has_requests = has_requests && other.has_requests;
  return *this;
}

std::optional<CanaryPair> compare(const CanarySlice& stock, const CanarySlice& learned,
                                  const CanaryConfig& config) {
  const auto has_energy = [](const CanarySlice& slice) {
    return slice.cost.seconds > 0.0 && slice.cost.energy_joules.value_or(0.0) > 0.0;
  };
  if (!has_energy(stock) || !has_energy(learned)) return std::nullopt;
  CanaryPair pair{std::log(watts(learned) / watts(stock)), 0.0};
  if (!stock.has_requests || !learned.has_requests) {
    return has_equal_load(stock, learned) ? std::optional(pair) : std::nullopt;
  }
  if (std::max(stock.cost.served, learned.cost.served) >= kLeastServed) {
    const auto rate = [](const CanarySlice& slice) {
      return std::max(slice.cost.served, 1.0) / slice.cost.seconds;
    };
    pair.energy -= std::log(rate(learned) / rate(stock));
  }
  pair.harm = harm_of(learned, config) - harm_of(stock, config);
  return pair;
}

CanaryTrial::CanaryTrial(const CanaryConfig& config)
    : config_(checked(config)),
      energy_(kEnergyReach, 1.0 - config.confidence),
      harm_(kHarmReach, 1.0 - config.confidence),
      energy_alarm_(kEnergyReach, 0.0),
      harm_alarm_(kHarmReach, kTolerated),
      share_(config.share) {
  memory_.pairs.reserve(config_.most_pairs);
}

void CanaryTrial::add(const CanarySlice& stock, const CanarySlice& learned) {
  if (memory_.verdict == CanaryVerdict::kRolledBack) return;
  const std::optional<CanaryPair> pair = compare(stock, learned, config_);
  if (!pair) {
    ++memory_.left_out;
    return;
  }
  memory_.stock += stock;
  memory_.learned += learned;
  if (!stock.has_requests || !learned.has_requests) ++memory_.by_power;
  if (memory_.verdict == CanaryVerdict::kKept) {
    watch(*pair);
  } else {
    add(*pair);
  }
}

void CanaryTrial::add(const CanaryPair& pair) {
  memory_.pairs.push_back(pair);
  energy_.add(pair.energy);
  harm_.add(pair.harm);
  judge();
  set_share();
}

void CanaryTrial::judge() {
  if (harm_.lower() > kTolerated) return roll_back(CanaryCause::kMisses);
  if (energy_.upper() < 0.0 && harm_.mean() <= kTolerated) {
    memory_.verdict = CanaryVerdict::kKept;
    return;
  }
  if (energy_.lower() > std::log1p(-config_.least_saving)) {
    return roll_back(CanaryCause::kNoSaving);
  }
  if (memory_.pairs.size() >= config_.most_pairs) roll_back(CanaryCause::kNotProven);
}

void CanaryTrial::watch(const CanaryPair& pair) {
  ++memory_.watched;
  energy_alarm_.add(pair.energy);
  harm_alarm_.add(pair.harm);
  std::ranges::copy(energy_alarm_.capitals(), memory_.energy_alarm.begin());
  std::ranges::copy(harm_alarm_.capitals(), memory_.harm_alarm.begin());
  if (harm_alarm_.is_raised()) return roll_back(CanaryCause::kMissesLater);
  if (energy_alarm_.is_raised()) roll_back(CanaryCause::kEnergyLater);
}

void CanaryTrial::set_share() {
  if (memory_.verdict == CanaryVerdict::kKept) {
    share_ = 1.0 - config_.share;
  } else if (memory_.verdict == CanaryVerdict::kUndecided) {
    const bool is_promising = energy_.mean() < 0.0 && harm_.mean() <= kTolerated;
    if (!is_promising) {
      share_ = config_.share;
      since_growth_ = 0;
    } else if (++since_growth_ >= config_.growth_pairs) {
      share_ = std::min(kMostShare, 2.0 * share_);
      since_growth_ = 0;
    }
  }
}

void CanaryTrial::roll_back(CanaryCause cause) {
  memory_.verdict = CanaryVerdict::kRolledBack;
  memory_.cause = cause;
  share_ = 0.0;
}

void CanaryTrial::resume(CanaryMemory memory) {
  if (memory.pairs.size() > config_.most_pairs) {
    throw std::invalid_argument("canary: more pairs than there may be");
  }
  CanaryTrial next(config_);
  for (const CanaryPair& pair : memory.pairs) {
    if (next.memory_.verdict != CanaryVerdict::kUndecided) {
      throw std::invalid_argument("canary: pairs after the verdict");
    }
    next.add(pair);
  }
  const bool was_kept = next.memory_.verdict == CanaryVerdict::kKept;
  const bool later = was_kept && memory.verdict == CanaryVerdict::kRolledBack;
  if (next.memory_.verdict != memory.verdict && !later) {
    throw std::invalid_argument("canary: the verdict is not that of the pairs");
  }
  memory.pairs.reserve(config_.most_pairs);
  next.memory_ = std::move(memory);
  next.energy_alarm_.set_capitals(next.memory_.energy_alarm);
  next.harm_alarm_.set_capitals(next.memory_.harm_alarm);
  if (later) next.share_ = 0.0;
  *this = std::move(next);
}

double CanaryTrial::saving() const { return 0.0 - std::expm1(energy_.mean()); }
double CanaryTrial::saving_low() const { return 0.0 - std::expm1(energy_.upper()); }
double CanaryTrial::saving_high() const { return 0.0 - std::expm1(energy_.lower()); }

}  // namespace flyball
