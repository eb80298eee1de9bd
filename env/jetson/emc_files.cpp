#include "env/jetson/emc_files.h"

#include <algorithm>

#include "env/jetson/sysfs_file.h"

namespace flyball {

namespace {

constexpr const char* kOverride = "/sys/kernel/debug/clk/override.emc/";
constexpr const char* kBpmp = "/sys/kernel/debug/bpmp/debug/clk/emc/";
constexpr const char* kHalt = "/sys/kernel/debug/bpmp/debug/bwmgr/bwmgr_halt";
constexpr const char* kRates = "/sys/kernel/debug/bpmp/debug/emc/possible_rates";
constexpr const char* kCaps[] = {"/sys/kernel/nvpmodel_clk_cap/emc",
                                 "/sys/kernel/nvpmodel_emc_cap/emc_iso_cap"};
constexpr const char* kActivities[] = {"/sys/kernel/debug/cactmon/mc_all",
                                       "/sys/kernel/actmon_avg_activity/mc_all"};

bool exists(const std::string& path) { return SysfsFile(path).exists(); }

// The first of the files that is there; the last one otherwise.
template <std::size_t N>
std::string first_existing(const std::string& root, const char* const (&paths)[N]) {
  for (const char* path : paths) {
    if (exists(root + path)) return root + path;
  }
  return root + paths[N - 1];
}

}  // namespace

std::optional<EmcFiles> find_emc_files(const std::string& root) {
  EmcFiles files;
  files.activity = first_existing(root, kActivities);
  files.cap = first_existing(root, kCaps);
  if (exists(root + kOverride + "clk_state")) {
    files.interface = EmcInterface::kT210;
    files.rate = root + kOverride + "clk_update_rate";
    files.lock = root + kOverride + "clk_state";
    files.running = root + "/sys/kernel/debug/clk/emc/clk_rate";
    return files;
  }
  files.rate = files.running = root + kBpmp + "rate";
  files.lock = root + kBpmp + "mrq_rate_locked";
  files.rates = root + kRates;
  if (!exists(files.lock)) return std::nullopt;
  if (exists(root + kHalt)) {
    files.interface = EmcInterface::kBpmpHalt;
    files.halt = root + kHalt;
  }
  return files;
}

std::string find_emc_devfreq(const std::string& root) {
  const std::string folder = root + "/sys/class/devfreq/bwmgr";
  return exists(folder + "/max_freq") ? folder : std::string();
}

std::vector<double> emc_rates_hz(const EmcFiles& files) {
  if (files.rates.empty()) return {};
  // kHz, "(kHz)" at the end
  std::vector<double> rates = parse_numbers(read_text_if_any(files.rates));
  for (double& rate : rates) rate *= 1e3;
  std::ranges::sort(rates);
  return rates;
}

}  // namespace flyball
