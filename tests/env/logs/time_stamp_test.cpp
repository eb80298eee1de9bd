#include "env/logs/time_stamp.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

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

TEST_CASE("dates as in names of files, behind a comma and in angle brackets are read") {
  for (const char* text :
       {"20210127 00:03:20", "20210127T000320", "20210127-000320", "2021-01-27_00-03-20",
        "2021-01-27T00-03-20", "27.01.2021, 00:03:20", "1/27/2021, 12:03:20 AM"}) {
    CAPTURE(text);
    CHECK(stamp(text).seconds == 1611705800.0);
    CHECK(stamp(text).kind == StampKind::kLocal);
  }
  CHECK(stamp("20210127 00:03:20.5").has_fraction);
  CHECK(stamp("<00:03:20>").seconds == 200.0);
  CHECK(find_time_stamp("<13>Jan 27 00:03:20 jetson: ")->kind == StampKind::kYearless);
  for (const char* text : {"<13>", "<00:03:20]", "[00:03:20>", "20211327 00:03:20",
                           "2021-01-27_25-03-20", "2021-01-27_00-03", "27.01.2021,"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_time_stamp(text).has_value());
  }
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

TEST_CASE("a date tells in which orders of month and day it can be read") {
  const double january2 = 1609545600.0;   // 2021-01-02
  const double february1 = 1612137600.0;  // 2021-02-01
  const TimeStamp vague = stamp("01/02/2021 00:00:00");
  CHECK(vague.seconds == january2);
  CHECK(vague.order == DateOrder::kMonthFirst);
  CHECK(vague.swapped_seconds == february1);
  CHECK(in_order(vague, DateOrder::kDayFirst).seconds == february1);
  CHECK(in_order(in_order(vague, DateOrder::kDayFirst), DateOrder::kMonthFirst).seconds ==
        january2);
  CHECK(in_order(vague, DateOrder::kNone).seconds == january2);
  CHECK(stamp("01.02.2021 00:00:00").seconds == february1);
  CHECK(stamp("13/02/2021 00:00:00").order == DateOrder::kDayFirst);
  CHECK_FALSE(stamp("13/02/2021 00:00:00").swapped_seconds.has_value());
  CHECK(stamp("02/13/2021 00:00:00").order == DateOrder::kMonthFirst);
  CHECK(stamp("2021-01-02 00:00:00").order == DateOrder::kNone);
}

TEST_CASE("the order of month and day is chosen for all dates together") {
  const auto choice = [](const std::vector<std::string>& texts) {
    std::vector<TimeStamp> stamps;
    for (const std::string& text : texts) stamps.push_back(stamp(text));
    return choose_date_order(stamps);
  };
  const DateOrderChoice told = choice({"12/01/2021 23:59:59", "13/01/2021 00:00:00"});
  CHECK(told.order == DateOrder::kDayFirst);
  CHECK(told.note.empty());
  CHECK(choice({"01/12/2021 23:59:59", "01/13/2021 00:00:00"}).order == DateOrder::kMonthFirst);
  const DateOrderChoice shorter = choice({"01/02/2021 23:59:59", "02/02/2021 00:00:00"});
  CHECK(shorter.order == DateOrder::kDayFirst);
  CHECK(shorter.note == "no date tells which number is the month: the day is taken to be first");
  const DateOrderChoice ascending = choice({"05/04/2021 10:00:00", "04/05/2021 11:00:00"});
  CHECK(ascending.order == DateOrder::kDayFirst);
  const DateOrderChoice open = choice({"01/02/2021 10:00:00", "01/02/2021 11:00:00"});
  CHECK(open.order == DateOrder::kMonthFirst);
  CHECK(open.note == "no date tells which number is the month: the month is taken to be first");
  CHECK(choice({"05/05/2021 10:00:00"}).note.empty());
  // tegrastats' own dates need no word.
  CHECK(choice({"01-02-2021 10:00:00", "01-02-2021 11:00:00"}).note.empty());
  CHECK(choice({"01-02-2021 10:00:00", "01-02-2021 10:00:00"}).note.empty());
  CHECK(choice({"01-02-2021 10:00:00", "02-02-2021 10:00:00"}).order == DateOrder::kDayFirst);
  // Nor where the clock was set from 1970, and the other order spans a month of 55 years less.
  const DateOrderChoice set = choice({"01-01-1970 00:00:01", "10-09-2025 10:00:00"});
  CHECK(set.order == DateOrder::kMonthFirst);
  CHECK(set.note.empty());
  const DateOrderChoice mixed = choice({"13/01/2021 10:00:00", "01/14/2021 10:00:00"});
  CHECK(mixed.order == DateOrder::kNone);
  CHECK_FALSE(mixed.note.empty());
  CHECK(choice({"1611705800"}).order == DateOrder::kNone);
  CHECK(choose_date_order({}).note.empty());
}

TEST_CASE("a stamp is taken off the front of a text") {
  std::string_view text = "1611705800.25: RAM";
  CHECK(take_time_stamp(text).has_value());
  CHECK(text == ": RAM");
  text = "RAM 12/13MB";
  CHECK_FALSE(take_time_stamp(text).has_value());
  CHECK(text == "RAM 12/13MB");
}

TEST_CASE("a whole number at the front gives way to a better stamp after it") {
  for (const char* front : {"1:1611705800.25 ", "     7\t1611705800.25 ", "12: [1611705800.25] "}) {
    CAPTURE(front);
    const std::string_view text =
        std::string_view(front).substr(std::string_view(front).find_first_not_of(' '));
    const auto found = find_time_stamp(text);
    REQUIRE(found.has_value());
    CHECK(found->seconds == 1611705800.25);
  }
  CHECK(find_time_stamp("3:01-27-2021 00:03:20 ")->seconds == 1611705800.0);
  CHECK(find_time_stamp("12 ")->seconds == 12.0);
  CHECK(find_time_stamp("12:")->seconds == 12.0);
  CHECK(find_time_stamp("12.5 01-27-2021 00:03:20 ")->seconds == 12.5);
}

TEST_CASE("no mutation of a stamp crashes the reader") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    parse_time_stamp(mutated("Wed Jan 27 00:03:20 UTC 2021", random));
    parse_time_stamp(mutated("[2021-01-27T00:03:20.250+01:00]", random));
  }
}
