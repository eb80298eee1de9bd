// The simulation engine: a board and its application as events in virtual time. Between events
// everything is constant or linear, so integrals are exact. Same config, same calls: same bits.
//
// Not thread-safe. Control code uses SimPlant; the emulated board drives the engine itself.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <vector>

#include "env/governor.h"
#include "env/plant.h"
#include "env/sim/application.h"
#include "env/sim/board_meter.h"
#include "env/sim/clocked_domain.h"
#include "env/sim/engine_watcher.h"
#include "env/sim/never.h"
#include "env/sim/power_budget.h"
#include "env/sim/sim_config.h"
#include "env/sim/sim_truth.h"
#include "env/sim/thermal_model.h"

namespace flyball {

class Engine {
 public:
  // Throws std::invalid_argument naming the key at fault.
  explicit Engine(SimConfig config);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  const PlantDescription& description() const { return description_; }
  double now_seconds() const { return now_; }
  // Runs every event up to `time_seconds`; does nothing when that has passed.
  void advance_to(double time_seconds);

  // What the board shows now. Starts a new sample of the application's latencies.
  void fill(Telemetry& telemetry);
  // Up to date with now_seconds().
  const SimTruth& truth() const { return truth_; }
  // No request is in the system and none will come, or the critical trip switched the board off:
  // then nothing is served any more and nothing drawn.
  bool is_finished() const {
    return truth_.finished_seconds.has_value() || truth_.shut_down_seconds.has_value();
  }

  // All take effect after the domain's actuation time. Frequencies off the table are rounded as the
  // kernel does: floors up, ceilings down. Absent lifts the limit; the ceiling wins over the floor.
  void set_user_limits(std::size_t domain, std::optional<double> floor_hz,
                       std::optional<double> ceiling_hz);
  // A leaseholder's range of levels; absent gives the domain back.
  void set_lease_limits(std::size_t domain, std::optional<LevelRange> range);
  // Asks for a level, as a resident would (the userspace governor).
  void request(std::size_t domain, Level level);
  // Holds the memory clock at the next table entry >= `hertz`, below its other limits' ceiling;
  // unlock gives it back. Nothing happens on a board without a memory domain.
  void lock_emc(double hertz);
  void unlock_emc();
  // The domain's resident from now on; null: none, the domain stays at what was requested.
  void set_resident(std::size_t domain, std::unique_ptr<Governor> resident);
  // The most requests in one batch; absent: as configured. Counts from the next batch on.
  void set_batch_ceiling(std::optional<double> requests);
  std::optional<double> batch_ceiling() const { return application_.batch_ceiling(); }
  // The share that is sent to a cloud, where the configuration says what that costs; absent: as
  // configured. Counts from the next batch on.
  void set_offload_share(std::optional<double> share);
  // Whether an idle GPU may be railgated (as configured, if so).
  enum class Railgating : std::uint8_t { kForbidden, kAllowed };
  void set_railgating(Railgating railgating);
  // How minibatches of fine-tuning may start from now on; absent: as configured.
  void set_fine_tuning(std::optional<FineTuningRule> rule);

  const ClockedDomain& domain(std::size_t d) const { return domains_[d]; }
  // Whether clocks take now this long, now that long to change.
  bool draws_actuation() const { return config_.actuation.is_drawn(); }
  bool gpu_is_railgated() const { return !gpu_powered_; }
  double true_watts() const { return meter_.true_watts(); }
  // Steps by which the mode's power budget holds the clocks down now.
  std::size_t budget_rung() const { return budget_.rung(); }
  const ThermalModel& thermal() const { return thermal_; }

 private:
  // A governor that runs a domain, and its timer.
  struct Resident {
    std::unique_ptr<Governor> governor;
    Period period;
    double next_seconds = kNever;
    double last_seconds = 0.0;  // of the last poll: its load window begins there
    double busy_at_last = 0.0;  // the domain's busy seconds then
    bool stalled = false;
  };

  // What was published last: constant since then, so that it can be integrated.
  struct Published {
    BoardState board;
    std::array<double, kMaxDomains> busy{};  // share of time that counts as busy; GPU and EMC
    std::array<Level, kMaxDomains> levels{};
    std::vector<double> cpu_activity;  // per CPU
    double server_iowait = 0.0;        // of the server's CPU
    WorkKind work = WorkKind::kServing;
  };

  double next_event_seconds() const;
  void run_instant();
  void run_residents();
  void poll(std::size_t domain);
  void show_residents();
  void watch_temperature();
  void throttle_by_temperature();
  void watch_fan();
  void shut_down();
  void watch_budget();
  ServicePoints service_points() const;
  OperatingPoint operating_point(std::size_t cpu) const;

  void settle();
  void publish();
  void publish_clocks(const ApplicationLoad& load);
  void count_heat(double elapsed, double celsius_before);
  void show_moment() const;
  void follow_accelerator(bool was_busy);
  void wake_residents();
  bool may_poll(std::size_t domain, const ApplicationLoad& load) const;
  bool is_awake(std::size_t domain, const ApplicationLoad& load) const;
  bool is_railgated(std::size_t domain) const;
  bool follows_gpu(std::size_t domain) const;
  double next_grid_tick(const Resident& resident, double after_seconds) const;
  void after_change();

  double busy_now_seconds(std::size_t domain) const;
  void fill_domains(std::vector<DomainTelemetry>& domains) const;
  void fill_domain(std::size_t d, DomainTelemetry& shown) const;
  void fill_cpus(std::vector<CpuTelemetry>& cpus) const;
  void count_cpu(std::size_t c, double elapsed, CpuTelemetry& cpu) const;

  SimConfig config_;
  PlantDescription description_;
  std::vector<ClockedDomain> domains_;
  std::vector<Resident> residents_;  // one per domain; governor may be null
  std::optional<std::size_t> gpu_;
  std::optional<std::size_t> emc_;
  std::vector<std::size_t> cpu_domain_;  // per CPU
  std::size_t server_cpu_ = 0;
  std::size_t preparing_cpu_ = 0;

  double now_ = 0.0;
  double settled_ = 0.0;
  double next_event_ = 0.0;
  bool changed_ = true;  // the board must be published anew
  ServicePoints points_;
  Application application_;
  BoardMeter meter_;
  PowerBudget budget_;
  ThermalModel thermal_;
  SimTruth truth_;
  Published published_;
  std::array<double, kMaxRails> watts_{};
  std::array<double, kMaxDomains> busy_seconds_{};
  std::vector<CpuTelemetry> cpus_;

  bool gpu_powered_ = false;
  Railgating railgating_ = Railgating::kAllowed;
  double railgate_at_ = kNever;
  double thermal_at_ = kNever;
  double fan_at_ = kNever;
  std::optional<double> passive_celsius_;  // the lowest trips of the board's zones
  std::optional<double> critical_celsius_;
  double last_junction_celsius_ = 0.0;  // at the last look: tells the trend
  Level thermal_steps_ = 0;             // levels taken off the top of CPU and GPU

  std::mt19937_64 sensor_random_;
  Telemetry resident_view_;
  std::array<double, kMaxDomains> busy_at_fill_{};  // the reader's load window
  double last_fill_ = 0.0;
  std::array<double, kMaxDomains> shown_utilization_{};
};

}  // namespace flyball
