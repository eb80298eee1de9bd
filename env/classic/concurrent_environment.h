// A process whose decisions take time: while the next action is chosen, for t_AS seconds, the
// previous one goes on (Xiao et al., ICLR 2020). Not thread-safe.
//
//   t            observed; the previous action runs
//   t + t_AS     the action takes effect
//   t + H        next observation
//
// t_AS is drawn once an episode, with its seed, from what was measured: as on a board, whose load
// differs from run to run. Before the first decision the middle level runs.
#pragma once

#include <memory>
#include <random>
#include <vector>

#include "env/classic/classic_process.h"
#include "env/environment.h"

namespace flyball {

struct ConcurrentConfig {
  double period_seconds = 0.1;  // H
  // t_AS as measured, in [0, H]; one is drawn per episode, each as likely. Empty: 0, the world
  // waits (a blocking decision).
  std::vector<double> think_seconds;
  // Inputs beside the process's state; each can be left out to measure what it is worth.
  bool with_previous_action = true;  // its force in [-1, 1]
  bool with_t_as = true;             // t_AS / H
  bool with_vector_to_go = true;  // what of the previous action is still to come: force * t_AS / H
};

// Throws std::invalid_argument naming the key at fault.
void validate(const ConcurrentConfig& config);

class ConcurrentEnvironment final : public Environment {
 public:
  // Throws std::invalid_argument when the config is not valid.
  ConcurrentEnvironment(std::unique_ptr<ClassicProcess> process, const ConcurrentConfig& config);

  const BoxSpace& observation_space() const override { return observation_space_; }
  const MultiDiscreteSpace& action_space() const override { return action_space_; }
  std::span<const std::uint8_t> action_mask() const override { return mask_; }
  void reset(std::uint64_t seed, std::span<float> observation) override;
  StepResult step(std::span<const Level> action, std::span<float> observation) override;

  const RewardConfig& reward_config() const { return reward_; }

 private:
  void observe(std::span<float> observation) const;

  std::unique_ptr<ClassicProcess> process_;
  ConcurrentConfig config_;
  RewardConfig reward_;
  BoxSpace observation_space_;
  MultiDiscreteSpace action_space_;
  std::vector<std::uint8_t> mask_;
  double think_seconds_ = 0.0;  // of this episode
  double elapsed_seconds_ = 0.0;
  std::size_t running_ = 0;  // the level in force
  bool ended_ = true;
};

}  // namespace flyball
