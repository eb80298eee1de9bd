// The three backups of a decision that takes time (facts: Xiao et al. 2020, DVFO eq. 3). Pure.
//
// H is the decision period, T the span's measured length, tau the time until the action took
// effect. Costs are summed, not discounted, inside each part of a span.
#pragma once

#include <array>
#include <cstdint>

#include "env/config/fields.h"

namespace flyball {

enum class Backup : std::uint8_t {
  // As if the plant had waited while we thought: the span begins at the effect.
  //   y = after + gamma^((T - tau)/H) V(s')
  // Exact for tau = 0.
  kBlocking,
  // DVFO's eq. 3, with the minimum that it lacks: the next decision is evaluated at the effect.
  //   y = before + gamma^(tau/H) V(s_effect)
  // Exact where a new decision begins as soon as the last one took effect; at tau = H that is
  // kFullPeriod, at tau = 0 it holds no cost at all.
  kDvfo,
  // The whole span; exact for a semi-Markov decision process on the augmented observation
  // (s, previous action, tau).
  //   y = before + after + gamma^(T/H) V(s')
  kFullPeriod,
};
constexpr auto words(Backup) {
  return std::array{Word{"full_period", Backup::kFullPeriod}, Word{"dvfo", Backup::kDvfo},
                    Word{"blocking", Backup::kBlocking}};
}

// One span as a backup sees it.
struct BackupSpan {
  double before = 0.0;          // cost until the effect
  double after = 0.0;           // cost from there on
  double effect_periods = 0.0;  // tau / H
  double periods = 1.0;         // T / H
};

// A target is constant + discount * V(next), next being the observation at the effect (kDvfo) or at
// the span's end.
struct BackupTarget {
  double constant = 0.0;
  double discount = 0.0;  // 0 when terminated; a truncated span bootstraps like any other
};

BackupTarget backup_target(Backup backup, const BackupSpan& span, double gamma, bool terminated);

}  // namespace flyball
