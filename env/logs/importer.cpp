#include "env/logs/importer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "env/logs/board_check.h"
#include "env/logs/board_row_warnings.h"
#include "env/logs/clock_offset.h"
#include "env/logs/request_timeline.h"
#include "env/logs/tegrastats_telemetry.h"
#include "env/module_power.h"
#include "env/span_cost.h"

namespace flyball {

namespace {

// Which board it may be instead, where one is known.
std::string other_board(const std::vector<std::string>& fitting) {
  if (fitting.empty()) {
    return ": another board, or another frequency table of it (an image's own, overclocking)?";
  }
  return fmt::format(": another board? {} fit{}", fmt::join(fitting, ", "),
                     fitting.size() == 1 ? "s" : "");
}

bool has_cpus_of(const Board& board, const TegrastatsLog& log) {
  return std::all_of(log.samples.begin(), log.samples.end(), [&](const TegrastatsSample& sample) {
    const std::size_t cpus = sample.values.cpus.size();
    return cpus == 0 || cpus == static_cast<std::size_t>(board.cpus);
  });
}

// What is odd becomes an error only where another board fits.
void check_board(const ImportConfig& config, const TegrastatsLog& log,
                 std::vector<std::string>& warnings) {
  const BoardMismatches found = board_mismatches(log, config.board);
  if (found.empty()) return;
  const std::vector<std::string> fitting = fitting_boards(log, config.known_boards);
  std::vector<std::string> all = found.impossible;
  all.insert(all.end(), found.odd.begin(), found.odd.end());
  const std::string what = fmt::format("{}", fmt::join(all, "; ")) + other_board(fitting);
  if (!has_cpus_of(config.board, log)) throw std::invalid_argument(what);
  const bool is_error = !found.impossible.empty() || !fitting.empty();
  if (is_error && !config.force) throw std::invalid_argument(what + " (--force goes on)");
  warnings.push_back(what);
}

void check_belongs(const ImportConfig& config, const TegrastatsLog& log,
                   std::vector<std::string>& warnings) {
  if (log.samples.empty()) throw std::invalid_argument("the board's log has no lines");
  check_board(config, log, warnings);
  if (!config.mode) return;
  const auto mode = mode_mismatch(log, config.board, find_mode(config.board, *config.mode));
  if (!mode) return;
  if (!config.force) throw std::invalid_argument(*mode + " (--force goes on)");
  warnings.push_back(*mode);
}

// The board's description as far as the log shows it.
PlantDescription describe_shown(const ImportConfig& config, const TegrastatsLog& log,
                                std::vector<std::string>& warnings) {
  const PowerMode mode = config.mode ? find_mode(config.board, *config.mode) : PowerMode{};
  ShownPlant shown = shown_plant(describe(config.board, mode, std::nullopt), log);
  if (!shown.missing.empty()) {
    warnings.push_back(
        fmt::format("no line shows a frequency of {} (tegrastats shows some to root only): the log "
                    "has no such domain",
                    fmt::join(shown.missing, ", ")));
  }
  return std::move(shown.plant);
}

// Adds what the requests say; returns how many complete after the last row.
std::size_t join_requests(RequestTimeline timeline, std::vector<TelemetryRow>& rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    TelemetryRow& row = rows[i];
    const double begin = row.telemetry.time_seconds;
    double end = begin + row.period_seconds;
    if (i + 1 < rows.size()) end = std::min(end, rows[i + 1].telemetry.time_seconds);
    timeline.advance_to(begin);
    timeline.sample(row.telemetry.application.refill(begin));
    const SpanCost before = timeline.total();
    timeline.advance_to(end);
    const SpanCost after = timeline.total();
    row.after_effect.in_system_seconds = after.in_system_seconds - before.in_system_seconds;
    row.after_effect.served = after.served - before.served;
    row.after_effect.missed = after.missed - before.missed;
  }
  return timeline.unfinished();
}

void report_board(const TegrastatsLog& log, const std::vector<TelemetryRow>& rows,
                  ImportReport& report) {
  report.samples = rows.size();
  double energy = 0.0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    report.runs += log.samples[i].last_of_run ? 1 : 0;
    report.span_seconds += rows[i].period_seconds;
    if (const auto& joules = rows[i].after_effect.energy_joules) {
      energy += *joules;
      report.powered_seconds += rows[i].period_seconds;
    }
  }
  if (report.powered_seconds > 0.0) report.energy_joules = energy;
}

void report_requests(std::span<const LoggedRequest> requests, ImportReport& report) {
  report.requests = requests.size();
  for (const LoggedRequest& request : requests) {
    report.served += request.timed_out ? 0 : 1;
    report.timed_out += request.timed_out ? 1 : 0;
    report.missed += request.missed() ? 1 : 0;
  }
}

std::string describe_day(const ClockOffset& offset) {
  namespace chrono = std::chrono;
  const chrono::year_month_day day(
      chrono::sys_days(chrono::days(std::llround(*offset.day_seconds / 86400.0))));
  return fmt::format("the stamps carry no date: the first is taken to be of {:04}-{:02}-{:02}{}",
                     static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                     static_cast<unsigned>(day.day()),
                     offset.day_is_assumed ? "; other days fit as well (--start tells it)" : "");
}

// Requests that were served while nothing was logged are in no row.
void note_unlogged(const std::vector<TelemetryRow>& rows, ImportReport& report) {
  double served = 0.0;
  for (const TelemetryRow& row : rows) served += row.cost().served;
  const double elsewhere =
      static_cast<double>(report.served) - static_cast<double>(report.unfinished) - served;
  if (elsewhere < 1.0) return;
  report.unlogged = static_cast<std::size_t>(std::llround(elsewhere));
  report.warnings.push_back(
      fmt::format("{} of {} requests were served while no row was logged (before the first one, or "
                  "in a gap): they are in no row",
                  report.unlogged, report.requests));
}

void join(const ImportConfig& config, const TegrastatsLog& tegrastats,
          std::span<const LoggedRequest> requests, Import& result) {
  ImportReport& report = result.report;
  const ClockOffset offset = estimate_clock_offset(tegrastats, requests, config.utc_offset_hours,
                                                   config.request_offset_seconds);
  report.utc_offset_hours = offset.utc_offset_hours;
  report.request_offset_seconds = offset.request_offset_seconds;
  report.correlation = offset.correlation;
  report.utc_offset_estimated =
      !config.utc_offset_hours && tegrastats.first_stamp->kind != StampKind::kUtc;
  report.request_offset_estimated = !config.request_offset_seconds && !offset.is_assumed;
  report.request_offset_assumed = offset.is_assumed;
  if (offset.is_assumed) {
    report.warnings.push_back(fmt::format(
        "the data do not show the request offset (best correlation {:.2f}): taken as 0; "
        "give --request-offset if you know it",
        offset.correlation));
  }
  if (offset.day_seconds) report.warnings.push_back(describe_day(offset));
  const double start = offset.first_seconds;
  report.unfinished = join_requests(
      RequestTimeline(requests, -start - offset.request_offset_seconds), result.log.rows);
  note_unlogged(result.log.rows, report);
}

}  // namespace

Import import_logs(const ImportConfig& config, const TegrastatsLog& tegrastats,
                   std::span<const LoggedRequest> requests) {
  Import result;
  check_belongs(config, tegrastats, result.report.warnings);
  TelemetryLogHeader& header = result.log.header;
  header.plant = describe_shown(config, tegrastats, result.report.warnings);
  header.plant.has_application = !requests.empty();
  header.scenario = config.scenario;
  header.governor = config.governor;
  header.version = FLYBALL_VERSION;
  header.sensor_lag_seconds = kSensorLagSeconds;
  result.log.rows = board_rows(config.board, header.plant, tegrastats);
  report_board(tegrastats, result.log.rows, result.report);
  for (std::string& warning : board_row_warnings(config.board, header.plant, result.log.rows)) {
    result.report.warnings.push_back(std::move(warning));
  }
  if (auto rails = foreign_rails_warning(config.board, tegrastats)) {
    result.report.warnings.push_back(std::move(*rails));
  }
  if (!requests.empty()) {
    report_requests(requests, result.report);
    join(config, tegrastats, requests, result);
  }
  return result;
}

}  // namespace flyball
