// /sys/devices/system/cpu and /proc/stat.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <memory>

#include "env/jetson/kernel_units.h"
#include "tools/emulator/emulated_board.h"

namespace flyball {

namespace {

constexpr const char* kCpus = "/sys/devices/system/cpu";

long long to_khz(double hertz) { return std::llround(hertz / kHertzPerKilohertz); }

// One cpufreq policy. The engine holds the truth about frequencies; here is what was written.
class CpuPolicy {
 public:
  CpuPolicy(EmulatedState& state, std::size_t domain)
      : state_(state),
        domain_(domain),
        governor_(stock_name(state.board, DomainKind::kCpu)),
        lowest_(to_khz(table().front())),
        highest_(to_khz(table().back())) {
    const Domain& of = state.board.domains[domain];
    const LevelRange limits = domain_limits(of, state.mode, state.cpu_floor_hz);
    min_ = to_khz(table()[limits.floor]);
    max_ = to_khz(table()[limits.ceiling]);
  }

  void add_files(FileTree& tree, const std::shared_ptr<CpuPolicy>& self) {
    const Domain& domain = state_.board.domains[domain_];
    const std::string directory = fmt::format("{}/cpufreq/policy{}", kCpus, domain.cpus.front());
    std::vector<int> online = domain.cpus;
    std::erase_if(online, [this](int cpu) { return cpu >= state_.mode.cpus_online; });
    std::vector<std::string> frequencies;
    for (const double hertz : table()) frequencies.push_back(std::to_string(to_khz(hertz)));
    const auto governors = available_residents(state_.files.cpu_governors, DomainKind::kCpu);
    const auto add = [&](const char* name, FileNode node) {
      tree.add_file(fmt::format("{}/{}", directory, name), std::move(node));
    };
    add("affected_cpus", constant(fmt::format("{}", fmt::join(online, " "))));
    add("related_cpus", constant(fmt::format("{}", fmt::join(domain.cpus, " "))));
    add("cpuinfo_min_freq", constant(std::to_string(lowest_)));
    add("cpuinfo_max_freq", constant(std::to_string(highest_)));
    add("cpuinfo_transition_latency", constant("300000"));
    add("cpuinfo_cur_freq", read_only([self] { return self->measured(); }));
    add("scaling_driver", constant(state_.files.scaling_driver));
    add("scaling_available_frequencies", constant(listed(frequencies)));
    add("scaling_available_governors", constant(listed(governors)));
    add("scaling_cur_freq", read_only([self] { return self->requested(); }));
    add("scaling_min_freq", number_file([self] { return self->min_; },
                                        [self](long long khz) { return self->set_min(khz); }));
    add("scaling_max_freq", number_file([self] { return self->max_; },
                                        [self](long long khz) { return self->set_max(khz); }));
    add("scaling_governor",
        word_file([self] { return self->governor_; },
                  [self](const std::string& name) { return self->set_governor(name); }));
    add("scaling_setspeed", setspeed(self));
  }

 private:
  const std::vector<double>& table() const { return state_.board.domains[domain_].frequencies_hz; }
  std::string requested() const {
    return std::to_string(to_khz(state_.engine.domain(domain_).requested_hz()));
  }
  // By hardware counters, in whole megahertz.
  std::string measured() const {
    const double hertz = state_.engine.domain(domain_).effective_hz();
    return std::to_string(std::llround(hertz / 1e6) * 1000);
  }

  int set_min(long long khz) {
    if (khz < 0) return EINVAL;
    const long long wanted = std::clamp(khz, lowest_, highest_);
    if (wanted > max_ && refuses_crossing()) return EINVAL;
    asked_min_ = wanted;
    return update();
  }
  int set_max(long long khz) {
    if (khz < 0) return EINVAL;
    const long long wanted = std::clamp(khz, lowest_, highest_);
    if (wanted < min_ && refuses_crossing()) return EINVAL;
    asked_max_ = wanted;
    return update();
  }
  // Kernel 4.9 refuses a minimum above the maximum; later ones keep both requests and the maximum
  // wins.
  bool refuses_crossing() const { return state_.files.jetpack == 4; }

  int update() {
    max_ = asked_max_.value_or(max_);
    min_ = std::min(asked_min_.value_or(min_), max_);
    state_.engine.set_user_limits(domain_, static_cast<double>(min_) * kHertzPerKilohertz,
                                  static_cast<double>(max_) * kHertzPerKilohertz);
    return 0;
  }

  int set_governor(const std::string& name) {
    const auto known = available_residents(state_.files.cpu_governors, DomainKind::kCpu);
    if (std::ranges::find(known, name) == known.end()) return EINVAL;
    governor_ = name;
    // Under userspace nobody but scaling_setspeed moves the clock.
    state_.engine.set_resident(
        domain_, name == "userspace"
                     ? nullptr
                     : make_resident(state_.board, state_.board.domains[domain_], name));
    return 0;
  }

  static FileNode setspeed(const std::shared_ptr<CpuPolicy>& self) {
    const auto read = [self](std::string& text) {
      text = (self->governor_ == "userspace" ? self->requested() : "<unsupported>") + "\n";
      return 0;
    };
    const auto write = [self](std::string_view text) {
      long long khz = 0;
      if (const int error = parse_kernel_number(text, khz); error != 0) return error;
      if (self->governor_ != "userspace" || khz < 0) return EINVAL;
      const double hertz = static_cast<double>(khz) * kHertzPerKilohertz;
      self->state_.engine.request(self->domain_, level_at_least(self->table(), hertz));
      return 0;
    };
    return {read, write};
  }

  EmulatedState& state_;
  std::size_t domain_;
  std::string governor_;
  long long lowest_;  // kHz, as all below
  long long highest_;
  long long min_ = 0;  // in force
  long long max_ = 0;
  std::optional<long long> asked_min_;
  std::optional<long long> asked_max_;
};

std::string cpu_list(int first, int last) {
  if (first > last) return {};
  return first == last ? std::to_string(first) : fmt::format("{}-{}", first, last);
}

std::string proc_stat(const Telemetry& telemetry) {
  const auto ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  std::string lines;
  long long sum[3] = {};
  for (std::size_t c = 0; c < telemetry.cpus->size(); ++c) {
    const CpuTelemetry& cpu = (*telemetry.cpus)[c];
    const long long ticks[3] = {std::llround(cpu.busy_seconds * ticks_per_second),
                                std::llround(cpu.idle_seconds * ticks_per_second),
                                std::llround(cpu.iowait_seconds * ticks_per_second)};
    for (int i = 0; i < 3; ++i) sum[i] += ticks[i];
    if (!cpu.online) continue;
    lines += fmt::format("cpu{} {} 0 0 {} {} 0 0 0 0 0\n", c, ticks[0], ticks[1], ticks[2]);
  }
  return fmt::format("cpu  {} 0 0 {} {} 0 0 0 0 0\n{}intr 0\nctxt 0\nbtime 0\nprocesses 0", sum[0],
                     sum[1], sum[2], lines);
}

}  // namespace

void add_cpu_files(FileTree& tree, EmulatedState& state) {
  const int possible = state.board.cpus;
  const int online = state.mode.cpus_online;
  const std::string cpus = kCpus;
  tree.add_file(cpus + "/possible", constant(cpu_list(0, possible - 1)));
  tree.add_file(cpus + "/present", constant(cpu_list(0, possible - 1)));
  tree.add_file(cpus + "/online", constant(cpu_list(0, online - 1)));
  tree.add_file(cpus + "/offline", constant(cpu_list(online, possible - 1)));
  for (std::size_t d = 0; d < state.board.domains.size(); ++d) {
    const Domain& domain = state.board.domains[d];
    // The directory of a policy goes with its last CPU.
    if (domain.kind != DomainKind::kCpu || domain.cpus.front() >= online) continue;
    const auto policy = std::make_shared<CpuPolicy>(state, d);  // shared by the files' functions
    policy->add_files(tree, policy);
    for (const int cpu : domain.cpus) {
      if (cpu < online) {
        tree.add_link(fmt::format("{}/cpu{}/cpufreq", kCpus, cpu),
                      fmt::format("{}/cpufreq/policy{}", kCpus, domain.cpus.front()));
      }
    }
  }
  for (int cpu = 1; cpu < possible; ++cpu) {  // cpu0 has no such file
    tree.add_file(fmt::format("{}/cpu{}/online", kCpus, cpu), constant(cpu < online ? "1" : "0"));
  }
  tree.add_file("/proc/stat", read_only([&state] { return proc_stat(state.telemetry); }));
}

}  // namespace flyball
