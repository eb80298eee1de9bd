#include "env/fitting/logged_first_uses.h"

#include <doctest/doctest.h>

#include <vector>

using namespace flyball;
using doctest::Approx;

namespace {

constexpr double kRowSeconds = 0.25;

// A row a quarter of a second at 1 GHz and 5 W; every fourth one serves a request that took the GPU
// for `batch_seconds` of it.
std::vector<LogSample> steady(std::size_t count, double batch_seconds = 0.05) {
  std::vector<LogSample> samples(count);
  double busy = 0.0;
  std::uint64_t served = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (i % 4 == 3) {
      busy += batch_seconds;
      ++served;
    }
    samples[i].time_seconds = 100.0 + kRowSeconds * static_cast<double>(i);
    samples[i].gpu_busy_seconds = busy;
    samples[i].gpu_hz = 1e9;
    samples[i].watts = 5.0;
    samples[i].served = served;
  }
  return samples;
}

// From `row` on, nothing served and the GPU busy for `rows`; then `requests` are.
void tune(std::vector<LogSample>& samples, std::size_t row, std::size_t rows,
          std::uint64_t requests = 4) {
  const std::uint64_t before = samples[row - 1].served;
  double busy = *samples[row - 1].gpu_busy_seconds;
  const double later = *samples[row + rows - 1].gpu_busy_seconds;
  for (std::size_t i = row; i < row + rows; ++i) {
    busy += 0.9 * kRowSeconds;
    samples[i].gpu_busy_seconds = busy;
    samples[i].watts = 25.0;
    samples[i].served = before;
  }
  for (std::size_t i = row + rows; i < samples.size(); ++i) {
    *samples[i].gpu_busy_seconds += busy - later;
    samples[i].served = before + requests + (i - row - rows) / 4;
  }
}

}  // namespace

TEST_CASE("a busy spell far longer than the log's batches is when the server tuned itself") {
  std::vector<LogSample> samples = steady(200);
  tune(samples, 101, 12);
  const std::vector<Occupation> found = logged_first_uses(samples);
  REQUIRE(found.size() == 1);
  CHECK(found[0].time_seconds == Approx(25.0));
  CHECK(found[0].seconds == Approx(3.0));
  CHECK(found[0].watts == Approx(25.0));
  CHECK(joules_of(found) == Approx(75.0));
}

TEST_CASE("batches that are merely longer than others are none, nor is a short spell") {
  CHECK(logged_first_uses(steady(200)).empty());
  std::vector<LogSample> longer = steady(200, 0.2);
  tune(longer, 101, 4);  // 0.9 s busy where others are 0.2 s
  CHECK(logged_first_uses(longer).empty());
  std::vector<LogSample> brief = steady(200);
  tune(brief, 101, 3);
  CHECK(logged_first_uses(brief).empty());
}

TEST_CASE("a long batch that served as many more is a batch") {
  std::vector<LogSample> samples = steady(200);
  tune(samples, 101, 12, 90);
  CHECK(logged_first_uses(samples).empty());
}

TEST_CASE("a log that does not show the GPU's load, or serves little, shows none") {
  std::vector<LogSample> samples = steady(200);
  tune(samples, 101, 12);
  CHECK(logged_first_uses(std::span(samples).subspan(60, 60)).empty());
  samples[150].gpu_busy_seconds.reset();
  CHECK(logged_first_uses(samples).empty());
  CHECK(logged_first_uses({}).empty());
}

TEST_CASE("requests that were there while the server tuned itself are marked, and no others") {
  std::vector<LogSample> samples = steady(200);
  tune(samples, 101, 12);
  for (LogSample& sample : samples) sample.in_system = 0;
  samples[112].in_system = 4;  // the spell's last row
  samples[113].in_system = 2;  // and these came within it
  const std::vector<Occupation> found = logged_first_uses(samples);
  const std::vector<ServedRange> ranges = tuned_for(samples, found);
  REQUIRE(ranges.size() == 1);
  CHECK(ranges[0].begin == samples[101].served);
  CHECK(ranges[0].end == samples[113].served + 2);
  mark_tuned(ranges, samples);
  for (std::size_t i = 1; i < samples.size(); ++i) {
    CAPTURE(i);
    const bool served = samples[i].served > samples[i - 1].served;
    const bool meanwhile =
        samples[i].served > ranges[0].begin && samples[i - 1].served < ranges[0].end;
    if (served) CHECK(samples[i].tuned_meanwhile == meanwhile);
  }
  CHECK(samples[113].tuned_meanwhile);
  CHECK_FALSE(samples[99].tuned_meanwhile);
}
