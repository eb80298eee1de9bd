// Costs over a span of time, and the reward made of them. Pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "env/config/fields.h"
#include "env/state_visitor.h"

namespace flyball {

// What a span cost. E, W and n are credited over the same span.
struct SpanCost {
  double seconds = 0.0;
  // E; absent: power was not read all the time, which is not 0 J. Nothing costs 0 J. A sum with an
  // absent energy in it has none.
  std::optional<double> energy_joules = 0.0;
  double in_system_seconds = 0.0;  // W: integral of the number of requests in the system
  double served = 0.0;             // n
  double missed = 0.0;             // requests that completed after their deadline

  SpanCost& operator+=(const SpanCost& other);
  SpanCost& operator-=(const SpanCost& other);
  SpanCost& operator*=(double factor);

  friend SpanCost operator+(SpanCost a, const SpanCost& b) { return a += b; }
  friend SpanCost operator*(SpanCost cost, double factor) { return cost *= factor; }
};

template <typename Visitor, FieldsOf<SpanCost> Config>
void visit(Visitor& field, Config& cost) {
  field({"seconds", "s", {}, "measured length"}, cost.seconds);
  field({"energy_joules", "J", {}, "energy of the module"}, cost.energy_joules);
  field({"in_system_seconds", "s", {}, "integral of the number of requests in the system"},
        cost.in_system_seconds);
  field({"served", "requests", {}, "requests completed"}, cost.served);
  field({"missed", "requests", {}, "of those, after their deadline"}, cost.missed);
}

// Saves or restores them, field by field. Requires: their energy is known.
void visit_state(StateVisitor& visitor, const std::string& name, std::span<SpanCost> costs);

// What of a span is credited to its action.
enum class SpanCredit : std::uint8_t {
  kPeriod,        // all of it, see replay/period_credit.h
  kWholeBatches,  // its whole batches, see replay/whole_batches.h
};
constexpr auto words(SpanCredit) {
  return std::array{Word{"period", SpanCredit::kPeriod},
                    Word{"whole_batches", SpanCredit::kWholeBatches}};
}

// reward = rho n - (eta E / E_ref + (1 - eta) W / L_ref) - miss_penalty * missed
//
// DVFO eq. 1 and 2 per request instead of per period: with a closed loop (requests back to back)
// summing cost over a fixed time minimises power, not energy per request, so rho is the policy's
// own mean cost per request, iterated (Dinkelbach). With timed arrivals the work is given: rho = 0.
struct RewardConfig {
  double eta = 1.0;                      // 1: energy only, 0: latency only
  double energy_reference_joules = 1.0;  // stock's energy per request
  double latency_reference_seconds = 1.0;
  double rho = 0.0;
  double miss_penalty = 0.0;  // in units of the cost of one request under stock
};

template <typename Visitor, FieldsOf<RewardConfig> Config>
void visit(Visitor& field, Config& config) {
  field({"eta", "", within(0, 1), "1: energy only, 0: latency only"}, config.eta);
  field({"energy_reference_joules", "J", above(0), "E_ref, stock's energy per request"},
        config.energy_reference_joules);
  field({"latency_reference_seconds", "s", above(0), "L_ref, stock's latency"},
        config.latency_reference_seconds);
  field({"rho", "", any_number(), "what a served request is worth"}, config.rho);
  field({"miss_penalty", "", at_least(0), "cost of a miss, in units of a request under stock"},
        config.miss_penalty);
}

// eta E / E_ref + (1 - eta) W / L_ref + miss_penalty * missed: the cost without the rho term.
// Requires of both: the span's energy is known (std::bad_optional_access).
double cost(const RewardConfig& config, const SpanCost& span);
double reward(const RewardConfig& config, const SpanCost& span);

// Throws std::invalid_argument naming the key at fault.
void validate(const RewardConfig& config);

}  // namespace flyball
