// A slow link between two programs that speak TCP: what comes in on one side leaves on the other
// when a link of that bandwidth, delay and loss would have delivered it. Not thread-safe.
//
// The unit is a segment of at most 1448 bytes and 66 of headers, as on Ethernet. Both directions
// have the bandwidth each, shared by all connections. A segment
//
//   begins    when it came in, the one before it has left, and the link is up
//   has left  when the bandwidth of the moment took its bytes
//   arrives   one delay later; a lost one after a retransmission's 0.2 s and two delays more; never
//             before the one ahead of it, as TCP delivers in order
//
// Deadlines are absolute, so that no lateness of the scheduler adds up.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "env/offload/bandwidth.h"

namespace flyball {

struct LinkOutage {
  double from_seconds = 0.0;  // after the relay began
  double to_seconds = 0.0;
};

struct LinkRelayOptions {
  std::string listen = "127.0.0.1:0";  // host and port; port 0: any that is free
  std::string target;                  // host and port
  BandwidthSteps bandwidth;            // of each direction, from when the relay began
  double delay_seconds = 0.0;          // one way
  double loss = 0.0;                   // probability of a segment's loss, 0 to 1 (excluded)
  std::vector<LinkOutage> outages;     // ascending, apart
  std::uint64_t seed = 0;              // of the losses
};

// Throws std::invalid_argument saying what is wrong.
void validate(const LinkRelayOptions& options);

class LinkRelay {
 public:
  // Listens. Throws std::invalid_argument, and std::system_error naming the address.
  explicit LinkRelay(const LinkRelayOptions& options);
  ~LinkRelay();
  LinkRelay(const LinkRelay&) = delete;
  LinkRelay& operator=(const LinkRelay&) = delete;

  int port() const;

  // Relays while `goes_on`, which is asked every twentieth of a second at least.
  void run(const std::function<bool()>& goes_on);

  struct Counts {
    std::uint64_t forward_bytes = 0;   // towards the target, headers included
    std::uint64_t backward_bytes = 0;  // likewise
    std::uint64_t lost_segments = 0;
    std::uint64_t connections = 0;
  };
  Counts counts() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// When a segment of that size, which comes in at `now_seconds`, has left: pure, but for
// `free_seconds`, when the one before it has.
double segment_end_seconds(const BandwidthTrace& trace, const std::vector<LinkOutage>& outages,
                           double now_seconds, double bytes, double& free_seconds);

}  // namespace flyball
