// What every Plant must do. `make` returns a new plant each time; plants of the same seed show the
// same bits. Works in the plant's own time, so use plants on virtual time or quick ones.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <vector>

#include "env/governor.h"
#include "env/plant.h"

namespace flyball {

using PlantFactoryFunction = std::function<std::unique_ptr<Plant>(std::uint64_t seed)>;

struct PlantContract {
  PlantFactoryFunction make;
  double settle_seconds = 0.1;   // longer than every actuation
  bool is_deterministic = true;  // simulations

  void check_all() const {
    check_description();
    check_time();
    check_telemetry();
    check_lease_restores();
    check_second_lease();
    check_clamping();
    check_crossed_range();
    if (is_deterministic) check_determinism();
  }

  static Telemetry read(Plant& plant) {
    Telemetry telemetry;
    REQUIRE_FALSE(plant.read(telemetry));
    return telemetry;
  }

  static std::vector<std::size_t> all_knobs(const Plant& plant) {
    std::vector<std::size_t> knobs;
    for (std::size_t k = 0; k < plant.description().knobs.size(); ++k) knobs.push_back(k);
    return knobs;
  }

  void wait(Plant& plant) const {
    plant.timeline().sleep_until(plant.timeline().now_seconds() + settle_seconds);
  }

  void check_description() const {
    const auto plant = make(1);
    CHECK_NOTHROW(validate(plant->description()));
    CHECK_FALSE(plant->description().board.empty());
  }

  void check_time() const {
    const auto plant = make(1);
    const double start = plant->timeline().now_seconds();
    wait(*plant);
    const double later = plant->timeline().now_seconds();
    CHECK(later >= start + settle_seconds);
    plant->timeline().sleep_until(start);  // passed already: returns at once
    CHECK(plant->timeline().now_seconds() >= later);
  }

  // Stamps lie in the past and never go back; counters never fall; groups fit the description.
  void check_telemetry() const {
    const auto plant = make(1);
    const PlantDescription& description = plant->description();
    Telemetry before = read(*plant);
    for (int i = 0; i < 20; ++i) {
      wait(*plant);
      const Telemetry now = read(*plant);
      CHECK(now.time_seconds > before.time_seconds);
      CHECK(now.time_seconds <= plant->timeline().now_seconds());
      REQUIRE(now.domains.has_value());
      CHECK(now.domains.time_seconds() <= now.time_seconds);
      CHECK(now.domains.time_seconds() >= before.domains.time_seconds());
      REQUIRE(now.domains->size() == description.domains.size());
      check_domains(*before.domains, *now.domains);
      if (now.cpus && before.cpus) check_cpus(*before.cpus, *now.cpus);
      if (now.rail_watts) CHECK(now.rail_watts->size() == description.rails.size());
      if (now.temperatures_celsius) {
        CHECK(now.temperatures_celsius->size() == description.zones.size());
      }
      if (now.application && before.application) {
        check_application(*before.application, *now.application);
      }
      before = now;
    }
  }

  static void check_domains(const std::vector<DomainTelemetry>& before,
                            const std::vector<DomainTelemetry>& now) {
    for (std::size_t d = 0; d < now.size(); ++d) {
      CHECK(now[d].floor_hz <= now[d].ceiling_hz);
      CHECK(now[d].requested_hz > 0.0);
      if (now[d].busy_seconds && before[d].busy_seconds) {
        CHECK(*now[d].busy_seconds >= *before[d].busy_seconds);
      }
      if (now[d].utilization) {
        CHECK(*now[d].utilization >= 0.0);
        CHECK(*now[d].utilization <= 1.0);
      }
    }
  }

  static void check_cpus(const std::vector<CpuTelemetry>& before,
                         const std::vector<CpuTelemetry>& now) {
    for (std::size_t c = 0; c < now.size(); ++c) {
      CHECK(now[c].busy_seconds >= before[c].busy_seconds);
      CHECK(now[c].idle_seconds >= before[c].idle_seconds);
      CHECK(now[c].iowait_seconds >= before[c].iowait_seconds);
    }
  }

  static void check_application(const ApplicationTelemetry& before,
                                const ApplicationTelemetry& now) {
    CHECK(now.arrived >= before.arrived);
    CHECK(now.served >= before.served);
    CHECK(now.missed >= before.missed);
    CHECK(now.missed <= now.served + now.queue_length);
    CHECK(now.arrived >= now.served);
    CHECK(now.in_system_seconds >= before.in_system_seconds);
    CHECK(now.batches >= before.batches);
  }

  static void check_same_limits(const Telemetry& a, const Telemetry& b) {
    for (std::size_t d = 0; d < a.domains->size(); ++d) {
      CHECK((*a.domains)[d].floor_hz == (*b.domains)[d].floor_hz);
      CHECK((*a.domains)[d].ceiling_hz == (*b.domains)[d].ceiling_hz);
    }
    if (a.application && b.application) {
      CHECK(a.application->batch_recommended == b.application->batch_recommended);
    }
  }

  // Limits read as before once the lease is gone; requests too where nobody moves them meanwhile.
  void check_lease_restores() const {
    const auto plant = make(1);
    const Telemetry before = read(*plant);
    {
      ControlLease lease = plant->lease(all_knobs(*plant));
      CHECK(lease.is_held());
      const std::vector<LevelRange>& limits = plant->description().limits;
      for (const bool low : {true, false}) {
        std::vector<Level> levels;
        for (const LevelRange& limit : limits) levels.push_back(low ? limit.floor : limit.ceiling);
        CHECK_FALSE(lease.apply(Setting::pinned(levels)));
        wait(*plant);
        const Telemetry now = read(*plant);
        for (std::size_t k = 0; k < levels.size(); ++k) {
          const auto level = effective_level(plant->description().knobs[k], now);
          if (level) CHECK(*level == levels[k]);
        }
      }
    }
    check_same_limits(before, read(*plant));
    ControlLease again = plant->lease(all_knobs(*plant));
    again.release();
    CHECK_FALSE(again.is_held());
    check_same_limits(before, read(*plant));
  }

  void check_second_lease() const {
    const auto plant = make(1);
    const std::vector<std::size_t> first = {0};
    ControlLease lease = plant->lease(first);
    CHECK_THROWS_AS((void)plant->lease(first), std::logic_error);
    const std::vector<std::size_t> unknown = {plant->description().knobs.size()};
    CHECK_THROWS_AS((void)plant->lease(unknown), std::invalid_argument);
    lease.release();
    CHECK_NOTHROW((void)plant->lease(first));
  }

  void check_clamping() const {
    const auto plant = make(1);
    ControlLease lease = plant->lease(all_knobs(*plant));
    std::vector<Level> levels(plant->description().knobs.size(), Level{60000});
    CHECK_FALSE(lease.apply(Setting::pinned(levels)));
    wait(*plant);
    const Telemetry now = read(*plant);
    for (std::size_t k = 0; k < levels.size(); ++k) {
      const auto level = requested_level(plant->description().knobs[k], now);
      if (level) CHECK(*level == plant->description().limits[k].ceiling);
    }
  }

  // A floor above its ceiling is lowered to it, as in the kernel: the same as the ceiling pinned.
  void check_crossed_range() const {
    const auto plant = make(1);
    const PlantDescription& description = plant->description();
    ControlLease lease = plant->lease(all_knobs(*plant));
    Setting crossed = full_range(description.limits);
    for (std::size_t k = 0; k < crossed.size(); ++k) {
      crossed[k] = {description.limits[k].ceiling, description.limits[k].floor};
    }
    CHECK_FALSE(lease.apply(crossed));
    wait(*plant);
    const Telemetry now = read(*plant);
    for (std::size_t k = 0; k < crossed.size(); ++k) {
      const Knob& knob = description.knobs[k];
      const double ceiling = knob.levels[description.limits[k].floor];
      for (const std::size_t d : knob.domains) {
        CHECK((*now.domains)[d].floor_hz == ceiling);
        CHECK((*now.domains)[d].ceiling_hz == ceiling);
      }
      if (!knob.is_application() || !now.application) continue;
      CHECK(application_value(knob, *now.application) == ceiling);
    }
  }

  void check_determinism() const {
    const auto run = [this] {
      const auto plant = make(7);
      std::vector<double> shown;
      for (int i = 0; i < 30; ++i) {
        wait(*plant);
        const Telemetry now = read(*plant);
        if (now.total_watts) shown.push_back(*now.total_watts);
        for (const DomainTelemetry& domain : *now.domains)
          shown.push_back(domain.effective_hz.value());
        if (now.application) shown.push_back(now.application->in_system_seconds);
      }
      return shown;
    };
    CHECK(run() == run());
  }
};

}  // namespace flyball
