// Times as people and programs write them in front of a log's line. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace flyball {

// Seconds from here on are an epoch (of 1973 or later), below it since something else.
constexpr double kLeastEpochSeconds = 1e8;
// Beyond any clock in seconds (3,000 years); below those in milliseconds since 1970.
constexpr double kMostClockSeconds = 1e11;

enum class StampKind : std::uint8_t {
  kUtc,        // an epoch, or a date with its zone
  kLocal,      // a date without a zone
  kYearless,   // "Nov 29 06:48:15"
  kTimeOfDay,  // "06:48:15"
  kRelative,   // seconds since something unknown, often since the log began
};

// Of dates in numbers whose year comes last.
enum class DateOrder : std::uint8_t { kNone, kMonthFirst, kDayFirst };

struct TimeStamp {
  StampKind kind = StampKind::kUtc;
  // Since 1970 (kLocal: as if it were UTC; kYearless: as if of 1972), since midnight, or since
  // whatever it is relative to.
  double seconds = 0.0;
  bool has_fraction = false;                   // finer than whole seconds
  DateOrder order = DateOrder::kNone;          // as which the date was read
  std::optional<double> swapped_seconds = {};  // in the other order, where that is a date as well
  char date_separator = '\0';                  // of a date with an order
};

// Takes a stamp off the front of `text`, with brackets around it:
//   1611705800.25 (also in ms, us, ns); 12.5
//   2021-01-27T00:03:20.250Z, 2021-01-27 00:03:20,250 +0100, 2021/01/27 00:03:20
//   01-27-2021 00:03:20, 27.01.2021 00:03:20  (tegrastats' own: month first; with points the day)
//   27.01.2021, 00:03:20; 2021-01-27_00-03-20
//   20210127T000320Z, 20210127_000320, 20210127 00:03:20
//   Wed Jan 27 00:03:20 UTC 2021, Jan 27 00:03:20, 27 Jan 2021 00:03:20, 27/Jan/2021:00:03:20
//   00:03:20, [00:03:20.250], <00:03:20>
// Absent, leaving `text` as it is, where none stands there.
std::optional<TimeStamp> take_time_stamp(std::string_view& text);

// The first stamp in what stands before a line: "Wed 2021-01-27 00:03:20 UTC jetson tegra[7]:",
// "[INFO] [1611705800.25]:". A plain number counts at the front only, or where it is an epoch;
// a whole one at the front may be that of the line: a better stamp after it wins.
std::optional<TimeStamp> find_time_stamp(std::string_view text);

// The stamp that the whole text is.
std::optional<TimeStamp> parse_time_stamp(std::string_view text);

// The order of month and day in all the dates of one file.
struct DateOrderChoice {
  DateOrder order = DateOrder::kNone;  // kNone: each date stays as it was read
  std::string note;                    // what the user should know; empty: nothing
};
// A part above 12 settles it. Where none is, the order under which the stamps go back less often,
// or span less time; where both are alike, the order in which they were read.
DateOrderChoice choose_date_order(std::span<const TimeStamp> stamps);
// The stamp with its date in that order, where it can be.
TimeStamp in_order(TimeStamp stamp, DateOrder order);

}  // namespace flyball
