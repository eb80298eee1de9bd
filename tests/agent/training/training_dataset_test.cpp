#include "agent/training/training_dataset.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <algorithm>

#include "agent/training/training_data.h"
#include "env/errors.h"
#include "replay/hdf5/hdf5_file.h"
#include "tests/support/temporary_directory.h"
#include "tools/config/train_config.h"
#include "tools/exit_codes.h"
#include "tools/training/data_options.h"
#include "tools/training/training_sources.h"

using namespace flyball;

namespace {

TrainConfig short_quickstart() {
  setenv("FLYBALL_CONFIGS", FLYBALL_SOURCE_DIR "/configs", 1);
  TrainConfig config = load_train_config("quickstart");
  config.simulations.front().log.duration_seconds = 300.0;
  return config;
}

TrainingSet load(const TrainConfig& config) {
  return load_training_set(config, 5, [](const std::string&, double) { return true; });
}

// What append_dataset() says of a file written with `theirs` where `ours` is wanted.
std::string refusal(const TrainConfig& theirs, const TrainConfig& ours) {
  const TemporaryDirectory directory;
  const std::string path = directory.path() / "d.hdf5";
  const TrainingSet set = load(theirs);
  write_dataset(path, dataset_info(set, theirs), set.transitions);
  TrainingSet read;
  read.period_seconds = ours.spans.encoder.period_seconds;
  try {
    append_dataset(read, path, ours, {path, 1.0, std::nullopt}, {});
  } catch (const DataError& error) {
    return std::string(error.what()).substr(path.size() + 2);
  }
  return "";
}

void write_rewards(const std::string& path, std::int64_t action) {
  Hdf5Group root = Hdf5Group::create_file(path);
  Hdf5Group episode = root.create_group("episode_0");
  episode.write<float>("observations", std::vector<float>(15, 0.25F), {3, 5});
  episode.write<std::int64_t>("actions", std::vector<std::int64_t>{action, 7}, {2});
  episode.write<double>("rewards", std::vector<double>{-2.0, -4.0}, {2});
  episode.write<Hdf5Bool>("terminations", std::vector<Hdf5Bool>(2, Hdf5Bool::kFalse), {2});
  episode.write<Hdf5Bool>("truncations", std::vector<Hdf5Bool>{Hdf5Bool::kFalse, Hdf5Bool::kTrue},
                          {2});
}

}  // namespace

TEST_CASE("a training set comes back from the disk as it was") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "d.hdf5";
  const TrainConfig config = short_quickstart();
  const TrainingSet set = load(config);
  write_dataset(path, dataset_info(set, config), set.transitions);
  const TrainingSet read = training_set(read_dataset(path));
  REQUIRE(read.transitions.size() == set.transitions.size());
  for (std::size_t i = 0; i < set.transitions.size(); ++i) {
    CHECK(read.transitions[i].observation == set.transitions[i].observation);
    CHECK(read.transitions[i].action == set.transitions[i].action);
    CHECK(read.transitions[i].after_effect.energy_joules ==
          set.transitions[i].after_effect.energy_joules);
  }
  CHECK(read.board == set.board);
  CHECK(read.limits == set.limits);
  CHECK(read.logs == set.logs);
  CHECK(read.scenario == set.scenario);
  CHECK(read.period_seconds == set.period_seconds);
  CHECK(read.residents.energy_joules == set.residents.energy_joules);
  CHECK(read.counts.random == set.counts.random);
  CHECK(read.simulated);
}

TEST_CASE("a log and simulated data are mixed by weight, residents too") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() / "d.hdf5";
  TrainConfig config = short_quickstart();
  const TrainingSet log = load(config);
  write_dataset(path, dataset_info(log, config), log.transitions);
  config.validation.emplace().scenario = config.simulations.front().scenario;
  choose_data(config, {{}, {path}, 0.25});
  CHECK(config.simulations.size() == 1);
  CHECK(config.validation);
  const TrainingSet mixed = load(config);
  REQUIRE(mixed.transitions.size() == 2 * log.transitions.size());
  CHECK(mixed.transitions.front().weight == 1.0);
  CHECK(mixed.transitions.back().weight == 0.25);
  CHECK(mixed.residents.served == doctest::Approx(1.25 * log.residents.served));
  choose_data(config, {{}, {path}, std::nullopt});
  CHECK(config.simulations.empty());
  CHECK_FALSE(config.validation);  // it was of what is not simulated any more
  CHECK(load(config).transitions.size() == log.transitions.size());
  CHECK_THROWS_AS(choose_data(config, {{}, {}, 0.25}), UsageError);
  choose_data(config, {{}, {}, std::nullopt, {"batch-orin-nx"}});
  CHECK(config.datasets.empty());
  REQUIRE(config.simulations.size() == 1);
  CHECK(config.simulations.front().scenario == "batch-orin-nx");
  CHECK(config.simulations.front().log.duration_seconds == 7200.0);
}

TEST_CASE("a dataset made otherwise is refused with what differs") {
  const TrainConfig config = short_quickstart();
  CHECK(refusal(config, config).empty());
  TrainConfig other = config;
  other.spans.knobs = {"gpu"};
  CHECK(refusal(config, other) == "its actions turn cpu, gpu, the configuration's gpu");
  other = config;
  other.spans.encoder.period_seconds = 2.0;
  CHECK(refusal(config, other) == "made with period_seconds = 4, the configuration has 2");
  other = config;
  other.spans.credit = SpanCredit::kPeriod;
  CHECK(refusal(config, other) ==
        "made with objective.credit = \"whole_batches\", the configuration has \"period\"");
  other = config;
  other.spans.encoder.with_queue = true;
  CHECK(refusal(config, other) == "made with observation.with_queue = 0, the configuration has 1");
}

TEST_CASE("another program's rewards become costs of the board's settings") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() / "d.hdf5";
  TrainConfig config = short_quickstart();
  config.spans.encoder.with_previous_action = true;
  config.spans.encoder.with_vector_to_go = true;
  config.simulations.clear();
  config.datasets = {{path, 1.0, "nano-4gb"}};
  config.trainer.objective.constraint.reset();
  config.limit_factor.reset();
  write_rewards(path, 3);
  SUBCASE("they are") {
    const TrainingSet set = load(config);
    CHECK(set.rewards_only);
    REQUIRE(set.transitions.size() == 2);
    CHECK(set.transitions[0].seconds == 4.0);
    TrainConfig resolved = config;
    resolve_objective(resolved, set);
    CHECK(cost_of(resolved.trainer.objective, set.transitions[1].after_effect) == 4.0);
  }
  SUBCASE("unless nobody says which board it is") {
    config.datasets.front().board.reset();
    CHECK_THROWS_WITH_AS(load(config), doctest::Contains("name the board"), DataError);
  }
  SUBCASE("unless a latency is to be kept") {
    config.trainer.objective.constraint = ConstraintLimit{};
    CHECK_THROWS_WITH_AS(load(config), doctest::Contains("no latency"), DataError);
  }
  SUBCASE("unless the actions are more than the knobs have") {
    write_rewards(path, 180);
    CHECK_THROWS_WITH_AS(load(config), doctest::Contains("180 joint actions"), DataError);
  }
  SUBCASE("unless the observation is another one") {
    config.spans.encoder.with_queue = true;
    CHECK_THROWS_WITH_AS(load(config), doctest::Contains("observations of 5 values"), DataError);
  }
}
