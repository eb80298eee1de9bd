#include "env/jetson/domain_control.h"

#include <algorithm>
#include <filesystem>

#include "env/jetson/directory_scan.h"
#include "env/jetson/jetson_error.h"

namespace flyball {

namespace {

constexpr double kHertzPerKilohertz = 1e3;

bool is_offline(const std::error_code& error) {
  return error == std::errc::no_such_file_or_directory || error == std::errc::no_such_device;
}

class CpuControl final : public DomainControl {
 public:
  explicit CpuControl(const std::string& directory)
      : tables_path_(directory + "/scaling_available_frequencies"),
        current_(directory + "/scaling_cur_freq"),
        limits_(directory + "/scaling_min_freq", directory + "/scaling_max_freq",
                kHertzPerKilohertz) {}

  std::vector<double> frequencies_hz() const override {
    if (!SysfsFile(tables_path_).exists()) return {};
    std::vector<double> table = parse_numbers(read_text(tables_path_));
    for (double& frequency : table) frequency *= kHertzPerKilohertz;
    return table;
  }

  std::error_code read(double, DomainTelemetry& telemetry) noexcept override {
    telemetry = {};
    long long kilohertz = 0;
    FrequencyRange range;
    std::error_code error = current_.read(kilohertz);
    if (!error) error = limits_.read(range);
    if (is_offline(error)) return {};
    if (error) return error;
    telemetry.requested_hz = static_cast<double>(kilohertz) * kHertzPerKilohertz;
    telemetry.effective_hz = telemetry.requested_hz;
    telemetry.floor_hz = range.floor_hz;
    telemetry.ceiling_hz = range.ceiling_hz;
    return {};
  }

  std::error_code read_limits(FrequencyRange& range) noexcept override {
    return limits_.read(range);
  }
  std::error_code set(FrequencyRange range) noexcept override { return limits_.set(range); }
  std::vector<BackupRecord> save(const std::string& root) override { return {limits_.save(root)}; }

 private:
  std::string tables_path_;
  SysfsFile current_;
  FrequencyLimits limits_;
};

class GpuControl final : public DomainControl {
 public:
  explicit GpuControl(const std::string& directory)
      : tables_path_(directory + "/available_frequencies"),
        current_(directory + "/cur_freq"),
        target_(directory + "/target_freq"),
        load_(load_path(directory)),
        limits_(directory + "/min_freq", directory + "/max_freq", 1.0) {}

  std::vector<double> frequencies_hz() const override {
    if (!SysfsFile(tables_path_).exists()) return {};
    return parse_numbers(read_text(tables_path_));
  }

  std::error_code read(double now_seconds, DomainTelemetry& telemetry) noexcept override {
    telemetry = {};
    long long current = 0;
    long long target = 0;
    FrequencyRange range;
    if (const auto error = current_.read(current)) return error;
    if (const auto error = target_.read(target)) return error;
    if (const auto error = limits_.read(range)) return error;
    telemetry.requested_hz = static_cast<double>(target);
    telemetry.effective_hz = static_cast<double>(current);
    telemetry.floor_hz = range.floor_hz;
    telemetry.ceiling_hz = range.ceiling_hz;
    read_load(now_seconds, telemetry);
    return {};
  }

  std::error_code read_limits(FrequencyRange& range) noexcept override {
    return limits_.read(range);
  }
  std::error_code set(FrequencyRange range) noexcept override { return limits_.set(range); }
  std::vector<BackupRecord> save(const std::string& root) override { return {limits_.save(root)}; }

 private:
  // The load file stands in the GPU's own directory, which devfreq links to as `device`; an
  // emulated tree without the link has it two levels up.
  static std::string load_path(const std::string& directory) {
    const std::string linked = directory + "/device/load";
    if (SysfsFile(linked).exists()) return linked;
    std::error_code error;
    const auto real = std::filesystem::canonical(directory, error);
    return (real.parent_path().parent_path() / "load").string();
  }

  void read_load(double now_seconds, DomainTelemetry& telemetry) noexcept {
    long long permille = 0;
    if (load_.read(permille)) return;  // absent: not every kernel shows it
    telemetry.utilization = std::clamp(static_cast<double>(permille) * 1e-3, 0.0, 1.0);
    if (last_seconds_) busy_seconds_ += *telemetry.utilization * (now_seconds - *last_seconds_);
    last_seconds_ = now_seconds;
    telemetry.busy_seconds = busy_seconds_;
  }

  std::string tables_path_;
  SysfsFile current_;
  SysfsFile target_;
  SysfsFile load_;
  FrequencyLimits limits_;
  std::optional<double> last_seconds_;
  double busy_seconds_ = 0.0;
};

class EmcControl final : public DomainControl {
 public:
  EmcControl(EmcLock lock, FrequencyRange free_range)
      : lock_(std::move(lock)), free_range_(free_range) {}

  std::vector<double> frequencies_hz() const override { return lock_.rates_hz(); }

  std::error_code read(double now_seconds, DomainTelemetry& telemetry) noexcept override {
    telemetry = {};
    EmcLock::State state;
    if (const auto error = lock_.read(state)) return error;
    telemetry.requested_hz = state.rate_hz;
    telemetry.effective_hz = state.rate_hz;
    telemetry.floor_hz = state.locked ? state.rate_hz : free_range_.floor_hz;
    telemetry.ceiling_hz = state.locked ? state.rate_hz : free_range_.ceiling_hz;
    telemetry.utilization = state.utilization;
    if (state.utilization) {
      if (last_seconds_) busy_seconds_ += *state.utilization * (now_seconds - *last_seconds_);
      last_seconds_ = now_seconds;
      telemetry.busy_seconds = busy_seconds_;
    }
    return {};
  }

  std::error_code read_limits(FrequencyRange& range) noexcept override {
    range = free_range_;
    return {};
  }

  std::error_code set(FrequencyRange range) noexcept override {
    EmcLock::State former;
    if (const auto error = lock_.read(former)) return error;
    std::error_code error = JetsonError::kNotExpressible;
    if (range.floor_hz == range.ceiling_hz) {
      error = lock_.lock(range.ceiling_hz);
    } else if (range == free_range_) {
      error = lock_.unlock();
    }
    if (error && error != JetsonError::kNotExpressible) {
      // The first error is the one to report.
      static_cast<void>(former.locked ? lock_.lock(former.rate_hz) : lock_.unlock());
    }
    return error;
  }

  std::vector<BackupRecord> save(const std::string& root) override { return lock_.save(root); }

 private:
  EmcLock lock_;
  FrequencyRange free_range_;
  std::optional<double> last_seconds_;
  double busy_seconds_ = 0.0;
};

}  // namespace

std::unique_ptr<DomainControl> make_cpu_control(const std::string& policy_directory) {
  return std::make_unique<CpuControl>(policy_directory);
}

std::unique_ptr<DomainControl> make_gpu_control(const std::string& devfreq_directory) {
  return std::make_unique<GpuControl>(devfreq_directory);
}

std::unique_ptr<DomainControl> make_emc_control(EmcLock lock, FrequencyRange free_range) {
  return std::make_unique<EmcControl>(std::move(lock), free_range);
}

std::string find_cpu_policy(const std::string& root, int cpu) {
  for (const std::string& policy :
       list_directory(root + "/sys/devices/system/cpu/cpufreq", "policy")) {
    const std::vector<double> cpus = parse_numbers(read_text(policy + "/related_cpus"));
    if (std::ranges::find(cpus, static_cast<double>(cpu)) != cpus.end()) return policy;
  }
  return {};
}

}  // namespace flyball
