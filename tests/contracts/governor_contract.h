// What every Governor must hold to. A new governor is one line in the list of the test that
// includes this. The test program links allocation_counter.cpp.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "env/governor.h"
#include "tests/support/allocation_counter.h"

namespace flyball {

struct GovernorCase {
  std::string name;
  std::function<std::unique_ptr<Governor>()> make;
  GovernorScope scope;
  bool is_resident = true;  // decides over one domain, inside the limits in the telemetry
};

// A plausible run of the scope's plant: counters grow, frequencies and limits change.
inline std::vector<Telemetry> telemetry_sequence(const PlantDescription& plant, std::uint64_t seed,
                                                 std::size_t length, double step_seconds) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  std::vector<Telemetry> sequence(length);
  for (std::size_t i = 0; i < length; ++i) {
    Telemetry& telemetry = sequence[i];
    const double time = static_cast<double>(i + 1) * step_seconds;
    telemetry.time_seconds = time;
    const Telemetry* before = i > 0 ? &sequence[i - 1] : nullptr;
    std::vector<DomainTelemetry>& domains = telemetry.domains.refill(time);
    for (std::size_t d = 0; d < plant.domains.size(); ++d) {
      const std::vector<double>& table = plant.domains[d].frequencies_hz;
      const double now = table[random() % table.size()];
      const double low = table[random() % table.size()];
      const double high = table[random() % table.size()];
      const double busy = before ? *(*before->domains)[d].busy_seconds : 0.0;
      domains.push_back(
          {now, now, low, high, uniform(random), busy + step_seconds * uniform(random)});
    }
    std::vector<CpuTelemetry>& cpus = telemetry.cpus.refill(time);
    for (int c = 0; c < plant.cpus; ++c) {
      CpuTelemetry cpu = before ? (*before->cpus)[static_cast<std::size_t>(c)] : CpuTelemetry{};
      const double busy = step_seconds * uniform(random);
      cpu.busy_seconds += busy;
      cpu.idle_seconds += step_seconds - busy;
      cpu.online = c == 0 || random() % 8 != 0;
      cpus.push_back(cpu);
    }
    telemetry.total_watts.refill(time) = 5.0 + uniform(random);
    ApplicationTelemetry& application = telemetry.application.refill(time);
    application.served = 10 * i;
    application.arrived = 10 * i + random() % 5;
    application.queue_length = application.arrived - application.served;
    application.batch_recommended = 4.0;
  }
  return sequence;
}

inline constexpr double kThinkSeconds = 0.01;

inline std::vector<Decision> decide_all(Governor& governor,
                                        const std::vector<Telemetry>& sequence) {
  std::vector<Decision> decisions;
  decisions.reserve(sequence.size());
  for (const Telemetry& telemetry : sequence) {
    decisions.push_back(governor.decide({telemetry, kThinkSeconds}));
  }
  return decisions;
}

inline void check_same(const std::vector<Decision>& a, const std::vector<Decision>& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    CHECK(a[i].setting == b[i].setting);
    CHECK(a[i].decided_by == b[i].decided_by);
    CHECK(a[i].probability == b[i].probability);
  }
}

// Chance took part exactly where it says how likely the choice was; what is left to the residents
// is everything that is allowed.
inline void check_who_decided(const GovernorCase& item, const Decision& decision) {
  if (decision.decided_by == DecidedBy::kRandom) REQUIRE(decision.probability);
  if (decision.probability) {
    CHECK(*decision.probability > 0.0);
    CHECK(*decision.probability <= 1.0);
  }
  if (item.is_resident) {
    CHECK(decision.decided_by == DecidedBy::kPolicy);
    CHECK_FALSE(decision.probability);
  }
  if (decision.decided_by == DecidedBy::kResident) {
    CHECK(decision.setting == full_range(item.scope.limits));
  }
}

inline void check_inside_limits(const GovernorCase& item, const Setting& setting,
                                const Telemetry& telemetry) {
  REQUIRE(setting.size() == item.scope.knobs.size());
  for (std::size_t k = 0; k < setting.size(); ++k) {
    CHECK(setting[k].floor <= setting[k].ceiling);
    if (!item.is_resident || !telemetry.domains) {
      CHECK(setting[k].floor >= item.scope.limits[k].floor);
      CHECK(setting[k].ceiling <= item.scope.limits[k].ceiling);
      continue;
    }
    const Knob& knob = item.scope.knobs[k];
    const DomainTelemetry& domain = (*telemetry.domains)[knob.domains[0]];
    CHECK(knob.levels[setting[k].ceiling] <= domain.ceiling_hz);  // the ceiling wins
    CHECK(knob.levels[setting[k].floor] >= std::min(domain.floor_hz, domain.ceiling_hz));
  }
}

inline void check_governor_contract(const GovernorCase& item) {
  CAPTURE(item.name);
  const std::unique_ptr<Governor> governor = item.make();
  const std::unique_ptr<Governor> twin = item.make();
  CHECK_FALSE(governor->name().empty());
  CHECK(governor->period().seconds > 0.0);
  governor->reset(item.scope);
  twin->reset(item.scope);
  const std::vector<Telemetry> first =
      telemetry_sequence(*item.scope.plant, 1, 60, governor->period().seconds);
  const std::vector<Telemetry> second =
      telemetry_sequence(*item.scope.plant, 2, 60, governor->period().seconds);

  const std::vector<Decision> decisions = decide_all(*governor, first);
  for (std::size_t i = 0; i < first.size(); ++i) {
    check_inside_limits(item, decisions[i].setting, first[i]);
    check_who_decided(item, decisions[i]);
  }
  check_same(decide_all(*twin, first), decisions);  // same inputs, same outputs

  decide_all(*governor, second);
  governor->reset(item.scope);
  check_same(decide_all(*governor, first), decisions);  // reset forgets history

  std::vector<Decision> sink(second.size());
  const std::size_t before = allocation_count();
  for (std::size_t i = 0; i < second.size(); ++i) {
    sink[i] = governor->decide({second[i], kThinkSeconds});
  }
  CHECK(allocation_count() == before);  // decide never allocates

  governor->reset(item.scope);
  const Telemetry nothing;
  const Decision blind = governor->decide({nothing});  // absent telemetry is no accident
  check_inside_limits(item, blind.setting, nothing);
  check_who_decided(item, blind);
}

}  // namespace flyball
