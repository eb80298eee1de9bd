// The simulated application: arrivals, a preparing thread, a queue, and one server that takes what
// waits up to the batch ceiling. Events in the engine's time. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "env/model/work_model.h"
#include "env/sim/progress_clock.h"
#include "env/sim/request_queue.h"
#include "env/sim/sim_config.h"
#include "env/sim/sim_truth.h"
#include "env/telemetry.h"

namespace flyball {

// The operating points that the server and the preparing thread run at.
struct ServicePoints {
  OperatingPoint server;
  OperatingPoint preparing;
};

// What the application makes the board do now.
struct ApplicationLoad {
  Activity server;
  double preparing_cpu = 0.0;  // cores
  bool preparing = false;
  bool accelerator_busy = false;
  std::size_t batch = 0;               // requests in service
  std::optional<double> module_watts;  // drawn meanwhile, whatever the activities
  WorkKind work = WorkKind::kServing;
};

class Application {
 public:
  explicit Application(const SimConfig& config);

  // When something happens next; infinity if nothing will.
  double next_seconds() const;
  // Handles all that is due at `now_seconds` and starts what can start.
  void run(double now_seconds, const ServicePoints& points, SimTruth& truth);
  // The board's clocks changed: what remains of the work under way goes on at the new speed.
  void change_speed(double now_seconds, const ServicePoints& points);
  ApplicationLoad load() const;
  // No request is in the system and none will come.
  bool is_finished() const;

  // The most requests in one batch from the next on; absent: as configured.
  void set_batch_ceiling(std::optional<double> requests);
  std::optional<double> batch_ceiling() const { return ceiling_; }

  void settle(double now_seconds, SimTruth& truth) { queue_.settle(now_seconds, truth); }
  std::size_t in_system() const { return queue_.in_system(); }
  // Fills the application's group; latencies are those since the last call.
  void fill(double now_seconds, const SimTruth& truth, ApplicationTelemetry& telemetry);

 private:
  enum Slot : std::size_t { kStart, kService, kPrepare, kReady, kArrival, kOccupation, kSlots };
  enum class Phase : std::uint8_t {
    kIdle,
    kLoadingHost,
    kLoadingAccelerator,
    kTuning,
    kHost,
    kAccelerator,
    kOccupied
  };

  void handle(Slot slot, double now_seconds, const ServicePoints& points, SimTruth& truth);
  void end_service(double now_seconds, const ServicePoints& points, SimTruth& truth);
  void arrive(double now_seconds, std::size_t requests, std::optional<double> limit_seconds,
              SimTruth& truth);
  void take_arrival(double now_seconds, SimTruth& truth);
  void start_preparing(double now_seconds, const ServicePoints& points);
  void end_loading(double now_seconds);
  void end_batch(double now_seconds, SimTruth& truth);
  void dispatch(double now_seconds, const ServicePoints& points, SimTruth& truth);
  bool begin_occupation(double now_seconds, const ServicePoints& points);
  bool begin_first_use(double now_seconds, const ServicePoints& points, SimTruth& truth);
  void begin_batch(double now_seconds, const ServicePoints& points);
  void begin(Phase phase, double now_seconds, const ServicePoints& points);
  double phase_seconds(const ServicePoints& points) const;
  void fill_latencies(const SimTruth& truth, ApplicationTelemetry& telemetry);

  std::shared_ptr<const WorkModel> model_;
  std::vector<Arrival> arrivals_;
  std::optional<ClosedLoop> closed_loop_;
  std::vector<Occupation> occupations_;
  std::optional<LoadWork> load_;
  std::optional<FirstUse> first_use_;
  std::optional<double> default_ceiling_;
  Batching batching_;
  double service_noise_;
  std::mt19937_64 random_;

  std::array<double, kSlots> next_;
  RequestQueue queue_;
  std::size_t next_arrival_ = 0;
  std::uint64_t to_issue_ = 0;  // closed loop: requests that have not arrived yet
  std::size_t next_occupation_ = 0;
  std::vector<std::size_t> known_buckets_;
  std::optional<double> ceiling_;

  Phase phase_ = Phase::kIdle;
  ProgressClock service_;
  BatchWork work_;
  std::size_t batch_ = 0;
  std::optional<std::size_t> last_batch_;
  double service_factor_ = 1.0;
  bool preparing_ = false;
  ProgressClock preparing_clock_;
  Preparation preparation_;
  GroupPiece piece_;

  std::size_t told_latencies_ = 0;
  std::vector<double> scratch_;
};

}  // namespace flyball
