// How long a request waits for its turn, all but a few of them. Pure functions.
#pragma once

namespace flyball {

// Requests that come at random, one by one, to a server that takes `service_seconds` for each: the
// wait that at most `share` of them exceed. By the exponential tail of a queue with constant times
// of service (P(wait > t) = load exp(-2 (1 - load) t / service), exact in heavy traffic), which is
// too long for arrivals more even than at random. Infinite where the server cannot keep up.
// Requires: service_seconds > 0, 0 < share < 1.
double wait_bound_seconds(double requests_per_second, double service_seconds, double share);

}  // namespace flyball
