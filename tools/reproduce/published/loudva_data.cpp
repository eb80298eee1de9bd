#include "tools/reproduce/published/loudva_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>
#include <span>
#include <stdexcept>
#include <string_view>

#include "env/errors.h"
#include "env/fitting/log_replay.h"
#include "env/fitting/logged_first_uses.h"
#include "env/logs/importer.h"
#include "env/logs/tegrastats.h"
#include "env/module_power.h"
#include "env/span_cost.h"

namespace flyball {

namespace {

constexpr double kUtcOffsetHours = 2.0;  // of the stamps of tegrastats

// How far the clock of the requests leads that of tegrastats, read off where activity begins.
double request_lead_seconds(const std::string& name) { return name.ends_with("_0") ? 2.4 : 2.85; }

double module_watts(const TegrastatsSample& sample, const Board& board) {
  std::vector<double> rails;
  for (const std::string& name : board.rails) {
    const TegrastatsRail* rail = sample.values.find_rail(name);
    if (rail == nullptr) {
      throw std::invalid_argument(fmt::format("line {} shows no rail {}", sample.line, name));
    }
    rails.push_back(rail->now_watts);
  }
  return module_power(board, std::span<const double>(rails));
}

LoudvaSample to_sample(const TegrastatsSample& sample, const Board& board, const Domain& gpu) {
  const TegrastatsEngine* engine = sample.values.find_engine("GR3D_FREQ");
  if (engine == nullptr || engine->frequencies_hz.empty()) {
    throw std::invalid_argument(fmt::format("line {} shows no GPU frequency", sample.line));
  }
  LoudvaSample result;
  result.time_seconds = sample.time_seconds;
  result.gpu_level = level_nearest(gpu.frequencies_hz, engine->frequencies_hz.front());
  result.gpu_load = engine->load.value_or(0.0);
  result.module_watts = module_watts(sample, board);
  if (const TegrastatsRail* rail = sample.values.find_rail("GPU"))
    result.gpu_watts = rail->now_watts;
  for (const TegrastatsCpu& cpu : sample.values.cpus)
    result.cpu_cores_busy += cpu.load.value_or(0.0);
  return result;
}

const Domain& gpu_of(const Board& board) {
  return board.domains.at(board.knobs.at(find_knob(board.knobs, "gpu")).domains.front());
}

// Groups by equal times; each group keeps its smallest limit.
std::vector<Arrival> grouped(const std::map<double, Arrival>& groups) {
  std::vector<Arrival> result;
  for (const auto& [time, group] : groups) result.push_back(group);
  return result;
}

void add_to_group(std::map<double, Arrival>& groups, double time_seconds,
                  std::optional<double> limit_seconds) {
  const auto [it, is_new] =
      groups.try_emplace(time_seconds, Arrival{time_seconds, 0, limit_seconds});
  ++it->second.requests;
  if (limit_seconds) {
    it->second.limit_seconds =
        std::min(it->second.limit_seconds.value_or(*limit_seconds), *limit_seconds);
  }
}

double number(std::string_view cell, const std::string& where) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error != std::errc{} || end != cell.data() + cell.size()) {
    throw DataError(fmt::format("{}: '{}' is not a number", where, cell));
  }
  return value;
}

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> cells;
  std::size_t begin = 0;
  for (std::size_t end = line.find(','); end != std::string::npos; end = line.find(',', begin)) {
    cells.push_back(line.substr(begin, end - begin));
    begin = end + 1;
  }
  cells.push_back(line.substr(begin));
  return cells;
}

std::size_t column(const std::vector<std::string>& names, const char* name,
                   const std::filesystem::path& file) {
  const auto it = std::find(names.begin(), names.end(), name);
  if (it == names.end()) throw DataError(fmt::format("{}:1: no column '{}'", file.string(), name));
  return static_cast<std::size_t>(it - names.begin());
}

}  // namespace

double LoudvaRun::mean_gpu_hz(const Board& board) const {
  const Domain& gpu = gpu_of(board);
  double sum = 0.0;
  for (const LoudvaSample& sample : samples) sum += gpu.frequencies_hz[sample.gpu_level];
  return sum / static_cast<double>(samples.size());
}

double LoudvaRun::in_time_share() const {
  const auto missed = std::count_if(requests.begin(), requests.end(),
                                    [](const LoggedRequest& request) { return request.missed(); });
  return 1.0 - static_cast<double>(missed) / static_cast<double>(requests.size());
}

std::vector<double> LoudvaRun::sorted_latencies() const {
  std::vector<double> latencies;
  for (const LoggedRequest& request : requests) latencies.push_back(request.latency_seconds());
  std::sort(latencies.begin(), latencies.end());
  return latencies;
}

std::vector<Arrival> LoudvaRun::arrivals(double limit_scale) const {
  std::map<double, Arrival> groups;
  for (const LoggedRequest& request : requests) {
    std::optional<double> limit = request.limit_seconds;
    if (limit) limit = *limit * limit_scale;
    add_to_group(groups, request.arrival_seconds, limit);
  }
  return grouped(groups);
}

std::vector<Arrival> LoudvaRun::dispatches() const {
  std::map<double, Arrival> groups;
  for (const LoggedRequest& request : requests) {
    if (request.queue_exit_seconds) add_to_group(groups, *request.queue_exit_seconds, std::nullopt);
  }
  return grouped(groups);
}

std::vector<std::string> loudva_runs() {
  std::vector<std::string> names;
  for (const char* who : {"stock_governor_", "loud_prof_"}) {
    for (const char* number : {"0", "1", "3", "4"}) names.push_back(std::string(who) + number);
  }
  return names;
}

TelemetryLog import_loudva_run(const std::filesystem::path& data, const Board& board,
                               const std::string& name) {
  const std::string path = (data / "serving" / name).string();
  ImportConfig config;
  config.board = board;
  config.mode = 0;
  config.utc_offset_hours = kUtcOffsetHours;
  config.request_offset_seconds = request_lead_seconds(name);
  config.scenario = name;
  return import_logs(config, read_tegrastats_log(path + "_tegrastats.log"),
                     read_request_log(path + "_requests.csv").requests)
      .log;
}

LoudvaRun load_loudva_run(const std::filesystem::path& data, const Board& board,
                          const std::string& name) {
  const std::filesystem::path serving = data / "serving";
  const TegrastatsLog log = read_tegrastats_log((serving / (name + "_tegrastats.log")).string());
  if (!log.first_stamp || log.samples.size() < 2) {
    throw DataError(fmt::format("{}_tegrastats.log: no stamped lines", name));
  }
  LoudvaRun run;
  run.name = name;
  const Domain& gpu = gpu_of(board);
  for (const TegrastatsSample& sample : log.samples) {
    run.samples.push_back(to_sample(sample, board, gpu));
  }
  run.seconds = run.samples.back().time_seconds;
  run.interval_seconds = run.seconds / static_cast<double>(run.samples.size() - 1);
  for (std::size_t i = 1; i < run.samples.size(); ++i) {
    const LoudvaSample& before = run.samples[i - 1];
    run.energy_joules += energy_between(before.module_watts, run.samples[i].module_watts,
                                        run.samples[i].time_seconds - before.time_seconds);
  }
  run.requests = read_request_log((serving / (name + "_requests.csv")).string()).requests;
  const double begin =
      log.first_stamp->seconds - 3600.0 * kUtcOffsetHours + request_lead_seconds(name);
  for (LoggedRequest& request : run.requests) {
    request.arrival_seconds -= begin;
    request.completion_seconds -= begin;
    if (request.queue_exit_seconds) *request.queue_exit_seconds -= begin;
  }
  const TelemetryLog imported = import_loudva_run(data, board, name);
  run.first_uses = logged_first_uses(logged_samples(imported.header, replayable_rows(imported)));
  return run;
}

std::vector<LoudvaSweepRow> load_loudva_sweep(const std::filesystem::path& data) {
  const std::filesystem::path file = data / "sweeps.csv";
  std::ifstream stream(file);
  std::string line;
  if (!std::getline(stream, line)) throw DataError(fmt::format("{}: cannot read", file.string()));
  const std::vector<std::string> names = split(line);
  const std::size_t device = column(names, "device", file);
  const std::size_t control = column(names, "control", file);
  const std::size_t gpu_hz = column(names, "gpu_freq_hz", file);
  const std::size_t concurrency = column(names, "concurrency", file);
  const std::size_t rate = column(names, "inferences_per_s", file);
  const std::size_t compute = column(names, "server_compute_infer_us", file);
  const std::size_t power = column(names, "mean_board_power_mw", file);
  std::vector<LoudvaSweepRow> rows;
  for (std::size_t number_of_line = 2; std::getline(stream, line); ++number_of_line) {
    const std::vector<std::string> cells = split(line);
    const std::string where = fmt::format("{}:{}", file.string(), number_of_line);
    if (cells.size() != names.size()) throw DataError(where + ": another number of cells");
    if (cells[device] != "AGX_Xavier" || cells[control] != "fixed_gpu_freq") continue;
    LoudvaSweepRow row{number(cells[gpu_hz], where), number(cells[concurrency], where),
                       number(cells[rate], where), 1e-6 * number(cells[compute], where),
                       1e-3 * number(cells[power], where)};
    if (row.concurrency <= 32.0) rows.push_back(row);
  }
  return rows;
}

}  // namespace flyball
