#include "env/logs/time_stamp.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

#include "tests/support/temporary_file.h"

using namespace flyball;

namespace {

TimeStamp stamp(const std::string& text) {
  const auto found = parse_time_stamp(text);
  INFO(text);
  REQUIRE(found.has_value());
  return *found;
}

}  // namespace

TEST_CASE("epochs are told by their size") {
  CHECK(stamp("1611705800").seconds == 1611705800.0);
  CHECK_FALSE(stamp("1611705800").has_fraction);
  CHECK(stamp("1611705800.25").seconds == 1611705800.25);
  CHECK(stamp("1611705800250").seconds == doctest::Approx(1611705800.25));
  CHECK(stamp("1611705800250000").seconds == doctest::Approx(1611705800.25));
  CHECK(stamp("1611705800250000000").seconds == doctest::Approx(1611705800.25));
  CHECK(stamp("1611705800250").has_fraction);
  CHECK(stamp("12.5").kind == StampKind::kRelative);
}

TEST_CASE("ISO 8601 is read with and without a zone") {
  const double midnight = 1611705600.0;  // 2021-01-27 UTC
  CHECK(stamp("2021-01-27T00:03:20.250Z").seconds == midnight + 200.25);
  CHECK(stamp("2021-01-27T00:03:20.250Z").kind == StampKind::kUtc);
  CHECK(stamp("2021-01-27 01:03:20,250 +0100").seconds == midnight + 200.25);
  CHECK(stamp("2021-01-26T18:33:20-05:30").seconds == midnight + 200.0);
  CHECK(stamp("2021-01-27 00:03:20").kind == StampKind::kLocal);
  CHECK(stamp("2021/01/27 00:03:20").seconds == midnight + 200.0);
  CHECK(stamp("01-27-2021 00:03:20").seconds == midnight + 200.0);
  CHECK(stamp("[2021-01-27 00:03:20]").seconds == midnight + 200.0);
}

TEST_CASE("what date, syslog and ts write is read") {
  CHECK(stamp("Wed Jan 27 00:03:20 UTC 2021").seconds == 1611705800.0);
  CHECK(stamp("Wed Jan 27 00:03:20 UTC 2021").kind == StampKind::kUtc);
  CHECK(stamp("Wed 27 Jan 2021 12:03:20 AM UTC").seconds == 1611705800.0);
  CHECK(stamp("Nov 29 06:48:15").kind == StampKind::kYearless);
  CHECK(stamp("Nov  9 06:48:15.5").has_fraction);
  CHECK(stamp("06:48:15").seconds == 24495.0);
  CHECK(stamp("[06:48:15.250]").seconds == 24495.25);
}

TEST_CASE("what is no time is left alone") {
  for (const char* text :
       {"", "RAM 1/2MB", "12-40-2024 00:00:00", "02-30-2024 00:00:00", "25:00:00", "2021-01-27",
        "[06:48:15", "1e9", "nan", "-5", "2021-01-27 00:03:20+99:00", "99999999999999999999999999",
        "VDD_IN 4000/4000"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_time_stamp(text).has_value());
  }
}

TEST_CASE("a stamp is taken off the front of a text") {
  std::string_view text = "1611705800.25: RAM";
  CHECK(take_time_stamp(text).has_value());
  CHECK(text == ": RAM");
  text = "RAM 12/13MB";
  CHECK_FALSE(take_time_stamp(text).has_value());
  CHECK(text == "RAM 12/13MB");
}

TEST_CASE("no mutation of a stamp crashes the reader") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    parse_time_stamp(mutated("Wed Jan 27 00:03:20 UTC 2021", random));
    parse_time_stamp(mutated("[2021-01-27T00:03:20.250+01:00]", random));
  }
}
