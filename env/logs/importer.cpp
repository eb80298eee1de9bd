#include "env/logs/importer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "env/logs/board_check.h"
#include "env/logs/clock_offset.h"
#include "env/logs/request_timeline.h"
#include "env/module_power.h"
#include "env/span_cost.h"

namespace flyball {

namespace {

constexpr double kSensorLagSeconds = 0.42;  // INA3221 as its driver averages

const char* engine_name(DomainKind kind) {
  return kind == DomainKind::kGpu ? "GR3D_FREQ" : "EMC_FREQ";
}

// tegrastats cuts frequencies to whole MHz: a table entry that shows so is meant exactly.
double restored_hz(const Domain& domain, double shown_hz) {
  for (const double entry : domain.frequencies_hz) {
    if (std::floor(entry / 1e6) * 1e6 == shown_hz) return entry;
  }
  return shown_hz;
}

// What a line says of a domain's clock; absent when it does not (not root).
std::optional<double> shown_hz(const Domain& domain, const TegrastatsLine& line) {
  if (domain.kind != DomainKind::kCpu) {
    const TegrastatsEngine* engine = line.find_engine(engine_name(domain.kind));
    if (!engine) return std::nullopt;
    if (engine->off) return 0.0;
    if (engine->frequencies_hz.empty()) return std::nullopt;
    return restored_hz(
        domain, *std::max_element(engine->frequencies_hz.begin(), engine->frequencies_hz.end()));
  }
  if (line.cpus.empty()) return std::nullopt;
  double fastest = 0.0;
  bool is_online = false;
  for (const int cpu : domain.cpus) {
    const TegrastatsCpu& shown = line.cpus.at(static_cast<std::size_t>(cpu));
    is_online = is_online || shown.online;
    fastest = std::max(fastest, shown.frequency_hz);
  }
  if (is_online && fastest == 0.0) return std::nullopt;
  return restored_hz(domain, fastest);
}

std::optional<double> shown_load(const Domain& domain, const TegrastatsLine& line) {
  if (domain.kind != DomainKind::kCpu) {
    const TegrastatsEngine* engine = line.find_engine(engine_name(domain.kind));
    if (!engine) return std::nullopt;
    return engine->off ? std::optional<double>(0.0) : engine->load;
  }
  std::optional<double> busiest;
  if (line.cpus.empty()) return busiest;
  for (const int cpu : domain.cpus) {
    const TegrastatsCpu& shown = line.cpus.at(static_cast<std::size_t>(cpu));
    if (shown.load) busiest = std::max(busiest.value_or(0.0), *shown.load);
  }
  return busiest;
}

// "CPU-therm", "cpu-thermal", "CPU" and "cpu" are the same sensor in four JetPacks.
std::string sensor(const std::string& name) {
  std::string result = name.substr(0, name.find_first_of("-_"));
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

// The board's description with only those domains that the log shows anywhere.
PlantDescription shown_plant(const ImportConfig& config, const TegrastatsLog& log,
                             std::vector<std::string>& warnings) {
  const PowerMode mode = config.mode ? find_mode(config.board, *config.mode) : PowerMode{};
  PlantDescription plant = describe(config.board, mode, std::nullopt);
  std::vector<std::optional<std::size_t>> index;
  std::vector<Domain> domains;
  std::vector<std::string> missing;
  for (const Domain& domain : plant.domains) {
    const bool shown =
        std::any_of(log.samples.begin(), log.samples.end(), [&](const TegrastatsSample& sample) {
          return shown_hz(domain, sample.values).has_value();
        });
    index.push_back(shown ? std::optional(domains.size()) : std::nullopt);
    if (shown) {
      domains.push_back(domain);
    } else {
      missing.push_back(domain.name);
    }
  }
  if (!missing.empty()) {
    warnings.push_back(
        fmt::format("no line shows a frequency of {} (tegrastats shows some to root only): the log "
                    "has no such domain",
                    fmt::join(missing, ", ")));
  }
  std::vector<Knob> knobs;
  std::vector<LevelRange> limits;
  for (std::size_t k = 0; k < plant.knobs.size(); ++k) {
    Knob knob = plant.knobs[k];
    const bool whole = std::all_of(knob.domains.begin(), knob.domains.end(),
                                   [&](std::size_t d) { return index[d].has_value(); });
    if (!whole) continue;
    for (std::size_t& d : knob.domains) d = *index[d];
    knobs.push_back(std::move(knob));
    limits.push_back(plant.limits[k]);
  }
  plant.domains = std::move(domains);
  plant.knobs = std::move(knobs);
  plant.limits = std::move(limits);
  return plant;
}

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

// Loads cover the time since the load before them: over lines that show none as well.
class LoadTime {
 public:
  // `elapsed_seconds`: since the line before.
  void advance(double elapsed_seconds) { seconds_ += elapsed_seconds; }
  // What a load that is shown now covers.
  double take() { return std::exchange(seconds_, 0.0); }

 private:
  double seconds_ = 0.0;
};

// Turns lines into the board's part of the telemetry. Loads become cumulative busy times here.
class BoardTelemetry {
 public:
  BoardTelemetry(const Board& board, const PlantDescription& plant)
      : board_(board), plant_(plant), cpus_(static_cast<std::size_t>(plant.cpus)) {
    busy_seconds_.resize(plant.domains.size());
    load_times_.resize(plant.domains.size());
    cpu_load_times_.resize(cpus_.size());
    for (const std::string& zone : plant.zones) sensors_.push_back(sensor(zone));
  }

  // A stretch without a gap begins: its first line's loads cover nothing.
  void begin_run() {
    for (auto* times : {&load_times_, &cpu_load_times_}) times->assign(times->size(), {});
  }
  // `elapsed_seconds`: since the line before, 0 for the first of a run.
  void fill(const TegrastatsSample& sample, double elapsed_seconds, Telemetry& t) {
    t.time_seconds = sample.time_seconds;
    fill_domains(sample, elapsed_seconds, t);
    fill_cpus(sample, elapsed_seconds, t);
    fill_power(sample, t);
    fill_temperatures(sample, t);
  }

 private:
  void fill_domains(const TegrastatsSample& sample, double elapsed_seconds, Telemetry& t) {
    auto& domains = t.domains.refill(sample.time_seconds);
    domains.resize(plant_.domains.size());
    bool any = false;
    for (std::size_t d = 0; d < domains.size(); ++d) {
      const Domain& domain = plant_.domains[d];
      const auto hertz = shown_hz(domain, sample.values);
      const auto load = shown_load(domain, sample.values);
      any = any || hertz.has_value();
      // tegrastats shows what runs, not what was asked for.
      domains[d].requested_hz = domains[d].effective_hz = hertz;
      const auto [floor, ceiling] = limits_hz(d);
      domains[d].floor_hz = floor;
      domains[d].ceiling_hz = ceiling;
      domains[d].utilization = load;
      domains[d].busy_seconds.reset();
      load_times_[d].advance(elapsed_seconds);
      if (!load) continue;
      busy_seconds_[d] += *load * load_times_[d].take();
      if (domain.kind != DomainKind::kCpu) domains[d].busy_seconds = busy_seconds_[d];
    }
    if (!any) t.domains.clear();
  }

  std::pair<double, double> limits_hz(std::size_t d) const {
    for (std::size_t k = 0; k < plant_.knobs.size(); ++k) {
      const Knob& knob = plant_.knobs[k];
      if (std::find(knob.domains.begin(), knob.domains.end(), d) == knob.domains.end()) continue;
      return {knob.levels[plant_.limits[k].floor], knob.levels[plant_.limits[k].ceiling]};
    }
    return {plant_.domains[d].frequencies_hz.front(), plant_.domains[d].frequencies_hz.back()};
  }

  void fill_cpus(const TegrastatsSample& sample, double elapsed_seconds, Telemetry& t) {
    t.cpus.clear();
    const std::vector<TegrastatsCpu>& shown = sample.values.cpus;
    for (LoadTime& time : cpu_load_times_) time.advance(elapsed_seconds);
    if (shown.empty()) return;
    bool is_known = true;
    for (std::size_t i = 0; i < cpus_.size(); ++i) {
      cpus_[i].online = shown[i].online;
      if (shown[i].online && !shown[i].load) {
        is_known = false;
        continue;
      }
      const double seconds = cpu_load_times_[i].take();
      if (!shown[i].load) continue;
      cpus_[i].busy_seconds += *shown[i].load * seconds;
      cpus_[i].idle_seconds += (1.0 - *shown[i].load) * seconds;
    }
    if (is_known) t.cpus.refill(sample.time_seconds) = cpus_;
  }

  void fill_power(const TegrastatsSample& sample, Telemetry& t) const {
    t.total_watts.clear();
    t.rail_watts.clear();
    if (sample.values.rails.empty()) return;
    auto& rails = t.rail_watts.refill(sample.time_seconds);
    rails.assign(plant_.rails.size(), std::nullopt);
    for (std::size_t r = 0; r < rails.size(); ++r) {
      const TegrastatsRail* shown = sample.values.find_rail(plant_.rails[r]);
      if (shown) rails[r] = shown->now_watts;
    }
    const auto total = module_power(board_, std::span<const std::optional<double>>(rails));
    if (total) t.total_watts.refill(sample.time_seconds) = *total;
  }

  void fill_temperatures(const TegrastatsSample& sample, Telemetry& t) const {
    auto& zones = t.temperatures_celsius.refill(sample.time_seconds);
    zones.assign(sensors_.size(), std::nullopt);
    bool any = false;
    for (const TegrastatsTemperature& shown : sample.values.temperatures) {
      const auto at = std::find(sensors_.begin(), sensors_.end(), sensor(shown.name));
      if (at == sensors_.end() || !shown.celsius) continue;
      zones[static_cast<std::size_t>(at - sensors_.begin())] = shown.celsius;
      any = true;
    }
    if (!any) t.temperatures_celsius.clear();
  }

  const Board& board_;
  const PlantDescription& plant_;
  std::vector<std::string> sensors_;
  std::vector<double> busy_seconds_;
  std::vector<CpuTelemetry> cpus_;
  std::vector<LoadTime> load_times_;      // per domain
  std::vector<LoadTime> cpu_load_times_;  // per CPU
};

// Rows with the board's telemetry, periods and energy; nothing of the application yet.
std::vector<TelemetryRow> board_rows(const Board& board, const PlantDescription& plant,
                                     const TegrastatsLog& log) {
  std::vector<TelemetryRow> rows(log.samples.size());
  BoardTelemetry telemetry(board, plant);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool begins_run = i == 0 || log.samples[i - 1].last_of_run;
    const double elapsed =
        begins_run ? 0.0 : log.samples[i].time_seconds - log.samples[i - 1].time_seconds;
    if (begins_run) telemetry.begin_run();
    telemetry.fill(log.samples[i], elapsed, rows[i].telemetry);
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    TelemetryRow& row = rows[i];
    row.truncated = log.samples[i].last_of_run;
    const TelemetryRow& next = row.truncated ? row : rows[i + 1];
    row.period_seconds = row.truncated ? log.interval_seconds
                                       : next.telemetry.time_seconds - row.telemetry.time_seconds;
    row.after_effect.seconds = row.period_seconds;
    row.after_effect.energy_joules =
        energy_between(row.telemetry.total_watts, next.telemetry.total_watts, row.period_seconds);
  }
  return rows;
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

// Which rails of the sum are missing, and how often: ": VIN_SYS_5V0 is missing in 3".
std::string missing_rails(const Board& board, const std::vector<TelemetryRow>& rows) {
  std::vector<std::string> missing;
  for (const std::size_t rail : board.module_rails) {
    const auto count = std::count_if(rows.begin(), rows.end(), [&](const TelemetryRow& row) {
      return !row.telemetry.rail_watts || !(*row.telemetry.rail_watts)[rail];
    });
    if (count > 0) missing.push_back(fmt::format("{} is missing in {}", board.rails[rail], count));
  }
  const auto impossible = std::count_if(rows.begin(), rows.end(), [&](const TelemetryRow& row) {
    return !row.telemetry.total_watts && row.telemetry.rail_watts &&
           std::all_of(board.module_rails.begin(), board.module_rails.end(), [&](std::size_t rail) {
             return (*row.telemetry.rail_watts)[rail].has_value();
           });
  });
  if (impossible > 0) {
    missing.push_back(fmt::format("the reading is 0 W or less, or above {:g} W, in {}",
                                  kMostModuleWatts, impossible));
  }
  return missing.empty() ? "" : ": " + fmt::format("{}", fmt::join(missing, ", "));
}

// Rails that show more than the module of which they are parts: labels in another order, most
// likely. Readings are not of one moment, so a little more is nothing.
std::optional<std::string> parts_above_whole(const Board& board,
                                             const std::vector<TelemetryRow>& rows) {
  constexpr double kTolerance = 1.2;
  constexpr double kWatts = 0.5;
  constexpr double kOddShare = 0.02;
  std::vector<std::size_t> counts(board.rails.size());
  std::size_t odd = 0;
  for (const TelemetryRow& row : rows) {
    const Telemetry& t = row.telemetry;
    if (!t.total_watts) continue;
    const double most = *t.total_watts * kTolerance + kWatts;
    double parts = 0.0;
    bool is_odd = false;
    for (std::size_t r = 0; r < board.rails.size(); ++r) {
      const auto& whole = board.module_rails;
      if (std::find(whole.begin(), whole.end(), r) != whole.end()) continue;
      const double watts = (*t.rail_watts)[r].value_or(0.0);
      parts += watts;
      counts[r] += watts > most ? 1 : 0;
      is_odd = is_odd || watts > most;
    }
    odd += is_odd || parts > most ? 1 : 0;
  }
  if (static_cast<double>(odd) <= kOddShare * static_cast<double>(rows.size())) return std::nullopt;
  std::vector<std::string> rails;
  for (std::size_t r = 0; r < counts.size(); ++r) {
    if (counts[r] > 0) rails.push_back(fmt::format("{} in {}", board.rails[r], counts[r]));
  }
  return fmt::format(
      "{} of {} rows show parts above the whole module{}{}: are the rails' labels swapped?", odd,
      rows.size(), rails.empty() ? "" : ", ", fmt::join(rails, ", "));
}

// Which clocks are missing, and how often: "gpu in 5, emc in 5"; empty: none.
std::string missing_clocks(const PlantDescription& plant, const std::vector<TelemetryRow>& rows) {
  std::vector<std::string> missing;
  for (std::size_t d = 0; d < plant.domains.size(); ++d) {
    const auto count = std::count_if(rows.begin(), rows.end(), [d](const TelemetryRow& row) {
      return !row.telemetry.domains || !(*row.telemetry.domains)[d].effective_hz;
    });
    if (count > 0) missing.push_back(fmt::format("{} in {}", plant.domains[d].name, count));
  }
  return fmt::format("{}", fmt::join(missing, ", "));
}

void report_board(const Board& board, const PlantDescription& plant, const TegrastatsLog& log,
                  const std::vector<TelemetryRow>& rows, ImportReport& report) {
  report.samples = rows.size();
  double energy = 0.0;
  std::size_t without_power = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    report.runs += log.samples[i].last_of_run ? 1 : 0;
    report.span_seconds += rows[i].period_seconds;
    if (const auto& joules = rows[i].after_effect.energy_joules) {
      energy += *joules;
      report.powered_seconds += rows[i].period_seconds;
    }
    without_power += rows[i].telemetry.total_watts ? 0 : 1;
  }
  if (report.powered_seconds > 0.0) report.energy_joules = energy;
  if (without_power > 0) {
    report.warnings.push_back(fmt::format("{} of {} rows have no power of the module{}",
                                          without_power, rows.size(), missing_rails(board, rows)));
  }
  if (const auto parts = parts_above_whole(board, rows)) report.warnings.push_back(*parts);
  if (const std::string clocks = missing_clocks(plant, rows); !clocks.empty()) {
    report.warnings.push_back(
        fmt::format("some of {} rows show no frequency of {}", rows.size(), clocks));
  }
}

void report_requests(std::span<const LoggedRequest> requests, ImportReport& report) {
  report.requests = requests.size();
  for (const LoggedRequest& request : requests) {
    report.served += request.timed_out ? 0 : 1;
    report.timed_out += request.timed_out ? 1 : 0;
    report.missed += request.missed() ? 1 : 0;
  }
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
  const double start = offset.first_seconds;
  report.unfinished = join_requests(
      RequestTimeline(requests, -start - offset.request_offset_seconds), result.log.rows);
}

}  // namespace

Import import_logs(const ImportConfig& config, const TegrastatsLog& tegrastats,
                   std::span<const LoggedRequest> requests) {
  Import result;
  check_belongs(config, tegrastats, result.report.warnings);
  TelemetryLogHeader& header = result.log.header;
  header.plant = shown_plant(config, tegrastats, result.report.warnings);
  header.plant.has_application = !requests.empty();
  header.scenario = config.scenario;
  header.governor = config.governor;
  header.version = FLYBALL_VERSION;
  header.sensor_lag_seconds = kSensorLagSeconds;
  result.log.rows = board_rows(config.board, header.plant, tegrastats);
  report_board(config.board, header.plant, tegrastats, result.log.rows, result.report);
  if (!requests.empty()) {
    report_requests(requests, result.report);
    join(config, tegrastats, requests, result);
  }
  return result;
}

}  // namespace flyball
