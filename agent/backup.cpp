#include "agent/backup.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

namespace flyball {

const char* to_string(Backup backup) {
  switch (backup) {
    case Backup::kBlocking: return "blocking";
    case Backup::kDvfo: return "dvfo";
    case Backup::kFullPeriod: return "full_period";
  }
  return "unknown";
}

Backup backup_from(const std::string& name) {
  for (const Backup backup : {Backup::kBlocking, Backup::kDvfo, Backup::kFullPeriod}) {
    if (name == to_string(backup)) return backup;
  }
  throw std::invalid_argument(
      fmt::format("learner.backup = {}: must be blocking, dvfo or full_period", name));
}

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
