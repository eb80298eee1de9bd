// What can be turned: domains, knobs, settings, operating points. Values; freely copyable.
//
// Frequencies are hertz, batches requests, offload shares. Levels index ascending tables.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "env/state_visitor.h"

namespace flyball {

enum class DomainKind : std::uint8_t { kCpu, kGpu, kEmc };

// "cpu", "gpu" or "emc".
const char* to_string(DomainKind kind);

// One physically clocked unit of the board: a cpufreq policy, the GPU, the memory controller.
struct Domain {
  std::string name;  // "cpu0" (cpufreq policy 0), "gpu", "emc"
  DomainKind kind = DomainKind::kCpu;
  std::vector<double> frequencies_hz;  // ascending, not empty
  double actuation_seconds = 0.0;      // from request to effect
  std::vector<int> cpus;               // CPU numbers; CPU domains only
};

// What a controller turns: named, ordered levels over ganged domains, or of the application.
struct Knob {
  std::string name;                  // "cpu", "gpu", "emc"; the application's: kBatchKnob, ...
  std::vector<double> levels;        // ascending, not empty; hertz; of the application, see there
  std::vector<std::size_t> domains;  // ganged domains (same table); empty: the application's knob

  bool is_application() const { return domains.empty(); }
};

// The application's knobs.
inline constexpr const char* kBatchKnob = "batch";      // requests in a batch, at most
inline constexpr const char* kOffloadKnob = "offload";  // share that is sent to a cloud, 0 to 1
// Whether minibatches of fine-tuning run: 0 none, 1 between the batches of inference, 2 beside
// them.
inline constexpr const char* kFineTuningKnob = "fine_tuning";

// One of these, by its name: for whoever has no Knob at hand.
bool is_application_knob(std::string_view name);
// Whether its levels may begin at 0: of a share, and of fine-tuning.
bool may_be_zero(std::string_view name);

using Level = std::uint16_t;

struct LevelRange {
  Level floor = 0;
  Level ceiling = 0;

  bool is_pinned() const { return floor == ceiling; }
  friend bool operator==(const LevelRange&, const LevelRange&) = default;
};

// `wanted` moved into `limits`. Where its floor is above its ceiling the ceiling wins, as in the
// kernel: the floor is lowered to it.
LevelRange clamped(const LevelRange& wanted, const LevelRange& limits);

inline constexpr std::size_t kMaxKnobs = 8;

// What a controller asks for: per knob a floor and a ceiling level (pinning is floor = ceiling).
// Entries are in the order of the knobs the controller was given; fixed storage, no allocation.
class Setting {
 public:
  Setting() = default;
  // Pins every knob. Requires: levels.size() <= kMaxKnobs.
  static Setting pinned(std::span<const Level> levels);

  std::size_t size() const { return size_; }
  void resize(std::size_t size) { size_ = size; }
  LevelRange& operator[](std::size_t knob) { return ranges_[knob]; }
  const LevelRange& operator[](std::size_t knob) const { return ranges_[knob]; }
  friend bool operator==(const Setting& a, const Setting& b);

 private:
  std::size_t size_ = 0;
  std::array<LevelRange, kMaxKnobs> ranges_{};
};

// Saves or restores it, field by field.
void visit_state(StateVisitor& visitor, const std::string& name, Setting& setting);

// Every knob's range moved into its limits. Requires: one limit per knob.
Setting clamped(const Setting& wanted, std::span<const LevelRange> limits);

// The lowest level whose value is >= `value`, or the last one (the kernel's RELATION_L).
Level level_at_least(std::span<const double> levels, double value);
// The highest level whose value is <= `value`, or the first one (RELATION_H).
Level level_at_most(std::span<const double> levels, double value);
// The level nearest to `value`, the lower one on a tie (RELATION_C).
Level level_nearest(std::span<const double> levels, double value);

// Finds a knob by name; throws std::invalid_argument naming the knobs that exist.
std::size_t find_knob(std::span<const Knob> knobs, const std::string& name);

// Throws std::invalid_argument naming the key path at fault ("gpu.frequencies_hz[3]").
void validate(const Domain& domain);
void validate(const Knob& knob, std::span<const Domain> domains);

}  // namespace flyball
