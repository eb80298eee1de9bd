#include "tools/config/board_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <stdexcept>

#include "controllers/kernel_governors.h"
#include "env/nearest_name.h"
#include "tools/config/config_directory.h"
#include "tools/config/electrical_config.h"
#include "tools/config/positive.h"

namespace flyball {

namespace {

constexpr int kMostCpus = 1024;

// "0-3,5" as in the kernel's files; one string per cpufreq policy.
std::vector<int> parse_cpus(const std::string& text) {
  std::vector<int> cpus;
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  while (true) {
    int first = 0;
    auto parsed = std::from_chars(at, end, first);
    int last = first;
    bool good = parsed.ec == std::errc() && first >= 0;
    if (good && parsed.ptr != end && *parsed.ptr == '-') {
      parsed = std::from_chars(parsed.ptr + 1, end, last);
      good = parsed.ec == std::errc() && last >= first && last < kMostCpus;
    }
    if (!good || (parsed.ptr != end && *parsed.ptr != ',')) {
      throw std::invalid_argument("must be a list of CPUs like \"0-3\" or \"0,3-5\"");
    }
    if (std::ssize(cpus) > kMostCpus) {
      throw std::invalid_argument(fmt::format("names more than {} CPUs", kMostCpus));
    }
    for (int cpu = first; cpu <= last; ++cpu) cpus.push_back(cpu);
    if (parsed.ptr == end) return cpus;
    at = parsed.ptr + 1;
  }
}

Domain read_domain(const TomlTable& table, DomainKind kind, std::vector<int> cpus) {
  Domain domain;
  domain.name = to_string(kind);
  domain.kind = kind;
  domain.cpus = std::move(cpus);
  domain.frequencies_hz = table.required<std::vector<double>>("frequencies_hz");
  domain.actuation_seconds = table.required<double>("actuation_seconds");
  try {
    validate(domain);
  } catch (const std::invalid_argument& error) {
    const std::string message = error.what();  // "gpu.frequencies_hz[3]: ..."; we are in [gpu]
    table.fail(std::invalid_argument(message.substr(message.find('.') + 1)));
  }
  return domain;
}

// The domain's resident: one of the kernel governors that can run it.
std::string read_resident(const TomlTable& table, DomainKind kind) {
  auto name = table.required<std::string>("governor");
  if (governs(name, kind)) return name;
  std::vector<std::string> allowed;
  for (const std::string& known : kernel_governor_names()) {
    if (governs(known, kind)) allowed.push_back(known);
  }
  table.fail("governor",
             fmt::format("\"{}\" is none of the allowed (allowed: {})", name, join_names(allowed)));
}

// All CPU policies share one table and make one knob.
void read_cpu(const TomlTable& table, Board& board) {
  Knob knob;
  knob.name = "cpu";
  const auto policies = table.required<std::vector<std::string>>("policies");
  if (policies.empty()) table.fail("policies", "must name at least one policy's CPUs");
  std::vector<int> seen;
  for (std::size_t i = 0; i < policies.size(); ++i) {
    std::vector<int> cpus;
    try {
      cpus = parse_cpus(policies[i]);
    } catch (const std::invalid_argument& error) {
      table.fail(std::invalid_argument(fmt::format("policies[{}]: {}", i, error.what())));
    }
    for (const int cpu : cpus) {
      if (cpu >= board.cpus || std::find(seen.begin(), seen.end(), cpu) != seen.end()) {
        table.fail(std::invalid_argument(
            fmt::format("policies[{}]: CPU {} is named twice or is not below board.cpus = {}", i,
                        cpu, board.cpus)));
      }
      seen.push_back(cpu);
    }
    Domain domain = read_domain(table, DomainKind::kCpu, std::move(cpus));
    domain.name = fmt::format("cpu{}", domain.cpus.front());
    knob.domains.push_back(board.domains.size());
    knob.levels = domain.frequencies_hz;
    board.domains.push_back(std::move(domain));
  }
  board.knobs.push_back(std::move(knob));
  board.cpu_governor = read_resident(table, DomainKind::kCpu);
}

std::string read_single_domain(const TomlTable& table, DomainKind kind, Board& board) {
  Domain domain = read_domain(table, kind, {});
  board.knobs.push_back({domain.name, domain.frequencies_hz, {board.domains.size()}});
  board.domains.push_back(std::move(domain));
  return read_resident(table, kind);
}

void read_power(const TomlTable& table, Board& board) {
  board.rails = table.required<std::vector<std::string>>("rails");
  auto module =
      table.optional<std::vector<std::string>>("sum").value_or(std::vector<std::string>{});
  const auto whole = table.optional<std::string>("module");
  const char* key = whole ? "module" : "sum";
  if (whole) module.push_back(*whole);
  if (whole && module.size() > 1) table.fail("sum", "give either module or sum");
  if (module.empty()) {
    table.fail(
        std::invalid_argument("module: missing: name the rail of the whole module, or with "
                              "sum those of which none is drawn from another"));
  }
  for (const std::string& rail : module) {
    const auto found = std::find(board.rails.begin(), board.rails.end(), rail);
    if (found == board.rails.end()) {
      table.fail(key, fmt::format("\"{}\" is not one of power.rails", rail));
    }
    board.module_rails.push_back(static_cast<std::size_t>(found - board.rails.begin()));
  }
  std::sort(board.module_rails.begin(), board.module_rails.end());
  if (std::adjacent_find(board.module_rails.begin(), board.module_rails.end()) !=
      board.module_rails.end()) {
    table.fail("sum", "names a rail twice");
  }
}

ThermalZone read_zone(const TomlTable& table) {
  ThermalZone zone;
  zone.name = table.required<std::string>("name");
  zone.passive_celsius = table.optional<double>("passive_celsius");
  zone.critical_celsius = table.optional<double>("critical_celsius");
  return zone;
}

PowerMode read_mode(const TomlTable& table, const Board& board) {
  PowerMode mode;
  mode.id = table.required<int>("id");
  mode.name = table.required<std::string>("name");
  mode.cpus_online = table.required<int>("cpus_online");
  if (mode.cpus_online < 1 || mode.cpus_online > board.cpus) {
    table.fail("cpus_online", fmt::format("is {} (allowed 1 to {})", mode.cpus_online, board.cpus));
  }
  mode.cpu_min_hz = table.optional<double>("cpu_min_hz");
  mode.cpu_max_hz = table.optional<double>("cpu_max_hz");
  mode.gpu_min_hz = table.optional<double>("gpu_min_hz");
  mode.gpu_max_hz = table.optional<double>("gpu_max_hz");
  mode.emc_max_hz = table.optional<double>("emc_max_hz");
  mode.budget_watts = table.optional<double>("budget_watts");
  return mode;
}

void read_modes(const TomlTable& table, Board& board) {
  for (const TomlTable& entry : table.tables("modes")) {
    board.modes.push_back(read_mode(entry, board));
    const auto same = [&](const PowerMode& mode) { return mode.id == board.modes.back().id; };
    if (std::count_if(board.modes.begin(), board.modes.end(), same) > 1) {
      entry.fail("id", fmt::format("{} is used by another mode", board.modes.back().id));
    }
  }
  board.default_mode = table.required<int>("default");
  try {
    find_mode(board, board.default_mode);
  } catch (const std::invalid_argument& error) {
    table.fail("default", error.what());
  }
}

SensorFiles read_sensor_files(const TomlTable& table) {
  SensorFiles sensor;
  const bool is_iio = table.choice("api", {"iio", "hwmon"}) == "iio";
  sensor.api = is_iio ? SensorInterface::kIio : SensorInterface::kHwmon;
  sensor.address = table.required<std::string>("address");
  sensor.labels = table.required<std::vector<std::string>>("labels");
  return sensor;
}

BoardFiles read_files(const TomlTable& table) {
  BoardFiles files;
  files.jetpack = table.required<int>("jetpack");
  files.gpu_device = table.required<std::string>("gpu_device");
  files.gpu_alias = table.optional<std::string>("gpu_alias").value_or("");
  files.gpu_governors = table.required<std::vector<std::string>>("gpu_governors");
  files.cpu_governors = table.required<std::vector<std::string>>("cpu_governors");
  files.scaling_driver = table.required<std::string>("scaling_driver");
  const std::string emc = table.choice("emc", {"t210", "bpmp", "bpmp_halt"});
  files.emc = emc == "t210"   ? EmcInterface::kT210
              : emc == "bpmp" ? EmcInterface::kBpmp
                              : EmcInterface::kBpmpHalt;
  files.emc_cap = table.required<std::string>("emc_cap");
  files.emc_utilization = table.required<std::string>("emc_utilization");
  files.zones = table.required<std::vector<std::string>>("zones");
  for (const TomlTable& sensor : table.tables("sensors")) {
    files.sensors.push_back(read_sensor_files(sensor));
  }
  return files;
}

RooflineTraits read_roofline(const TomlTable& table) {
  RooflineTraits traits;
  table.read("batch_overhead", traits.batch_overhead);
  table.read("sharpness", traits.sharpness);
  table.read("gpu_stalled", traits.gpu_stalled);
  table.read("cpu_waiting", traits.cpu_waiting);
  table.read("storage_block", traits.storage_block);
  try {
    validate(traits);
  } catch (const std::invalid_argument& error) {
    const std::string message = error.what();  // "roofline.sharpness ..."; we are inside
    table.fail(std::invalid_argument(message.substr(message.find('.') + 1)));
  }
  return traits;
}

RelatedBoard read_related(const TomlTable& table) {
  RelatedBoard related;
  related.id = table.required<std::string>("board");
  related.gpu = optional_positive(table, "gpu").value_or(1.0);
  related.memory = optional_positive(table, "memory").value_or(1.0);
  related.host = optional_positive(table, "host").value_or(1.0);
  return related;
}

Board read_facts(const TomlTable& file) {
  Board board;
  const TomlTable head = file.table("board");
  board.id = head.required<std::string>("id");
  board.title = head.required<std::string>("title");
  board.soc = head.required<std::string>("soc");
  board.cpus = static_cast<int>(required_count(head, "cpus", kMostCpus));
  read_cpu(file.table("cpu"), board);
  board.gpu_governor = read_single_domain(file.table("gpu"), DomainKind::kGpu, board);
  board.emc_governor = read_single_domain(file.table("emc"), DomainKind::kEmc, board);
  read_power(file.table("power"), board);
  for (const TomlTable& zone : file.table("thermal").tables("zones")) {
    board.zones.push_back(read_zone(zone));
  }
  read_modes(file.table("nvpmodel"), board);
  try {
    validate(board);
  } catch (const std::invalid_argument& error) {
    file.fail(error);
  }
  return board;
}

}  // namespace

BoardConfig read_board(const TomlTable& file) {
  BoardConfig config;
  config.board = read_facts(file);
  for (const TomlTable& table : file.tables("files")) config.files.push_back(read_files(table));
  try {
    validate(config.files, config.board);
  } catch (const std::invalid_argument& error) {
    file.fail(error);
  }
  if (const auto table = file.optional_table("electrical")) {
    config.electrical = read_electrical(*table, config.board);
  }
  if (const auto table = file.optional_table("roofline")) config.roofline = read_roofline(*table);
  if (const auto table = file.optional_table("related")) config.related = read_related(*table);
  if (const auto table = file.optional_table("sensor")) config.sensor = read_sensor(*table);
  if (const auto table = file.optional_table("thermal_model")) {
    config.thermal = read_thermal(*table);
  }
  if (const auto table = file.optional_table("power_budget")) {
    config.power_budget = read_power_budget(*table);
  }
  file.reject_unknown();
  return config;
}

BoardConfig load_board(const std::string& id_or_path) {
  return read_board(TomlTable::parse_file(find_config("boards", id_or_path)));
}

}  // namespace flyball
