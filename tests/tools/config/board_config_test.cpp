#include "tools/config/board_config.h"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "tests/support/error_text.h"
#include "tools/config/config_directory.h"

using namespace flyball;

namespace {

std::string nano_text() {
  std::ifstream file(FLYBALL_SOURCE_DIR "/configs/boards/nano-4gb.toml");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// What loading the Nano's file says after one piece of text was replaced; without line and column.
std::string error_after(const std::string& from, const std::string& to) {
  std::string text = nano_text();
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
  const std::string error =
      error_text([&] { read_board(TomlTable::parse_text(text, "nano.toml")); });
  REQUIRE(error.starts_with("nano.toml:"));
  return error.substr(error.find(": ") + 2);
}

}  // namespace

TEST_CASE("every board file loads, under its own name") {
  const std::vector<std::string> ids = list_configs("boards");
  CHECK(ids.size() >= 14);
  for (const std::string& id : ids) {
    CAPTURE(id);
    const BoardConfig config = load_board(id);
    CHECK(config.board.id == id);
    CHECK(config.board.knobs.size() == 3);
    CHECK_FALSE(config.identity.modules.empty());
    // What nobody has confirmed need not be emulated.
    CHECK((!config.files.empty() || !config.identity.unconfirmed.empty()));
  }
}

TEST_CASE("tables have the steps of the real boards") {
  const struct {
    const char* id;
    std::size_t cpu, gpu, emc, policies, modes;
  } expected[] = {{"nano-4gb", 15, 12, 2, 1, 2},        {"xavier-nx-8gb", 25, 15, 8, 3, 9},
                  {"agx-xavier-32gb", 29, 14, 9, 4, 8}, {"orin-nx-16gb", 26, 7, 4, 2, 4},
                  {"orin-nano-8gb", 20, 5, 3, 2, 2},    {"orin-nano-super-8gb", 22, 8, 4, 2, 4},
                  {"agx-orin-64gb", 29, 11, 4, 3, 4},   {"tx2-8gb", 12, 13, 11, 2, 5},
                  {"orin-nx-8gb", 26, 6, 4, 2, 4},      {"orin-nx-super-16gb", 26, 10, 4, 2, 5},
                  {"agx-orin-32gb", 29, 8, 4, 2, 4},    {"orin-nano-4gb", 20, 5, 3, 2, 3},
                  {"tx2-nx-4gb", 12, 13, 10, 2, 5},     {"agx-thor-128gb", 2, 4, 2, 7, 4}};
  for (const auto& row : expected) {
    CAPTURE(row.id);
    const Board board = load_board(row.id).board;
    CHECK(board.knobs[0].levels.size() == row.cpu);
    CHECK(board.knobs[1].levels.size() == row.gpu);
    CHECK(board.knobs[2].levels.size() == row.emc);
    CHECK(board.domains.size() == row.policies + 2);
    CHECK(board.modes.size() == row.modes);
  }
}

TEST_CASE("modes snap to the nearest step, as nvpmodel's do on the board") {
  const Board agx = load_board("agx-xavier-32gb").board;
  const PowerMode& mode = find_mode(agx, 4);  // asks for 1200 .. 1450 and 900 MHz
  const LevelRange cpu = domain_limits(agx.domains[0], mode, std::nullopt);
  CHECK(agx.knobs[0].levels[cpu.floor] == 1190.4e6);
  CHECK(agx.knobs[0].levels[cpu.ceiling] == 1420.8e6);
  const Domain& gpu = agx.domains[agx.knobs[1].domains[0]];
  CHECK(gpu.frequencies_hz[domain_limits(gpu, mode, std::nullopt).ceiling] == 905.25e6);
}

TEST_CASE("the module's power is one named rail or a stated sum") {
  CHECK(load_board("xavier-nx-8gb").board.module_rails == std::vector<std::size_t>{0});
  CHECK(load_board("agx-xavier-32gb").board.module_rails.size() == 6);
  const Board orin = load_board("agx-orin-64gb").board;
  CHECK(orin.module_rails == std::vector<std::size_t>{0, 1, 2});
  CHECK(orin.rails[3] == "VDDQ_VDD2_1V8AO");
}

TEST_CASE("a mode's power budget and how it throttles are read") {
  std::string text = nano_text();
  text.replace(text.find("name = \"5W\""), 0, "budget_watts = 5\n");
  text += "\n[power_budget]\nthrottling = \"halving\"\nhysteresis_watts = 0.3\n";
  const BoardConfig config = read_board(TomlTable::parse_text(text, "nano.toml"));
  CHECK_FALSE(find_mode(config.board, 0).budget_watts.has_value());
  CHECK(find_mode(config.board, 1).budget_watts == 5.0);
  CHECK(config.power_budget.throttling == PowerBudgetConfig::Throttling::kHalving);
  CHECK(config.power_budget.hysteresis_watts == 0.3);
  CHECK(config.power_budget.time_constant_seconds == 0.42);
}

TEST_CASE("heat in two stages and a fan are read") {
  std::string text = nano_text();
  text +=
      "\n[thermal_model.fan]\nfull_watts = 1.5\nfull_conductance = 3\n"
      "[[thermal_model.fan.steps]]\ncelsius = 50\npwm = 80\n"
      "[[thermal_model.fan.steps]]\ncelsius = 60\npwm = 255\nhysteresis_kelvin = 8\n";
  text.replace(text.find("kelvin_per_watt = 4.0"), 0, "junction_kelvin_per_watt = 0.8\n");
  const ThermalConfig thermal = read_board(TomlTable::parse_text(text, "nano.toml")).thermal;
  CHECK(thermal.kelvin_per_watt == 4.0);
  CHECK(thermal.junction_kelvin_per_watt == 0.8);
  CHECK(thermal.fan.full_watts == 1.5);
  CHECK(thermal.fan.full_conductance == 3.0);
  REQUIRE(thermal.fan.steps.size() == 2);
  CHECK(thermal.fan.steps[0].hysteresis_kelvin == 5.0);
  CHECK(thermal.fan.steps[1].pwm == 255.0);
  CHECK(thermal.fan.steps[1].hysteresis_kelvin == 8.0);
}

TEST_CASE("a wrong board file says what is wrong") {
  CHECK(error_after("\"p3448-0000\"", "\"p3448\"") ==
        "board.modules: \"p3448\" is not of the form \"p3767-0004\"");
  CHECK(
      error_after("cpus = 4\n", "cpus = 4\nunconfirmed = [\"cpus\"]\n") ==
      "board.unconfirmed: \"cpus\" is none of the allowed (allowed: cpu, gpu, emc, power, thermal, "
      "nvpmodel)");
  CHECK(error_after("102e6, 204e6,", "102e6, 102e6,") ==
        "cpu.frequencies_hz[1] = 102000000: must be above the entry before it, 102000000");
  CHECK(error_after("actuation_seconds = 0.005", "actuation_seconds = 5") ==
        "gpu.actuation_seconds = 5: must be in [0, 1]");
  CHECK(error_after("[\"0-3\"]", "[\"0-9\"]") ==
        "cpu.policies[0]: CPU 4 is named twice or is not below board.cpus = 4");
  CHECK(error_after("[\"0-3\"]", "[\"all\"]") ==
        "cpu.policies[0]: must be a list of CPUs like \"0-3\" or \"0,3-5\"");
  CHECK(error_after("module = \"POM_5V_IN\"", "module = \"VDD_IN\"") ==
        "power.module: \"VDD_IN\" is not one of power.rails");
  CHECK(error_after("module = \"POM_5V_IN\"", "sum = [\"POM_5V_IN\", \"POM_5V_IN\"]") ==
        "power.sum: names a rail twice");
  CHECK(error_after("default = 0", "default = 3") ==
        "nvpmodel.default: nano-4gb has no power mode 3; there are: 0 (MAXN), 1 (5W)");
  CHECK(error_after("cpus_online = 2", "cpus_online = 5") ==
        "nvpmodel.modes[1].cpus_online: is 5 (allowed 1 to 4)");
  CHECK(error_after("id = 1\n", "id = 0\n") == "nvpmodel.modes[1].id: 0 is used by another mode");
  CHECK(error_after("cpus = 4\n", "cpus = 2000000000\n") ==
        "board.cpus = 2e+09: must be in [1, 1024]");
  std::string many = "[\"0-1023";
  for (int i = 0; i < 100000; ++i) many += ",0-1023";
  CHECK(error_after("[\"0-3\"]", many + "\"]") == "cpu.policies[0]: names more than 1024 CPUs");
  CHECK(error_after("soc = \"t210\"", "sock = \"t210\"") == "board.soc: missing");
  CHECK(error_after("cpu_max_hz", "cpu_max_khz") ==
        "nvpmodel.modes[1].cpu_max_khz: unknown key; did you mean \"cpu_max_hz\"?");
  CHECK(error_after("governor = \"nvhost_podgov\"", "governor = \"schedutil\"") ==
        "gpu.governor: \"schedutil\" is none of the allowed (allowed: performance, userspace, "
        "nvhost_podgov, nvhost_podgov_v2, simple_ondemand, wmark_active, wmark_simple, "
        "tegra_wmark)");
  CHECK(error_after("api = \"iio\"", "api = \"i2c\"") ==
        "files[0].sensors[0].api: \"i2c\" is none of the allowed (allowed: iio, hwmon)");
}
