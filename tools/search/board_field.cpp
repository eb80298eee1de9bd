#include "tools/search/board_field.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "env/errors.h"
#include "env/logs/telemetry_log.h"
#include "policies/policy_file.h"
#include "tools/config/board_config.h"
#include "tools/exit_codes.h"
#include "tools/interrupt.h"
#include "tools/program.h"
#include "tools/scratch_folder.h"
#include "tools/search/found_setting.h"

namespace flyball {

namespace {

using nlohmann::json;

constexpr double kSettleSeconds = 1.5;  // until clocks and power sensor have followed
constexpr double kFirstSeconds = 3.0;   // then a setting far over the limit is left
constexpr double kFarOver = 1.1;        // times the limit
constexpr double kSampleSeconds = 0.1;  // between readings

[[noreturn]] void fail(const CommandOutcome& outcome) {
  std::string remark = outcome.remarks;
  while (!remark.empty() && remark.back() == '\n') remark.pop_back();
  remark = remark.substr(remark.rfind('\n') + 1);
  throw CommandError(outcome.exit_code, remark.empty() ? "flyballd failed" : remark);
}

json ask(const ShippedProgram& daemon, std::vector<std::string> arguments) {
  const CommandOutcome outcome = daemon.run(arguments);
  if (outcome.exit_code != kExitOk) fail(outcome);
  json answer = json::parse(outcome.output, nullptr, false);
  if (!answer.is_object()) {
    throw DataError(fmt::format("flyballd {}: its output is no JSON", arguments.front()));
  }
  return answer;
}

// What of a knob's table the limits in force allow on every domain that can be governed. Absent:
// none can be.
std::optional<LevelRange> range_of(const Board& board, const Knob& knob, const json& clocks) {
  double floor_hz = 0.0;
  double ceiling_hz = knob.levels.back();
  bool is_governed = false;
  for (const std::size_t d : knob.domains) {
    for (const json& clock : clocks) {
      if (clock.at("name") != board.domains[d].name || !clock.at("can_be_governed")) continue;
      is_governed = true;
      floor_hz = std::max(floor_hz, clock.at("floor_hz").get<double>());
      ceiling_hz = std::min(ceiling_hz, clock.at("ceiling_hz").get<double>());
    }
  }
  if (!is_governed) return std::nullopt;
  LevelRange range{level_nearest(knob.levels, floor_hz), level_nearest(knob.levels, ceiling_hz)};
  range.floor = std::min(range.floor, range.ceiling);
  return range;
}

SearchSpace space_of(const Board& board, const json& probe) {
  std::vector<Knob> knobs;
  std::vector<LevelRange> limits;
  for (const Knob& knob : board.knobs) {
    const std::optional<LevelRange> range = range_of(board, knob, probe.at("clocks"));
    if (!range) continue;
    knobs.push_back(knob);
    limits.push_back(*range);
  }
  if (knobs.empty()) throw CommandError(kExitRefused, "no clock of this board can be governed");
  return {std::move(knobs), std::move(limits)};
}

json probe_of(const ShippedProgram& daemon, const std::string& root) {
  json probe = ask(daemon, {"probe", "--root", root, "--json"});
  if (!probe.at("application").get<bool>()) {
    throw CommandError(kExitRefused,
                       root +
                           ": no application reports its requests, so no latency is known: see "
                           "env/jetson/APPLICATION.md");
  }
  return probe;
}

}  // namespace

BoardField::BoardField(BoardFieldConfig config)
    : config_(std::move(config)), daemon_(config_.daemon), space_([this] {
        const json probe = probe_of(daemon_, config_.root);
        description_ = load_board(probe.at("board").get<std::string>()).board;
        const bool knows_mode = probe.at("mode").is_number();
        cpus_online_ = find_mode(description_, knows_mode ? probe.at("mode").get<int>()
                                                          : description_.default_mode)
                           .cpus_online;
        return space_of(description_, probe);
      }()) {}

std::string BoardField::text() const {
  return fmt::format("{} at {}, {:g} s a setting", description_.id, config_.root, config_.seconds);
}

SampleReading reading_of_log(const std::filesystem::path& log, double left_out_seconds) {
  TelemetryLogReader reader(log.string());
  SampleMeterConfig config;
  config.most_seconds = 1e9;  // the log's
  SampleMeter meter(config);
  TelemetryRow row;
  std::optional<double> first;
  bool has_begun = false;
  while (reader.next(row)) {
    if (!first) first = row.telemetry.time_seconds;
    if (row.telemetry.time_seconds - *first < left_out_seconds) continue;
    if (!row.telemetry.application || !row.telemetry.total_watts) continue;
    has_begun ? meter.look(row.telemetry) : meter.begin(row.telemetry);
    has_begun = true;
  }
  const std::optional<SampleReading> reading = has_begun ? meter.reading() : std::nullopt;
  if (!reading) {
    throw DataError(
        "nothing was served, or no power was read, while a setting was held: is the application at "
        "work, and may flyballd's own user read its figures?");
  }
  return *reading;
}

SampleReading BoardField::hold(std::size_t candidate, double seconds) const {
  const ScratchFolder folder;
  const std::filesystem::path policy = folder.path() / "setting.flyball";
  const std::filesystem::path log = folder.path() / "log.csv";
  save_policy(policy, fixed_policy(description_.id, found_setting(description_, space_, candidate),
                                   "a search"));
  const json report = ask(daemon_, {"run", "--policy", policy.string(), "--root", config_.root,
                                    "--for", fmt::format("{:g}", kSettleSeconds + seconds),
                                    "--sample", fmt::format("{:g}", kSampleSeconds), "--no-guard",
                                    "--quiet", "--log", log.string(), "--json"});
  const bool was_held = report.at("left_to_kernel") == 0 && report.at("stepped_aside") == 0 &&
                        report.at("decisions") > 0 && !report.at("handed_back").get<bool>();
  if (!was_held) {
    throw DataError(
        fmt::format("{}: was not held: somebody else writes the limits, or the board "
                    "fails; nothing is measured",
                    space_.text(candidate)));
  }
  return reading_of_log(log, kSettleSeconds);
}

SearchSample BoardField::measure(std::size_t candidate, std::optional<double> limit_seconds) const {
  SampleReading reading;
  if (limit_seconds) reading = hold(candidate, std::min(kFirstSeconds, config_.seconds));
  const bool is_far_over = limit_seconds && reading.seconds > kFarOver * *limit_seconds;
  if (!is_far_over) reading = hold(candidate, config_.seconds);
  return {candidate, reading.seconds, reading.joules, std::clamp(reading.error, 0.001, 0.5)};
}

void BoardField::run(Search& search, const SearchProblem& problem, std::size_t taken,
                     std::size_t samples, const std::function<void(const SearchSample&)>& told) {
  try {
    while (taken < samples && !interrupted()) {
      const std::optional<std::size_t> next = search.propose();
      if (!next) return;
      const SearchSample sample = measure(*next, problem.limit_seconds);
      search.observe(sample);
      ++taken;
      told(sample);
    }
  } catch (const Interrupted&) {
  }
}

}  // namespace flyball
