#include "tools/config/board_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <stdexcept>

#include "controllers/kernel_governors.h"
#include "env/nearest_name.h"
#include "tools/config/board_toml.h"
#include "tools/config/config_directory.h"
#include "tools/config/outer_name.h"
#include "tools/config/read_fields.h"

namespace flyball {

namespace {

constexpr int kMostCpus = 1024;

// "0-3,5" as in the kernel's files; one string per cpufreq policy.
std::vector<int> parse_cpus(const std::string& text, const std::string& key) {
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
      throw std::invalid_argument(key + ": must be a list of CPUs like \"0-3\" or \"0,3-5\"");
    }
    if (std::ssize(cpus) > kMostCpus) {
      throw std::invalid_argument(fmt::format("{}: names more than {} CPUs", key, kMostCpus));
    }
    for (int cpu = first; cpu <= last; ++cpu) cpus.push_back(cpu);
    if (parsed.ptr == end) return cpus;
    at = parsed.ptr + 1;
  }
}

Domain make_domain(const DomainToml& toml, DomainKind kind, std::vector<int> cpus) {
  Domain domain;
  domain.name = to_string(kind);
  domain.kind = kind;
  domain.cpus = std::move(cpus);
  domain.frequencies_hz = toml.frequencies_hz;
  domain.actuation_seconds = toml.actuation_seconds;
  validate(domain);
  return domain;
}

// The domain's resident: one of the kernel governors that can run it.
std::string resident_of(const DomainToml& toml, DomainKind kind) {
  if (governs(toml.governor, kind)) return toml.governor;
  std::vector<std::string> allowed;
  for (const std::string& known : kernel_governor_names()) {
    if (governs(known, kind)) allowed.push_back(known);
  }
  throw std::invalid_argument(
      fmt::format("{}.governor: \"{}\" is none of the allowed{} (allowed: {})", to_string(kind),
                  toml.governor, did_you_mean(toml.governor, allowed), join_names(allowed)));
}

// All CPU policies share one table and make one knob.
void add_cpu(const CpuToml& toml, Board& board) {
  Knob knob;
  knob.name = "cpu";
  if (toml.policies.empty()) {
    throw std::invalid_argument("cpu.policies: must name at least one policy's CPUs");
  }
  std::vector<int> seen;
  for (std::size_t i = 0; i < toml.policies.size(); ++i) {
    const std::string key = fmt::format("cpu.policies[{}]", i);
    std::vector<int> cpus = parse_cpus(toml.policies[i], key);
    for (const int cpu : cpus) {
      if (cpu >= board.cpus || std::find(seen.begin(), seen.end(), cpu) != seen.end()) {
        throw std::invalid_argument(fmt::format(
            "{}: CPU {} is named twice or is not below board.cpus = {}", key, cpu, board.cpus));
      }
      seen.push_back(cpu);
    }
    Domain domain = make_domain(toml.domain, DomainKind::kCpu, std::move(cpus));
    domain.name = fmt::format("cpu{}", domain.cpus.front());
    knob.domains.push_back(board.domains.size());
    knob.levels = domain.frequencies_hz;
    board.domains.push_back(std::move(domain));
  }
  board.knobs.push_back(std::move(knob));
  board.cpu_governor = resident_of(toml.domain, DomainKind::kCpu);
}

std::string add_domain(const DomainToml& toml, DomainKind kind, Board& board) {
  Domain domain = make_domain(toml, kind, {});
  board.knobs.push_back({domain.name, domain.frequencies_hz, {board.domains.size()}});
  board.domains.push_back(std::move(domain));
  return resident_of(toml, kind);
}

void set_power(const PowerToml& toml, Board& board) {
  board.rails = toml.rails;
  std::vector<std::string> module = toml.sum;
  const char* const key = toml.module ? "power.module" : "power.sum";
  if (toml.module) module.push_back(*toml.module);
  if (toml.module && module.size() > 1) {
    throw std::invalid_argument("power.sum: give either module or sum");
  }
  if (module.empty()) {
    throw std::invalid_argument(
        "power.module: missing: name the rail of the whole module, or with sum those of which none "
        "is drawn from another");
  }
  for (const std::string& rail : module) {
    const auto found = std::find(board.rails.begin(), board.rails.end(), rail);
    if (found == board.rails.end()) {
      throw std::invalid_argument(fmt::format("{}: \"{}\" is not one of power.rails", key, rail));
    }
    board.module_rails.push_back(static_cast<std::size_t>(found - board.rails.begin()));
  }
  std::sort(board.module_rails.begin(), board.module_rails.end());
  if (std::adjacent_find(board.module_rails.begin(), board.module_rails.end()) !=
      board.module_rails.end()) {
    throw std::invalid_argument("power.sum: names a rail twice");
  }
}

void check_modes(const Board& board) {
  for (std::size_t i = 0; i < board.modes.size(); ++i) {
    const PowerMode& mode = board.modes[i];
    if (mode.cpus_online > board.cpus) {
      throw std::invalid_argument(
          fmt::format("nvpmodel.modes[{}].cpus_online: is {} (allowed 1 to {})", i,
                      mode.cpus_online, board.cpus));
    }
    const auto same = [&](const PowerMode& other) { return other.id == mode.id; };
    if (&*std::find_if(board.modes.begin(), board.modes.end(), same) != &mode) {
      throw std::invalid_argument(
          fmt::format("nvpmodel.modes[{}].id: {} is used by another mode", i, mode.id));
    }
  }
  try {
    find_mode(board, board.default_mode);
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(fmt::format("nvpmodel.default: {}", error.what()));
  }
}

Board make_board(const BoardToml& toml) {
  Board board;
  board.id = toml.id;
  board.title = toml.title;
  board.soc = toml.soc;
  board.cpus = toml.cpus;
  add_cpu(toml.cpu, board);
  board.gpu_governor = add_domain(toml.gpu, DomainKind::kGpu, board);
  board.emc_governor = add_domain(toml.emc, DomainKind::kEmc, board);
  set_power(toml.power, board);
  board.zones = toml.zones;
  board.modes = toml.modes;
  board.default_mode = toml.default_mode;
  check_modes(board);
  validate(board);
  return board;
}

void check_identity(const BoardIdentity& identity) {
  for (const std::string& module : identity.modules) {
    if (modules_in(module) == std::vector<std::string>{module}) continue;
    throw std::invalid_argument(
        fmt::format("board.modules: \"{}\" is not of the form \"p3767-0004\"", module));
  }
  const std::vector<std::string> parts = {"cpu", "gpu", "emc", "power", "thermal", "nvpmodel"};
  for (const std::string& part : identity.unconfirmed) {
    if (std::find(parts.begin(), parts.end(), part) != parts.end()) continue;
    throw std::invalid_argument(fmt::format(
        "board.unconfirmed: \"{}\" is none of the allowed (allowed: {})", part, join_names(parts)));
  }
  if (!identity.unconfirmed.empty() && identity.modules.empty()) {
    throw std::invalid_argument(
        "board.modules: missing: without its tables a board is known by its module alone");
  }
}

BoardConfig make_config(const BoardToml& toml) {
  BoardConfig config;
  config.board = make_board(toml);
  check_identity(toml.identity);
  config.identity = toml.identity;
  config.files = toml.files;
  validate(config.files, config.board);
  config.electrical = toml.electrical;
  if (config.electrical) validate(*config.electrical, config.board);
  config.roofline = toml.roofline;
  config.related = toml.related;
  config.sensor = toml.sensor;
  config.thermal = toml.thermal;
  config.power_budget = toml.power_budget;
  return config;
}

}  // namespace

BoardConfig read_board(const TomlTable& file) {
  const auto toml = read_fields<BoardToml>(file);
  file.reject_unknown();
  return file.checked([&] { return make_config(toml); });
}

BoardConfig load_board(const std::string& id_or_path, const std::vector<std::string>& assignments) {
  return citing_under("board", [&] {
    return read_board(TomlTable::parse_file(find_config("boards", id_or_path), assignments));
  });
}

}  // namespace flyball
