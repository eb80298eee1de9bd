#include "env/fitting/quiet_rows.h"

#include <algorithm>
#include <map>
#include <optional>

namespace flyball {

namespace {

constexpr double kSettledSeconds = 1.5;  // a power sensor averages over less
constexpr double kQuietCores = 0.3;
constexpr double kNoWatts = 0.005;  // a reading's step is more

// The log's domain of each of the board's; absent: it lacks one.
std::optional<std::vector<std::size_t>> domains_of(const TelemetryLogHeader& header,
                                                   const Board& board) {
  std::vector<std::size_t> indices;
  for (const Domain& domain : board.domains) {
    const auto& known = header.plant.domains;
    const auto found = std::find_if(known.begin(), known.end(),
                                    [&](const Domain& other) { return other.name == domain.name; });
    if (found == known.end()) return std::nullopt;
    indices.push_back(static_cast<std::size_t>(found - known.begin()));
  }
  return indices;
}

// Of the log: one that carries the GPU's power and nothing else.
std::optional<std::size_t> gpu_rail(const TelemetryLogHeader& header, const BoardConfig& board) {
  if (!board.electrical) return std::nullopt;
  for (std::size_t r = 0; r < board.board.rails.size(); ++r) {
    const RailMix& mix = board.electrical->rails[r];
    if (mix.gpu <= 0.0 || mix.cpu > 0.0 || mix.emc > 0.0 || mix.base > 0.0) continue;
    const auto& known = header.plant.rails;
    const auto found = std::find(known.begin(), known.end(), board.board.rails[r]);
    if (found != known.end()) return static_cast<std::size_t>(found - known.begin());
  }
  return std::nullopt;
}

class QuietSearch {
 public:
  QuietSearch(std::vector<std::size_t> domains, const TelemetryLogHeader& header,
              const BoardConfig& board)
      : domains_(std::move(domains)), rail_(gpu_rail(header, board)) {
    for (std::size_t d = 0; d < domains_.size(); ++d) {
      const DomainKind kind = board.board.domains[d].kind;
      if (kind == DomainKind::kGpu) gpu_ = d;
      if (kind == DomainKind::kCpu && !cpu_) cpu_ = d;
    }
  }

  void add(const TelemetryRow& before, const TelemetryRow& row) {
    const Telemetry& now = row.telemetry;
    const double seconds = now.time_seconds - before.telemetry.time_seconds;
    const std::optional<double> cores = busy_cores(before.telemetry, now, seconds);
    if (!gpu_ || !now.domains || !now.total_watts || !cores || *cores > kQuietCores ||
        is_busy(before.telemetry, now)) {
      since_.reset();
      return;
    }
    const double clock = gpu_clock(now);
    if (!since_ || clock != clock_) since_ = before.telemetry.time_seconds;
    clock_ = clock;
    if (now.time_seconds - *since_ >= kSettledSeconds) count(now, *cores, seconds);
  }

  std::vector<QuietRows> take() const {
    std::vector<QuietRows> all;
    for (const auto& [clock, sums] : sums_) {
      QuietRows rows = sums;
      rows.watts /= sums.seconds;
      for (std::size_t d = 0; d < domains_.size(); ++d) {
        rows.state.effective_hz[d] /= sums.seconds;
        rows.state.activity[d] /= sums.seconds;
      }
      rows.state.gpu_powered = clock > 0.0;
      all.push_back(rows);
    }
    return all;
  }

 private:
  static std::optional<double> busy_cores(const Telemetry& before, const Telemetry& now,
                                          double seconds) {
    if (!before.cpus || !now.cpus || seconds <= 0.0) return std::nullopt;
    double busy = 0.0;
    for (std::size_t c = 0; c < now.cpus->size(); ++c) {
      busy += (*now.cpus)[c].busy_seconds - (*before.cpus)[c].busy_seconds;
    }
    return busy / seconds;
  }

  const DomainTelemetry& shown(const Telemetry& now, std::size_t domain) const {
    return (*now.domains)[domains_[domain]];
  }

  bool is_busy(const Telemetry& before, const Telemetry& now) const {
    const ApplicationTelemetry& application = *now.application;
    return application.queue_length > 0 || application.served > before.application->served ||
           shown(now, *gpu_).utilization.value_or(0.0) > 0.0;
  }

  // 0: off.
  double gpu_clock(const Telemetry& now) const {
    if (rail_ && now.rail_watts) {
      const std::optional<double>& watts = (*now.rail_watts)[*rail_];
      if (watts && *watts < kNoWatts) return 0.0;
    }
    return shown(now, *gpu_).effective_hz.value_or(0.0);
  }

  void count(const Telemetry& now, double cores, double seconds) {
    QuietRows& sums = sums_[clock_];
    for (std::size_t d = 0; d < domains_.size(); ++d) {
      sums.state.effective_hz[d] += seconds * shown(now, d).effective_hz.value_or(0.0);
    }
    if (cpu_) sums.state.activity[*cpu_] += seconds * cores;
    sums.watts += seconds * *now.total_watts;
    sums.seconds += seconds;
  }

  std::vector<std::size_t> domains_;  // the log's, by the board's
  std::optional<std::size_t> rail_;
  std::optional<std::size_t> gpu_;
  std::optional<std::size_t> cpu_;
  std::optional<double> since_;
  double clock_ = 0.0;
  std::map<double, QuietRows> sums_;
};

}  // namespace

std::vector<QuietRows> quiet_rows(const TelemetryLogHeader& header,
                                  std::span<const TelemetryRow> rows, const BoardConfig& board) {
  std::optional<std::vector<std::size_t>> domains = domains_of(header, board.board);
  if (!domains) return {};
  QuietSearch search(std::move(*domains), header, board);
  for (std::size_t i = 1; i < rows.size(); ++i) search.add(rows[i - 1], rows[i]);
  return search.take();
}

}  // namespace flyball
