// A scripted plant in virtual time: board "test-board", two CPUs in one domain, a GPU and a batch
// knob. Its costs are simple functions of time, its calls can take time and can fail.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "env/logs/row_collector.h"
#include "env/plant.h"

namespace flyball {

struct FakePlantScript {
  // At time t: module power; absent: no power reading.
  std::function<std::optional<double>(double)> watts = [](double) { return 10.0; };
  double requests_per_second = 10.0;
  double in_system = 2.0;   // requests, all the time
  double busy_share = 0.5;  // of every CPU and of the GPU
  std::optional<double> finished_seconds;
  double read_seconds = 0.0;  // what a call takes on the plant's timeline
  double apply_seconds = 0.0;
  std::function<bool(double)> read_fails = [](double) { return false; };
  std::function<bool(double)> apply_fails = [](double) { return false; };
};

class FakePlant final : public Plant {
 public:
  explicit FakePlant(FakePlantScript script = {});

  struct Applied {
    double time_seconds = 0.0;
    Setting setting;
  };

  const PlantDescription& description() const override { return description_; }
  Timeline& timeline() override { return timeline_; }
  [[nodiscard]] std::error_code read(Telemetry& telemetry) noexcept override;
  ControlLease lease(std::span<const std::size_t> knobs) override;

  FakePlantScript& script() { return script_; }
  const std::vector<Applied>& applied() const { return applied_; }
  const std::vector<double>& read_times() const { return read_times_; }
  int leases_held() const { return leases_held_; }
  // Room for so many records, that recording allocates nothing.
  void reserve(std::size_t records);

  // Every knob of the description, and a scope over them.
  std::vector<std::size_t> all_knobs() const;

 private:
  class Grant;
  void fill_domains(Telemetry& telemetry) const;
  void fill_application(Telemetry& telemetry) const;

  FakePlantScript script_;
  PlantDescription description_;
  VirtualTimeline timeline_;
  std::vector<Applied> applied_;
  std::vector<double> read_times_;
  std::vector<LevelRange> ranges_;  // per knob, in force; each runs at its ceiling
  std::vector<bool> lent_;          // per knob
  int leases_held_ = 0;
};

}  // namespace flyball
