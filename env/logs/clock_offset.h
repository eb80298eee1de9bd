// How the clock of a request log relates to that of a tegrastats log, estimated from the data: the
// board is busy while requests are in service. Pure functions.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "env/logs/request_log.h"
#include "env/logs/tegrastats.h"

namespace flyball {

struct ClockOffset {
  double utc_offset_hours = 0.0;        // stamps are UTC plus this
  double first_seconds = 0.0;           // of the board's first line, since 1970
  double request_offset_seconds = 0.0;  // the request clock is ahead of the board's by this
  double correlation = 0.0;  // of board activity with requests in service, the best one found
  bool is_assumed = false;   // the data do not show the request offset: 0 is assumed
  std::optional<double> day_seconds = {};  // midnight of the first line, of stamps without a date
  bool day_is_assumed = false;             // the data do not show it: other days fit as well
};

// What is given is kept, the rest is estimated: the UTC offset, a multiple of a quarter of an hour,
// so that most requests arrive while the board was logged; the request offset within ten seconds,
// so that GPU load and module power follow the requests best; where they hardly follow at any
// offset (an overloaded board is always busy) it is taken as 0. Throws std::invalid_argument when
// the log has no stamps or no request falls into it. Stamps without a date are of the day
// of the requests under which many fall into the log and the board follows them best, those without
// a year of the year nearest to the requests; stamps in UTC need no offset.
ClockOffset estimate_clock_offset(const TegrastatsLog& tegrastats,
                                  std::span<const LoggedRequest> requests,
                                  std::optional<double> utc_offset_hours,
                                  std::optional<double> request_offset_seconds);

}  // namespace flyball
