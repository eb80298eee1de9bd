#include "agent/training/training_seeds.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/agent/noisy_log.h"
#include "tests/support/error_text.h"
#include "tests/support/temporary_directory.h"

using namespace flyball;

namespace {

constexpr std::uint64_t kSteps = 100;  // two reports
constexpr std::uint64_t kFirstSeed = 30;

// One run per entry, of seeds from kFirstSeed on, each in a folder of its own. An entry is the
// saving that a scenario would measure; without entries `unmeasured` runs are judged by themselves.
struct Seeds {
  TemporaryDirectory folder;
  std::vector<TrainingRun> runs;

  explicit Seeds(const std::vector<double>& savings, std::size_t unmeasured = 0) {
    for (const double saving : savings)
      add([saving](const PolicyFile&) {
        return ValidationFigures{saving, 0.1, 1.0, saving > 0.0};
      });
    for (std::size_t i = 0; i < unmeasured; ++i) add({});
  }
  void add(MeasurePolicy measure) {
    const std::string name = std::to_string(runs.size());
    TrainConfig config;
    config.id = "noisy";
    config.text = "a text";
    config.spans.knobs = {"gpu"};
    config.spans.encoder = noisy_log::encoder();
    config.trainer.objective.per_request = true;
    config.trainer.steps = kSteps;
    config.trainer.seed = kFirstSeed + runs.size();
    if (measure) config.validation = ValidationConfig{"anything", kSteps, {}, 1, 1};
    RunOptions options;
    options.policy = folder.path() / (name + ".flyball");
    options.force = true;  // so short a training may be refused
    const TrainingHost host = {{}, [&](const ValidationConfig&) { return PolicyJudge{measure}; }};
    runs.push_back(TrainingRun::start(std::move(config), noisy_log::make(300), options,
                                      folder.path() / (name + ".run"), host));
  }
  std::string bytes_of_policy(std::size_t run) const {
    std::ifstream stream(runs[run].options().policy, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
};

bool go_on(std::uint64_t) { return true; }

}  // namespace

TEST_CASE("every run is trained to its end, and how many steps are done is told in all") {
  Seeds seeds({0.1, 0.2, 0.3});
  std::vector<std::uint64_t> told;
  train_seeds(seeds.runs, 2, [&](std::uint64_t steps) {
    told.push_back(steps);
    return true;
  });
  for (const TrainingRun& run : seeds.runs) CHECK(run.is_done());
  CHECK(told.size() == 6);
  CHECK(std::is_sorted(told.begin(), told.end()));
  CHECK(told.back() == 3 * kSteps);
}

TEST_CASE("the policies are the same whatever the number of threads, and others for other seeds") {
  std::vector<std::string> alone;
  for (const unsigned threads : {1U, 3U}) {
    Seeds seeds({0.1, 0.1, 0.1});
    train_seeds(seeds.runs, threads, go_on);
    summarise_seeds(seeds.runs);
    for (std::size_t i = 0; i < 3; ++i) {
      const std::string bytes = seeds.bytes_of_policy(i);
      REQUIRE_FALSE(bytes.empty());
      if (threads == 1) alone.push_back(bytes);
      CHECK(bytes == alone[i]);
    }
  }
  CHECK(alone[0] != alone[1]);
}

TEST_CASE("a run that is stopped leaves its checkpoint, and no policy") {
  Seeds seeds({0.1, 0.2});
  train_seeds(seeds.runs, 1, [](std::uint64_t) { return false; });
  for (const TrainingRun& run : seeds.runs) {
    CHECK_FALSE(run.is_done());
    CHECK(run.steps() == kSteps / 2);
    CHECK(std::filesystem::exists(run.directory() / kCheckpoint));
    CHECK_FALSE(std::filesystem::exists(run.options().policy));
  }
}

TEST_CASE("a run that fails stops the others, and what it threw is thrown on") {
  Seeds seeds({0.1});
  seeds.add([](const PolicyFile&) -> ValidationFigures { throw std::runtime_error("no board"); });
  seeds.add([](const PolicyFile&) { return ValidationFigures{0.2, 0.1, 1.0, true}; });
  CHECK(error_text([&] { train_seeds(seeds.runs, 1, go_on); }) == "no board");
  CHECK(seeds.runs[0].is_done());
  CHECK(seeds.runs[2].steps() < kSteps);
}

TEST_CASE("seeds are summed up by the middle, the spread and the ends of what they save") {
  Seeds seeds({0.30, 0.10, 0.20, 0.50});
  train_seeds(seeds.runs, 2, go_on);
  const nlohmann::ordered_json json = summarise_seeds(seeds.runs);
  CHECK(json["measured"] == true);
  CHECK(json["unfinished"].empty());
  REQUIRE(json["seeds"].size() == 4);
  CHECK(json["seeds"][1]["seed"] == kFirstSeed + 1);
  CHECK(json["seeds"][1]["saving"] == 0.10);
  CHECK(json["seeds"][1]["steps"] == kSteps);
  CHECK(json["seeds"][1]["feasible"] == true);
  CHECK(json["seeds"][1]["stopped_early"] == false);
  CHECK(json["seeds"][1]["policy"] == seeds.runs[1].options().policy.string());
  CHECK(json["saving"]["median"] == doctest::Approx(0.25));
  CHECK(json["saving"]["interquartile_range"] == doctest::Approx(0.35 - 0.175));
  CHECK(json["saving"]["worst"] == 0.10);
  CHECK(json["saving"]["best"] == 0.50);
  CHECK(json["median_seed"] == kFirstSeed + 2);  // of two in the middle the one that saves less
}

TEST_CASE("of equal savings the first seed is in the middle, and one alone is all of it") {
  Seeds equal({0.2, 0.2, 0.2});
  train_seeds(equal.runs, 2, go_on);
  CHECK(summarise_seeds(equal.runs)["median_seed"] == kFirstSeed + 1);
  Seeds one({-0.1});
  train_seeds(one.runs, 1, go_on);
  const nlohmann::ordered_json json = summarise_seeds(one.runs);
  CHECK(json["median_seed"] == kFirstSeed);
  CHECK(json["saving"]["interquartile_range"] == 0.0);
  CHECK(json["seeds"][0]["feasible"] == false);
}

TEST_CASE("seeds that are not done are named, and count for nothing") {
  Seeds seeds({0.1, 0.2, 0.9});
  std::atomic<int> reports = 0;
  train_seeds(seeds.runs, 1, [&](std::uint64_t) { return ++reports < 5; });
  const nlohmann::ordered_json json = summarise_seeds(seeds.runs);
  CHECK(json["unfinished"] == nlohmann::ordered_json({kFirstSeed + 2}));
  CHECK(json["seeds"].size() == 2);
  CHECK(json["saving"]["best"] == 0.2);
}

TEST_CASE("where nothing is measured the networks' own estimate is what is summed up") {
  Seeds seeds({}, 2);
  train_seeds(seeds.runs, 2, go_on);
  const nlohmann::ordered_json json = summarise_seeds(seeds.runs);
  CHECK(json["measured"] == false);
  REQUIRE(json["seeds"].size() == 2);
  CHECK_FALSE(json["seeds"][0].contains("feasible"));
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(json["seeds"][i]["saving"] == seeds.runs[i].predicted_saving());
  }
}
