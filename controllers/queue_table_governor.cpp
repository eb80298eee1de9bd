#include "controllers/queue_table_governor.h"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace flyball {

std::size_t row_for(const QueueTable& table, std::uint64_t requests) {
  std::size_t row = 0;
  while (row + 1 < table.size() && table[row + 1].least_requests <= requests) ++row;
  return row;
}

QueueTableGovernor::QueueTableGovernor(QueueTable table, double period_seconds)
    : table_(std::move(table)), period_seconds_(period_seconds) {
  if (table_.empty() || table_.front().least_requests != 0) {
    throw std::invalid_argument("a queue table begins with a row from 0 requests on");
  }
  for (std::size_t r = 1; r < table_.size(); ++r) {
    if (table_[r].least_requests <= table_[r - 1].least_requests) {
      throw std::invalid_argument("a queue table's rows have to rise");
    }
    if (table_[r].setting.size() != table_.front().setting.size()) {
      throw std::invalid_argument("a queue table's rows have to hold the same knobs");
    }
  }
}

void QueueTableGovernor::reset(const GovernorScope& scope) {
  const std::size_t knobs = table_.front().setting.size();
  if (scope.limits.size() != knobs) {
    throw std::invalid_argument(
        fmt::format("the queue table turns {} knobs, it was given {}", knobs, scope.limits.size()));
  }
  limits_ = scope.limits;
}

Decision QueueTableGovernor::decide(const GovernorInput& input) {
  const auto& application = input.telemetry.application;
  if (!application) return {full_range(limits_), DecidedBy::kResident, {}};
  const QueueTableRow& row = table_[row_for(table_, application->queue_length)];
  return {clamped(row.setting, limits_)};
}

}  // namespace flyball
