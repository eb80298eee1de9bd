#include "tools/daemon/policy_governor.h"

#include <doctest/doctest.h>

#include <fstream>
#include <stdexcept>

#include "env/action_space.h"
#include "policies/policy_file.h"
#include "tests/support/temporary_directory.h"
#include "tests/tools/daemon/constant_policy.h"

using namespace flyball;

namespace {

// Chooses CPU level 5 and GPU level 9 instead.
PolicyFile other_policy() {
  PolicyFile file = constant_policy();
  const std::vector<Level> levels = {5, 9};
  file.tensors["cost.0.bias"].values[ActionSpace({15, 12}).index_of(levels)] = -1.0F;
  return file;
}

class Bench {
 public:
  Bench() {
    save(constant_policy());
    const Board board = load_board("nano-4gb").board;
    plant_ = describe(board, find_mode(board, board.default_mode), std::nullopt);
    plant_.limits.clear();
    for (const Knob& knob : plant_.knobs) {
      plant_.limits.push_back({0, static_cast<Level>(knob.levels.size() - 1)});
    }
    telemetry_.time_seconds = 1.0;
    auto& domains = telemetry_.domains.refill(1.0);
    for (const Domain& domain : plant_.domains) {
      const double top = domain.frequencies_hz.back();
      domains.push_back({top, top, domain.frequencies_hz.front(), top, 0.5, std::nullopt});
    }
    telemetry_.cpus.refill(1.0).resize(static_cast<std::size_t>(plant_.cpus));
  }

  void save(const PolicyFile& file) const { save_policy(path(), file); }
  std::filesystem::path path() const { return directory_.path() / "p.flyball"; }
  GovernOptions options() const {
    GovernOptions options;
    options.policy = path();
    return options;
  }
  GovernorScope scope() const {
    const std::vector<std::size_t> knobs = {0, 1};
    return scope_over(plant_, knobs);
  }
  Setting decision_of(PolicyGovernor& governor) const {
    return governor.decide({telemetry_, 0.0}).setting;
  }

 private:
  TemporaryDirectory directory_;
  PlantDescription plant_;
  Telemetry telemetry_;
};

}  // namespace

TEST_CASE("the file that is read again decides from then on, and counts go on") {
  const Bench bench;
  PolicyGovernor governor(bench.options());
  governor.reset(bench.scope());
  const std::string former = governor.checksum();
  CHECK(bench.decision_of(governor) == Setting::pinned(std::vector<Level>{3, 7}));
  governor.learned().fall_back();
  bench.save(other_policy());
  governor.reload();
  CHECK(bench.decision_of(governor) == Setting::pinned(std::vector<Level>{5, 9}));
  CHECK(governor.checksum() != former);
  CHECK(governor.fallbacks() == 1);
}

TEST_CASE("a policy is read again before the first reset, too") {
  const Bench bench;
  PolicyGovernor governor(bench.options());
  bench.save(other_policy());
  governor.reload();
  governor.reset(bench.scope());
  CHECK(bench.decision_of(governor) == Setting::pinned(std::vector<Level>{5, 9}));
}

TEST_CASE("a policy that is refused changes nothing") {
  const Bench bench;
  PolicyFile narrow = constant_policy();  // GPU level 9 was never prepared
  for (Level cpu = 0; cpu < 15; ++cpu) {
    const std::vector<Level> levels = {cpu, 9};
    narrow.metadata.support[ActionSpace({15, 12}).index_of(levels)] = 0;
  }
  bench.save(narrow);
  PolicyGovernor governor(bench.options());
  governor.reset(bench.scope());
  const std::string former = governor.checksum();
  const auto refuses = [&](const PolicyFile& file, const char* why) {
    CAPTURE(why);
    bench.save(file);
    CHECK_THROWS_WITH_AS(governor.reload(), doctest::Contains(why), std::runtime_error);
    CHECK(bench.decision_of(governor) == Setting::pinned(std::vector<Level>{3, 7}));
    CHECK(governor.checksum() == former);
  };
  refuses(other_policy(), "the policy chooses 768 MHz of gpu, which the former one never did");
  PolicyFile slow = narrow;
  slow.metadata.encoder.period_seconds = 0.5;
  refuses(slow, "decides every 0.5 s, the former one every 0.1 s: start flyballd anew");
  PolicyFile observant = narrow;
  observant.metadata.encoder.with_power = true;
  Tensor& weight = observant.tensors["cost.0.weight"];
  weight.shape[1] = observation_names(observant.metadata).size();
  weight.values.assign(weight.shape[0] * weight.shape[1], 0.0F);
  refuses(observant, "observes what the former one did not");
  PolicyFile capping = narrow;
  capping.metadata.knobs[1].cap = true;
  refuses(capping, "the policy caps gpu, the former one does not");
  PolicyFile foreign = narrow;
  foreign.metadata.board = "xavier-nx-8gb";
  refuses(foreign, "the policy is of the board xavier-nx-8gb");
  std::ofstream(bench.path()) << "no policy";
  CHECK_THROWS_AS(governor.reload(), std::exception);
  CHECK(governor.checksum() == former);
}

TEST_CASE("levels that others shut out since are refused as they would be at the start") {
  const Bench bench;
  PolicyGovernor governor(bench.options());
  GovernorScope scope = bench.scope();
  scope.limits[0] = {0, 4};
  governor.reset(scope);
  PolicyFile high = constant_policy();
  for (std::size_t i = 0; i < high.metadata.support.size(); ++i) {
    std::vector<Level> levels(2);
    ActionSpace({15, 12}).levels_of(i, levels);
    if (levels[0] < 5) high.metadata.support[i] = 0;
  }
  bench.save(high);
  CHECK_THROWS_AS(governor.reload(), std::invalid_argument);
  CHECK(bench.decision_of(governor) == Setting::pinned(std::vector<Level>{3, 7}));
}
