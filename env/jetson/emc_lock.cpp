#include "env/jetson/emc_lock.h"

#include <algorithm>
#include <cmath>

#include "env/jetson/frequency_limits.h"
#include "env/jetson/jetson_error.h"

namespace flyball {

namespace {

constexpr const char* kOverride = "/sys/kernel/debug/clk/override.emc/";
constexpr const char* kBpmp = "/sys/kernel/debug/bpmp/debug/clk/emc/";
constexpr const char* kHalt = "/sys/kernel/debug/bpmp/debug/bwmgr/bwmgr_halt";
constexpr const char* kCaps[] = {"/sys/kernel/nvpmodel_clk_cap/emc",
                                 "/sys/kernel/nvpmodel_emc_cap/emc_iso_cap"};
constexpr const char* kActivities[] = {"/sys/kernel/debug/cactmon/mc_all",
                                       "/sys/kernel/actmon_avg_activity/mc_all"};

// The first of the files that is there; the last one otherwise.
template <std::size_t N>
std::string first_existing(const std::string& root, const char* const (&paths)[N]) {
  for (const char* path : paths) {
    if (SysfsFile(root + path).exists()) return root + path;
  }
  return root + paths[N - 1];
}

BackupRecord record(SysfsFile& file, const std::string& root) {
  BackupRecord saved;
  saved.path = relative_path(file.path(), root);
  if (const auto error = file.read(saved.value)) throw std::system_error(error, file.path());
  return saved;
}

}  // namespace

std::optional<EmcLock> EmcLock::discover(const std::string& root) {
  if (SysfsFile(root + kOverride + "clk_state").exists()) return EmcLock(EmcInterface::kT210, root);
  if (!SysfsFile(root + kBpmp + "mrq_rate_locked").exists()) return std::nullopt;
  const bool halts = SysfsFile(root + kHalt).exists();
  return EmcLock(halts ? EmcInterface::kBpmpHalt : EmcInterface::kBpmp, root);
}

EmcLock::EmcLock(EmcInterface interface, const std::string& root)
    : interface_(interface),
      rates_path_(root + "/sys/kernel/debug/bpmp/debug/emc/possible_rates"),
      cap_path_(first_existing(root, kCaps)),
      halt_(root + kHalt),
      activity_(first_existing(root, kActivities)) {
  if (interface == EmcInterface::kT210) {
    rate_ = SysfsFile(root + kOverride + "clk_update_rate");
    lock_ = SysfsFile(root + kOverride + "clk_state");
    running_ = SysfsFile(root + "/sys/kernel/debug/clk/emc/clk_rate");
  } else {
    rate_ = SysfsFile(root + kBpmp + "rate");
    lock_ = SysfsFile(root + kBpmp + "mrq_rate_locked");
    running_ = SysfsFile(root + kBpmp + "rate");
  }
}

std::vector<double> EmcLock::rates_hz() const {
  if (interface_ == EmcInterface::kT210 || !SysfsFile(rates_path_).exists()) return {};
  std::vector<double> rates = parse_numbers(read_text(rates_path_));  // kHz, "(kHz)" at the end
  for (double& rate : rates) rate *= 1e3;
  std::ranges::sort(rates);
  return rates;
}

std::optional<double> EmcLock::cap_hz() const {
  long long cap = 0;
  SysfsFile file(cap_path_);
  if (file.read(cap) || cap <= 0) return std::nullopt;  // no such file, or 0: no cap
  return static_cast<double>(cap);
}

std::error_code EmcLock::read(State& state) noexcept {
  long long rate = 0;
  long long locked = 0;
  long long activity_khz = 0;
  if (const auto error = running_.read(rate)) return error;
  if (const auto error = lock_.read(locked)) return error;
  state.rate_hz = static_cast<double>(rate);
  state.locked = locked != 0;
  state.utilization.reset();
  if (rate > 0 && !activity_.read(activity_khz)) {
    const double share = static_cast<double>(activity_khz) * 1e3 / state.rate_hz;
    state.utilization = std::clamp(share, 0.0, 1.0);
  }
  return {};
}

std::error_code EmcLock::lock_bpmp(long long rate, bool locked) noexcept {
  if (interface_ == EmcInterface::kBpmp) {
    if (!locked) {
      if (const auto error = lock_.write_checked(1)) return error;
    }
    return rate_.write_checked(rate);
  }
  if (const auto error = halt_.write_checked(1)) return error;
  if (locked) {
    if (const auto error = lock_.write_checked(0)) return error;
  }
  if (const auto error = rate_.write_checked(rate)) return error;
  return lock_.write_checked(1);
}

std::error_code EmcLock::lock(double rate_hz) noexcept {
  const long long rate = std::llround(rate_hz);
  long long locked = 0;
  long long set = 0;
  if (const auto error = lock_.read(locked)) return error;
  if (const auto error = rate_.read(set)) return error;
  if (locked != 0 && set == rate) return {};
  if (interface_ != EmcInterface::kT210) return lock_bpmp(rate, locked != 0);
  if (const auto error = rate_.write_checked(rate)) return error;
  return locked != 0 ? std::error_code{} : lock_.write_checked(1);
}

std::error_code EmcLock::unlock() noexcept {
  long long locked = 0;
  if (const auto error = lock_.read(locked)) return error;
  if (locked != 0) {
    if (const auto error = lock_.write_checked(0)) return error;
  }
  if (interface_ != EmcInterface::kBpmpHalt) return {};
  long long halted = 0;
  if (const auto error = halt_.read(halted)) return error;
  return halted != 0 ? halt_.write_checked(0) : std::error_code{};
}

std::vector<BackupRecord> EmcLock::save(const std::string& root) {
  std::vector<BackupRecord> records;
  const BackupRecord locked = record(lock_, root);
  // Of an unlocked BPMP clock the rate is the resident's business; T210's is a setting of its own.
  if (interface_ == EmcInterface::kT210) {
    records = {locked, record(rate_, root)};
    if (locked.value != 0) std::swap(records[0], records[1]);
  } else {
    if (locked.value != 0) records.push_back(record(rate_, root));
    records.push_back(locked);
  }
  if (interface_ == EmcInterface::kBpmpHalt) records.push_back(record(halt_, root));
  return records;
}

}  // namespace flyball
