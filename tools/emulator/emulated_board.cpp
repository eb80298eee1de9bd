#include "tools/emulator/emulated_board.h"

#include <algorithm>
#include <cerrno>
#include <stdexcept>

#include "controllers/kernel_governors.h"

namespace flyball {

namespace {

// nvpmodel works by the same files as everybody: its limits are written below, so the engine's own
// mode only says how many CPUs are online.
SimConfig engine_config(SimConfig config) {
  PowerMode mode;
  mode.id = config.mode.id;
  mode.name = config.mode.name;
  mode.cpus_online = config.mode.cpus_online;
  config.mode = mode;
  config.cpu_floor_hz.reset();
  config.residents = resident_factory(stock_residents(config.board));
  return config;
}

void apply_mode(EmulatedState& state, std::optional<double> cpu_floor_hz) {
  for (std::size_t d = 0; d < state.board.domains.size(); ++d) {
    const Domain& domain = state.board.domains[d];
    const LevelRange limits = domain_limits(domain, state.mode, cpu_floor_hz);
    state.engine.set_user_limits(d, domain.frequencies_hz[limits.floor],
                                 domain.frequencies_hz[limits.ceiling]);
  }
}

// As the bootloader leaves it: a zero after each string.
std::string compatible(const EmulationConfig& config) {
  std::string text;
  for (const std::string& module : config.modules) text += "nvidia," + module + '\0';
  return text + "nvidia,tegra" + config.sim.board.soc.substr(1) + '\0';
}

// The kernel's name stands for the tuning or version that the board ships with.
std::string our_name(const Board& board, const std::string& kernel_name) {
  for (const std::string& resident : {board.cpu_governor, board.gpu_governor}) {
    if (sysfs_name(resident) == kernel_name) return resident;
  }
  return kernel_name;
}

}  // namespace

EmulatedBoard::EmulatedBoard(EmulationConfig config, Clock now_seconds)
    : board_seconds_([now_seconds, start = now_seconds(), speed = config.speed] {
        return (now_seconds() - start) * speed;
      }),
      faults_(board_seconds_),
      state_{.engine = Engine(engine_config(config.sim)),
             .board = config.sim.board,
             .mode = config.sim.mode,
             .cpu_floor_hz = config.sim.cpu_floor_hz,
             .files = config.files,
             .start_seconds = now_seconds(),
             .speed = config.speed,
             .telemetry = {},
             .batch_levels = config.sim.batch_levels},
      others_(tree_, state_) {
  apply_mode(state_, config.sim.cpu_floor_hz);
  add_cpu_files(tree_, state_);
  add_gpu_files(tree_, state_);
  add_emc_files(tree_, state_);
  add_sensor_files(tree_, state_, config.boot);
  add_application_files(tree_, state_);
  tree_.add_file("/proc/device-tree/compatible", constant(compatible(config)));
  tree_.add_scratch_directory("/run/flyball");
  tree_.add_file("/emulator/faults", faults_file());
}

// Requires: the mutex is held.
void EmulatedBoard::take_fault(std::string_view text) {
  if (OtherPrograms::knows(text)) {
    others_.set(text);
    return;
  }
  faults_.set(text);
  while (text.ends_with('\n') || text.ends_with(' ')) text.remove_suffix(1);
  const std::string_view file = text.substr(0, text.find('='));
  if (text.substr(file.size()) == "=ok") others_.end(file);
}

void EmulatedBoard::set_fault(std::string_view text) {
  const std::lock_guard lock(mutex_);
  take_fault(text);
}

// Whoever opens it holds the mutex.
FileNode EmulatedBoard::faults_file() {
  return {[this](std::string& text) {
            text = faults_.text() + others_.text();
            return 0;
          },
          [this](std::string_view text) {
            try {
              take_fault(text);
              return 0;
            } catch (const std::invalid_argument&) {
              return EINVAL;
            }
          }};
}

void EmulatedBoard::advance() {
  const std::lock_guard lock(mutex_);
  advance_engine();
}

void EmulatedBoard::advance_engine() {
  const double now = board_seconds_();
  state_.engine.advance_to(now);
  others_.play(now);
}

std::unique_ptr<Governor> make_resident(const Board& board, const Domain& domain,
                                        const std::string& name) {
  const std::string ours = our_name(board, name);
  return governs(ours, domain.kind) ? make_kernel_governor(ours, domain) : nullptr;
}

std::string stock_name(const Board& board, DomainKind kind) {
  switch (kind) {
    case DomainKind::kCpu: return sysfs_name(board.cpu_governor);
    case DomainKind::kGpu: return sysfs_name(board.gpu_governor);
    case DomainKind::kEmc: return board.emc_governor;
  }
  return {};
}

std::vector<std::string> available_residents(const std::vector<std::string>& names,
                                             DomainKind kind) {
  std::vector<std::string> available;
  std::ranges::copy_if(names, std::back_inserter(available),
                       [kind](const std::string& name) { return governs(name, kind); });
  return available;
}

std::size_t find_domain(const Board& board, DomainKind kind) {
  const auto found = std::ranges::find(board.domains, kind, &Domain::kind);
  if (found == board.domains.end()) {
    throw std::invalid_argument(board.id + ": has no domain " + to_string(kind));
  }
  return static_cast<std::size_t>(found - board.domains.begin());
}

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += word + " ";
  return text;
}

}  // namespace flyball
