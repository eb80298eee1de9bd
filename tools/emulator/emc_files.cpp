// The memory clock: the firmware's debug files (BPMP) or T210's override clock, cap and activity.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <memory>

#include "tools/emulator/emulated_board.h"

namespace flyball {

namespace {

long long to_hz(double hertz) { return std::llround(hertz); }

class EmcClock {
 public:
  explicit EmcClock(EmulatedState& state)
      : state_(state), domain_(find_domain(state.board, DomainKind::kEmc)) {
    if (state.mode.emc_max_hz) cap_ = to_hz(*state.mode.emc_max_hz);
    if (state.files.emc == EmcInterface::kT210) asked_ = running();  // the override clock's own
  }

  void add_bpmp(FileTree& tree, const std::shared_ptr<EmcClock>& self) {
    const std::string debug = "/sys/kernel/debug/bpmp/debug";
    const std::string clock = debug + "/clk/emc";
    tree.add_file(clock + "/rate",
                  number_file([self] { return self->rate(); },
                              [self](long long hz) { return self->set_rate(hz); }));
    tree.add_file(clock + "/mrq_rate_locked",
                  flag(self, self->locked_, [self] { return self->update(); }));
    tree.add_file(clock + "/min_rate",
                  read_only([self] { return std::to_string(self->lowest()); }));
    tree.add_file(clock + "/max_rate",
                  read_only([self] { return std::to_string(self->highest()); }));
    tree.add_file(clock + "/state", constant("1"));
    std::vector<std::string> rates;
    for (const double hertz : table()) rates.push_back(std::to_string(to_hz(hertz) / 1000));
    tree.add_file(debug + "/emc/possible_rates", constant(listed(rates) + "(kHz)"));
    if (state_.files.emc == EmcInterface::kBpmpHalt) {
      tree.add_file(debug + "/bwmgr/bwmgr_halt",
                    flag(self, self->halted_, [self] { return self->update(); }));
    }
  }

  void add_t210(FileTree& tree, const std::shared_ptr<EmcClock>& self) {
    const std::string clocks = "/sys/kernel/debug/clk";
    const auto running = read_only([self] { return std::to_string(self->running()); });
    tree.add_file(clocks + "/emc/clk_rate", running);
    tree.add_file(clocks + "/override.emc/clk_rate",
                  read_only([self] { return std::to_string(self->rate()); }));
    tree.add_file(clocks + "/override.emc/clk_update_rate",
                  number_file([self] { return self->asked_.value_or(self->running()); },
                              [self](long long hz) { return self->set_rate(hz); }));
    tree.add_file(clocks + "/override.emc/clk_state",
                  flag(self, self->locked_, [self] { return self->update(); }));
    const std::string manager = "/sys/kernel/debug/tegra_bwmgr";
    tree.add_file(manager + "/emc_rate", running);
    tree.add_file(manager + "/emc_min_rate",
                  read_only([self] { return std::to_string(self->lowest()); }));
    tree.add_file(manager + "/emc_max_rate",
                  read_only([self] { return std::to_string(self->highest()); }));
  }

  // JetPack 4 and 5 show the stored value, 6 the effective maximum.
  FileNode cap_file(const std::shared_ptr<EmcClock>& self) {
    const bool effective = state_.files.emc == EmcInterface::kBpmpHalt;
    return number_file(
        [self, effective] { return effective && self->cap_ ? self->highest() : self->cap_; },
        [self](long long hz) {
          if (hz < 0) return EINVAL;
          self->cap_ = hz;
          return self->update();
        });
  }

  FileNode activity_file(const std::shared_ptr<EmcClock>& self) {
    return read_only([self] {
      const auto& utilization = (*self->state_.telemetry.domains)[self->domain_].utilization;
      const double hertz = utilization.value_or(0.0) * static_cast<double>(self->running());
      return std::to_string(std::llround(hertz / 1e3));
    });
  }

 private:
  static FileNode flag(const std::shared_ptr<EmcClock>& self, bool& value,
                       std::function<int()> changed) {
    return number_file([self, &value] { return value ? 1 : 0; },
                       [self, &value, changed = std::move(changed)](long long number) {
                         if (number != 0 && number != 1) return EINVAL;
                         value = number == 1;
                         return changed();
                       });
  }

  const std::vector<double>& table() const { return state_.board.domains[domain_].frequencies_hz; }
  long long lowest() const { return to_hz(table().front()); }
  long long highest() const {
    if (cap_ == 0) return to_hz(table().back());
    return to_hz(table()[level_at_least(table(), static_cast<double>(cap_))]);
  }
  long long running() const { return to_hz(state_.engine.domain(domain_).effective_hz()); }
  long long rate() const { return is_held() ? *asked_ : running(); }

  // Somebody holds the clock: it was locked, or whoever moves it was halted.
  bool is_held() const { return asked_ && (locked_ || halted_); }

  // Rounded up to the table; outside of the limits the firmware ignores it without a word.
  int set_rate(long long hz) {
    if (hz < 0) return EINVAL;
    if (hz > highest() || hz == 0) return 0;
    asked_ = to_hz(table()[level_at_least(table(), static_cast<double>(hz))]);
    return update();
  }

  int update() {
    state_.engine.set_user_limits(domain_, std::nullopt, static_cast<double>(highest()));
    if (locked_ && !asked_) asked_ = running();
    if (is_held()) {
      state_.engine.lock_emc(static_cast<double>(*asked_));
    } else {
      state_.engine.unlock_emc();
    }
    return 0;
  }

  EmulatedState& state_;
  std::size_t domain_;
  std::optional<long long> asked_;  // Hz
  bool locked_ = false;
  bool halted_ = false;
  long long cap_ = 0;  // Hz; 0: none, as in the file
};

}  // namespace

void add_emc_files(FileTree& tree, EmulatedState& state) {
  const auto emc = std::make_shared<EmcClock>(state);  // shared by the files' functions
  if (state.files.emc == EmcInterface::kT210) {
    emc->add_t210(tree, emc);
  } else {
    emc->add_bpmp(tree, emc);
  }
  tree.add_file(state.files.emc_cap, emc->cap_file(emc));
  tree.add_file(state.files.emc_utilization, emc->activity_file(emc));
}

}  // namespace flyball
