// The gym-like environment: reset and step. Not thread-safe; a batch of environments is a batch of
// objects. All implementations pass tests/contracts/environment_contract.h.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "env/delays.h"
#include "env/observation.h"
#include "env/plant.h"
#include "env/reward.h"
#include "env/spaces.h"

namespace flyball {

// terminated: the work ended, the future is worth nothing. truncated: we stopped looking, the
// future goes on and a learner bootstraps from the last observation. Never one flag for both.
struct StepResult {
  double reward = 0.0;
  SpanCost cost;                // what the reward was made of
  SpanCost before_effect;       // the part of it until the action took effect, as in a log's rows
  double effect_seconds = 0.0;  // when that was, after the observation; at most the step's length
  bool terminated = false;
  bool truncated = false;
};

class Environment {
 public:
  virtual ~Environment() = default;
  virtual const BoxSpace& observation_space() const = 0;
  virtual const MultiDiscreteSpace& action_space() const = 0;
  // One byte per level, dimension after dimension: 1 allowed, 0 forbidden by board or mode.
  virtual std::span<const std::uint8_t> action_mask() const = 0;
  // Begins an episode; same seed, same episode. Writes observation_space().size() floats.
  virtual void reset(std::uint64_t seed, std::span<float> observation) = 0;
  // Requires: reset() was called and the episode has not ended (std::logic_error); every level is
  // allowed (std::invalid_argument); its cost can be measured (std::runtime_error).
  virtual StepResult step(std::span<const Level> action, std::span<float> observation) = 0;
};

struct PlantEnvironmentConfig {
  std::vector<std::string> knobs;  // what the actions turn
  EncoderConfig encoder;
  RewardConfig reward;
  // t_AS: between observing and applying, the old setting runs. Each at most the period; drawn with
  // the episode's seed.
  Delays think_seconds = 0.0;
  double horizon_seconds = 600.0;  // an episode longer than this is truncated
};

// A plant as an environment: the control loop turned inside out. Each episode has a new plant.
class PlantEnvironment final : public Environment {
 public:
  using PlantFactory = std::function<std::unique_ptr<Plant>(std::uint64_t seed)>;
  // True energy in joules since the plant began, where a simulation knows it; otherwise the
  // trapezoid of the power readings is used.
  using EnergyMeter = std::function<double(Plant&)>;
  // When what was asked for last is effective, on the plant's timeline, where a simulation draws
  // that; otherwise the description says how long clocks take.
  using EffectTime = std::function<double(Plant&)>;

  PlantEnvironment(PlantEnvironmentConfig config, PlantFactory factory, EnergyMeter meter = {},
                   EffectTime effect_time = {});
  ~PlantEnvironment() override;

  const BoxSpace& observation_space() const override { return observation_space_; }
  const MultiDiscreteSpace& action_space() const override { return action_space_; }
  std::span<const std::uint8_t> action_mask() const override { return mask_; }
  void reset(std::uint64_t seed, std::span<float> observation) override;
  StepResult step(std::span<const Level> action, std::span<float> observation) override;

 private:
  void begin(std::uint64_t seed);
  void describe_spaces();
  SpanCost advance_to(double time_seconds);
  double effect_time_of(std::span<const Level> action);

  PlantEnvironmentConfig config_;
  PlantFactory factory_;
  EnergyMeter meter_;
  EffectTime effect_time_;
  BoxSpace observation_space_;
  MultiDiscreteSpace action_space_;
  std::vector<std::uint8_t> mask_;
  std::unique_ptr<Plant> plant_;
  ControlLease lease_;  // after plant_: given back first
  std::unique_ptr<ObservationEncoder> encoder_;
  std::vector<Level> previous_action_;
  Telemetry telemetry_;
  Telemetry last_;
  double start_seconds_ = 0.0;
  std::optional<DelayDraws> think_draws_;  // of the episode
  double think_seconds_ = 0.0;             // the last one
  double in_effect_seconds_ = 0.0;         // when what was asked for last is, or was
  bool ended_ = true;
};

}  // namespace flyball
