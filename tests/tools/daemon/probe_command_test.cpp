#include "tools/daemon/probe_command.h"

#include <doctest/doctest.h>

#include <string>

using namespace flyball;

namespace {

BoardProbe sample_probe() {
  BoardProbe probe;
  probe.board = "nano-4gb";
  probe.title = "Jetson Nano 4GB";
  probe.mode = 1;
  probe.mode_name = "5W";
  probe.clocks = {
      {"cpu0", DomainKind::kCpu, "/sys/cpu", "schedutil", {1e8, 2e8}, 1e8, 1e8, 2e8, false, {}, ""},
      {"gpu", DomainKind::kGpu, "", "", {}, {}, {}, {}, false, {"lacks 300 MHz"}, "no devfreq"}};
  probe.rails = {{"VDD_IN", 3.0, true}, {"VDD_SOC", {}, false}};
  probe.module_watts = 3.0;
  probe.zones = {{"cpu", 41.5}, {"gpu", {}}};
  return probe;
}

bool says(const BoardProbe& probe, const std::string& part) {
  return to_text(probe).find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the text says what could be governed, and what stands in the way") {
  const BoardProbe probe = sample_probe();
  CHECK(says(probe, "none that is described; nearest nano-4gb, Jetson Nano 4GB\n"));
  CHECK(says(probe, "mode     1 5W\n"));
  CHECK(says(probe, "schedutil        yes\n"));
  CHECK(says(probe, "no: no devfreq\n"));
  CHECK(says(probe, "not as described: lacks 300 MHz\n"));
  CHECK(says(probe, "power    3 W for the module\n"));
  CHECK(says(probe, "VDD_SOC              not read\n"));
  CHECK(says(probe, "zones    cpu 41.5 C, gpu not read\n"));
  CHECK(says(probe, "no application reports them"));
  CHECK_FALSE(says(probe, "state "));
}

TEST_CASE("a running daemon, a left state and problems have lines of their own") {
  BoardProbe probe = sample_probe();
  probe.clocks.pop_back();
  probe.application_way = ApplicationWay::kLink;
  probe.application_file = "/run/flyball/application/link";
  probe.batch_levels = {1, 2};
  probe.is_governed = true;
  probe.left_state = "/run/flyball/backup";
  probe.problems = {"FILE: Input/output error"};
  probe.model = "evil\x1b[2J";
  CHECK(says(probe, "board    nano-4gb, Jetson Nano 4GB\n"));
  CHECK(
      says(probe,
           "requests are reported by the link /run/flyball/application/link; batch sizes 1, 2\n"));
  CHECK(says(probe, "state    a flyballd governs it\n"));
  CHECK(says(probe, "/run/flyball/backup: a flyballd that was killed left its clocks"));
  CHECK(says(probe, "problem  FILE: Input/output error\n"));
  CHECK_FALSE(says(probe, "\x1b"));
}

TEST_CASE("the module is told, and what nobody has confirmed of the description") {
  BoardProbe probe = sample_probe();
  CHECK_FALSE(says(probe, "module  "));
  CHECK_FALSE(says(probe, "unconfirmed"));
  probe.modules = {"p3768-0000", "p3767-0004"};
  probe.unconfirmed = {"cpu", "gpu"};
  CHECK(says(probe, "module   p3768-0000, p3767-0004, not one of the description\n"));
  CHECK(says(probe, "unconfirmed in the description: cpu, gpu\n"));
  probe.is_its_module = true;
  CHECK(says(probe, "module   p3768-0000, p3767-0004\n"));
  const nlohmann::ordered_json json = to_json(probe);
  CHECK(json["modules"][1] == "p3767-0004");
  CHECK(json["its_module"] == true);
  CHECK(json["unconfirmed"].size() == 2);
}

TEST_CASE("the JSON holds the same, and null for what is not known") {
  const nlohmann::ordered_json json = to_json(sample_probe());
  CHECK(json["fits"] == false);
  CHECK(json["mode"] == 1);
  CHECK(json["clocks"][0]["can_be_governed"] == true);
  CHECK(json["clocks"][0]["listed_hz"].size() == 2);
  CHECK(json["clocks"][1]["running_hz"].is_null());
  CHECK(json["clocks"][1]["obstacle"] == "no devfreq");
  CHECK(json["rails"][0]["of_module"] == true);
  CHECK(json["rails"][1]["watts"].is_null());
  CHECK(json["zones"][0]["celsius"] == 41.5);
  CHECK(json["application"] == false);
}
