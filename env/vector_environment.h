// N environments stepped as one, on a few threads that stay. The environments write into a shared
// batch and know nothing of threads; environment i is seeded seed + i, so results do not depend on
// the number of threads (after EnvPool). Call from one thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "env/environment.h"

namespace flyball {

// What happens to an environment whose episode has ended.
enum class Autoreset : std::uint8_t {
  kSameStep,  // reset at once: `observations` begins the next episode, `final_observations` ended
              // it
  kDisabled,  // stays as it is, its row untouched and its reward 0, until it is reset
};

// Row i belongs to environment i. What a step does not concern keeps its value.
struct EnvironmentBatch {
  std::vector<float> observations;        // [environment][observation]
  std::vector<float> final_observations;  // of the episodes that ended in the last step
  std::vector<double> rewards;            // of the last step
  std::vector<SpanCost> costs;            // what the rewards were made of
  std::vector<std::uint8_t> terminated;   // 1: the work ended in the last step
  std::vector<std::uint8_t> truncated;    // 1: we stopped looking; never both
};

struct VectorEnvironmentConfig {
  std::size_t environments = 1;
  std::size_t threads = 1;  // the calling one included
  Autoreset autoreset = Autoreset::kSameStep;
};

class VectorEnvironment {
 public:
  // `make(i)` makes environment i; all have the same spaces and share nothing that changes. Throws
  // std::invalid_argument naming what is at fault.
  using Factory = std::function<std::unique_ptr<Environment>(std::size_t)>;
  VectorEnvironment(const VectorEnvironmentConfig& config, const Factory& make);
  ~VectorEnvironment();
  VectorEnvironment(const VectorEnvironment&) = delete;
  VectorEnvironment& operator=(const VectorEnvironment&) = delete;

  std::size_t size() const { return slots_.size(); }
  const BoxSpace& observation_space() const { return slots_[0].environment->observation_space(); }
  const MultiDiscreteSpace& action_space() const { return slots_[0].environment->action_space(); }
  std::span<const std::uint8_t> action_mask(std::size_t i) const {
    return slots_[i].environment->action_mask();
  }
  const EnvironmentBatch& batch() const { return batch_; }
  std::span<const float> observation(std::size_t i) const;

  // Begins an episode in each; its k-th episode has seed + i + (k - 1) size().
  void reset(std::uint64_t seed);
  // Begins the next episode in one environment. Requires: reset(seed) was called.
  void reset_one(std::size_t i);
  // `actions`: a row of levels per environment. What an environment throws is thrown here, of the
  // first one that did; the others have been stepped. Requires: reset(seed) was called.
  void step(std::span<const Level> actions);

 private:
  struct Slot {
    std::unique_ptr<Environment> environment;
    std::uint64_t next_seed = 0;
    bool ended = false;
    std::exception_ptr error;
  };
  class Workers;

  std::span<float> observation_row(std::size_t i);
  void begin_episode(std::size_t i);
  void step_one(std::size_t i, std::span<const Level> action);
  void run_all(const std::function<void(std::size_t)>& work);

  VectorEnvironmentConfig config_;
  std::vector<Slot> slots_;
  EnvironmentBatch batch_;
  std::unique_ptr<Workers> workers_;
};

}  // namespace flyball
