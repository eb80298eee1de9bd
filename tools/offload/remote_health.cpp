#include "tools/offload/remote_health.h"

#include <algorithm>
#include <cmath>

namespace flyball {

namespace {

constexpr std::size_t kMostDoublings = 30;

}  // namespace

RemoteAdvice RemoteHealth::advice(double now_seconds) const {
  if (may_ask_) return RemoteAdvice::kAsk;
  return failures_ == 0 || now_seconds >= rest_until_seconds_ ? RemoteAdvice::kProbe
                                                              : RemoteAdvice::kRest;
}

void RemoteHealth::answered() { failures_ = 0; }

void RemoteHealth::failed(double now_seconds) {
  const auto doublings = static_cast<int>(std::min(failures_, kMostDoublings));
  const double rest = std::min(std::ldexp(rests_.first_seconds, doublings), rests_.most_seconds);
  ++failures_;
  may_ask_ = false;
  rest_until_seconds_ = now_seconds + rest;
}

void RemoteHealth::found() { may_ask_ = true; }

}  // namespace flyball
