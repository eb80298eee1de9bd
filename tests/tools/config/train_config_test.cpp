#include "tools/config/train_config.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "agent/training/training_data.h"
#include "env/config/fields_json.h"
#include "env/errors.h"
#include "tests/support/error_text.h"
#include "tests/support/temporary_directory.h"
#include "tools/config/config_directory.h"
#include "tools/config/scenario.h"
#include "tools/training/training_sources.h"

using namespace flyball;

namespace {

TrainConfig read(const std::string& text) {
  const auto path = std::filesystem::temp_directory_path() /
                    fmt::format("flyball_train_config_test.{}.toml", getpid());
  std::ofstream(path) << text;
  const TrainConfig config = load_train_config(path.string());
  std::filesystem::remove(path);
  return config;
}

const std::string kHead = "knobs = [\"gpu\"]\nperiod_seconds = 2\n";

}  // namespace

TEST_CASE("every shipped recipe loads on data that say what it leaves open") {
  setenv("FLYBALL_CONFIGS", FLYBALL_SOURCE_DIR "/configs", 1);
  const OpenKeys keys{{"cpu", "gpu"}, {"gpu"}, 0.25, 0.5, std::nullopt};
  CHECK(list_configs("train").size() == 4);
  for (const std::string& id : list_configs("train")) {
    CAPTURE(id);
    const TrainConfig config = load_train_config(id, {}, [&] { return std::optional(keys); });
    CHECK(config.id == id);
    CHECK(config.spans.knobs == keys.knobs);
    CHECK(config.spans.caps == keys.caps);
    CHECK_FALSE(config.validation);  // nothing says on what
    CHECK_THROWS_WITH_AS(load_train_config(id),
                         doctest::Contains("give --log, --dataset or --simulate"), ConfigError);
  }
}

TEST_CASE("a scenario's id is the recipe of its load with what the scenario says") {
  setenv("FLYBALL_CONFIGS", FLYBALL_SOURCE_DIR "/configs", 1);
  for (const std::string& id : list_configs("scenarios")) {
    CAPTURE(id);
    const Scenario scenario = load_scenario(id);
    const TrainConfig config = load_train_config(id);
    CHECK(config.id == id);
    CHECK(config.spans.knobs == scenario.control.knobs);
    CHECK(config.spans.caps == scenario.control.caps);
    REQUIRE(config.simulations.size() == 1);
    CHECK(config.simulations[0].scenario == id);
    CHECK(config.validation->scenario == id);
    const double period = config.spans.encoder.period_seconds;
    if (const auto deadline = scenario.arrivals.deadline_seconds) {
      CHECK(period <= 0.55 * *deadline + scenario.control.sample_seconds);
      CHECK(config.spans.encoder.slack_scale_seconds == *deadline);
      CHECK(config.trainer.kind == LearnerKind::kDqn);
    } else {
      CHECK(period == scenario.control.period_seconds);
      CHECK(config.trainer.kind == LearnerKind::kLeastSquares);
    }
  }
  CHECK_THROWS_WITH_AS(load_train_config("nothing"),
                       doctest::Contains("no train configuration \"nothing\""), ConfigError);
}

TEST_CASE("what a configuration or the command line says is not asked of the data") {
  setenv("FLYBALL_CONFIGS", FLYBALL_SOURCE_DIR "/configs", 1);
  const std::vector<std::string> said = {"knobs=[\"gpu\"]", "period_seconds=3"};
  const OpenKeys keys{{"cpu", "gpu"}, {"gpu"}, 0.25, 0.5, "street-tx2"};
  const TrainConfig config =
      load_train_config("saturated", said, [&] { return std::optional(keys); });
  CHECK(config.spans.knobs == std::vector<std::string>{"gpu"});
  CHECK(config.spans.caps.empty());  // they are said with the knobs
  CHECK(config.spans.encoder.period_seconds == 3.0);
  CHECK(config.simulations[0].scenario == "street-tx2");
  int asked = 0;
  const TrainConfig whole = read(kHead + "[objective]\n");
  CHECK(whole.spans.encoder.period_seconds == 2.0);
  load_train_config("quickstart", {}, [&] {
    ++asked;
    return std::optional<OpenKeys>();
  });
  CHECK(asked == 0);  // the scenario says it all
}

TEST_CASE("a training configuration says what it means") {
  const TrainConfig config = read(kHead +
                                  "[objective]\ncredit = \"period\"\nconstraint = \"latency\"\n"
                                  "limit_factor = 1.4\n[learner]\ngamma = 0.5\n"
                                  "[[logs]]\npath = \"a.csv\"\nweight = 2\n");
  CHECK(config.spans.encoder.period_seconds == 2.0);
  CHECK(config.spans.credit == SpanCredit::kPeriod);
  CHECK_FALSE(config.trainer.objective.per_request);
  CHECK(*config.limit_factor == 1.4);
  CHECK(config.trainer.learner.gamma == 0.5);
  REQUIRE(config.logs.size() == 1);
  CHECK(config.logs[0].weight == 2.0);
}

TEST_CASE("an objective must be there, if only empty, and then means its defaults") {
  CHECK_THROWS_WITH_AS(read(kHead), doctest::Contains("objective: missing (a table, [objective])"),
                       ConfigError);
  const TrainConfig config = read(kHead + "[objective]\n");
  CHECK(config.spans.credit == SpanCredit::kWholeBatches);
  CHECK(config.trainer.objective.per_request);
  CHECK_FALSE(config.trainer.objective.constraint);
  const auto json = [](const auto& fields) {
    return fields_to_json<nlohmann::ordered_json>(fields);
  };
  CHECK(json(objective_of(TrainConfig{})) == json(TrainObjective{}));
  CHECK(json(objective_of(config)) == json(TrainObjective{}));
}

TEST_CASE("what says something of a constraint needs one") {
  for (const char* key :
       {"margin = 0.9", "tolerance = 1", "limit_range = [1, 2]", "constraint_rule = \"multiplier\"",
        "limit_factor = 2", "limit_share = 0.1"}) {
    CAPTURE(key);
    CHECK_THROWS_WITH_AS(read(kHead + "[objective]\n" + key + "\n"), doctest::Contains(":4:"),
                         ConfigError);
  }
}

TEST_CASE("validation is off unless a scenario is named") {
  CHECK_FALSE(read(kHead + "[objective]\n").validation.has_value());
  const TrainConfig config =
      read(kHead + "[objective]\n[validation]\nscenario = \"quickstart\"\npatience = 4\n");
  REQUIRE(config.validation.has_value());
  CHECK(config.validation->scenario == "quickstart");
  CHECK(config.validation->patience == 4U);
  CHECK(config.validation->every_steps == 250);
  CHECK_THROWS_WITH_AS(
      read(kHead + "[objective]\n[validation]\nscenario = \"quickstart\"\nevery_steps = 0\n"),
      doctest::Contains("validation.every_steps = 0: must be in [1, 1e+09]"), ConfigError);
}

TEST_CASE("an unknown key and a value out of range are refused with their place") {
  CHECK_THROWS_WITH_AS(read(kHead + "[objective]\netta = 1\n"), doctest::Contains(":4:1: "),
                       ConfigError);
  CHECK_THROWS_WITH_AS(read(kHead + "[objective]\n[learner]\ngamma = 1\n"),
                       doctest::Contains("learner.gamma = 1: must be in [0, 1)"), ConfigError);
  CHECK_THROWS_WITH_AS(read(kHead + "[objective]\nconstraint = \"latency\"\n"),
                       doctest::Contains("needs limit_seconds or limit_factor"), ConfigError);
}

TEST_CASE("keys are set over a training configuration's, and refused with their range") {
  setenv("FLYBALL_CONFIGS", FLYBALL_SOURCE_DIR "/configs", 1);
  const TrainConfig config = load_train_config(
      "bursts-agx-xavier", {"learner.gamma=0.5", "simulate[0].explore=0.1", "network.head=joint"});
  CHECK(config.trainer.learner.gamma == 0.5);
  CHECK(config.simulations.at(0).log.explore == 0.1);
  CHECK(config.trainer.head == Head::kJoint);
  CHECK(config.trainer.objective.reward.eta == 0.99);  // of the recipe
  CHECK(config.spans.encoder.period_seconds == 0.05);  // of the scenario
  CHECK(load_train_config("preferences", {"knobs=[\"gpu\"]", "period_seconds=4"})
            .trainer.learner.gamma == 0.0);  // of what it extends
  const auto refusal = [](const std::string& assignment) {
    return error_text([&] { load_train_config("quickstart", {assignment}); });
  };
  CHECK(refusal("learner.gamma=1") ==
        "--set learner.gamma=1: learner.gamma = 1: must be in [0, 1)");
  CHECK(refusal("learner.gama=1") ==
        "--set learner.gama=1: learner.gama: unknown key; did you mean \"gamma\"?");
  for (const char* bad : {"learner.gamma=inf", "learner.gamma=nan", "network.huber_delta=inf",
                          "simulate[0].hold_periods=-1", "learner.steps=-5", "learner.steps=0"}) {
    CAPTURE(bad);
    CHECK(refusal(bad).starts_with(std::string("--set ") + bad + ": "));
  }
}

TEST_CASE("a pattern leaves out empty files, as of a ring that has not come round") {
  const TemporaryDirectory directory;
  const std::string folder = directory.path();
  std::ofstream(folder + "/log.csv") << "a line";
  std::ofstream(folder + "/log-2.csv").flush();
  CHECK(matching_files(folder + "/log*.csv") == std::vector<std::string>{folder + "/log.csv"});
  CHECK(matching_files(folder + "/log-2.csv").size() == 1);  // named alone it is told as empty
  CHECK_THROWS_AS(matching_files(folder + "/*-2.csv"), DataError);
}

TEST_CASE("a pattern without a file is an error that names it") {
  CHECK_THROWS_WITH_AS(matching_files("/nowhere/*.csv"), "no file matches \"/nowhere/*.csv\"",
                       DataError);
}
