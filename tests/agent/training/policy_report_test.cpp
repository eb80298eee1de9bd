#include "agent/training/policy_report.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "controllers/evaluation/simulated_log.h"
#include "env/errors.h"
#include "env/logs/row_collector.h"
#include "tests/agent/noisy_log.h"
#include "tests/support/error_text.h"
#include "tests/support/temporary_directory.h"
#include "tools/config/scenario.h"

using namespace flyball;

namespace {

// Always chooses `action`, whatever it observes.
PolicyFile constant_policy(const std::string& board, const std::vector<Knob>& knobs,
                           const EncoderConfig& encoder, std::size_t action) {
  PolicyFile file;
  file.metadata.board = board;
  std::size_t actions = 1;
  for (const Knob& knob : knobs) {
    file.metadata.knobs.push_back({knob.name, knob.levels, false});
    actions *= knob.levels.size();
  }
  file.metadata.encoder = encoder;
  file.metadata.support.assign(actions, 1);
  const std::size_t inputs = observation_names(file.metadata).size();
  file.tensors["cost.0.weight"] = {{actions, inputs}, std::vector<float>(actions * inputs, 0.0F)};
  file.tensors["cost.0.bias"] = {{actions}, std::vector<float>(actions, 1.0F)};
  file.tensors["cost.0.bias"].values[action] = 0.0F;
  return file;
}

PolicyFile level_policy(std::size_t level) {
  return constant_policy("test", noisy_log::make(1).knobs, noisy_log::encoder(), level);
}

PolicyCheck sample_check() {
  PolicyCheck check;
  check.support.choices = 200;
  check.support.seen_share = 0.975;
  check.support.neighbour_share = 1.0;
  check.support.least_neighbours = 3;
  check.support.median_neighbours = 17.5;
  const RequestFigures figures = {{0.21, {0.2, 0.22}}, {0.125, {0.1, 0.15}}, {0.01, {0.0, 0.02}}};
  check.residents = check.fitted = figures;
  check.importance.windows = 100;
  check.importance.effective_samples = 12.34;
  return check;
}

// A log of some minutes of the quickstart's board.
struct LoggedBoard {
  TemporaryDirectory folder;
  TelemetryLogHeader header;

  LoggedBoard() {
    SimulatedLogConfig config;
    config.duration_seconds = 600.0;
    const SimulatedLog log(load_scenario("quickstart"), config);
    RowCollector collector;
    log.run(collector, [](double) { return true; });
    header = log.header();
    write_telemetry_log((folder.path() / "a.csv").string(), {header, collector.rows});
  }
  PolicyFile policy() const {
    EncoderConfig encoder;
    encoder.period_seconds = 4.0;
    encoder.with_effective = encoder.with_utilization = false;
    std::vector<Knob> knobs;
    for (const char* name : {"cpu", "gpu"}) {
      knobs.push_back(header.plant.knobs[find_knob(header.plant.knobs, name)]);
    }
    return constant_policy(header.plant.board, knobs, encoder, 0);
  }
  PolicyCheck check(const PolicyFile& file, const std::string& pattern) const {
    return check_on_logs(file, {(folder.path() / pattern).string()}, SpanCredit::kWholeBatches,
                         [](const std::string&) {});
  }
};

}  // namespace

TEST_CASE("a policy on transitions costs what its choices cost in them") {
  const TrainingSet set = noisy_log::make(2000);
  for (const std::size_t level : {1UL, 4UL}) {
    CAPTURE(level);
    const PolicyCheck check = check_on_set(level_policy(level), set, SpanCredit::kWholeBatches);
    CHECK(check.support.choices == set.transitions.size());
    CHECK(check.support.seen_share == 1.0);
    CHECK(check.fitted.energy_joules.value ==
          doctest::Approx(noisy_log::energy(level)).epsilon(0.03));
    CHECK(check.fitted.latency_seconds.value ==
          doctest::Approx(noisy_log::latency(level)).epsilon(0.03));
    CHECK(check.fitted.energy_joules.interval.low <= check.fitted.energy_joules.value);
    CHECK(check.fitted.energy_joules.interval.high >= check.fitted.energy_joules.value);
    CHECK(check.residents.latency_seconds.value ==
          doctest::Approx(noisy_log::latency(noisy_log::kLevels - 1)));
  }
}

TEST_CASE("costs that are counted by time are looked at beyond the next decision") {
  const TrainingSet set = noisy_log::make(500);
  const PolicyFile policy = level_policy(2);
  const double at_once =
      check_on_set(policy, set, SpanCredit::kWholeBatches).fitted.energy_joules.value;
  const double to_the_end =
      check_on_set(policy, set, SpanCredit::kPeriod).fitted.energy_joules.value;
  CHECK(to_the_end != at_once);
  CHECK(to_the_end == doctest::Approx(at_once).epsilon(0.1));
}

TEST_CASE("choices that the logs never took are not seen, though a neighbour may be") {
  TrainingSet set = noisy_log::make(500);
  std::erase_if(set.transitions, [](const Transition& t) { return t.action == 3; });
  const PolicyCheck check = check_on_set(level_policy(3), set, SpanCredit::kWholeBatches);
  CHECK(check.support.seen_share == 0.0);
  CHECK(check.support.neighbour_share == 1.0);
}

TEST_CASE("a policy is held against the logs that a pattern names") {
  const LoggedBoard board;
  const PolicyCheck check = board.check(board.policy(), "*.csv");
  CHECK(check.support.choices > 20);
  CHECK(check.residents.energy_joules.value > 0.0);
  CHECK(check.support.choices == board.check(board.policy(), "a.csv").support.choices);
}

TEST_CASE("logs of another board, or none at all, are no measure of a policy") {
  const LoggedBoard board;
  PolicyFile other = board.policy();
  other.metadata.board = "tx2";
  CHECK_THROWS_AS(board.check(other, "a.csv"), DataError);
  CHECK(error_text([&] { board.check(other, "a.csv"); }) ==
        "the logs are of board nano-4gb, the policy is for tx2");
  CHECK_THROWS_AS(board.check(board.policy(), "none*.csv"), DataError);
}

TEST_CASE("programs get every figure with its interval, and what importance sampling lacked") {
  const nlohmann::ordered_json json = to_json(sample_check());
  CHECK(json["support"]["choices"] == 200);
  CHECK(json["support"]["seen_share"] == 0.975);
  CHECK(json["support"]["least_neighbours"] == 3);
  CHECK(json["residents"]["energy_per_request_joules"] ==
        nlohmann::ordered_json({{"value", 0.21}, {"low", 0.2}, {"high", 0.22}}));
  CHECK(json["fitted_q"]["latency_seconds"]["high"] == 0.15);
  CHECK(json["fitted_q"]["missed_share"]["low"] == 0.0);
  CHECK(json["importance_sampling"]["windows"] == 100);
  CHECK(json["importance_sampling"]["least_effective_samples"] == kLeastEffectiveSamples);
  CHECK_FALSE(json["importance_sampling"].contains("figures"));
}

TEST_CASE("people get a few lines, each led by its word") {
  CHECK(text_of_check(to_json(sample_check())) ==
        "choices   97.5 % were seen in the logs, 100.0 % they or a neighbour; the rarest one's\n"
        "          neighbourhood 3 times, the median's 17.5 times\n"
        "residents 0.21 (0.2 .. 0.22) J per request, latency 0.125 (0.1 .. 0.15) s, missed 0.01 "
        "(0 .. 0.02)\n"
        "fitted Q  0.21 (0.2 .. 0.22) J per request, latency 0.125 (0.1 .. 0.15) s, missed 0.01 "
        "(0 .. 0.02)\n"
        "          importance sampling refused: 12.3 effective samples of 100 windows, 30 "
        "needed\n");
}

TEST_CASE("importance sampling that has samples enough is told like the rest") {
  PolicyCheck check = sample_check();
  check.importance.effective_samples = 45.6;
  check.importance.figures = check.fitted;
  const nlohmann::ordered_json json = to_json(check);
  CHECK(json["importance_sampling"]["figures"]["missed_share"]["value"] == 0.01);
  CHECK(text_of_check(json).ends_with(
      "weighted  0.21 (0.2 .. 0.22) J per request, latency 0.125 (0.1 .. 0.15) s, missed 0.01 (0 "
      ".. 0.02) (46 effective samples)\n"));
}
