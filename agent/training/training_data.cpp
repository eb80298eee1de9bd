#include "agent/training/training_data.h"

#include <fmt/format.h>
#include <glob.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "env/errors.h"
#include "env/statistics.h"
#include "replay/power_spread.h"
#include "replay/span_energy.h"

namespace flyball {

namespace {

// The usual time between two rows.
std::optional<double> row_seconds(std::span<const TelemetryRow> rows) {
  if (rows.size() < 2) return std::nullopt;
  std::vector<double> periods;
  for (const TelemetryRow& row : rows) periods.push_back(row.period_seconds);
  return upper_median(std::move(periods));
}

// Settings drawn at random tell how the log was explored: as pins or as caps.
void require_same_kind(const NamedLog& log, const SpanConfig& spans) {
  for (const std::string& name : spans.knobs) {
    const auto& leased = log.header.leased_knobs;
    const auto place =
        static_cast<std::size_t>(std::find(leased.begin(), leased.end(), name) - leased.begin());
    const LevelRange limits = log.header.plant.limits.at(find_knob(log.header.plant.knobs, name));
    const bool is_capped =
        std::find(spans.caps.begin(), spans.caps.end(), name) != spans.caps.end();
    std::size_t random = 0;
    std::size_t other = 0;  // of the other kind, without doubt
    for (const TelemetryRow& row : log.rows) {
      if (row.decided_by != DecidedBy::kRandom || !row.setting || place >= row.setting->size()) {
        continue;
      }
      const LevelRange& range = (*row.setting)[place];
      const bool is_pin = range.is_pinned() && range.floor > limits.floor;
      const bool is_cap = !range.is_pinned() && range.ceiling < limits.ceiling;
      ++random;
      other += (is_capped ? is_pin : is_cap) ? 1 : 0;
    }
    if (2 * other <= random) continue;
    throw std::invalid_argument(fmt::format(
        "its exploration {} {}, the training {} it: caps = [{}] has to name the knobs that the log "
        "caps (--set caps=...)",
        is_capped ? "pins" : "caps", name, is_capped ? "caps" : "pins",
        fmt::join(spans.caps, ", ")));
  }
}

}  // namespace

std::vector<std::string> matching_files(const std::string& pattern) {
  glob_t found{};
  const int error = glob(pattern.c_str(), 0, nullptr, &found);
  std::vector<std::string> files;
  for (std::size_t i = 0; error == 0 && i < found.gl_pathc; ++i) {
    files.emplace_back(found.gl_pathv[i]);
  }
  globfree(&found);
  const auto is_empty = [](const std::string& file) {
    std::error_code unseen;  // what cannot be looked at is told by who reads it
    return std::filesystem::file_size(file, unseen) == 0 && !unseen;
  };
  const bool is_one = files.size() == 1 && files.front() == pattern;
  if (!is_one) std::erase_if(files, is_empty);
  if (files.empty()) throw DataError(fmt::format("no file matches \"{}\"", pattern));
  return files;
}

void append_log(TrainingSet& set, const NamedLog& log, SpanConfig spans) {
  spans.weight = log.weight;
  if (set.rewards_only) {
    throw DataError(
        fmt::format("{}: measured costs cannot be mixed with another program's rewards", log.name));
  }
  bool is_spread = false;
  try {
    require_energy(log.header, log.rows);
    require_same_kind(log, spans);
    TelemetryLogHeader header = log.header;
    is_spread = spread_energy(header, log.rows, sensor_lag_seconds(header, spans));
    append(set, log.name, header.plant.board, log_transitions(header, log.rows, spans));
  } catch (const std::invalid_argument& error) {
    throw DataError(fmt::format("{}: {}", log.name, error.what()));
  }
  set.caps = spans.caps;
  DataSource& source = set.sources.back();
  source.row_seconds = row_seconds(log.rows);
  source.power_seconds = reading_seconds(log.rows);
  source.power_is_spread = is_spread;
  if (set.scenario.empty()) set.scenario = log.header.scenario;
}

nlohmann::ordered_json to_json(const TrainingSet& set) {
  return {{"logs", set.logs},
          {"rows", set.counts.rows},
          {"spans", set.counts.spans},
          {"transitions", set.transitions.size()},
          {"random", set.counts.random},
          {"levels_changed", set.counts.unheld},
          {"nothing_to_credit", set.counts.incomplete},
          {"without_power", set.counts.unpowered},
          {"not_observed", set.counts.unobserved},
          {"gaps", set.counts.gaps},
          {"mode_changes", set.counts.mode_changes}};
}

void resolve_objective(TrainConfig& config, const TrainingSet& set) {
  ObjectiveConfig& objective = config.trainer.objective;
  // Rewards of another program are costs already: they count as they are.
  if (!config.references_given && !set.rewards_only) take_references(objective, set.residents);
  if (config.limit_factor) {
    objective.constraint->limit = *config.limit_factor * objective.reward.latency_reference_seconds;
  }
  if (!objective.limit_range) return;
  const double unit = config.limit_factor ? objective.reward.latency_reference_seconds : 1.0;
  objective.limit_range = {unit * config.limit_range->low, unit * config.limit_range->high};
  config.spans.encoder.limit = objective.constraint->limit;
  config.spans.encoder.limit_scale = limit_scale(objective);
}

}  // namespace flyball
