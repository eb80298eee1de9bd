// What a policy would cost, estimated from logs that others wrote. Pure functions; the same seed,
// the same bits.
//
// Fitted Q evaluation with linear features (Le et al. 2019; its fixed point, which is LSTD-Q): the
// discounted sums of energy, in-system time, requests and misses under the policy, each linear in
// psi(s, a) = [phi(a), phi_c(a) x s], phi as the smooth head's matrix (agent/action_features.h),
// phi_c its first columns:
//   (sum w psi (psi - gamma^(T/H) psi')^T + ridge) theta = sum w psi cost,   psi' = psi(s', pi(s'))
// Their means over the logs' observations, divided by each other, are figures per request. The
// intervals are percentile bootstraps over blocks of the log (Hao et al. 2021): what goes on from
// span to span stays together. They tell of the noise in the logs, not of what phi cannot express.
//
// Importance sampling (per-decision, weighted; Precup et al. 2000) needs no model, but the
// probabilities of the logs' choices, and data: it is refused below an effective sample size of 30.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "env/statistics.h"
#include "policies/safetensors.h"
#include "replay/transition.h"

namespace flyball {

// A policy on a log: its joint action at every transition's observation and next observation.
struct PolicyOnLog {
  std::span<const Transition> transitions;
  std::span<const std::uint32_t> actions;
  std::span<const std::uint32_t> next_actions;
};

// What the values are linear in.
struct ValueFeatures {
  const Tensor& phi;        // [joint actions, features]
  std::size_t crossed = 1;  // phi's first columns, whose products with the observation count, too
};

struct EvaluationConfig {
  double gamma = 0.0;           // discount per decision period; 0 where the past does not matter
  double period_seconds = 1.0;  // H
  double ridge = 1e-3;          // times the mean diagonal
  std::size_t blocks = 64;      // of the log, for the bootstrap
  std::size_t samples = 500;
  std::uint64_t seed = 0;
};

// Throws std::invalid_argument naming the key at fault.
void validate(const EvaluationConfig& config);

struct Estimate {
  double value = 0.0;
  Interval interval;  // 95 %
};

// Per request.
struct RequestFigures {
  Estimate energy_joules;
  Estimate latency_seconds;
  Estimate missed_share;
};

// Throws std::invalid_argument without transitions.
RequestFigures fitted_q_evaluation(const PolicyOnLog& log, const ValueFeatures& features,
                                   const EvaluationConfig& config);

inline constexpr double kLeastEffectiveSamples = 30.0;

struct ImportanceEstimate {
  std::size_t windows = 0;                // of decisions whose probabilities the logs know
  double effective_samples = 0.0;         // (sum w)^2 / sum w^2
  std::optional<RequestFigures> figures;  // absent below kLeastEffectiveSamples
};

// Over windows of as many decisions as gamma reaches to (to 5 %; one where gamma is 0). Windows
// with a choice of unknown probability, or of none (a setting held on), are left out.
ImportanceEstimate importance_sampling(const PolicyOnLog& log, const EvaluationConfig& config);

}  // namespace flyball
