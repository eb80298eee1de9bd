#include "env/fitting/log_replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <system_error>

#include "env/errors.h"
#include "env/fitting/logged_first_uses.h"
#include "env/logs/log_arrivals.h"
#include "env/logs/row_gap.h"
#include "env/sim/sim_plant.h"

namespace flyball {

namespace {

constexpr std::size_t kFewestRows = 20;

bool belongs(const TelemetryRow& row, const TelemetryRow& next) {
  return !row.truncated && !row.terminated && row.mode == next.mode && !is_gap(row, next) &&
         next.telemetry.time_seconds > row.telemetry.time_seconds &&
         next.telemetry.application.has_value() == row.telemetry.application.has_value();
}

std::optional<std::size_t> find_domain(std::span<const Domain> domains, DomainKind kind) {
  for (std::size_t d = 0; d < domains.size(); ++d) {
    if (domains[d].kind == kind) return d;
  }
  return std::nullopt;
}

// The limits of a knob in hertz, under the mode of these rows.
struct HertzRange {
  std::optional<double> low;
  std::optional<double> high;
};
HertzRange limits_of(const TelemetryLogHeader& header, const TelemetryRow& row,
                     const std::string& name) {
  const auto& knobs = header.plant.knobs;
  for (std::size_t k = 0; k < knobs.size(); ++k) {
    if (knobs[k].name != name) continue;
    LevelRange limits = header.plant.limits.at(k);
    for (const ModeLimits& mode : header.modes) {
      if (mode.id == row.mode) limits = mode.limits.at(k);
    }
    return {knobs[k].levels.at(limits.floor), knobs[k].levels.at(limits.ceiling)};
  }
  return {};
}

int cpus_online(const TelemetryRow& row, const Board& board) {
  if (!row.telemetry.cpus) return board.cpus;
  const auto online = std::count_if(row.telemetry.cpus->begin(), row.telemetry.cpus->end(),
                                    [](const CpuTelemetry& cpu) { return cpu.online; });
  return std::clamp(static_cast<int>(online), 1, board.cpus);
}

PowerMode mode_of(const TelemetryLogHeader& header, const TelemetryRow& row, const Board& board) {
  PowerMode mode;
  mode.name = "as logged";
  for (const PowerMode& known : board.modes) {
    if (row.mode && known.id == *row.mode) mode = known;  // and its power budget
  }
  mode.cpus_online = cpus_online(row, board);
  const HertzRange cpu = limits_of(header, row, "cpu");
  const HertzRange gpu = limits_of(header, row, "gpu");
  mode.cpu_min_hz = cpu.low;
  mode.cpu_max_hz = cpu.high;
  mode.gpu_min_hz = gpu.low;
  mode.gpu_max_hz = gpu.high;
  mode.emc_max_hz = limits_of(header, row, "emc").high;
  return mode;
}

void set_batches(const TelemetryLogHeader& header, std::span<const TelemetryRow> rows,
                 SimConfig& config) {
  for (const Knob& knob : header.plant.knobs) {
    if (knob.name == kBatchKnob) config.batch_levels = knob.levels;
  }
  for (const TelemetryRow& row : rows) {
    if (row.setting) continue;
    config.default_batch = row.telemetry.application->batch_recommended;
    return;
  }
}

// The plant's knob that turns what the log's does, and its levels by their values.
struct KnobMap {
  std::size_t knob = 0;
  std::vector<Level> levels;  // [the log's level]
};

std::vector<KnobMap> map_knobs(const TelemetryLogHeader& header, const PlantDescription& plant) {
  std::vector<KnobMap> maps;
  for (const std::string& name : header.leased_knobs) {
    KnobMap map;
    map.knob = find_knob(plant.knobs, name);
    for (const double value : header.plant.knobs[find_knob(header.plant.knobs, name)].levels) {
      map.levels.push_back(level_nearest(plant.knobs[map.knob].levels, value));
    }
    maps.push_back(std::move(map));
  }
  return maps;
}

// Turns the knobs of a plant as the log's rows say.
class SettingReplay {
 public:
  SettingReplay(const TelemetryLogHeader& header, SimPlant& plant)
      : plant_(plant), maps_(map_knobs(header, plant.description())) {
    if (maps_.empty()) return;
    std::vector<std::size_t> knobs;
    for (const KnobMap& map : maps_) knobs.push_back(map.knob);
    lease_ = plant.lease(knobs);
    for (const std::size_t knob : knobs) limits_.push_back(plant.description().limits[knob]);
    in_force_ = full_range(limits_);
  }

  void apply(const TelemetryRow& row, double row_seconds) {
    if (maps_.empty()) return;
    const Setting wanted = setting_of(row);
    if (wanted == in_force_) return;
    plant_.timeline().sleep_until(row_seconds + row.t_as_seconds.value_or(0.0));
    if (const std::error_code error = lease_.apply(wanted)) {
      throw std::system_error(error, "replaying a setting");
    }
    in_force_ = wanted;
  }

 private:
  Setting setting_of(const TelemetryRow& row) const {
    if (!row.setting) return full_range(limits_);
    Setting setting;
    setting.resize(maps_.size());
    for (std::size_t k = 0; k < maps_.size(); ++k) {
      const LevelRange& range = (*row.setting)[k];
      setting[k] = {maps_[k].levels.at(range.floor), maps_[k].levels.at(range.ceiling)};
    }
    return setting;
  }

  SimPlant& plant_;
  std::vector<KnobMap> maps_;
  std::vector<LevelRange> limits_;
  ControlLease lease_;
  Setting in_force_;
};

std::optional<double> share_off(std::optional<double> log, std::optional<double> replay) {
  if (!log || !replay || *log <= 0.0) return std::nullopt;
  return *replay / *log - 1.0;
}

}  // namespace

std::span<const TelemetryRow> replayable_rows(const TelemetryLog& log) {
  const std::span<const TelemetryRow> rows = log.rows;
  std::span<const TelemetryRow> longest;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i + 1 < rows.size() && belongs(rows[i], rows[i + 1])) continue;
    const std::size_t count = i + 1 - begin;
    if (count > longest.size() && rows[begin].telemetry.application) {
      longest = rows.subspan(begin, count);
    }
    begin = i + 1;
  }
  if (longest.empty()) {
    throw DataError("the log says nothing of requests: import it with --requests");
  }
  if (longest.size() < kFewestRows) {
    throw DataError(fmt::format("the longest stretch without a gap has {} rows: at least {} needed",
                                longest.size(), kFewestRows));
  }
  const auto powered = std::count_if(longest.begin(), longest.end(), [](const TelemetryRow& row) {
    return row.telemetry.total_watts.has_value();
  });
  if (2 * powered < std::ssize(longest)) {
    throw DataError(
        fmt::format("only {} of {} rows show the module's power", powered, longest.size()));
  }
  return longest;
}

SimConfig logged_plant(const TelemetryLogHeader& header, std::span<const TelemetryRow> rows,
                       const BoardConfig& board) {
  if (header.plant.board != board.board.id) {
    throw DataError(fmt::format("the log is of {}, the board is {}: give that one's file",
                                header.plant.board, board.board.id));
  }
  SimConfig config;
  config.board = board.board;
  config.mode = mode_of(header, rows.front(), board.board);
  config.arrivals = logged_arrivals(rows);
  set_batches(header, rows, config);
  config.sensor = board.sensor;
  config.sensor.noise_watts = 0.0;
  config.thermal = board.thermal;
  config.power_budget = board.power_budget;
  config.occupations = logged_first_uses(logged_samples(header, rows));
  return config;
}

std::vector<LogSample> logged_samples(const TelemetryLogHeader& header,
                                      std::span<const TelemetryRow> rows) {
  LogSampler sampler(find_domain(header.plant.domains, DomainKind::kGpu));
  std::vector<LogSample> samples;
  samples.reserve(rows.size());
  for (const TelemetryRow& row : rows) samples.push_back(sampler.sample(row.telemetry));
  mark_tuned(tuned_for(samples, logged_first_uses(samples)), samples);
  return samples;
}

std::vector<LogSample> replayed_samples(const TelemetryLogHeader& header,
                                        std::span<const TelemetryRow> rows,
                                        const SimConfig& config) {
  SimPlant plant(config);
  SettingReplay settings(header, plant);
  LogSampler sampler(find_domain(plant.description().domains, DomainKind::kGpu));
  std::vector<LogSample> samples;
  samples.reserve(rows.size());
  const double first_seconds = rows.front().telemetry.time_seconds;
  Telemetry telemetry;
  for (const TelemetryRow& row : rows) {
    const double row_seconds = row.telemetry.time_seconds - first_seconds;
    plant.timeline().sleep_until(row_seconds);
    if (const std::error_code error = plant.read(telemetry)) {
      throw std::system_error(error, "reading the simulated board");
    }
    samples.push_back(sampler.sample(telemetry));
    settings.apply(row, row_seconds);
  }
  const std::vector<LogSample> logged = logged_samples(header, rows);
  mark_tuned(tuned_for(logged, config.occupations), samples);
  return samples;
}

std::optional<double> ReplayComparison::energy_error() const {
  return share_off(log.energy_joules, replay.energy_joules);
}

std::optional<double> ReplayComparison::gpu_hz_error() const {
  if (!log.gpu_hz || !replay.gpu_hz) return std::nullopt;
  return *replay.gpu_hz - *log.gpu_hz;
}

std::optional<double> ReplayComparison::latency_p95_error() const {
  if (log.sorted_latencies.empty()) return std::nullopt;
  return share_off(log.latency_seconds(0.95), replay.latency_seconds(0.95));
}

std::optional<double> ReplayComparison::untuned_p95_error() const {
  if (log.untuned_latencies.empty()) return std::nullopt;
  return share_off(log.untuned_latency_seconds(0.95), replay.untuned_latency_seconds(0.95));
}

ReplayComparison compare(std::span<const LogSample> log, std::span<const LogSample> replay) {
  return {figures_of(log), figures_of(replay)};
}

std::vector<std::string> shortcomings(const ReplayComparison& comparison,
                                      const ReplayTolerances& tolerances) {
  std::vector<std::string> found;
  const auto energy = comparison.energy_error();
  if (!energy) found.emplace_back("energy cannot be compared: readings of the power are missing");
  if (energy && std::abs(*energy) > tolerances.energy_share) {
    found.push_back(fmt::format("energy is off by {:+.1f} % (allowed: {:g} %)", 100.0 * *energy,
                                100.0 * tolerances.energy_share));
  }
  const auto hertz = comparison.gpu_hz_error();
  if (hertz && std::abs(*hertz) > tolerances.gpu_hz) {
    found.push_back(fmt::format("the GPU's mean clock is off by {:+.0f} MHz (allowed: {:g})",
                                *hertz / 1e6, tolerances.gpu_hz / 1e6));
  }
  const auto latency = comparison.latency_p95_error();
  if (!latency) found.emplace_back("latencies cannot be compared: the log serves nothing here");
  if (latency && std::abs(*latency) > tolerances.latency_p95_share) {
    found.push_back(fmt::format("the p95 latency is off by {:+.1f} % (allowed: {:g} %)",
                                100.0 * *latency, 100.0 * tolerances.latency_p95_share));
  }
  return found;
}

}  // namespace flyball
