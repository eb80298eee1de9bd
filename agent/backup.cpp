#include "agent/backup.h"

#include <cmath>

namespace flyball {

BackupTarget backup_target(Backup backup, const BackupSpan& span, double gamma, bool terminated) {
  BackupTarget target;
  switch (backup) {
    case Backup::kBlocking:
      target.constant = span.after;
      target.discount = std::pow(gamma, span.periods - span.effect_periods);
      break;
    case Backup::kDvfo:
      target.constant = span.before;
      target.discount = std::pow(gamma, span.effect_periods);
      // What followed the effect belongs to the next decision, also in the last span.
      if (terminated) target.constant += span.after;
      break;
    case Backup::kFullPeriod:
      target.constant = span.before + span.after;
      target.discount = std::pow(gamma, span.periods);
      break;
  }
  if (terminated) target.discount = 0.0;
  return target;
}

}  // namespace flyball
