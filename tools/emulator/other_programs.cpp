#include "tools/emulator/other_programs.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "env/jetson/kernel_units.h"
#include "env/jetson/nvpmodel.h"
#include "tools/emulator/emulated_board.h"

namespace flyball {

namespace {

constexpr std::string_view kWrites = "writes:";

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
  throw std::invalid_argument(
      fmt::format("\"{}\": {}; nvpmodel=ID, jetson_clocks=on, jetson_clocks=restore or "
                  "cpuN=offline, cpuN=online or FILE=writes:VALUE:EVERY expected, each with or "
                  "without @SECONDS",
                  text, why));
}

double seconds_in(std::string_view number, std::string_view text) {
  double seconds = 0.0;
  const char* const end = number.data() + number.size();
  const auto parsed = std::from_chars(number.data(), end, seconds);
  if (parsed.ec != std::errc() || parsed.ptr != end || !(seconds >= 0.0)) {
    refuse(text, fmt::format("\"{}\" is no number of seconds", number));
  }
  return seconds;
}

// "cpu4" is one, "cpu4/online" a file.
std::optional<int> cpu_in(std::string_view name) {
  constexpr std::string_view kPrefix = "cpu";
  if (!name.starts_with(kPrefix)) return std::nullopt;
  name.remove_prefix(kPrefix.size());
  int cpu = 0;
  const auto parsed = std::from_chars(name.data(), name.data() + name.size(), cpu);
  const bool is_number = parsed.ec == std::errc() && parsed.ptr == name.data() + name.size();
  return is_number ? std::optional(cpu) : std::nullopt;
}

// The first file below `directory` that is `file`, or whose path ends with it; empty: none.
std::string find_file(const FileTree& tree, const std::string& directory, std::string_view file) {
  for (const std::string& name : tree.list(directory)) {
    const std::string path = (directory == "/" ? "" : directory) + "/" + name;
    const FileTree::Kind kind = tree.kind(path);
    if (kind == FileTree::Kind::kDirectory) {
      std::string found = find_file(tree, path, file);
      if (!found.empty()) return found;
    }
    if (kind != FileTree::Kind::kFile) continue;
    if (path == file || path.ends_with(fmt::format("/{}", file))) return path;
  }
  return {};
}

std::string status_of(const EmulatedState& state) {
  return fmt::format("pmode:{:04d} fmode:quiet", state.mode.id);
}

void add_frequencies(std::string& text, std::string_view clock, std::optional<double> low,
                     std::optional<double> high, double unit_hz) {
  const auto number = [&](std::optional<double> hertz, long long none) {
    return hertz ? std::llround(*hertz / unit_hz) : none;
  };
  text += fmt::format("{} MIN_FREQ {}\n{} MAX_FREQ {}\n", clock, number(low, 0), clock,
                      number(high, -1));
}

// As in NVIDIA's files: CPUs in kHz, -1 for no limit, 0 for no cap of the memory.
std::string configuration(const Board& board) {
  std::string text;
  for (const PowerMode& mode : board.modes) {
    text += fmt::format("< POWER_MODEL ID={} NAME={} >\n", mode.id, mode.name);
    for (int cpu = 0; cpu < board.cpus; ++cpu) {
      text += fmt::format("CPU_ONLINE CORE_{} {}\n", cpu, cpu < mode.cpus_online ? 1 : 0);
    }
    add_frequencies(text, "CPU_0", mode.cpu_min_hz, mode.cpu_max_hz, kHertzPerKilohertz);
    add_frequencies(text, "GPU", mode.gpu_min_hz, mode.gpu_max_hz, 1.0);
    text += fmt::format("EMC MAX_FREQ {}\n", std::llround(mode.emc_max_hz.value_or(0.0)));
  }
  return text + fmt::format("< PM_CONFIG DEFAULT={} >", board.default_mode);
}

}  // namespace

OtherPrograms::OtherPrograms(FileTree& tree, EmulatedState& state) : tree_(tree), state_(state) {
  tree.add_file(kNvpmodelStatus, read_only([&state] { return status_of(state); }));
  tree.add_file(kNvpmodelConf, constant(configuration(state.board)));
}

bool OtherPrograms::knows(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return false;
  const std::string_view name = text.substr(0, equals);
  return name == "nvpmodel" || name == "jetson_clocks" || cpu_in(name) ||
         text.substr(equals + 1).starts_with(kWrites);
}

OtherPrograms::Act OtherPrograms::parse(std::string_view text) const {
  Act act;
  act.text = text;
  const std::size_t equals = text.find('=');
  const std::string_view name = text.substr(0, equals);
  std::string_view what = text.substr(equals + 1);
  if (const std::size_t at = what.rfind('@'); at != std::string_view::npos) {
    act.due_seconds = seconds_in(what.substr(at + 1), text);
    what = what.substr(0, at);
  }
  if (name == "nvpmodel") {
    act.kind = Kind::kNvpmodel;
    const char* const end = what.data() + what.size();
    const auto parsed = std::from_chars(what.data(), end, act.mode);
    if (parsed.ec != std::errc() || parsed.ptr != end) refuse(text, "no id of a mode");
    find_mode(state_.board, act.mode);  // throws where there is none
    return act;
  }
  if (name == "jetson_clocks") {
    if (what != "on" && what != "restore") refuse(text, "on or restore expected");
    act.kind = what == "on" ? Kind::kJetsonClocks : Kind::kRestore;
    return act;
  }
  if (const std::optional<int> cpu = cpu_in(name)) {
    act.kind = Kind::kCpu;
    act.cpu = *cpu;
    act.value = what;
    if (what != "offline" && what != "online") refuse(text, "offline or online expected");
    const bool is_there = act.cpu > 0 && act.cpu < state_.board.cpus;
    if (!is_there) refuse(text, fmt::format("cpu1 to cpu{} can go", state_.board.cpus - 1));
    return act;
  }
  what.remove_prefix(kWrites.size());
  const std::size_t colon = what.rfind(':');
  if (colon == std::string_view::npos) refuse(text, "how often is missing");
  act.value = what.substr(0, colon);
  act.every_seconds = seconds_in(what.substr(colon + 1), text);
  if (!(act.every_seconds > 0.0)) refuse(text, "EVERY must be above 0");
  act.file = name;
  act.path = find_file(tree_, "/", name);
  if (act.path.empty()) refuse(text, fmt::format("no file {}", name));
  return act;
}

void OtherPrograms::set(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with(' ')) text.remove_suffix(1);
  Act next = parse(text);
  if (next.kind == Kind::kWriter) end(next.file);
  acts_.push_back(std::move(next));
}

void OtherPrograms::end(std::string_view file) {
  std::erase_if(acts_,
                [&](const Act& act) { return act.kind == Kind::kWriter && act.file == file; });
}

std::string OtherPrograms::text() const {
  std::string text;
  for (const Act& act : acts_) text += act.text + '\n';
  return text;
}

void OtherPrograms::play(double now_seconds) {
  for (Act& next : acts_) {
    if (now_seconds < next.due_seconds) continue;
    act(next);
    next.due_seconds = now_seconds + next.every_seconds;
  }
  std::erase_if(acts_, [&](const Act& done) {
    return done.kind != Kind::kWriter && now_seconds >= done.due_seconds;
  });
}

void OtherPrograms::act(const Act& act) {
  switch (act.kind) {
    case Kind::kNvpmodel: set_mode(act.mode); break;
    case Kind::kJetsonClocks: hold_clocks(); break;
    case Kind::kRestore: restore_clocks(); break;
    case Kind::kCpu:
      static_cast<void>(set_cpu_online(tree_, act.cpu, act.value == "online"));
      break;
    case Kind::kWriter: static_cast<void>(tree_.write(act.path, act.value)); break;
  }
}

// Where the limits of each clock stand, with what they read.
std::vector<std::pair<std::size_t, OtherPrograms::Limits>> OtherPrograms::limit_files() const {
  std::vector<std::pair<std::size_t, Limits>> all;
  const std::string& device = state_.files.gpu_device;
  const std::string gpu = device + "/devfreq/" + device.substr(device.rfind('/') + 1);
  for (std::size_t d = 0; d < state_.board.domains.size(); ++d) {
    const Domain& domain = state_.board.domains[d];
    if (domain.kind == DomainKind::kEmc) continue;
    const bool is_cpu = domain.kind == DomainKind::kCpu;
    const std::string folder =
        is_cpu ? fmt::format("/sys/devices/system/cpu/cpufreq/policy{}", domain.cpus.front()) : gpu;
    Limits limits{folder + (is_cpu ? "/scaling_min_freq" : "/min_freq"),
                  folder + (is_cpu ? "/scaling_max_freq" : "/max_freq"),
                  {},
                  {}};
    // A policy whose CPUs are offline has no files.
    if (tree_.read(limits.min_path, limits.min) != 0) continue;
    if (tree_.read(limits.max_path, limits.max) != 0) continue;
    all.emplace_back(d, std::move(limits));
  }
  return all;
}

// The minimum out of the way first: some kernels refuse one above the maximum.
void OtherPrograms::write_limits(const Limits& limits) {
  static_cast<void>(tree_.write(limits.min_path, "0"));
  static_cast<void>(tree_.write(limits.max_path, limits.max));
  static_cast<void>(tree_.write(limits.min_path, limits.min));
}

void OtherPrograms::set_mode(int id) {
  state_.mode = find_mode(state_.board, id);
  for (int cpu = 1; cpu < state_.board.cpus; ++cpu) {
    static_cast<void>(set_cpu_online(tree_, cpu, cpu < state_.mode.cpus_online));
  }
  for (auto& [d, limits] : limit_files()) {
    const Domain& domain = state_.board.domains[d];
    const LevelRange range = domain_limits(domain, state_.mode, std::nullopt);
    const double unit = domain.kind == DomainKind::kCpu ? kHertzPerKilohertz : 1.0;
    const auto text = [&](Level level) {
      return std::to_string(std::llround(domain.frequencies_hz[level] / unit));
    };
    limits.min = text(range.floor);
    limits.max = text(range.ceiling);
    write_limits(limits);
  }
  const long long cap = std::llround(state_.mode.emc_max_hz.value_or(0.0));
  static_cast<void>(tree_.write(state_.files.emc_cap, std::to_string(cap)));
}

void OtherPrograms::hold_clocks() {
  before_clocks_.clear();
  for (auto& [d, limits] : limit_files()) {
    before_clocks_.push_back(limits);
    const Domain& domain = state_.board.domains[d];
    const Level top = domain_limits(domain, state_.mode, std::nullopt).ceiling;
    const double unit = domain.kind == DomainKind::kCpu ? kHertzPerKilohertz : 1.0;
    limits.min = limits.max = std::to_string(std::llround(domain.frequencies_hz[top] / unit));
    write_limits(limits);
  }
}

void OtherPrograms::restore_clocks() {
  for (const Limits& limits : before_clocks_) write_limits(limits);
  before_clocks_.clear();
}

}  // namespace flyball
