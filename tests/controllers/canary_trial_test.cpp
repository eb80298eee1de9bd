#include "controllers/canary_trial.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>

using namespace flyball;

namespace {

CanarySlice slice_of(double watts, double served, double missed = 0.0, double latency = 0.1) {
  CanarySlice slice;
  slice.cost = {16.0, 16.0 * watts, served * latency, served, missed};
  slice.cpu_load = 4.0;
  slice.gpu_load = 8.0;
  return slice;
}

CanarySlice without_requests(double watts, double gpu_load = 8.0) {
  CanarySlice slice = slice_of(watts, 0.0);
  slice.has_requests = false;
  slice.gpu_load = gpu_load;
  return slice;
}

// Pairs as a board gives them: the load drifts from slice to slice, the order is random.
class Bench {
 public:
  explicit Bench(std::uint64_t seed) : random_(seed) {}

  // What the policy saves of the energy per request, and the share of requests that it misses.
  CanaryTrial run(double saving, double misses, double noise = 0.05, CanaryConfig config = {}) {
    CanaryTrial trial(config);
    while (trial.verdict() == CanaryVerdict::kUndecided) add(trial, saving, misses, noise);
    return trial;
  }
  void add(CanaryTrial& trial, double saving, double misses, double noise = 0.05) {
    const bool stock_first = coin_(random_);
    const double first = load();
    const double second = load();
    trial.add(slice(stock_first ? first : second, 0.0, 0.0, noise),
              slice(stock_first ? second : first, saving, misses, noise));
  }

 private:
  double load() { return load_ = std::clamp(load_ * std::exp(0.1 * unit_(random_)), 5.0, 50.0); }
  CanarySlice slice(double per_second, double saving, double misses, double noise) {
    std::poisson_distribution<int> count(16.0 * per_second);
    const double served = count(random_);
    std::binomial_distribution<int> missed(static_cast<int>(served), misses);
    const double joules = (48.0 + served * 0.5) * (1.0 - saving) * std::exp(noise * unit_(random_));
    return slice_of(joules / 16.0, served, missed(random_));
  }

  std::mt19937_64 random_;
  std::normal_distribution<double> unit_;
  std::bernoulli_distribution coin_;
  double load_ = 20.0;
};

}  // namespace

TEST_CASE("a pair compares the energy per request, and what was missed with what is tolerated") {
  CanaryConfig config;
  config.miss_tolerance = 0.02;
  auto pair = compare(slice_of(10.0, 100.0, 1.0), slice_of(8.0, 50.0, 2.0), config);
  REQUIRE(pair);
  CHECK(pair->energy == doctest::Approx(std::log(1.6)));
  CHECK(pair->harm == doctest::Approx((0.04 - 0.01) / 0.02));
  config.latency_limit_seconds = 0.1;
  pair = compare(slice_of(10.0, 100.0), slice_of(8.0, 100.0, 0.0, 0.12), config);
  CHECK(pair->harm == doctest::Approx(0.2 / 0.05));
  // Nobody came: what the idle board draws.
  pair = compare(slice_of(10.0, 2.0), slice_of(8.0, 4.0), config);
  CHECK(pair->energy == doctest::Approx(std::log(0.8)));
  // Who serves hardly anything while the other does is no saver.
  pair = compare(slice_of(10.0, 100.0), slice_of(8.0, 0.0), config);
  CHECK(pair->energy > 1.0);
  CanarySlice dark = slice_of(8.0, 100.0);
  dark.cost.energy_joules.reset();
  CHECK(!compare(slice_of(10.0, 100.0), dark, config));
}

TEST_CASE("without requests power is compared, at equal load alone") {
  const CanaryConfig config;
  const auto pair = compare(without_requests(10.0), without_requests(9.0), config);
  REQUIRE(pair);
  CHECK(pair->energy == doctest::Approx(std::log(0.9)));
  CHECK(pair->harm == 0.0);
  CHECK(!compare(without_requests(10.0), without_requests(9.0, 6.0), config));
  CanarySlice unknown = without_requests(9.0);
  unknown.has_load = false;
  CHECK(!compare(without_requests(10.0), unknown, config));
  CanaryTrial trial(config);
  trial.add(without_requests(10.0), without_requests(9.0, 6.0));
  CHECK(trial.memory().left_out == 1);
  for (int i = 0; i < 100 && trial.verdict() == CanaryVerdict::kUndecided; ++i) {
    trial.add(without_requests(10.0), without_requests(9.0));
  }
  CHECK(trial.verdict() == CanaryVerdict::kKept);
  CHECK(trial.memory().by_power == trial.memory().pairs.size());
}

TEST_CASE("the share grows while the means speak for the policy, and falls back when not") {
  CanaryTrial trial({});
  CHECK(trial.share() == 0.1);
  for (int i = 0; i < 5; ++i) trial.add(slice_of(10.0, 100.0), slice_of(9.9, 100.0));
  CHECK(trial.share() == 0.2);
  for (int i = 0; i < 10; ++i) trial.add(slice_of(10.0, 100.0), slice_of(9.9, 100.0));
  CHECK(trial.share() == 0.5);
  trial.add(slice_of(10.0, 100.0), slice_of(12.0, 100.0));
  CHECK(trial.verdict() == CanaryVerdict::kUndecided);
  CHECK(trial.share() == 0.1);
}

TEST_CASE("a policy that is as good as stock is hardly ever kept") {
  int kept = 0;
  constexpr int kRuns = 400;
  CanaryConfig config;
  config.most_pairs = 200;
  for (std::uint64_t seed = 0; seed < kRuns; ++seed) {
    kept += Bench(seed).run(0.0, 0.0, 0.05, config).verdict() == CanaryVerdict::kKept ? 1 : 0;
  }
  MESSAGE("kept of 400 without a saving: " << kept);
  CHECK(kept <= kRuns / 40);  // half of 5 %
}

TEST_CASE("a policy that saves is hardly ever rolled back, and soon kept") {
  int lost = 0;
  double pairs = 0.0;
  constexpr int kRuns = 400;
  for (std::uint64_t seed = 0; seed < kRuns; ++seed) {
    const CanaryTrial trial = Bench(seed).run(0.12, 0.002);
    lost += trial.verdict() == CanaryVerdict::kRolledBack ? 1 : 0;
    pairs += static_cast<double>(trial.memory().pairs.size()) / kRuns;
  }
  MESSAGE("rolled back of 400 that save 12 %: " << lost << ", pairs " << pairs);
  CHECK(lost <= kRuns / 20);
  CHECK(pairs < 60.0);
}

TEST_CASE("a policy that misses is rolled back whatever it saves, and says why") {
  int kept = 0;
  double pairs = 0.0;
  constexpr int kRuns = 200;
  for (std::uint64_t seed = 0; seed < kRuns; ++seed) {
    const CanaryTrial trial = Bench(seed).run(0.25, 0.06);
    kept += trial.verdict() == CanaryVerdict::kKept ? 1 : 0;
    pairs += static_cast<double>(trial.memory().pairs.size()) / kRuns;
    if (trial.verdict() == CanaryVerdict::kRolledBack) {
      CHECK(trial.memory().cause == CanaryCause::kMisses);
    }
  }
  MESSAGE("kept of 200 that miss 6 %: " << kept << ", pairs " << pairs);
  CHECK(kept <= kRuns / 40);
  CHECK(pairs < 40.0);
}

TEST_CASE("what was kept is rolled back when it has become worse, and not before") {
  int early = 0;
  double late = 0.0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Bench bench(seed);
    CanaryTrial trial = bench.run(0.12, 0.0);
    if (trial.verdict() != CanaryVerdict::kKept) continue;
    CHECK(trial.share() == doctest::Approx(0.9));
    for (int i = 0; i < 200; ++i) bench.add(trial, 0.12, 0.0);
    early += trial.verdict() == CanaryVerdict::kRolledBack ? 1 : 0;
    for (int i = 0; i < 300 && trial.verdict() == CanaryVerdict::kKept; ++i) {
      bench.add(trial, -0.1, 0.0);
      late += 1.0 / 40.0;
    }
    CHECK(trial.verdict() == CanaryVerdict::kRolledBack);
    CHECK(trial.share() == 0.0);
  }
  CHECK(early == 0);
  CHECK(late < 80.0);
}

TEST_CASE("a trial goes on after a restart as if there had been none") {
  Bench bench(5);
  CanaryTrial trial({});
  for (int i = 0; i < 7; ++i) bench.add(trial, 0.1, 0.0);
  CanaryTrial next({});
  next.resume(trial.memory());
  CHECK(next.saving_low() == trial.saving_low());
  CHECK(next.saving_high() == trial.saving_high());
  CHECK(next.share() == trial.share());
  while (trial.verdict() == CanaryVerdict::kUndecided) {
    const CanarySlice stock = slice_of(10.0, 100.0);
    const CanarySlice learned = slice_of(8.0, 100.0);
    trial.add(stock, learned);
    next.add(stock, learned);
  }
  CHECK(next.verdict() == CanaryVerdict::kKept);
  CanaryTrial kept({});
  kept.resume(next.memory());
  CHECK(kept.share() == doctest::Approx(0.9));

  CanaryMemory odd = next.memory();
  odd.verdict = CanaryVerdict::kUndecided;
  CHECK_THROWS_AS(kept.resume(odd), std::invalid_argument);
  odd = trial.memory();
  odd.pairs.push_back({});
  CHECK_THROWS_AS(kept.resume(odd), std::invalid_argument);
}

TEST_CASE("a configuration that cannot be is refused with its key") {
  CanaryConfig config;
  config.share = 0.7;
  CHECK_THROWS_WITH_AS(CanaryTrial{config}, doctest::Contains("canary.share"),
                       std::invalid_argument);
}
