// The GPU: its device directory, devfreq, and the links that lead there.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <memory>

#include "env/jetson/kernel_units.h"
#include "tools/emulator/emulated_board.h"

namespace flyball {

namespace {

long long to_hz(double hertz) { return std::llround(hertz); }

class GpuDevice {
 public:
  explicit GpuDevice(EmulatedState& state)
      : state_(state),
        domain_(find_domain(state.board, DomainKind::kGpu)),
        governor_(stock_name(state.board, DomainKind::kGpu)) {
    const LevelRange limits = domain_limits(domain(), state.mode, std::nullopt);
    if (limits.floor > 0) asked_min_ = to_hz(table()[limits.floor]);
    if (limits.ceiling + 1U < table().size()) asked_max_ = to_hz(table()[limits.ceiling]);
  }

  void add_devfreq(FileTree& tree, const std::string& directory, const std::string& name,
                   const std::shared_ptr<GpuDevice>& self) {
    std::vector<std::string> frequencies;
    for (const double hertz : table()) frequencies.push_back(std::to_string(to_hz(hertz)));
    const auto add = [&](const char* file, FileNode node) {
      tree.add_file(fmt::format("{}/{}", directory, file), std::move(node));
    };
    add("name", constant(name));
    add("available_frequencies", constant(fmt::format("{}", listed(frequencies))));
    add("available_governors", constant(listed(governors())));
    add("polling_interval", constant("25"));
    add("cur_freq", read_only([self] {
          return std::to_string(to_hz(self->state_.engine.domain(self->domain_).effective_hz()));
        }));
    add("target_freq", read_only([self] {
          return std::to_string(to_hz(self->state_.engine.domain(self->domain_).requested_hz()));
        }));
    add("min_freq", number_file([self] { return self->min(); },
                                [self](long long hz) { return self->set_min(hz); }));
    add("max_freq", number_file([self] { return self->max(); },
                                [self](long long hz) { return self->set_max(hz); }));
    add("governor",
        word_file([self] { return self->governor_; },
                  [self](const std::string& word) { return self->set_governor(word); }));
    if (state_.files.jetpack >= 6) add("timer", constant("deferrable"));
  }

  void add_device(FileTree& tree, const std::string& directory,
                  const std::shared_ptr<GpuDevice>& self) {
    const auto add = [&](const char* file, FileNode node) {
      tree.add_file(fmt::format("{}/{}", directory, file), std::move(node));
    };
    add("load", read_only([self] { return std::to_string(self->load_permille()); }));
    add("railgate_enable",
        number_file([self] { return self->railgate_enable_ ? 1 : 0; },
                    [self](long long value) { return self->set_railgate_enable(value); }));
    add("railgate_delay", constant("500"));
    add("is_railgated",
        read_only([self] { return self->state_.engine.gpu_is_railgated() ? "yes" : "no"; }));
    add("gpu_powered_on",
        read_only([self] { return self->state_.engine.gpu_is_railgated() ? "0" : "1"; }));
    add("power/control",
        word_file([self] { return self->power_auto_ ? "auto" : "on"; },
                  [self](const std::string& word) { return self->set_power_control(word); }));
  }

 private:
  const Domain& domain() const { return state_.board.domains[domain_]; }
  const std::vector<double>& table() const { return domain().frequencies_hz; }
  std::vector<std::string> governors() const {
    auto names = available_residents(state_.files.gpu_governors, DomainKind::kGpu);
    std::erase(names, "userspace");  // its set_freq file is not emulated
    return names;
  }

  // The requests are kept as they came; what is in force shows, the maximum winning.
  long long max() const {
    return std::min(asked_max_.value_or(to_hz(table().back())), to_hz(table().back()));
  }
  long long min() const {
    return std::min(std::max(asked_min_.value_or(0), to_hz(table().front())), max());
  }

  // PM QoS counts in kilohertz: the minimum loses its fraction, the maximum is rounded up.
  int set_min(long long hz) {
    if (hz < 0) return EINVAL;
    asked_min_ = hz / kHertzPerKilohertz * kHertzPerKilohertz;
    return update();
  }
  int set_max(long long hz) {
    if (hz < 0) return EINVAL;
    asked_max_.reset();  // 0: no limit
    if (hz > 0)
      asked_max_ = (hz + kHertzPerKilohertz - 1) / kHertzPerKilohertz * kHertzPerKilohertz;
    return update();
  }
  int update() {
    state_.engine.set_user_limits(domain_, static_cast<double>(min()), static_cast<double>(max()));
    return 0;
  }

  int set_governor(const std::string& name) {
    const auto known = governors();
    if (std::ranges::find(known, name) == known.end()) return EINVAL;
    governor_ = name;
    state_.engine.set_resident(domain_, make_resident(state_.board, domain(), name));
    return 0;
  }

  long long load_permille() const {
    if (state_.engine.gpu_is_railgated()) return 0;
    const auto& utilization = (*state_.telemetry.domains)[domain_].utilization;
    return std::llround(1000.0 * utilization.value_or(0.0));
  }

  int set_railgate_enable(long long value) {
    if (value != 0 && value != 1) return EINVAL;
    railgate_enable_ = value == 1;
    return update_railgating();
  }
  int set_power_control(const std::string& word) {
    if (word != "auto" && word != "on") return EINVAL;
    power_auto_ = word == "auto";
    return update_railgating();
  }
  int update_railgating() {
    const bool allowed = railgate_enable_ && power_auto_;
    state_.engine.set_railgating(allowed ? Engine::Railgating::kAllowed
                                         : Engine::Railgating::kForbidden);
    return 0;
  }

  EmulatedState& state_;
  std::size_t domain_;
  std::string governor_;
  std::optional<long long> asked_min_;  // Hz
  std::optional<long long> asked_max_;
  bool railgate_enable_ = true;
  bool power_auto_ = true;
};

// Another engine with a devfreq entry: who takes the first one takes this.
void add_vic(FileTree& tree) {
  const std::string device = "/sys/devices/13e10000.host1x/15340000.vic";
  const std::string devfreq = device + "/devfreq/15340000.vic";
  tree.add_file(devfreq + "/governor", constant("wmark_active"));
  tree.add_file(devfreq + "/cur_freq", constant("115200000"));
  tree.add_link("/sys/class/devfreq/15340000.vic", devfreq);
}

}  // namespace

void add_gpu_files(FileTree& tree, EmulatedState& state) {
  const std::string& device = state.files.gpu_device;
  const std::string name = device.substr(device.rfind('/') + 1);
  const std::string devfreq = device + "/devfreq/" + name;
  const auto gpu = std::make_shared<GpuDevice>(state);  // shared by the files' functions
  gpu->add_devfreq(tree, devfreq, name, gpu);
  gpu->add_device(tree, device, gpu);
  tree.add_link(devfreq + "/device", device);
  tree.add_link("/sys/class/devfreq/" + name, devfreq);
  if (state.files.jetpack >= 5) tree.add_link(device + "/devfreq_dev", devfreq);
  if (!state.files.gpu_alias.empty()) tree.add_link(state.files.gpu_alias, device);
  add_vic(tree);
}

}  // namespace flyball
