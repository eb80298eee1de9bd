#include "replay/stock_reference.h"

#include "replay/row_window.h"
#include "replay/span_energy.h"

namespace flyball {

void ResidentStretch::add(const TelemetryRow& row, bool begins) {
  const double now = row.telemetry.time_seconds;
  // What was before a log, or while nobody looked, is not known: only of the log's first row may it
  // be assumed that nothing was tried yet.
  if (begins) since_seconds_.reset();
  const bool starts_log = is_first_;
  is_first_ = false;
  if (!is_residents(row)) {
    since_seconds_.reset();
    standing_ = Standing::kInherits;
    return;
  }
  if (!since_seconds_) {
    since_seconds_ = now;
    drained_ = starts_log;
  }
  const auto& application = row.telemetry.application;
  drained_ = drained_ || !application || application->queue_length == 0;
  standing_ = !drained_                                 ? Standing::kInherits
              : now - *since_seconds_ < kSettledSeconds ? Standing::kDrained
                                                        : Standing::kSettled;
}

void StockReference::add(Standing standing, const SpanCost& cost, double weight) {
  for (std::size_t i = 0; i <= static_cast<std::size_t>(standing); ++i) {
    sums_[i].powered += cost;
    sums_[i].requests += cost.served / weight;
  }
}

void StockReference::add_unpowered(Standing standing, const SpanCost& cost) {
  for (std::size_t i = 0; i <= static_cast<std::size_t>(standing); ++i) {
    sums_[i].unpowered += cost;
  }
}

SpanCost StockReference::residents() const {
  const Sum* sum = &sums_[static_cast<std::size_t>(Standing::kSettled)];
  if (sum->requests < kEnoughRequests) sum = &sums_[static_cast<std::size_t>(Standing::kDrained)];
  if (sum->requests <= 0.0) sum = sums_.data();
  SpanCost residents = sum->powered;
  // How long requests took is known without power, too; the energy is that of the powered time.
  if (residents.seconds > 0.0) {
    residents += filled(sum->unpowered, *residents.energy_joules / residents.seconds);
  }
  return residents;
}

}  // namespace flyball
