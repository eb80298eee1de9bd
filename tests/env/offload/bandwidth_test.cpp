#include "env/offload/bandwidth.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>
#include <string>

#include "env/errors.h"
#include "tests/support/temporary_file.h"

using namespace flyball;
using doctest::Approx;

namespace {

std::string refusal(const Bandwidth& bandwidth) {
  try {
    validate(bandwidth);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("bytes take eight bits each through a constant link") {
  const BandwidthTrace trace = make_trace(ConstantBandwidth{4e6}, 1);
  CHECK(trace.end_seconds(10.0, 500000) == Approx(11.0));
  CHECK(trace.end_seconds(10.0, 0) == 10.0);
}

TEST_CASE("bytes that are under way when the bandwidth steps go on at the new one") {
  const BandwidthTrace trace = make_trace(BandwidthSteps{{{0.0, 8e6}, {2.0, 1e6}}, {}}, 1);
  // One second at 8 Mbit/s, and the other megabyte at 1.
  CHECK(trace.end_seconds(1.0, 2e6) == Approx(2.0 + 8.0));
  CHECK(trace.bits_per_second(1.99) == 8e6);
  CHECK(trace.bits_per_second(2.0) == 1e6);
  CHECK(trace.bits_per_second(1e9) == 1e6);
}

TEST_CASE("steps that repeat begin again, also within one transfer") {
  const BandwidthTrace trace = make_trace(BandwidthSteps{{{0.0, 8e6}, {1.0, 4e6}}, 2.0}, 1);
  CHECK(trace.bits_per_second(2.5) == 8e6);
  CHECK(trace.bits_per_second(5.5) == 4e6);
  // A round is 1.5 MB; ten rounds and a second of the eleventh.
  CHECK(trace.end_seconds(0.0, 16e6) == Approx(21.0));
}

TEST_CASE("a walk stays between its ends, moves, and is the same for the same seed") {
  const BandwidthWalk walk{5e5, 8e6, 1.0, 0.3};
  const BandwidthTrace one = make_trace(walk, 1);
  double low = 1e12;
  double high = 0.0;
  for (double time = 0.5; time < 3000.0; time += 1.0) {
    low = std::min(low, one.bits_per_second(time));
    high = std::max(high, one.bits_per_second(time));
    CHECK(one.bits_per_second(time) == make_trace(walk, 1).bits_per_second(time));
    if (time > 20.0) time += 30.0;
  }
  CHECK(low >= 5e5);
  CHECK(high <= 8e6);
  CHECK(high / low > 4.0);
  CHECK(one.bits_per_second(0.5) != make_trace(walk, 2).bits_per_second(0.5));
}

TEST_CASE("a file's rows are steps, and its last row says when it begins again") {
  const TemporaryFile file("time_seconds,bits_per_second\n0,8e6\n10,1e6\n30,5e5\n");
  CHECK(make_trace(BandwidthFile{file.path(), false}, 1).bits_per_second(100.0) == 5e5);
  CHECK(make_trace(BandwidthFile{file.path(), true}, 1).bits_per_second(31.0) == 8e6);
  const TemporaryFile wrong("time_seconds,bits_per_second\n0,8e6\n10,0\n");
  CHECK_THROWS_WITH_AS(make_trace(BandwidthFile{wrong.path(), false}, 1),
                       doctest::Contains(wrong.path().c_str()), DataError);
}

TEST_CASE("a bandwidth's error names the key") {
  CHECK(refusal(ConstantBandwidth{0.0}).find("bandwidth.bits_per_second") == 0);
  CHECK(refusal(BandwidthSteps{}).find("bandwidth.steps: must hold") == 0);
  CHECK(refusal(BandwidthSteps{{{1.0, 1e6}}, {}}).find("bandwidth.steps[0].time_seconds") == 0);
  CHECK(refusal(BandwidthSteps{{{0.0, 1e6}, {0.0, 2e6}}, {}})
            .find("bandwidth.steps[1].time_seconds") == 0);
  CHECK(refusal(BandwidthSteps{{{0.0, 1e6}, {5.0, 2e6}}, 5.0}).find("bandwidth.repeat_seconds") ==
        0);
  CHECK(refusal(BandwidthWalk{1e6, 1e6, 1.0, 0.2}).find("bandwidth.high_bits_per_second") == 0);
  CHECK(refusal(BandwidthWalk{}).empty());
}
