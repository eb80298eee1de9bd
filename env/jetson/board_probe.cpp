#include "env/jetson/board_probe.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <system_error>

#include "env/jetson/application_source.h"
#include "env/jetson/backup.h"
#include "env/jetson/board_discovery.h"
#include "env/jetson/board_lock.h"
#include "env/jetson/directory_scan.h"
#include "env/jetson/domain_reader.h"
#include "env/jetson/nvpmodel.h"
#include "env/jetson/power_sensors.h"
#include "env/jetson/sysfs_file.h"
#include "env/jetson/table_fit.h"
#include "env/jetson/thermal_zones.h"
#include "env/module_power.h"

namespace flyball {

namespace {

// Files of one clock: its reader, and what must take a value for it to be governed.
struct ClockFiles {
  std::string folder;
  std::string governor;  // empty: none shows one
  std::vector<std::string> controls;
  std::unique_ptr<DomainReader> reader;
};

using Problems = std::vector<std::string>;

void note(Problems& problems, const FileError& error) {
  if (error) problems.push_back(fmt::format("{}: {}", error.file, error.code.message()));
}

// Empty where it is not there; what cannot be read is a problem.
std::string text_of(const std::string& path, Problems& problems) {
  try {
    return read_text_if_any(path);
  } catch (const std::system_error& error) {
    note(problems, {error.code(), path.c_str()});
    return {};
  }
}

ClockFiles limits_files(const std::string& folder, const char* minimum, const char* maximum) {
  ClockFiles files;
  files.folder = folder;
  files.controls = {folder + minimum, folder + maximum};
  return files;
}

ClockFiles cpu_files(const std::string& root, const Domain& domain) {
  const std::string policy = find_cpu_policy(root, domain.cpus.front());
  if (policy.empty()) return {};
  ClockFiles files = limits_files(policy, "/scaling_min_freq", "/scaling_max_freq");
  files.governor = policy + "/scaling_governor";
  files.reader = make_cpu_reader(policy);
  return files;
}

ClockFiles gpu_files(const std::string& root) {
  const std::string devfreq = find_gpu_devfreq(root);
  if (devfreq.empty()) return {};
  ClockFiles files = limits_files(devfreq, "/min_freq", "/max_freq");
  files.governor = devfreq + "/governor";
  files.reader = make_gpu_reader(devfreq);
  return files;
}

ClockFiles emc_files(const std::string& root, const Domain& domain) {
  const std::optional<EmcFiles> found = find_emc_files(root);
  const std::string devfreq = found ? std::string() : find_emc_devfreq(root);
  ClockFiles files;
  if (!devfreq.empty()) {
    files = limits_files(devfreq, "/min_freq", "/max_freq");
    files.governor = devfreq + "/governor";
    files.reader = make_emc_devfreq_reader(devfreq);
  }
  if (!found) return files;
  files.folder = found->rate.substr(0, found->rate.rfind('/'));
  files.controls = {found->rate, found->lock};
  if (!found->halt.empty()) files.controls.push_back(found->halt);
  const std::vector<double> listed = emc_rates_hz(*found);
  files.reader = make_emc_reader(*found, listed.empty() ? domain.frequencies_hz : listed);
  return files;
}

ClockFiles files_of(const std::string& root, const Domain& domain) {
  switch (domain.kind) {
    case DomainKind::kCpu: return cpu_files(root, domain);
    case DomainKind::kGpu: return gpu_files(root);
    case DomainKind::kEmc: return emc_files(root, domain);
  }
  return {};
}

const char* why_absent(DomainKind kind) {
  switch (kind) {
    case DomainKind::kCpu: return "no frequency policy: its CPUs are offline, or not there";
    case DomainKind::kGpu: return "no devfreq folder of a GPU";
    case DomainKind::kEmc: return "no file of it: debugfs is not mounted, or only root sees it";
  }
  return "";
}

std::string why_fixed(const ClockFiles& files, const ProbedClock& clock) {
  for (const std::string& file : files.controls) {
    if (faccessat(AT_FDCWD, file.c_str(), W_OK, AT_EACCESS) == 0) continue;
    return fmt::format("{}: {}", file, std::generic_category().message(errno));
  }
  if (!clock.running_hz) return "it cannot be read";
  if (clock.kind != DomainKind::kEmc && clock.floor_hz == clock.ceiling_hz) {
    return fmt::format(
        "{}: the minimum is the maximum (jetson_clocks does that; jetson_clocks --restore undoes "
        "it)",
        files.controls.front());
  }
  return {};
}

bool has(const std::vector<double>& table, double frequency_hz) {
  return std::ranges::any_of(table, [frequency_hz](double level) {
    return std::abs(level - frequency_hz) <= kSameFrequency * frequency_hz;
  });
}

// Each frequency of `of` that is not in `in`.
std::string missing_in(const std::vector<double>& in, const std::vector<double>& of) {
  std::string missing;
  for (const double frequency_hz : of) {
    if (has(in, frequency_hz)) continue;
    missing += fmt::format("{}{:g}", missing.empty() ? "" : ", ", frequency_hz / 1e6);
  }
  return missing;
}

std::vector<std::string> differences(const std::vector<double>& listed,
                                     const std::vector<double>& described) {
  if (listed.empty()) return {};
  std::vector<std::string> found;
  const std::string lacks = missing_in(listed, described);
  const std::string beyond = missing_in(described, listed);
  if (!lacks.empty()) found.push_back("lacks " + lacks + " MHz");
  if (!beyond.empty()) found.push_back("has " + beyond + " MHz beyond the description");
  return found;
}

bool is_unconfirmed(const BoardIdentity& identity, const char* part) {
  return std::ranges::find(identity.unconfirmed, part) != identity.unconfirmed.end();
}

ProbedClock probe_clock(const std::string& root, const Domain& domain,
                        const BoardIdentity& identity, Problems& problems) {
  ProbedClock clock;
  clock.name = domain.name;
  clock.kind = domain.kind;
  const ClockFiles files = files_of(root, domain);
  if (!files.reader) {
    clock.obstacle = why_absent(domain.kind);
    return clock;
  }
  clock.files = files.folder;
  if (!files.governor.empty()) clock.governor = text_of(files.governor, problems);
  clock.listed_hz = files.reader->frequencies_hz();
  clock.is_unconfirmed = is_unconfirmed(identity, to_string(domain.kind));
  if (!clock.is_unconfirmed) {
    clock.differences = differences(clock.listed_hz, domain.frequencies_hz);
  }
  if (domain.kind == DomainKind::kCpu) {
    const std::string cpus = text_of(files.folder + "/related_cpus", problems);
    const std::string described = fmt::format("{}", fmt::join(domain.cpus, " "));
    if (cpus != described) {
      clock.differences.push_back(fmt::format("clocks CPUs {}, described {}", cpus, described));
    }
  }
  DomainTelemetry telemetry;
  const DomainErrors errors = files.reader->read(0.0, DomainPart::kAll, telemetry);
  note(problems, errors.limits);
  note(problems, errors.clock);
  if (domain.kind == DomainKind::kGpu || !is_gone(errors.load.code)) note(problems, errors.load);
  if (!errors) {
    clock.running_hz = telemetry.effective_hz;
    clock.floor_hz = telemetry.floor_hz;
    clock.ceiling_hz = telemetry.ceiling_hz;
  }
  clock.obstacle = why_fixed(files, clock);
  return clock;
}

void probe_rails(const std::string& root, const Board& board, BoardProbe& probe) {
  PowerSensors sensors(root, board.rails);
  std::vector<std::optional<double>> watts(board.rails.size());
  note(probe.problems, sensors.read(watts));
  for (const std::string& file : sensors.unreadable()) {
    probe.problems.push_back(file + ": cannot be read, or is empty");
  }
  for (std::size_t i = 0; i < board.rails.size(); ++i) {
    const bool is_of_module = std::ranges::find(board.module_rails, i) != board.module_rails.end();
    probe.rails.push_back({board.rails[i], watts[i], is_of_module});
  }
  probe.module_watts = module_power(board, watts);
}

void probe_zones(const std::string& root, const Board& board, BoardProbe& probe) {
  std::vector<std::string> names;
  for (const ThermalZone& zone : board.zones) names.push_back(zone.name);
  ThermalZones zones(root, names);
  std::vector<std::optional<double>> celsius(names.size());
  note(probe.problems, zones.read(celsius));
  for (const std::string& file : zones.unreadable()) {
    probe.problems.push_back(file + ": cannot be read, or is empty");
  }
  for (std::size_t i = 0; i < names.size(); ++i) probe.zones.push_back({names[i], celsius[i]});
}

void probe_application(const std::string& root, BoardProbe& probe) {
  ApplicationSource application(root, 0.0);
  probe.application_way = application.way();
  probe.application_file = application.file();
  try {
    probe.batch_levels = application.batch_levels();
  } catch (const std::runtime_error& error) {
    probe.problems.emplace_back(error.what());
  }
}

std::string model_of(const std::string& root, Problems& problems) {
  for (const char* path : {"/proc/device-tree/model", "/sys/firmware/devicetree/base/model"}) {
    std::string model = text_of(root + path, problems);
    std::erase(model, '\0');  // the device tree ends its strings so
    if (!model.empty()) return model;
  }
  return {};
}

void probe_mode(const std::string& root, const Board& board, BoardProbe& probe) {
  probe.mode = parse_nvpmodel_status(text_of(root + kNvpmodelStatus, probe.problems));
  const auto known = std::ranges::find_if(
      board.modes, [&](const PowerMode& mode) { return probe.mode == mode.id; });
  if (known != board.modes.end()) probe.mode_name = known->name;
}

}  // namespace

std::size_t BoardProbe::misfits() const {
  const auto differ = std::ranges::count_if(clocks, [this](const ProbedClock& clock) {
    const bool is_missing = clock.kind == DomainKind::kGpu && clock.files.empty();
    return is_missing || !clock.differences.empty() || (clock.is_unconfirmed && !is_its_module);
  });
  return static_cast<std::size_t>(differ);
}

BoardProbe probe_board(const std::string& root, const Board& board, const BoardIdentity& identity) {
  if (!has_cpu_policies(root)) check_is_board(root, board);
  BoardProbe probe;
  probe.board = board.id;
  probe.title = board.title;
  probe.model = model_of(root, probe.problems);
  probe.modules = modules_under(root);
  probe.is_its_module =
      std::ranges::find_first_of(probe.modules, identity.modules) != probe.modules.end();
  probe.unconfirmed = identity.unconfirmed;
  probe_mode(root, board, probe);
  for (const Domain& domain : board.domains) {
    probe.clocks.push_back(probe_clock(root, domain, identity, probe.problems));
  }
  probe_rails(root, board, probe);
  probe_zones(root, board, probe);
  probe_application(root, probe);
  probe.is_governed = is_locked(root);
  const Backup backup(root.empty() ? "/" : root, {});
  if (backup.exists() && !probe.is_governed) probe.left_state = backup.path().string();
  return probe;
}

}  // namespace flyball
