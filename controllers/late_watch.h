// Whether too many requests are late while training runs beside inference, and how long it then has
// to rest: twice as long each time, until it has gone well for a while. A value; not thread-safe.
#pragma once

#include <cstdint>

namespace flyball {

struct LateWatchConfig {
  double in_time_share = 0.97;  // of requests that have to meet their limit
  double fade_seconds = 30.0;   // over which requests are counted
  double hold_seconds = 2.0;    // the first rest
};

class LateWatch {
 public:
  explicit LateWatch(const LateWatchConfig& config = {});

  void reset();
  // What has happened in the last `elapsed_seconds`: requests served, and those of them that were
  // late; whether training ran. More late ones than may be, with one more for chance, begin a rest.
  void see(double now_seconds, double elapsed_seconds, std::uint64_t served, std::uint64_t late,
           bool trains);
  bool rests(double now_seconds) const { return now_seconds < rest_until_seconds_; }

 private:
  LateWatchConfig config_;
  double served_ = 0.0;  // faded
  double late_ = 0.0;    // likewise
  double rest_until_seconds_ = 0.0;
  double next_rest_seconds_ = 0.0;
};

}  // namespace flyball
