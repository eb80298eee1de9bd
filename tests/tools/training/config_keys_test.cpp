#include "tools/training/config_keys.h"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "agent/training/train_config.h"
#include "tests/support/error_text.h"
#include "tools/config/board_toml.h"
#include "tools/config/read_fields.h"
#include "tools/config/scenario_toml.h"
#include "tools/config/workload_toml.h"

using namespace flyball;

namespace {

std::string text_of(const std::string& file) {
  std::ifstream stream(FLYBALL_SOURCE_DIR "/configs/" + file);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at; (at = text.find(from)) != std::string::npos;) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// What reading one of the texts with the key set says; the first that knows the key.
template <typename Config>
bool is_refused_as(const std::string& key, const std::string& value,
                   const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    const std::string error = error_text([&] {
      const TomlTable file = TomlTable::parse_text(text, "a.toml", {key + "=" + value});
      read_fields<Config>(file);
    });
    if (error.find(key + ": must be ") != std::string::npos) return true;
    if (error.find(key + ": \"") != std::string::npos) return true;
  }
  return false;
}

// Every key that is listed is one that --set reaches: what it cannot be is refused by its name.
template <typename Config>
void check_every_key(const std::string& kind, const std::vector<std::string>& texts) {
  for (const FieldText& field : config_keys(kind)) {
    const std::string key = replaced(replaced(field.path, "[]", "[0]"), "NAME", "n");
    const bool is_text = field.type == "text" || field.type == "list: text";
    CAPTURE(key);
    CHECK(is_refused_as<Config>(key, is_text ? "5" : "\"x\"", texts));
  }
}

// A scenario with arrivals of a kind, over a link whose bandwidth is of a kind.
std::string scenario_with(const std::string& arrivals, const std::string& bandwidth =
                                                           "kind = 'constant'\n"
                                                           "bits_per_second = 1e6\n") {
  return "title = 't'\nboard = 'b'\nworkload = 'w'\n[control]\nknobs = []\nperiod_seconds = 1\n"
         "[[mix]]\nworkload = 'w'\n[[processes]]\ncpus = []\n[fine_tuning]\nworkload = 'w'\n"
         "minibatches = 1\n[[ambient_steps]]\ntime_seconds = 1\ncelsius = 1\n"
         "[application.first_use]\nseconds = 1\n[arrivals]\n" +
         arrivals + "[offload]\nfeature_bytes = 1\n[offload.bandwidth]\n" + bandwidth;
}

std::string workload_with(const std::string& model, const std::string& table) {
  return "title = 't'\nmodel = '" + model + "'\n[boards.n.first_use]\nseconds = 1\n[boards.n]\n" +
         table;
}

}  // namespace

TEST_CASE("the pages of keys are what flyball keys writes") {
  for (const std::string& kind : config_kinds()) {
    CAPTURE(kind);
    const bool is_current = text_of(kind + "/KEYS.md") == key_page(kind);
    INFO("flyball keys " << kind << " --markdown > configs/" << kind << "/KEYS.md");
    CHECK(is_current);
  }
}

// A size that does not fit into memory is refused by its name, not by the allocation.
TEST_CASE("every count has two ends") {
  for (const std::string& kind : config_kinds()) {
    for (const FieldText& field : config_keys(kind)) {
      if (field.type.find("whole number") == std::string::npos || field.unit.empty()) continue;
      CAPTURE(field.path);
      CHECK(field.range.starts_with("in ["));
    }
  }
}

TEST_CASE("every key of a board can be set") {
  const std::string fan =
      "[[thermal_model.fan.steps]]\ncelsius = 1\npwm = 1\n[related]\nboard = 'b'\n";
  check_every_key<BoardToml>("boards", {text_of("boards/nano-4gb.toml") + fan});
}

TEST_CASE("every key of a scenario can be set") {
  check_every_key<ScenarioToml>(
      "scenarios",
      {scenario_with("kind = 'closed_loop'\nrequests = 1\nbatch = 1\n"),
       scenario_with("kind = 'camera'\ncameras = 1\nframes_per_second = 1\n",
                     "kind = 'steps'\nsteps = [{time_seconds = 0, bits_per_second = 1e6}]\n"),
       scenario_with("kind = 'poisson'\ngroups_per_second = 1\n"
                     "deadline_steps = [{time_seconds = 1, deadline_seconds = 1}]\n",
                     "kind = 'walk'\nlow_bits_per_second = 1e6\nhigh_bits_per_second = 1e6\n"),
       scenario_with("kind = 'bursty'\nstates = [{groups_per_second = 1, mean_seconds = 1}]\n",
                     "kind = 'file'\nfile = 'f'\n"),
       scenario_with("kind = 'trace'\nfile = 'f'\n")});
}

TEST_CASE("every key of a workload can be set") {
  const std::string unit = "highest_hz = 1\nfull_watts = 1\n";
  const std::string output = "lengths = []\ndeviation = 1\nweights = []\n";
  check_every_key<WorkloadToml>(
      "workloads",
      {workload_with("roofline", "gpu_cycles = 1\n"),
       workload_with("measured",
                     "table = 't'\nidle_watts = []\nrailgated_watts = 1\nrail_shares = []\n"),
       workload_with("fitted", "[boards.n.power]\nbase_watts = 1\n[boards.n.power.cpu]\n" + unit +
                                   "[boards.n.power.gpu]\n" + unit + "[boards.n.power.emc]\n" +
                                   unit + "[boards.n.residual.inputs]\n[boards.n.residual.time]\n" +
                                   output + "[boards.n.residual.energy]\n" + output)});
}

TEST_CASE("every key of a training configuration can be set") {
  check_every_key<TrainConfig>(
      "train",
      {"knobs = ['cpu', 'gpu']\n" + text_of("train/deadline-preferences.toml") +
       "\n[validation]\nscenario = 's'\n[[logs]]\npath = 'l'\n[[datasets]]\npath = 'd'\n"});
}
