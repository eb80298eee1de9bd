#include "env/fitting/twin.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "env/errors.h"
#include "env/fitting/logged_first_uses.h"
#include "env/fitting/twin_search.h"

namespace flyball {

namespace {

constexpr double kFewestSeconds = 60.0;
constexpr double kStretchSeconds = 100.0;  // of a log that is not searched whole

double seconds_of(std::span<const TelemetryRow> rows) {
  return rows.back().telemetry.time_seconds - rows.front().telemetry.time_seconds;
}

std::size_t rows_within(std::span<const TelemetryRow> rows, double seconds) {
  const double end = rows.front().telemetry.time_seconds + seconds;
  const auto after = std::find_if(rows.begin(), rows.end(), [&](const TelemetryRow& row) {
    return row.telemetry.time_seconds > end;
  });
  return static_cast<std::size_t>(after - rows.begin());
}

// Stretches of `share` of the time, spread evenly.
std::vector<std::span<const TelemetryRow>> stretches_of(std::span<const TelemetryRow> rows,
                                                        double share) {
  if (share >= 1.0) return {rows};
  const double whole = seconds_of(rows);
  const auto count = std::max(1.0, std::round(share * whole / kStretchSeconds));
  const double step = whole / count;
  std::vector<std::span<const TelemetryRow>> stretches;
  for (double k = 0.0; k < count; k += 1.0) {
    const std::size_t first = rows_within(rows, (k + 0.5 * (1.0 - share)) * step);
    const std::size_t end = rows_within(rows, (k + 0.5 * (1.0 + share)) * step);
    if (end > first + 1) stretches.push_back(rows.subspan(first, end - first));
  }
  return stretches;
}

ReplayComparison compare_from(const TwinReplay& log, std::size_t first, std::size_t count) {
  return compare(std::span(log.logged).subspan(first, count),
                 std::span(log.replayed).subspan(first, count));
}

}  // namespace

ReplayComparison TwinReplay::fitted() const { return compare_from(*this, 0, fitted_rows); }

ReplayComparison TwinReplay::held_out() const {
  const std::size_t first = fitted_rows - 1;  // each part begins with a reading
  return compare_from(*this, first, logged.size() - first);
}

Twin fit_twin(std::span<const TwinLog> logs, const BoardConfig& board,
              const ResidentFactory& residents, const TwinConfig& config,
              const TwinProgress& progress) {
  Twin twin;
  double fitted_seconds = 0.0;
  double fitted_requests = 0.0;
  for (const TwinLog& log : logs) {
    const double seconds = seconds_of(log.rows);
    if (seconds < kFewestSeconds) {
      throw DataError("the log is shorter than a minute: too short to hold a part of it out");
    }
    TwinReplay& replay = twin.logs.emplace_back();
    replay.fitted_rows = rows_within(log.rows, (1.0 - config.held_out_share) * seconds);
    const auto fitted = log.rows.first(replay.fitted_rows);
    fitted_seconds += seconds_of(fitted);
    fitted_requests += static_cast<double>(fitted.back().telemetry.application->arrived -
                                           fitted.front().telemetry.application->arrived);
  }
  const auto plant_of = [&](const TwinLog& log, std::span<const TelemetryRow> rows) {
    SimConfig plant = logged_plant(log.header, rows, board);
    plant.residents = residents;
    return plant;
  };
  const double share = std::min(config.most_fitted_seconds / fitted_seconds,
                                config.most_fitted_requests / std::max(fitted_requests, 1.0));
  std::vector<TwinStretch> stretches;
  for (std::size_t i = 0; i < logs.size(); ++i) {
    for (const auto rows : stretches_of(logs[i].rows.first(twin.logs[i].fitted_rows), share)) {
      twin.searched_seconds += seconds_of(rows);
      stretches.push_back({logs[i].header, rows, plant_of(logs[i], rows)});
    }
  }
  const TwinFound found = search_twin(std::move(stretches), board, config, progress);
  twin.parameters = found.parameters;
  twin.serving = found.serving;
  for (std::size_t i = 0; i < logs.size(); ++i) {
    SimConfig whole = plant_of(logs[i], logs[i].rows);
    whole.work = std::make_shared<FittedModel>(board.board, twin.parameters);
    twin.serving.apply_to(whole);
    TwinReplay& replay = twin.logs[i];
    replay.logged = logged_samples(logs[i].header, logs[i].rows);
    replay.first_uses = logged_first_uses(replay.logged);
    replay.replayed = replayed_samples(logs[i].header, logs[i].rows, whole);
  }
  return twin;
}

}  // namespace flyball
