// What an operating point does to one batch, and what the board draws meanwhile: the question that
// the simulation engine asks. Implementations are constant after construction and may be shared.
// The questions throw nothing; what a model cannot answer for, its constructor refuses.
// Implementations: RooflineModel (analytic), MeasuredModel (a sweep table), FittedModel (both).
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>

#include "env/config/fields.h"

namespace flyball {

inline constexpr std::size_t kMaxDomains = 8;
inline constexpr std::size_t kMaxRails = 8;

// What is effective now. The CPU's are those of the thread which does the work.
struct OperatingPoint {
  double cpu_hz = 0.0;
  double gpu_hz = 0.0;
  double emc_hz = 0.0;
  double cpu_share = 1.0;  // of its core's time that the thread gets, (0, 1]
  friend bool operator==(const OperatingPoint&, const OperatingPoint&) = default;
};

// How busy the board's units are, each in [0, 1] of what they can switch; `cpu` in busy cores,
// `iowait` in cores that idle until storage answers. Requires: cpu + iowait <= 1.
struct Activity {
  double cpu = 0.0;
  double gpu = 0.0;
  double emc = 0.0;
  double iowait = 0.0;
};
template <typename Visitor, FieldsOf<Activity> Config>
void visit(Visitor& field, Config& activity) {
  field({"cpu", "cores", within(0, 1), "busy"}, activity.cpu);
  field({"gpu", "", within(0, 1), "share of the GPU that switches"}, activity.gpu);
  field({"emc", "", within(0, 1), "share of the memory's bandwidth"}, activity.emc);
}

// Preparing a piece of a group on the host: `serial_seconds` occupy the one preparing thread, then
// `overlapped_seconds` pass before the piece is ready, beside everything else.
struct Preparation {
  double serial_seconds = 0.0;
  double overlapped_seconds = 0.0;
  double cpu = 1.0;  // cores busy during the serial part, [0, 1]
};

// One batch in service: first the host alone (the accelerator waits), then the accelerator.
struct BatchWork {
  double host_seconds = 0.0;
  double storage_seconds = 0.0;   // of the host part: the server waits for storage
  std::size_t storage_block = 1;  // requests that storage delivers at once where it reads ahead
  double accelerator_seconds = 0.0;
  Activity host;         // while the host part runs
  Activity accelerator;  // while the accelerator part runs
};

// What the rails' power depends on.
struct BoardState {
  std::array<double, kMaxDomains> effective_hz{};  // per domain of the board
  std::array<double, kMaxDomains> activity{};      // CPU domains: busy cores; others: [0, 1]
  std::array<int, kMaxDomains> cpus_online{};      // CPU domains only
  bool gpu_powered = false;                        // false: railgated
  bool accelerator_busy = false;                   // a batch is in its accelerator part
  bool preparing = false;                          // the preparing thread works
  std::size_t batch = 0;                           // requests in service
  double celsius = 25.0;                           // of the module (leakage)
  double fan_watts = 0.0;                          // drawn with what no clock moves
};

class WorkModel {
 public:
  virtual ~WorkModel() = default;
  // The most requests of a group that are prepared as one piece; absent: the whole group.
  virtual std::optional<std::size_t> piece_limit() const = 0;
  // A piece of `piece` requests out of a group of `group`. Requires: 1 <= piece <= group.
  virtual Preparation preparation(std::size_t group, std::size_t piece,
                                  const OperatingPoint& point) const = 0;
  // Requires: requests >= 1.
  virtual BatchWork batch_work(std::size_t requests, const OperatingPoint& point) const = 0;
  // Fills one value per rail of the board.
  virtual void rail_watts(const BoardState& state, std::span<double> watts) const = 0;
};

}  // namespace flyball
