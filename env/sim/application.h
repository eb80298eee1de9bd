// The simulated application: arrivals, a preparing thread, a queue, and one server that takes what
// waits up to the batch ceiling. Events in the engine's time. Not thread-safe.
//
//   arrival -> preparing (a CPU) -> queue -> server: storage, host (a CPU), accelerator, and where
//   a share of the work is sent to a cloud: link, cloud -> served
//
// The engine asks next_seconds(), brings the board there, and calls run(): whatever is due then is
// handled in a fixed order (Slot), so that equal seeds give equal runs. Between two calls nothing
// here changes. Work that is under way when a clock changes keeps the share that is done
// (change_speed). Besides batches the server loads its model, tunes itself at the first use of a
// batch size, is kept off the accelerator by others, and does minibatches of fine-tuning. These may
// run beside it as well (env/sim/co_tenant.h).
//
// Times are simulated seconds since the start, powers watts, batches counts of requests. The
// constructor throws what the work model throws; nothing else throws.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "env/model/work_model.h"
#include "env/offload/offload_work.h"
#include "env/sim/co_tenant.h"
#include "env/sim/cpu_processes.h"
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
  std::size_t server_cpu = 0;
  std::size_t preparing_cpu = 0;
  friend bool operator==(const ServicePoints&, const ServicePoints&) = default;
};

// What the application makes the board do now.
struct ApplicationLoad {
  Activity server;
  double preparing_cpu = 0.0;  // cores
  bool preparing = false;
  bool accelerator_busy = false;
  std::size_t batch = 0;               // requests in service
  std::optional<double> module_watts;  // drawn meanwhile, whatever the activities
  double radio_watts = 0.0;            // on top of what clocks and activities draw
  WorkKind work = WorkKind::kServing;
  const WorkModel* model = nullptr;  // that tells what the rails draw; never null
};

class Application {
 public:
  explicit Application(const SimConfig& config);

  // When something happens next; infinity if nothing will.
  double next_seconds() const;
  // Handles all that is due at `now_seconds` and starts what can start.
  void run(double now_seconds, ServicePoints points, SimTruth& truth);
  // The board's clocks changed: what remains of the work under way goes on at the new speed.
  void change_speed(double now_seconds, ServicePoints points);
  ApplicationLoad load() const;
  // No request is in the system, none will come, and no minibatch is left.
  bool is_finished() const;
  const CpuProcesses& processes() const { return processes_; }
  // From the next minibatch on; absent: as configured.
  void set_fine_tuning(double now_seconds, std::optional<FineTuningRule> rule);

  // The most requests in one batch from the next on; absent: as configured.
  void set_batch_ceiling(std::optional<double> requests);
  std::optional<double> batch_ceiling() const { return ceiling_; }

  // The share that is sent from the next batch on; absent: as configured.
  void set_offload_share(std::optional<double> share);

  void settle(double now_seconds, SimTruth& truth) { queue_.settle(now_seconds, truth); }
  std::size_t in_system() const { return queue_.in_system(); }
  // Fills the application's group; latencies are those since the last call.
  void fill(double now_seconds, const SimTruth& truth, ApplicationTelemetry& telemetry);

 private:
  // What can be due, in the order in which it is handled when due together.
  enum Slot : std::size_t {
    kProcess,
    kStart,
    kService,
    kPrepare,
    kReady,
    kArrival,
    kOccupation,
    kFineTune,
    kCoTenant,
    kSlots
  };
  // What the server is in the middle of.
  enum class Phase : std::uint8_t {
    kIdle,
    kLoadingStorage,
    kLoadingHost,
    kLoadingAccelerator,
    kTuning,
    kStorage,
    kHost,
    kAccelerator,
    kSending,
    kCloud,
    kOccupied,
    kFineTuningHost,
    kFineTuningAccelerator
  };

  void handle(Slot slot, double now_seconds, ServicePoints& points, SimTruth& truth);
  void share_cpus(ServicePoints& points) const;
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
  bool is_minibatch_turn() const;
  bool may_begin_minibatch(FineTuningRule way) const;
  bool begin_fine_tuning(double now_seconds, const ServicePoints& points);
  void begin_minibatch(double now_seconds);
  void end_minibatch(double now_seconds, SimTruth& truth);
  void take_jobs(double now_seconds);
  void begin_co_tenant(double now_seconds, const ServicePoints& points);
  void share_accelerator(double now_seconds, const ServicePoints& points);
  bool is_batch_on_accelerator() const;
  void add_co_tenant(ApplicationLoad& load) const;
  void fill_fine_tuning(const SimTruth& truth, ApplicationTelemetry& telemetry) const;
  void follow_mix(double now_seconds);
  std::optional<std::uint64_t> left_of_phase() const;
  bool is_phase_over(const WorkPhase& phase, double now_seconds) const;
  void begin_batch(double now_seconds, const ServicePoints& points);
  void begin_host(double now_seconds, const ServicePoints& points);
  void price_batch(const ServicePoints& points);
  bool reads_ahead() const;
  void begin(Phase phase, double now_seconds, const ServicePoints& points);
  bool begin_sending(double now_seconds, const ServicePoints& points);
  void end_sending(double now_seconds, const ServicePoints& points);
  double phase_seconds(const ServicePoints& points) const;
  void fill_offload(double now_seconds, ApplicationTelemetry& telemetry);
  void fill_latencies(const SimTruth& truth, ApplicationTelemetry& telemetry);

  std::shared_ptr<const WorkModel> model_;  // of the batches from the next on
  WorkMix mix_;
  std::optional<FineTuning> fine_tuning_;
  CpuProcesses processes_;
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
  std::vector<std::pair<const WorkModel*, std::size_t>> known_buckets_;
  std::size_t mix_phase_ = 0;
  double mix_since_seconds_ = 0.0;
  std::uint64_t mix_requests_ = 0;  // taken into service in this phase
  FineTuningRule fine_tuning_rule_ = FineTuningRule::kBetween;
  std::uint64_t jobs_to_come_ = 0;
  double next_job_seconds_ = 0.0;
  std::uint64_t minibatches_left_ = 0;  // of the jobs that have come
  double minibatch_since_seconds_ = 0.0;
  std::optional<double> minibatch_seconds_;  // of the last one
  CoTenant co_tenant_;
  SharedSlowness slowness_;  // of the two now
  std::uint64_t batches_since_minibatch_ = 0;
  std::optional<double> ceiling_;
  std::optional<OffloadConfig> offload_;
  std::optional<BandwidthTrace> link_;
  double share_ = 0.0;        // asked for
  double batch_share_ = 0.0;  // of the batch in service
  double sending_since_seconds_ = 0.0;
  std::optional<double> bandwidth_bits_per_second_;
  double bandwidth_since_seconds_ = 0.0;
  std::optional<double> top_share_;
  std::mt19937_64 offload_random_;

  Phase phase_ = Phase::kIdle;
  ProgressClock service_;
  BatchWork work_;
  std::shared_ptr<const WorkModel> preparing_model_;  // of the piece being prepared
  std::size_t batch_ = 0;
  std::optional<std::size_t> last_batch_;
  double service_factor_ = 1.0;
  double storage_due_seconds_ = 0.0;      // of requests served from what was read before
  std::size_t requests_since_block_ = 0;  // taken into service since storage was waited for
  bool preparing_ = false;
  ProgressClock preparing_clock_;
  Preparation preparation_;
  GroupPiece piece_;

  std::size_t told_latencies_ = 0;
  std::vector<double> scratch_;
};

}  // namespace flyball
