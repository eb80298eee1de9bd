#include "tools/daemon/training_grant.h"

#include <fmt/format.h>

#include <system_error>

#include "tools/daemon/run_folder.h"

namespace flyball {

namespace {

constexpr double kReadings = 3.0;
constexpr double kLeewaySeconds = 0.1;

}  // namespace

void TrainingGrant::open(const std::filesystem::path& root, const Teller& tell) {
  try {
    file_.emplace(root);
  } catch (const std::system_error& error) {
    tell(fmt::format("{}: no program is allowed to train beside its inference", error.what()));
  }
}

void TrainingGrant::note(const TelemetryRow& row) {
  if (!file_) return;
  const std::optional<double> longest = gate_.look(row.telemetry);
  if (!longest && !is_allowed_) return;  // what the file says already
  is_allowed_ = longest.has_value();
  const double until = steady_seconds() + kReadings * row.period_seconds + kLeewaySeconds;
  // What cannot be written ends by itself.
  static_cast<void>(longest ? file_->allow(until, *longest) : file_->forbid());
}

}  // namespace flyball
