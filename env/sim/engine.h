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
#include "env/sim/board_meter.h"
#include "env/sim/clocked_domain.h"
#include "env/sim/progress_clock.h"
#include "env/sim/request_queue.h"
#include "env/sim/sim_config.h"
#include "env/sim/sim_truth.h"

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
  // No request is in the system and none will come.
  bool is_finished() const { return truth_.finished_seconds.has_value(); }

  // All take effect after the domain's actuation time. Frequencies off the table are rounded as the
  // kernel does: floors up, ceilings down. Absent lifts the limit; the ceiling wins over the floor.
  void set_user_limits(std::size_t domain, std::optional<double> floor_hz,
                       std::optional<double> ceiling_hz);
  // A leaseholder's range of levels; absent gives the domain back.
  void set_lease_limits(std::size_t domain, std::optional<LevelRange> range);
  // Asks for a level, as a resident would (userspace governor, restoring a lease).
  void request(std::size_t domain, Level level);
  // Holds the memory clock at the next table entry >= `hertz`; unlock gives it back.
  void lock_emc(double hertz);
  void unlock_emc();
  // The domain's resident from now on; null: none, the domain stays at what was requested.
  void set_resident(std::size_t domain, std::unique_ptr<Governor> resident);
  // The most requests in one batch; absent: as configured. Counts from the next batch on.
  void set_batch_ceiling(std::optional<double> requests);
  std::optional<double> batch_ceiling() const { return batch_ceiling_; }
  // Whether an idle GPU may be railgated (as configured, if so).
  enum class Railgating : std::uint8_t { kForbidden, kAllowed };
  void set_railgating(Railgating railgating);

  const ClockedDomain& domain(std::size_t d) const { return domains_[d]; }
  bool gpu_is_railgated() const { return !gpu_powered_; }
  double true_watts() const { return meter_.true_watts(); }

 private:
  static constexpr double kNever = ClockedDomain::kNever;
  // When what happens next, one slot per kind of event; kNever if it does not.
  enum Slot : std::size_t {
    kService,
    kPrepare,
    kReady,
    kArrival,
    kOccupation,
    kRailgate,
    kThermal,
    kEffects,
    kResidents = kEffects + kMaxDomains,
    kSlots = kResidents + kMaxDomains
  };
  enum class Phase : std::uint8_t { kIdle, kHost, kAccelerator, kOccupied };

  struct Resident {
    std::unique_ptr<Governor> governor;
    Period period;
    double last_seconds = 0.0;  // of the last poll: its load window begins there
    double busy_at_last = 0.0;  // the domain's busy seconds then
    bool stalled = false;
  };

  // Events
  void run_instant();
  void handle(std::size_t slot);
  void on_service_end();
  void on_arrival();
  void on_prepared();
  void on_effect(std::size_t domain);
  void on_resident(std::size_t domain);
  void on_thermal();
  // The application
  void arrive(std::size_t requests, std::optional<double> limit_seconds);
  void schedule_arrival();
  void start_preparing();
  void dispatch();
  void start_batch(std::size_t requests);
  void begin_phase(Phase phase);
  void change_speed();
  void replace_served(std::size_t served);
  void check_finished();
  double service_seconds() const;
  Preparation preparation() const;
  OperatingPoint operating_point(int cpu) const;
  // The board
  void settle();
  void publish();
  void update_state();
  void update_cpus();
  void follow_accelerator(bool was_busy);
  void wake_residents();
  void schedule_grid_tick(std::size_t domain);
  bool is_awake() const;
  bool uses_gpu_rule(std::size_t domain) const;
  void after_request(std::size_t domain);
  void add_resident(std::size_t domain, std::unique_ptr<Governor> resident);
  void fill_clocks(Telemetry& telemetry) const;
  void fill_application(Telemetry& telemetry);
  double domain_busy_seconds(std::size_t domain) const;

  SimConfig config_;
  PlantDescription description_;
  std::vector<ClockedDomain> domains_;
  std::vector<Resident> residents_;
  std::optional<std::size_t> gpu_;  // domain indices
  std::optional<std::size_t> emc_;
  std::vector<std::size_t> cpu_domain_;  // per CPU
  int server_cpu_ = 0;
  int preparing_cpu_ = 0;

  std::array<double, kSlots> next_{};
  double now_ = 0.0;
  double settled_ = 0.0;
  bool changed_ = true;  // the board's state must be published anew

  RequestQueue queue_;
  std::size_t next_arrival_ = 0;
  std::uint64_t to_issue_ = 0;  // closed loop: requests that have not arrived yet
  Phase phase_ = Phase::kIdle;
  ProgressClock service_;
  BatchWork work_;
  std::size_t batch_ = 0;
  std::size_t last_batch_ = 0;
  double service_factor_ = 1.0;
  std::size_t next_occupation_ = 0;
  double occupied_watts_ = 0.0;
  bool preparing_ = false;
  ProgressClock preparation_clock_;
  GroupPiece piece_;
  std::optional<double> batch_ceiling_;

  bool gpu_powered_ = false;
  bool railgating_ = true;
  double accelerator_busy_since_ = 0.0;
  std::optional<Level> thermal_cap_gpu_;
  BoardState state_;
  Activity published_;  // of the server's phase
  std::array<double, kMaxDomains> busy_seconds_{};
  std::vector<CpuTelemetry> cpus_;
  std::vector<double> cpu_activity_;
  std::array<double, kMaxRails> watts_{};
  BoardMeter meter_;
  SimTruth truth_;
  std::mt19937_64 sensor_random_;
  std::mt19937_64 service_random_;
  Telemetry resident_view_;
  double emitted_latencies_ = 0;
  std::vector<double> latency_scratch_;
};

}  // namespace flyball
