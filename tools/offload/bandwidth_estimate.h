// The bandwidth of a link, from one's own transfers: a long message takes longer than a short one
// by the time of its additional bytes. What else happens only makes transfers slower, so the
// fastest of the last few counts (as in BBR, Cardwell et al. 2016). Not thread-safe.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>

namespace flyball {

// On an Ethernet link a message has so many more bytes for every segment of TCP.
inline constexpr double kSegmentBytes = 1448.0;
inline constexpr double kSegmentHeaderBytes = 66.0;

// A message with those headers.
double bytes_on_link(std::size_t message_bytes);

class BandwidthEstimate {
 public:
  // A message of so many bytes was answered in `seconds`, the server's own time taken off.
  void add_short(std::size_t bytes, double seconds);
  void add_long(std::size_t bytes, double seconds);
  // Short messages took another way: what they showed holds no longer.
  void forget_short() { short_seconds_.reset(); }

  // Absent: unknown, as long as there was no short or no long message, or where their times differ
  // by no more than clocks and schedulers make them: the link is too fast to be seen.
  std::optional<double> bits_per_second() const;
  // Of the shortest of the short ones; absent: there was none.
  std::optional<double> round_trip_seconds() const { return short_seconds_; }

 private:
  std::size_t short_bytes_ = 0;
  std::optional<double> short_seconds_;

  // What a long message took more than a short one.
  struct Difference {
    double bytes = 0.0;
    double seconds = 0.0;
    double seconds_per_byte() const { return seconds / bytes; }
  };
  std::deque<Difference> recent_;
};

}  // namespace flyball
