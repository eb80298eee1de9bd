#include "env/jetson/domain_reader.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "env/jetson/directory_scan.h"
#include "env/jetson/kernel_units.h"
#include "env/jetson/sysfs_file.h"
#include "env/knob.h"

namespace flyball {

namespace {

template <typename Value>  // double or an optional one
FileError read_number(SysfsFile& file, double unit, Value& value) noexcept {
  long long number = 0;
  if (const auto error = file.read(number)) return {error, file.path().c_str()};
  value = static_cast<double>(number) * unit;
  return {};
}

// Where the minimum is above the maximum the maximum wins, as in the kernel.
FileError read_limits(SysfsFile& min, SysfsFile& max, double unit,
                      DomainTelemetry& telemetry) noexcept {
  double floor_hz = 0.0;
  double ceiling_hz = 0.0;
  if (const auto error = read_number(min, unit, floor_hz)) return error;
  if (const auto error = read_number(max, unit, ceiling_hz)) return error;
  telemetry.floor_hz = std::min(floor_hz, ceiling_hz);
  telemetry.ceiling_hz = ceiling_hz;
  return {};
}

DomainTelemetry with_limits_of(const DomainTelemetry& former) noexcept {
  DomainTelemetry telemetry;
  telemetry.floor_hz = former.floor_hz;
  telemetry.ceiling_hz = former.ceiling_hz;
  return telemetry;
}

std::vector<double> read_table(const std::string& path, double unit) {
  std::vector<double> table = parse_numbers(read_text_if_any(path));
  for (double& frequency : table) frequency *= unit;
  std::ranges::sort(table);
  return table;
}

// Time that a share was busy, added up over the reads.
class BusyTime {
 public:
  double add(double share, double now_seconds) {
    if (last_seconds_) seconds_ += share * (now_seconds - *last_seconds_);
    last_seconds_ = now_seconds;
    return seconds_;
  }

 private:
  std::optional<double> last_seconds_;
  double seconds_ = 0.0;
};

class CpuReader final : public DomainReader {
 public:
  explicit CpuReader(const std::string& directory)
      : table_path_(directory + "/scaling_available_frequencies"),
        current_(directory + "/scaling_cur_freq"),
        min_(directory + "/scaling_min_freq"),
        max_(directory + "/scaling_max_freq") {}

  std::vector<double> frequencies_hz() const override {
    return read_table(table_path_, kHertzPerKilohertz);
  }

  DomainErrors read(double, DomainPart part, DomainTelemetry& telemetry) noexcept override {
    telemetry = with_limits_of(telemetry);
    DomainErrors errors;
    errors.clock = read_number(current_, kHertzPerKilohertz, telemetry.requested_hz);
    if (part == DomainPart::kAll) {
      errors.limits = read_limits(min_, max_, kHertzPerKilohertz, telemetry);
    }
    if (is_gone(errors.clock.code) || is_gone(errors.limits.code)) {
      errors = {};
      telemetry = {};
      telemetry.requested_hz = 0.0;  // the cluster is switched off
    }
    telemetry.effective_hz = telemetry.requested_hz;
    return errors;
  }

 private:
  std::string table_path_;
  SysfsFile current_;
  SysfsFile min_;
  SysfsFile max_;
};

class DevfreqReader final : public DomainReader {
 public:
  // `load_path` empty: it shows none.
  DevfreqReader(const std::string& directory, const std::string& load_path)
      : table_path_(directory + "/available_frequencies"),
        current_(directory + "/cur_freq"),
        target_(directory + "/target_freq"),
        min_(directory + "/min_freq"),
        max_(directory + "/max_freq") {
    if (!load_path.empty()) load_.emplace(load_path);
  }

  std::vector<double> frequencies_hz() const override { return read_table(table_path_, 1.0); }

  DomainErrors read(double now_seconds, DomainPart part,
                    DomainTelemetry& telemetry) noexcept override {
    telemetry = with_limits_of(telemetry);
    DomainErrors errors;
    errors.clock = read_clock(telemetry);
    if (part == DomainPart::kAll) errors.limits = read_limits(min_, max_, 1.0, telemetry);
    if (!load_) return errors;
    double share = 0.0;
    errors.load = read_number(*load_, 1e-3, share);
    if (errors.load) return errors;
    telemetry.utilization = std::clamp(share, 0.0, 1.0);
    telemetry.busy_seconds = busy_.add(*telemetry.utilization, now_seconds);
    return errors;
  }

 private:
  FileError read_clock(DomainTelemetry& telemetry) noexcept {
    FileError error = read_number(current_, 1.0, telemetry.effective_hz);
    if (!error) error = read_number(target_, 1.0, telemetry.requested_hz);
    if (error) telemetry.effective_hz.reset();
    return error;
  }

  std::string table_path_;
  SysfsFile current_;
  SysfsFile target_;
  SysfsFile min_;
  SysfsFile max_;
  std::optional<SysfsFile> load_;
  BusyTime busy_;
};

// The load file stands in the GPU's own directory, which devfreq links to as `device`; an emulated
// tree without the link has it two levels up.
std::string gpu_load_path(const std::string& directory) {
  const std::string linked = directory + "/device/load";
  std::error_code error;
  const auto real = std::filesystem::canonical(directory, error);
  const std::string above = (real.parent_path().parent_path() / "load").string();
  return !SysfsFile(linked).exists() && SysfsFile(above).exists() ? above : linked;
}

class EmcReader final : public DomainReader {
 public:
  EmcReader(const EmcFiles& files, std::vector<double> rates_hz)
      : files_(files),
        rates_hz_(std::move(rates_hz)),
        running_(files.running),
        lock_(files.lock),
        activity_(files.activity),
        cap_(files.cap) {}

  std::vector<double> frequencies_hz() const override { return emc_rates_hz(files_); }

  // Its limits are known by what it runs at, so there is no part of it.
  DomainErrors read(double now_seconds, DomainPart, DomainTelemetry& telemetry) noexcept override {
    telemetry = {};
    DomainErrors errors;
    double running_hz = 0.0;
    double locked = 0.0;
    double cap = 0.0;
    double active_hz = 0.0;
    errors.clock = read_number(running_, 1.0, running_hz);
    if (!errors.clock) errors.limits = read_number(lock_, 1.0, locked);
    if (errors) return errors;  // its limits are its rate
    telemetry.requested_hz = telemetry.effective_hz = running_hz;
    telemetry.floor_hz = telemetry.ceiling_hz = running_hz;
    if (locked == 0.0) {
      const bool is_capped = !read_number(cap_, 1.0, cap) && cap > 0.0;
      telemetry.floor_hz = rates_hz_.front();
      telemetry.ceiling_hz =
          is_capped ? rates_hz_[level_at_most(rates_hz_, cap)] : rates_hz_.back();
    }
    errors.load = read_number(activity_, kHertzPerKilohertz, active_hz);
    if (running_hz <= 0.0 || errors.load) return errors;
    telemetry.utilization = std::clamp(active_hz / running_hz, 0.0, 1.0);
    telemetry.busy_seconds = busy_.add(*telemetry.utilization, now_seconds);
    return errors;
  }

 private:
  EmcFiles files_;
  std::vector<double> rates_hz_;
  SysfsFile running_;
  SysfsFile lock_;
  SysfsFile activity_;
  SysfsFile cap_;
  BusyTime busy_;
};

}  // namespace

std::unique_ptr<DomainReader> make_cpu_reader(const std::string& policy_directory) {
  return std::make_unique<CpuReader>(policy_directory);
}

std::unique_ptr<DomainReader> make_gpu_reader(const std::string& devfreq_directory) {
  return std::make_unique<DevfreqReader>(devfreq_directory, gpu_load_path(devfreq_directory));
}

std::unique_ptr<DomainReader> make_emc_devfreq_reader(const std::string& devfreq_directory) {
  return std::make_unique<DevfreqReader>(devfreq_directory, "");
}

std::unique_ptr<DomainReader> make_emc_reader(const EmcFiles& files, std::vector<double> rates_hz) {
  return std::make_unique<EmcReader>(files, std::move(rates_hz));
}

std::string find_cpu_policy(const std::string& root, int cpu) {
  for (const std::string& policy :
       list_directory(root + "/sys/devices/system/cpu/cpufreq", "policy")) {
    const std::vector<double> cpus = parse_numbers(read_text_if_any(policy + "/related_cpus"));
    if (std::ranges::find(cpus, static_cast<double>(cpu)) != cpus.end()) return policy;
  }
  return {};
}

}  // namespace flyball
