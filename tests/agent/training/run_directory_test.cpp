#include "agent/training/run_directory.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>

#include "agent/networks/q_network.h"
#include "env/config/fields_json.h"
#include "env/errors.h"
#include "tests/support/temporary_directory.h"
#include "tools/config/train_config.h"

using namespace flyball;

namespace {

TrainConfig read_toml(const std::filesystem::path& file) {
  return load_train_config(file.string());
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TrainingProgress progress(std::uint64_t step) {
  return {step, {.cost = 0.5, .constraint = 0.25, .td_error = 0.125, .value = 2.0}, 0.0};
}

TrainConfig quickstart() {
  setenv("FLYBALL_CONFIGS", FLYBALL_SOURCE_DIR "/configs", 1);
  TrainConfig config = load_train_config("quickstart");
  config.trainer.seed = 11;
  config.trainer.steps = 77;
  return config;
}

}  // namespace

TEST_CASE("a run's directory says what decided it, and gives it back") {
  const TemporaryDirectory directory;
  TrainConfig config = quickstart();
  config.validation = ValidationConfig{"quickstart", 100, 3, 42, 2};
  RunDirectory run = RunDirectory::create(directory.path() / "p.flyball.run");
  run.write_setup(config, {directory.path() / "p.flyball", 2, 0.5});
  const auto resolved = nlohmann::json::parse(text_of(run.path() / "config.json"));
  CHECK(resolved["seed"] == 11);
  CHECK(resolved["version"] == FLYBALL_VERSION);
  CHECK(resolved["blas"] == blas_name());
  CHECK(resolved["learner"]["steps"] == 77);
  CHECK(text_of(run.path() / "config.toml") == config.text);
  const TrainConfig read = run.read_config(read_toml);
  CHECK(read.id == "quickstart");
  CHECK(read.trainer.seed == 11);
  CHECK(read.trainer.steps == 77);
  REQUIRE(read.validation.has_value());
  CHECK(read.validation->scenario == "quickstart");
  CHECK(read.validation->every_steps == 100);
  CHECK(read.validation->patience == 3U);
  CHECK(read.validation->seed == 42);
  const RunOptions options = run.read_options();
  CHECK(options.policy == directory.path() / "p.flyball");
  CHECK(options.threads == 2);
  CHECK(options.checkpoint_seconds == 0.5);
}

TEST_CASE("a configuration that was changed since the run began is noticed before it goes on") {
  const TemporaryDirectory directory;
  RunDirectory run = RunDirectory::create(directory.path() / "p.flyball.run");
  const TrainConfig config = quickstart();
  run.write_setup(config, {directory.path() / "p.flyball", 2, 0.5});
  CHECK_NOTHROW(run.read_config(read_toml));
  std::ofstream(run.path() / "config.toml", std::ios::app) << "\n[support]\nminimum = 30\n";
  CHECK_THROWS_WITH_AS(run.read_config(read_toml),
                       doctest::Contains("config.toml: was changed since the run began"),
                       DataError);
}

TEST_CASE("config.json holds every key, and a run that extends another resumes") {
  setenv("FLYBALL_CONFIGS", FLYBALL_SOURCE_DIR "/configs", 1);
  const TemporaryDirectory directory;
  const TrainConfig config = load_train_config(
      "bursts-agx-xavier", {"simulate[0].modes=[1, 2]", "simulate[0].deadline_factors=[0.5, 2]",
                            "simulate[0].segment_seconds=60",
                            "simulate[0].with_effect_snapshot=true", "learner.gamma=0.25"});
  RunDirectory run = RunDirectory::create(directory.path() / "p.flyball.run");
  run.write_setup(config, {directory.path() / "p.flyball", 1, 10.0});
  const auto json = nlohmann::json::parse(text_of(run.path() / "config.json"));
  const auto& simulation = json["simulate"][0];
  CHECK(simulation["modes"] == nlohmann::json{1, 2});
  CHECK(simulation["deadline_factors"] == nlohmann::json{0.5, 2.0});
  CHECK(simulation["segment_seconds"] == 60.0);
  CHECK(simulation["with_effect_snapshot"] == true);
  CHECK(json["objective"]["miss_penalty"] == 1.0);
  CHECK(json["observation"]["slack_scale_seconds"] == 0.1);
  CHECK(json["learner"]["gamma"] == 0.25);
  const TrainConfig read = run.read_config(read_toml);
  CHECK(fields_to_json<nlohmann::ordered_json>(read) ==
        fields_to_json<nlohmann::ordered_json>(config));
}

TEST_CASE("curves go on after the step that is resumed from, a cut line is gone") {
  const TemporaryDirectory directory;
  RunDirectory run = RunDirectory::create(directory.path());
  run.begin_curves(0);
  for (const std::uint64_t step : {50, 100, 150}) run.write_losses(progress(step));
  const std::string whole = text_of(run.path() / "losses.csv");
  std::ofstream(run.path() / "losses.csv", std::ios::app) << "200,0.5,0.2";
  RunDirectory resumed = RunDirectory::create(directory.path() / "other");
  std::filesystem::copy_file(run.path() / "losses.csv", resumed.path() / "losses.csv");
  resumed.begin_curves(100);
  CHECK(text_of(resumed.path() / "losses.csv") ==
        "step,cost_loss,constraint_loss,td_error,value,rho\n"
        "50,0.5,0.25,0.125,2,0\n100,0.5,0.25,0.125,2,0\n");
  resumed.write_losses(progress(150));
  CHECK(text_of(resumed.path() / "losses.csv") == whole);
}

TEST_CASE("what cannot be resumed says why") {
  const TemporaryDirectory directory;
  CHECK_THROWS_WITH_AS(RunDirectory::open(directory.path()),
                       doctest::Contains("nothing to resume: there is no checkpoint"), DataError);
  RunDirectory run = RunDirectory::create(directory.path());
  CHECK_THROWS_WITH_AS(run.read_options(), doctest::Contains("run.json: cannot open"),
                       std::system_error);
  std::ofstream(run.path() / "run.json") << "{";
  CHECK_THROWS_WITH_AS(run.read_options(), doctest::Contains("run.json: "), std::runtime_error);
  run.write_setup(quickstart(), {"p.flyball", 1, 1.0});
  std::string text = text_of(run.path() / "run.json");
  text.replace(text.find(FLYBALL_VERSION), std::string(FLYBALL_VERSION).size(), "0.0.9");
  std::ofstream(run.path() / "run.json") << text;
  CHECK_THROWS_WITH_AS(run.read_config(read_toml), doctest::Contains("begun by flyball 0.0.9"),
                       DataError);
}

TEST_CASE("a policy that keeps the limits is better than one that saves more") {
  const ValidationFigures kept{0.1, 0.5, 1.0, true};
  const ValidationFigures more{0.2, 0.5, 1.0, true};
  const ValidationFigures broken{0.4, 0.9, 1.0, false};
  CHECK(is_better(more, kept));
  CHECK_FALSE(is_better(kept, kept));
  CHECK(is_better(kept, broken));
  CHECK_FALSE(is_better(broken, kept));
  const ValidationFigures nearly{0.1, 0.9, 0.98, false};
  const ValidationFigures far{0.4, 0.8, 0.5, false};
  CHECK(is_better(nearly, far));
  CHECK_FALSE(is_better(far, nearly));
  const ValidationFigures slow{0.4, 1.2, 1.0, false};
  CHECK(is_better(broken, slow));
  CHECK_THROWS_AS(validate(ValidationConfig{"quickstart", 0, std::nullopt, 1}),
                  std::invalid_argument);
  CHECK_THROWS_AS(validate(ValidationConfig{"quickstart", 1, std::nullopt, 1, 0}),
                  std::invalid_argument);
}
