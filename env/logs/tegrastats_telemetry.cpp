#include "env/logs/tegrastats_telemetry.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <utility>

#include "env/module_power.h"
#include "env/span_cost.h"

namespace flyball {

namespace {

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

}  // namespace

ShownPlant shown_plant(const PlantDescription& plant, const TegrastatsLog& log) {
  ShownPlant shown;
  std::vector<std::optional<std::size_t>> index;
  std::vector<Domain> domains;
  for (const Domain& domain : plant.domains) {
    const bool is_shown =
        std::any_of(log.samples.begin(), log.samples.end(), [&](const TegrastatsSample& sample) {
          return shown_hz(domain, sample.values).has_value();
        });
    index.push_back(is_shown ? std::optional(domains.size()) : std::nullopt);
    if (is_shown) {
      domains.push_back(domain);
    } else {
      shown.missing.push_back(domain.name);
    }
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
  shown.plant = plant;
  shown.plant.domains = std::move(domains);
  shown.plant.knobs = std::move(knobs);
  shown.plant.limits = std::move(limits);
  return shown;
}

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

}  // namespace flyball
