#include "env/fitting/replay_judgement.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

using namespace flyball;
using doctest::Approx;

namespace {

constexpr std::size_t kRows = 81;  // ten seconds to a block

// A reading a second, a request served in each; watts and latency by the block, from `figures`.
std::vector<LogSample> samples(const std::vector<double>& figures) {
  std::vector<LogSample> all(kRows);
  for (std::size_t i = 0; i < kRows; ++i) {
    const double figure = figures[(i == 0 ? 0 : i - 1) * figures.size() / (kRows - 1)];
    all[i].time_seconds = static_cast<double>(i);
    all[i].watts = figure;
    all[i].gpu_hz = 5e8;
    all[i].arrived = all[i].served = i;
    if (i > 0) all[i].latency_mean_seconds = all[i].latency_max_seconds = 0.1 * figure;
  }
  return all;
}

ReplayJudgement judgement(const std::vector<double>& replay) {
  return judge_replay(samples({5.0}), samples(replay));
}

}  // namespace

TEST_CASE("a replay that is off by the same everywhere is off by that, and surely") {
  const ReplayJudgement off = judgement({5.1});
  REQUIRE(off.energy);
  CHECK(off.energy->error == Approx(0.02));
  CHECK(off.energy->low == Approx(0.02).epsilon(0.01));
  CHECK(off.energy->high == Approx(0.02).epsilon(0.01));
  CHECK(off.gpu_hz->error == Approx(0.0));
  CHECK(off.verdict({}) == ReplayVerdict::kReplays);
  CHECK(judgement({5.5}).verdict({}) == ReplayVerdict::kDoesNot);
  CHECK(judgement({4.5}).verdict({}) == ReplayVerdict::kDoesNot);
}

TEST_CASE("where the blocks disagree nobody can tell, though the whole is right") {
  const ReplayJudgement torn = judgement({4.0, 6.0, 4.2, 5.8, 4.1, 5.9, 4.0, 6.0});
  CHECK(std::abs(torn.energy->error) < 0.02);
  CHECK(torn.energy->high - torn.energy->low > 0.2);
  CHECK(torn.verdict({}) == ReplayVerdict::kCannotTell);
  ReplayTolerances wide;
  wide.energy_share = 1.0;
  wide.latency_p95_share = 10.0;
  CHECK(torn.verdict(wide) == ReplayVerdict::kReplays);
}

TEST_CASE("what the log does not have cannot be told, but for the GPU's clock") {
  std::vector<LogSample> log = samples({5.0});
  for (LogSample& sample : log) sample.gpu_hz.reset();
  CHECK(judge_replay(log, samples({5.0})).verdict({}) == ReplayVerdict::kReplays);
  for (LogSample& sample : log) sample.watts.reset();
  const ReplayJudgement blind = judge_replay(log, samples({5.0}));
  CHECK_FALSE(blind.energy);
  CHECK_FALSE(blind.gpu_hz);
  CHECK(blind.verdict({}) == ReplayVerdict::kCannotTell);
}

TEST_CASE("a model that may answer too soon asks for tighter limits, one that is slow for none") {
  CHECK(judgement({4.5}).latency_margin() == Approx(0.9).epsilon(0.01));
  CHECK(judgement({5.5}).latency_margin() == 1.0);
  CHECK(judgement({1.0, 9.0, 1.0, 9.0}).latency_margin() >= 0.1);
  CHECK(ReplayJudgement{}.latency_margin() == 1.0);
}

TEST_CASE("every verdict has its words") {
  CHECK(std::string(to_string(ReplayVerdict::kReplays)) == "replays");
  CHECK(std::string(to_string(ReplayVerdict::kCannotTell)) == "cannot tell");
  CHECK(std::string(to_string(ReplayVerdict::kDoesNot)) == "does not replay");
}
