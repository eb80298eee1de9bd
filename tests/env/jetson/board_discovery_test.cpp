#include "env/jetson/board_discovery.h"

#include <doctest/doctest.h>

#include <stdexcept>

#include "tests/support/board_tree.h"
#include "tests/support/error_text.h"

using namespace flyball;

namespace {

std::vector<std::string> names(const std::vector<Knob>& knobs) {
  std::vector<std::string> result;
  for (const Knob& knob : knobs) result.push_back(knob.name);
  return result;
}

}  // namespace

TEST_CASE("a board's own tables go before its description") {
  BoardTree tree;
  tree.add_board();
  tree.write(kDevfreq + "/available_frequencies", "100000000 250000000 ");
  const DiscoveredBoard found = discover_board(tree.root(), small_board(), {});
  REQUIRE(found.domains.size() == 4);
  CHECK(found.domains[2].frequencies_hz == std::vector<double>{1e8, 2.5e8});
  CHECK(found.knobs[1].levels == std::vector<double>{1e8, 2.5e8});
  CHECK(names(found.knobs) == std::vector<std::string>{"cpu", "gpu", "emc"});
  CHECK(found.readers.size() == 4);
  CHECK(found.controls.domains.size() == 4);
}

TEST_CASE("a table that the board does not list is its description's") {
  BoardTree tree;
  tree.add_board();
  tree.remove("/sys/kernel/debug/bpmp/debug/emc/possible_rates");
  const DiscoveredBoard found = discover_board(tree.root(), small_board(), {});
  CHECK(found.knobs[2].levels == small_board().knobs[2].levels);
}

TEST_CASE("a memory clock with a devfreq of its own is turned by its limits") {
  BoardTree tree;
  tree.add_board();
  const std::string devfreq = "/sys/class/devfreq/bwmgr";
  tree.write(devfreq + "/available_frequencies", "665600000 2133000000 4266000000 ");
  tree.write(devfreq + "/cur_freq", "2133000000");
  tree.write(devfreq + "/target_freq", "4266000000");
  tree.write(devfreq + "/min_freq", "665600000");
  tree.write(devfreq + "/max_freq", "4266000000");
  CHECK(discover_board(tree.root(), small_board(), {}).knobs[2].levels.back() == 16e8);
  tree.remove("/sys/kernel/debug/bpmp/debug/clk/emc/mrq_rate_locked");
  const DiscoveredBoard found = discover_board(tree.root(), small_board(), {});
  CHECK(names(found.knobs) == std::vector<std::string>{"cpu", "gpu", "emc"});
  CHECK(found.knobs[2].levels == std::vector<double>{6.656e8, 21.33e8, 42.66e8});
  DomainTelemetry telemetry;
  const DomainErrors errors = found.readers[3]->read(0.0, DomainPart::kAll, telemetry);
  CHECK_FALSE(errors);
  CHECK_FALSE(errors.load);
  CHECK_FALSE(telemetry.utilization.has_value());
  CHECK(telemetry.effective_hz == 21.33e8);
  REQUIRE_FALSE(found.controls.domains[3]->hold());
  REQUIRE_FALSE(found.controls.domains[3]->set({21.33e8, 21.33e8}));
  CHECK(tree.read(devfreq + "/max_freq") == "2133000000");
}

TEST_CASE("without a GPU its knob is left out, and the others point at their own domains") {
  BoardTree tree;
  tree.add_board();
  tree.remove("/sys/class/devfreq/17000000.gv11b");
  const DiscoveredBoard found = discover_board(tree.root(), small_board(), {});
  CHECK(names(found.knobs) == std::vector<std::string>{"cpu", "emc"});
  REQUIRE(found.domains.size() == 3);
  REQUIRE(found.knobs[1].domains == std::vector<std::size_t>{2});
  CHECK(found.domains[2].name == "emc");
  CHECK(found.controls.knobs[1].domains == found.knobs[1].domains);
}

TEST_CASE("a policy that is offline stays, unread, with the table of those it is ganged with") {
  for (const std::string& offline : {kPolicy0, kPolicy2}) {
    BoardTree tree;
    tree.add_board();
    tree.write(kPolicy0 + "/scaling_available_frequencies", "100000 150000 ");
    tree.write(kPolicy2 + "/scaling_available_frequencies", "100000 150000 ");
    tree.remove(offline);
    const DiscoveredBoard found = discover_board(tree.root(), small_board(), {});
    const std::size_t index = offline == kPolicy0 ? 0 : 1;
    CHECK(found.readers[index] == nullptr);
    CHECK(found.controls.domains[index] == nullptr);
    CHECK(found.readers[1 - index] != nullptr);
    CHECK(found.domains[index].frequencies_hz == std::vector<double>{1e8, 1.5e8});
    CHECK(found.knobs[0].domains == std::vector<std::size_t>{0, 1});
  }
}

TEST_CASE("a known table is what a controller sees, the board's frequencies are what is written") {
  BoardTree tree;
  tree.add_board();
  const std::vector<KnownTable> known = {{"gpu", {1.005e8, 2e8, 9e8}, {true, true, false}}};
  const DiscoveredBoard found = discover_board(tree.root(), small_board(), known);
  CHECK(found.knobs[1].levels == known[0].levels);
  CHECK(found.controls.knobs[1].levels == std::vector<double>{1e8, 2e8, 3e8});
  const std::vector<KnownTable> other = {{"gpu", {9e8}, {true}}};
  CHECK_THROWS_AS(discover_board(tree.root(), small_board(), other), std::runtime_error);
}

TEST_CASE("a root without the board's policies is no board, and the message says where it looked") {
  BoardTree tree;
  CHECK_FALSE(has_cpu_policies(tree.root()));
  const std::string text = error_text([&] { discover_board(tree.root(), small_board(), {}); });
  CHECK(text.starts_with(tree.root() + "/sys/devices/system/cpu/cpufreq: no frequency policy of "
                                       "small"));
  tree.add_board();
  CHECK(has_cpu_policies(tree.root()));
  CHECK_NOTHROW(check_is_board(tree.root(), small_board()));
  tree.write(kPolicy0 + "/related_cpus", "8 9");  // another board's
  tree.write(kPolicy2 + "/related_cpus", "10 11");
  CHECK_THROWS_AS(check_is_board(tree.root(), small_board()), std::runtime_error);
}
