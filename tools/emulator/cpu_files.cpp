// /sys/devices/system/cpu and /proc/stat.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <memory>
#include <utility>

#include "env/jetson/kernel_units.h"
#include "tools/emulator/emulated_board.h"

namespace flyball {

namespace {

constexpr const char* kCpus = "/sys/devices/system/cpu";

std::size_t cpu_index(int cpu) { return static_cast<std::size_t>(cpu); }

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
    std::vector<std::string> frequencies;
    for (const double hertz : table()) frequencies.push_back(std::to_string(to_khz(hertz)));
    const auto governors = available_residents(state_.files.cpu_governors, DomainKind::kCpu);
    const auto add = [&](const char* name, FileNode node) {
      tree.add_file(fmt::format("{}/{}", directory(), name),
                    keeps_files() ? refusing_offline(self, std::move(node)) : std::move(node));
    };
    add("affected_cpus",
        read_only([self] { return fmt::format("{}", fmt::join(self->online_cpus(), " ")); }));
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
    was_online_ = !online_cpus().empty();
    if (!was_online_ && !keeps_files()) tree.hide(directory());
  }

  std::string directory() const {
    return fmt::format("{}/cpufreq/policy{}", kCpus, state_.board.domains[domain_].cpus.front());
  }

  // After a CPU went or came. The directory goes with the last CPU, and what comes back is new: its
  // limits are the table's ends. From JetPack 7 on it stays, answers EBUSY and keeps its limits.
  void follow_cpus(FileTree& tree) {
    const bool is_online = !online_cpus().empty();
    if (is_online == std::exchange(was_online_, is_online) || keeps_files()) return;
    if (!is_online) return tree.hide(directory());
    tree.show(directory());
    asked_min_ = lowest_;
    asked_max_ = highest_;
    update();
    set_governor(stock_name(state_.board, DomainKind::kCpu));
  }

 private:
  bool keeps_files() const { return state_.files.jetpack >= 7; }
  std::vector<int> online_cpus() const {
    std::vector<int> online = state_.board.domains[domain_].cpus;
    std::erase_if(online, [this](int cpu) { return !state_.cpu_online[cpu_index(cpu)]; });
    return online;
  }
  static FileNode refusing_offline(const std::shared_ptr<CpuPolicy>& self, FileNode node) {
    const auto is_off = [self] { return self->online_cpus().empty(); };
    FileNode all;
    if (node.read) {
      all.read = [is_off, read = node.read](std::string& text) {
        return is_off() ? EBUSY : read(text);
      };
    }
    if (node.write) {
      all.write = [is_off, write = node.write](std::string_view text) {
        return is_off() ? EBUSY : write(text);
      };
    }
    return all;
  }

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
  bool was_online_ = true;
  long long lowest_;  // kHz, as all below
  long long highest_;
  long long min_ = 0;  // in force
  long long max_ = 0;
  std::optional<long long> asked_min_;
  std::optional<long long> asked_max_;
};

// Those that are `is_online`, as the kernel lists them: "0-3,5".
std::string cpu_list(const std::vector<bool>& online, bool is_online) {
  std::string text;
  const std::size_t count = online.size();
  for (std::size_t first = 0; first < count; ++first) {
    if (online[first] != is_online) continue;
    std::size_t last = first;
    while (last + 1 < count && online[last + 1] == is_online) ++last;
    text += fmt::format("{}{}", text.empty() ? "" : ",", first);
    if (last > first) text += fmt::format("-{}", last);
    first = last;
  }
  return text;
}

std::string proc_stat(const EmulatedState& state) {
  const Telemetry& telemetry = state.telemetry;
  const auto ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  std::string lines;
  long long sum[3] = {};
  for (std::size_t c = 0; c < telemetry.cpus->size(); ++c) {
    const CpuTelemetry& cpu = (*telemetry.cpus)[c];
    const long long ticks[3] = {std::llround(cpu.busy_seconds * ticks_per_second),
                                std::llround(cpu.idle_seconds * ticks_per_second),
                                std::llround(cpu.iowait_seconds * ticks_per_second)};
    for (int i = 0; i < 3; ++i) sum[i] += ticks[i];
    if (!state.cpu_online[c]) continue;
    lines += fmt::format("cpu{} {} 0 0 {} {} 0 0 0 0 0\n", c, ticks[0], ticks[1], ticks[2]);
  }
  return fmt::format("cpu  {} 0 0 {} {} 0 0 0 0 0\n{}intr 0\nctxt 0\nbtime 0\nprocesses 0", sum[0],
                     sum[1], sum[2], lines);
}

// What is there of one CPU: the link to its policy, which goes with it, and the file that takes it
// offline and back; cpu0 has no such file.
void add_cpu(FileTree& tree, EmulatedState& state, std::size_t cpu,
             const std::shared_ptr<CpuPolicy>& policy) {
  const std::string directory = fmt::format("{}/cpu{}", kCpus, cpu);
  const std::string link = directory + "/cpufreq";
  tree.add_link(link, policy->directory());
  if (!state.cpu_online[cpu]) tree.hide(link);
  if (cpu == 0) return;
  const auto set = [&tree, &state, cpu, link, policy](long long value) {
    if (value != 0 && value != 1) return EINVAL;
    state.cpu_online[cpu] = value == 1;
    value == 1 ? tree.show(link) : tree.hide(link);
    policy->follow_cpus(tree);
    return 0;
  };
  tree.add_file(directory + "/online",
                number_file([&state, cpu] { return state.cpu_online[cpu] ? 1 : 0; }, set));
}

}  // namespace

void add_cpu_files(FileTree& tree, EmulatedState& state) {
  const auto possible = static_cast<std::size_t>(state.board.cpus);
  const std::string cpus = kCpus;
  state.cpu_online.assign(possible, false);
  for (std::size_t c = 0; c < possible; ++c) {
    state.cpu_online[c] = static_cast<int>(c) < state.mode.cpus_online;
  }
  const std::vector<bool> all(possible, true);
  tree.add_file(cpus + "/possible", constant(cpu_list(all, true)));
  tree.add_file(cpus + "/present", constant(cpu_list(all, true)));
  tree.add_file(cpus + "/online", read_only([&state] { return cpu_list(state.cpu_online, true); }));
  tree.add_file(cpus + "/offline",
                read_only([&state] { return cpu_list(state.cpu_online, false); }));
  std::vector<std::shared_ptr<CpuPolicy>> policies(possible);  // shared by the files' functions
  for (std::size_t d = 0; d < state.board.domains.size(); ++d) {
    const Domain& domain = state.board.domains[d];
    if (domain.kind != DomainKind::kCpu) continue;
    const auto policy = std::make_shared<CpuPolicy>(state, d);
    policy->add_files(tree, policy);
    for (const int cpu : domain.cpus) policies[cpu_index(cpu)] = policy;
  }
  for (std::size_t cpu = 0; cpu < possible; ++cpu) {
    if (policies[cpu]) add_cpu(tree, state, cpu, policies[cpu]);
  }
  tree.add_file("/proc/stat", read_only([&state] { return proc_stat(state); }));
}

int set_cpu_online(FileTree& tree, int cpu, bool is_online) {
  return tree.write(fmt::format("{}/cpu{}/online", kCpus, cpu), is_online ? "1" : "0");
}

}  // namespace flyball
