// Whether the remote part is asked: not for a while after it failed, and for longer each time. Time
// is an argument, in seconds. Not thread-safe.
//
//   asked --failure--> resting --its time is over--> probed --it is there--> one request on trial
//     ^                   ^                             |                            |   |
//     |                   +----------- failure ---------+--------- failure ----------+   |
//     +------------------------------------- answered ----------------------------------+
//
// The rest begins at `first_seconds` and doubles up to `most_seconds`. Only an answered request
// shortens it again: a link may carry a probe and still be too slow for a request.
#pragma once

#include <cstddef>
#include <cstdint>

namespace flyball {

enum class RemoteAdvice : std::uint8_t { kAsk, kProbe, kRest };

class RemoteHealth {
 public:
  struct Rests {
    double first_seconds = 0.1;
    double most_seconds = 2.0;
  };

  // At first nothing is known: the remote part is to be probed.
  explicit RemoteHealth(const Rests& rests) : rests_(rests) {}

  RemoteAdvice advice(double now_seconds) const;

  void answered();                  // a request
  void failed(double now_seconds);  // a request or a probe
  void found();                     // by a probe

 private:
  Rests rests_;
  std::size_t failures_ = 0;
  bool may_ask_ = false;
  double rest_until_seconds_ = 0.0;
};

}  // namespace flyball
