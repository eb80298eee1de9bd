#include "tools/training/automatic_recipe.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "controllers/evaluation/simulated_log.h"
#include "env/errors.h"
#include "env/logs/row_collector.h"
#include "tests/support/temporary_directory.h"
#include "tools/config/scenario.h"
#include "tools/config/train_config.h"

using namespace flyball;

namespace {

LogFacts saturated_facts() {
  LogFacts facts;
  facts.knobs = {"cpu", "gpu"};
  facts.held = {"emc"};
  facts.row_seconds = 0.1;
  facts.decision_seconds = 4.0;
  facts.batch_seconds = 0.7;
  return facts;
}

LogFacts timed_facts() {
  LogFacts facts = saturated_facts();
  facts.row_seconds = 0.05;
  facts.decision_seconds = 0.05;
  facts.deadline_seconds = 0.1;
  facts.queue_spread = 16.0;
  return facts;
}

TrainConfig read_back(const AutomaticRecipe& recipe) {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "r.toml";
  std::ofstream(file) << text_of(recipe);
  return load_train_config(file.string());
}

bool says(const AutomaticRecipe& recipe, const std::string& part) {
  for (const std::string& reason : recipe.reasons) {
    if (reason.find(part) != std::string::npos) return true;
  }
  return false;
}

std::string refusal(const LogFacts& facts, const RecipeWish& wish) {
  try {
    recipe_for(facts, wish, {});
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}

// A row every second in which the GPU, the queue and the deadline are what is asked for.
NamedTelemetry log_of(double other_hz, std::uint64_t other_queue, std::optional<double> deadline) {
  NamedTelemetry named;
  named.name = "a.csv";
  PlantDescription& plant = named.log.header.plant;
  plant.knobs = {{"gpu", {1e8, 2e8}, {0}}};
  plant.limits = {{0, 1}};
  for (std::size_t i = 0; i < 40; ++i) {
    TelemetryRow& row = named.log.rows.emplace_back();
    row.telemetry.time_seconds = static_cast<double>(i);
    row.period_seconds = 1.0;
    row.decided = i % 2 == 0;
    row.telemetry.domains.refill(0.0).resize(1);
    row.telemetry.domains.refill(0.0)[0].effective_hz = i % 3 == 0 ? 1e8 : other_hz;
    ApplicationTelemetry& application = row.telemetry.application.refill(0.0);
    application.queue_length = i % 3 == 0 ? 8 : other_queue;
    application.batches = 2 * i;
    application.deadline_seconds = deadline;
  }
  return named;
}

// Ten minutes; `scenario`: what its header names instead of the simulated one.
void write_quickstart_log(const std::string& file, const std::string& scenario = "") {
  SimulatedLogConfig wanted;
  wanted.duration_seconds = 600.0;
  const SimulatedLog log(load_scenario("quickstart"), wanted);
  RowCollector rows;
  log.run(rows, [](double) { return true; });
  TelemetryLogHeader header = log.header();
  if (!scenario.empty()) header.scenario = scenario;
  write_telemetry_log(file, {header, rows.rows});
}

}  // namespace

TEST_CASE("a saturated job is learned by least squares on the logs' own period") {
  RecipeWish wish;
  wish.latency_seconds = 0.9;
  const AutomaticRecipe recipe = recipe_for(saturated_facts(), wish, {});
  const TrainConfig config = read_back(recipe);
  CHECK(config.trainer.kind == LearnerKind::kLeastSquares);
  CHECK(config.spans.knobs == std::vector<std::string>{"cpu", "gpu"});
  CHECK(config.spans.encoder.period_seconds == 4.0);
  CHECK(config.trainer.objective.per_request);
  CHECK(config.trainer.objective.constraint->limit == 0.9);
  CHECK_FALSE(config.validation);
  for (const char* part : {"load: saturated", "emc: left to the residents", "least squares",
                           "validation: none", "as asked"}) {
    CAPTURE(part);
    CHECK(says(recipe, part));
  }
  CHECK(read_back(recipe_for(saturated_facts(), {}, {})).limit_factor == 1.4);
}

TEST_CASE("timed arrivals are learned by the DQN, with a price that validation finds") {
  RecipeWish wish;
  wish.in_time_share = 0.99;
  wish.deadline_seconds = 0.1;
  wish.scenario = "bursts-agx-xavier";
  const AutomaticRecipe recipe = recipe_for(timed_facts(), wish, {2, 1});
  const TrainConfig config = read_back(recipe);
  CHECK(config.trainer.kind == LearnerKind::kDqn);
  CHECK(config.trainer.learner.gamma == 0.9);
  CHECK(config.spans.encoder.period_seconds == 0.05);
  CHECK(config.spans.encoder.with_slack);
  CHECK(config.spans.encoder.slack_scale_seconds == 0.1);
  CHECK(config.validation->price_step.has_value());
  CHECK(config.validation->in_time_share == 0.99);
  CHECK(config.trainer.degree == 2);
  CHECK(config.trainer.support.radius == 1);
  CHECK(config.validation->scenario == "bursts-agx-xavier");
}

TEST_CASE("without a scenario to measure on the price of a miss is careful and stays") {
  RecipeWish wish;
  wish.in_time_share = 0.98;
  const AutomaticRecipe recipe = recipe_for(timed_facts(), wish, {});
  const TrainConfig config = read_back(recipe);
  CHECK(config.trainer.objective.reward.miss_penalty == doctest::Approx(1.0));
  CHECK_FALSE(config.validation);
  CHECK(says(recipe, "not found by trying"));
}

TEST_CASE("timed arrivals without a deadline are held to the latency that is asked for") {
  LogFacts facts = timed_facts();
  facts.deadline_seconds.reset();
  RecipeWish wish;
  wish.latency_seconds = 0.3;
  const TrainConfig config = read_back(recipe_for(facts, wish, {}));
  CHECK(config.trainer.objective.constraint->limit == 0.3);
  CHECK(config.trainer.objective.reward.miss_penalty == 0.0);
  CHECK_FALSE(config.spans.encoder.with_slack);
  CHECK(config.spans.encoder.period_seconds == 0.05);
}

TEST_CASE("settings of a log that were ceilings make a policy of caps") {
  LogFacts facts = timed_facts();
  facts.caps = {"gpu"};
  const AutomaticRecipe recipe = recipe_for(facts, {}, {});
  CHECK(read_back(recipe).spans.caps == std::vector<std::string>{"gpu"});
  CHECK(says(recipe, "caps: gpu"));
}

TEST_CASE("a period that the load does not allow is not taken over from the log") {
  LogFacts facts = timed_facts();
  facts.decision_seconds = 1.0;  // longer than a request may take
  CHECK(read_back(recipe_for(facts, {}, {})).spans.encoder.period_seconds == 0.05);
  facts = saturated_facts();
  facts.decision_seconds = 0.1;  // shorter than a batch
  CHECK(read_back(recipe_for(facts, {}, {})).spans.encoder.period_seconds == doctest::Approx(2.8));
  facts.decision_seconds.reset();
  CHECK(read_back(recipe_for(facts, {}, {})).spans.encoder.period_seconds == doctest::Approx(2.8));
}

TEST_CASE("a wish that does not fit the load is refused with what fits") {
  RecipeWish in_time;
  in_time.in_time_share = 0.99;
  CHECK(refusal(saturated_facts(), in_time).find("give --limit-latency S") != std::string::npos);
  CHECK(refusal(timed_facts(), in_time) == "accepted");
  RecipeWish other = in_time;
  other.deadline_seconds = 0.2;
  CHECK(refusal(timed_facts(), other) ==
        "--deadline 0.2: the logs count misses against 0.1 s: give that, or record with the other "
        "deadline");
  LogFacts without = timed_facts();
  without.deadline_seconds.reset();
  CHECK(refusal(without, {}) ==
        "the logs show timed arrivals without deadlines: give --limit-latency S");
  CHECK(refusal(without, in_time).find("have no deadlines") != std::string::npos);
}

TEST_CASE("a log tells which knobs were turned, how often, and whether its load is saturated") {
  const LogFacts saturated = facts_of({log_of(2e8, 8, std::nullopt)});
  CHECK(saturated.is_saturated());
  CHECK(saturated.knobs == std::vector<std::string>{"gpu"});
  CHECK(saturated.row_seconds == 1.0);
  CHECK(*saturated.decision_seconds == 2.0);
  CHECK(saturated.batch_seconds == doctest::Approx(0.5));
  CHECK_FALSE(facts_of({log_of(2e8, 0, std::nullopt)}).is_saturated());
  const LogFacts timed = facts_of({log_of(2e8, 8, 0.25)});
  CHECK_FALSE(timed.is_saturated());
  CHECK(*timed.deadline_seconds == 0.25);
  CHECK_THROWS_AS(facts_of({log_of(1e8, 8, std::nullopt)}), DataError);
  NamedTelemetry silent = log_of(2e8, 8, std::nullopt);
  for (TelemetryRow& row : silent.log.rows) row.telemetry.application.clear();
  CHECK_THROWS_AS(facts_of({silent}), DataError);
}

TEST_CASE("a log's settings are caps where they leave the resident room, and pins otherwise") {
  NamedTelemetry named = log_of(2e8, 8, 0.25);
  named.log.header.leased_knobs = {"gpu"};
  PlantDescription& plant = named.log.header.plant;
  plant.knobs[0].levels = {1e8, 2e8, 3e8};
  plant.limits = {{0, 2}};
  const auto with = [&](LevelRange range) {
    for (TelemetryRow& row : named.log.rows) {
      row.setting.emplace().resize(1);
      (*row.setting)[0] = range;
    }
    return facts_of({named}).caps;
  };
  CHECK(with({0, 1}) == std::vector<std::string>{"gpu"});
  CHECK(with({1, 1}).empty());
  CHECK(with({0, 2}).empty());  // the full range is nobody's setting
}

TEST_CASE("a recipe made of a simulated log is measured on its scenario, and is the same twice") {
  setenv("FLYBALL_CONFIGS", FLYBALL_SOURCE_DIR "/configs", 1);
  const TemporaryDirectory directory;
  const std::string file = directory.path() / "log.csv";
  write_quickstart_log(file);
  const auto recipe = directory.path() / "p.toml";
  const std::vector<std::string> reasons = write_automatic_recipe({file}, {}, 1, recipe);
  CHECK(reasons.size() > 7);
  const TrainConfig config = load_train_config(recipe.string());
  CHECK(config.trainer.kind == LearnerKind::kLeastSquares);
  CHECK(config.spans.encoder.period_seconds == doctest::Approx(4.0));
  CHECK(config.validation->scenario == "quickstart");
  const auto again = directory.path() / "q.toml";
  write_automatic_recipe({file}, {}, 1, again);
  CHECK(load_train_config(again.string()).text == config.text);
}

TEST_CASE("what is measured on is the very scenario that the log names: its file, its set keys") {
  setenv("FLYBALL_CONFIGS", FLYBALL_SOURCE_DIR "/configs", 1);
  const TemporaryDirectory directory;
  const std::string log = directory.path() / "log.csv";
  const auto judge_of = [&](const std::string& named) {
    write_quickstart_log(log, "simulated " + named);
    const auto recipe = directory.path() / "p.toml";
    write_automatic_recipe({log}, {}, 1, recipe);
    const auto validation = load_train_config(recipe.string()).validation;
    return validation ? validation->scenario : std::string("none");
  };
  CHECK(judge_of("my-own") == "none");  // of an earlier version: no path
  const std::string changed = "quickstart --set title=\"a \\\\ b\" --set arrivals.requests=640";
  CHECK(judge_of(changed) == changed);
  const std::string own = directory.path() / "quickstart.toml";  // not the shipped one
  CHECK(judge_of(own) == "none");
  std::filesystem::copy_file(FLYBALL_SOURCE_DIR "/configs/scenarios/quickstart.toml", own);
  CHECK(judge_of(own) == own);
}

TEST_CASE("a scenario with another deadline than the logs' is measured on with theirs") {
  RecipeWish wish;
  wish.in_time_share = 0.99;
  LogFacts facts = timed_facts();
  facts.scenario = "bursts-agx-xavier";  // 0.1 s
  facts.has_one_deadline = true;
  const auto judge_of = [&] { return read_back(recipe_for(facts, wish, {})).validation->scenario; };
  CHECK(judge_of() == "bursts-agx-xavier");
  facts.deadline_seconds = 0.07;
  CHECK(judge_of() == "bursts-agx-xavier --set arrivals.deadline_seconds=0.07");
  facts.has_one_deadline = false;  // drawn per segment of the log
  CHECK(judge_of() == "bursts-agx-xavier");
}

TEST_CASE("logs that name no scenario make a recipe without a validation") {
  setenv("FLYBALL_CONFIGS", FLYBALL_SOURCE_DIR "/configs", 1);
  const TemporaryDirectory directory;
  const std::string file = directory.path() / "log.csv";
  write_quickstart_log(file, "flyballd");
  const auto recipe = directory.path() / "p.toml";
  CHECK_NOTHROW(write_automatic_recipe({file}, {}, 1, recipe));
  CHECK_FALSE(load_train_config(recipe.string()).validation);
}

TEST_CASE("a log that can be read only once is refused where it would be read twice") {
  CHECK_THROWS_WITH_AS(read_logs({"/dev/null"}), doctest::Contains("is read once"), DataError);
}
