#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "env/sim/arrival_phases.h"
#include "env/sim/arrivals_config.h"
#include "tests/support/error_text.h"
#include "tools/config/read_fields.h"

using namespace flyball;
using doctest::Approx;

namespace {

// Rates 2 and 20 per second, 6 and 2 s long on average.
ArrivalsConfig two_states(double duration_seconds) {
  ArrivalsConfig config;
  config.source = BurstyArrivals{{{2.0, 6.0}, {20.0, 2.0}}, 1};
  config.duration_seconds = duration_seconds;
  return config;
}

std::vector<double> counts_of(const ArrivalsConfig& config, double window_seconds,
                              std::uint64_t seed) {
  std::vector<double> counts(
      static_cast<std::size_t>(*config.duration_seconds / window_seconds + 0.5), 0.0);
  const Arrivals arrivals = make_arrivals(config, seed);
  for (const Arrival& arrival : std::get<std::vector<Arrival>>(arrivals)) {
    counts.at(static_cast<std::size_t>(arrival.time_seconds / window_seconds)) += 1.0;
  }
  return counts;
}

struct Moments {
  double mean = 0.0;
  double dispersion = 0.0;  // variance over mean
};

Moments moments_of(const std::vector<double>& counts) {
  double sum = 0.0;
  for (const double count : counts) sum += count;
  const double mean = sum / static_cast<double>(counts.size());
  double squares = 0.0;
  for (const double count : counts) squares += (count - mean) * (count - mean);
  return {mean, squares / static_cast<double>(counts.size() - 1) / mean};
}

std::string error_of(const std::string& text) {
  return error_text([&] {
    const TomlTable file = TomlTable::parse_text(text, "s.toml");
    const auto arrivals = read_fields<ArrivalsConfig>(file.table("arrivals"));
    file.checked([&] { validate(arrivals); });
    file.reject_unknown();
  });
}

}  // namespace

TEST_CASE("phases are those that the arrivals of the same seed were drawn in") {
  ArrivalsConfig config = two_states(4000.0);
  std::get<BurstyArrivals>(config.source).states[0].groups_per_second = 0.0;
  const std::vector<ArrivalPhase> phases = arrival_phases(config, 3);
  REQUIRE(phases.size() > 300);
  CHECK(phases.front().begin_seconds == 0.0);
  CHECK(phases.back().begin_seconds < 4000.0);
  for (std::size_t p = 1; p < phases.size(); ++p) {
    CHECK(phases[p].begin_seconds > phases[p - 1].begin_seconds);
    CHECK(phases[p].state != phases[p - 1].state);
  }
  const Arrivals made = make_arrivals(config, 3);
  const auto& arrivals = std::get<std::vector<Arrival>>(made);
  REQUIRE(arrivals.size() > 1000);
  std::size_t at = 0;
  for (const Arrival& arrival : arrivals) {  // none while the rate is 0
    while (at + 1 < phases.size() && phases[at + 1].begin_seconds <= arrival.time_seconds) ++at;
    CHECK(phases[at].state == 1);
  }
}

TEST_CASE("arrivals whose rate does not change have no phases") {
  ArrivalsConfig config;
  config.source = PoissonArrivals{2.0, 1};
  config.duration_seconds = 10.0;
  CHECK(arrival_phases(config, 1).empty());
}

// Index of dispersion of a two-state MMPP's counts over t (Heffes and Lucantoni 1986), with the
// rates of leaving r1, r2 and s = r1 + r2:
//   1 + 2 r1 r2 (l1 - l2)^2 / (s^2 (l1 r2 + l2 r1)) (1 - (1 - exp(-s t)) / (s t))
TEST_CASE("bursty arrivals have the rate and the burstiness of the closed form") {
  const double r1 = 1.0 / 6.0;
  const double r2 = 1.0 / 2.0;
  const double s = r1 + r2;
  const ArrivalsConfig config = two_states(400000.0);
  for (const double window : {0.5, 4.0, 20.0}) {
    CAPTURE(window);
    const double shape = 1.0 - (1.0 - std::exp(-s * window)) / (s * window);
    const double expected =
        1.0 + 2.0 * r1 * r2 * 18.0 * 18.0 / (s * s * (2.0 * r2 + 20.0 * r1)) * shape;
    const Moments moments = moments_of(counts_of(config, window, 11));
    CHECK(moments.mean == Approx(6.5 * window).epsilon(0.02));
    CHECK(moments.dispersion == Approx(expected).epsilon(0.05));
    CHECK(expected > 4.0);  // Poisson arrivals would have 1
  }
  CHECK(std::get<BurstyArrivals>(config.source).mean_rate() == Approx(6.5));
}

TEST_CASE("three states each have their share of the time, and silence is one of them") {
  ArrivalsConfig config;
  config.source = BurstyArrivals{{{0.0, 1.0}, {4.0, 2.0}, {10.0, 1.0}}, 1};
  config.duration_seconds = 100000.0;
  CHECK(moments_of(counts_of(config, 1.0, 5)).mean == Approx(18.0 / 4.0).epsilon(0.02));
}

TEST_CASE("bursty arrivals are the same for the same seed and begin in either state") {
  const ArrivalsConfig config = two_states(100.0);
  CHECK(counts_of(config, 1.0, 3) == counts_of(config, 1.0, 3));
  CHECK(counts_of(config, 1.0, 3) != counts_of(config, 1.0, 4));
  // Over seeds the first moments have the rate of the long run, too.
  double arrivals = 0.0;
  for (std::uint64_t seed = 0; seed < 4000; ++seed)
    arrivals += counts_of(two_states(0.5), 0.5, seed)[0];
  CHECK(arrivals / 4000.0 == Approx(3.25).epsilon(0.06));
}

TEST_CASE("wrong bursty arrivals say where and what") {
  const std::string head = "[arrivals]\nkind = 'bursty'\nduration_seconds = 9\n";
  CHECK(error_of(head + "states = [{ groups_per_second = 1, mean_seconds = 1 }]\n") ==
        "s.toml:4:10: arrivals.states: must hold at least two");
  CHECK(error_of(head) == "s.toml:1:1: arrivals.states: must hold at least one entry");
  CHECK(error_of(head + "states = [{ groups_per_second = -1, mean_seconds = 1 }]\n")
            .ends_with("arrivals.states[0].groups_per_second = -1: must be in [0, 1e+06]"));
  CHECK(error_of(head + "states = [{ groups_per_second = 1, mean_seconds = 0 }]\n")
            .ends_with("arrivals.states[0].mean_seconds = 0: must be in [0.001, 1e+08]"));
  CHECK(error_of(head + "states = [{ groups_per_second = 0, mean_seconds = 1 }, "
                        "{ groups_per_second = 0, mean_seconds = 1 }]\n") ==
        "s.toml:4:10: arrivals.states: at least one groups_per_second must be above 0");
}

TEST_CASE("rates, counts and durations have bounds, each for itself and together") {
  const std::string cameras = "[arrivals]\nkind = 'camera'\nduration_seconds = 120\n";
  CHECK(error_of(cameras + "cameras = 16\nframes_per_second = 1e12\n") ==
        "s.toml:5:21: arrivals.frames_per_second = 1e+12: must be in (0, 1e+06]");
  CHECK(error_of(cameras + "cameras = 30000\nframes_per_second = 1\n") ==
        "s.toml:4:11: arrivals.cameras = 30000: must be in [1, 10000]");
  CHECK(error_of(cameras + "cameras = 1\nframes_per_second = 1\njitter_seconds = 1e300\n")
            .ends_with("arrivals.jitter_seconds = 1e+300: must be in [0, 1e+08]"));
  CHECK(error_of("[arrivals]\nkind = 'poisson'\ngroups_per_second = 1\nduration_seconds = 1e15\n")
            .ends_with("arrivals.duration_seconds = 1e+15: must be in (0, 1e+08]"));
  CHECK(error_of("[arrivals]\nkind = 'closed_loop'\nrequests = 9000000000000000000\nbatch = 1\n")
            .ends_with("arrivals.requests = 9e+18: must be in [1, 1e+09]"));
  CHECK(error_of("[arrivals]\nkind = 'closed_loop'\nrequests = 9\nbatch = 2000000000\n")
            .ends_with("arrivals.batch = 2e+09: must be in [1, 65536]"));
  const std::string bursty = "[arrivals]\nkind = 'bursty'\nduration_seconds = 9\n";
  CHECK(error_of(bursty + "states = [{ groups_per_second = 1, mean_seconds = 1e-300 }]\n")
            .ends_with("arrivals.states[0].mean_seconds = 1e-300: must be in [0.001, 1e+08]"));
}

TEST_CASE("a duration is for arrivals that are timed") {
  CHECK(error_of("[arrivals]\nkind = 'closed_loop'\nrequests = 9\nbatch = 1\n"
                 "duration_seconds = 9\n") ==
        "s.toml:5:20: arrivals.duration_seconds: a closed loop lasts until its requests are done");
  CHECK(error_of("[arrivals]\nkind = 'poisson'\ngroups_per_second = 1\n") ==
        "s.toml:1:1: arrivals.duration_seconds: missing");
}

TEST_CASE("more arrivals than a run can hold are refused before they are made") {
  const auto refused = [](ArrivalsConfig config) {
    return error_text([&] { make_arrivals(config, 1); });
  };
  ArrivalsConfig config;
  config.duration_seconds = 1e8;
  config.source = CameraArrivals{10'000, 1e6, 0.0};
  CHECK(refused(config) ==
        "arrivals.frames_per_second: about 1e+18 requests arrive in a run, at most 1e+07 are "
        "allowed: a lower rate or a shorter duration_seconds");
  config.source = PoissonArrivals{1.0, 1'000'000};
  CHECK(refused(config).starts_with("arrivals.groups_per_second: about 1e+14 requests"));
  config.source = BurstyArrivals{{{0.0, 1e-3}, {1e-3, 1e-3}}, 1};
  CHECK(refused(config).starts_with("arrivals.states: about 1e+11 requests"));
}
