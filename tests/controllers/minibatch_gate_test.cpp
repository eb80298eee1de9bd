#include "controllers/minibatch_gate.h"

#include <doctest/doctest.h>

#include <optional>

using namespace flyball;
using doctest::Approx;

namespace {

MinibatchGateConfig plain_config() {
  MinibatchGateConfig config;
  config.margin = 0.0;
  return config;
}

// A program with a request a second, 0.1 s each, whose limit is 0.5 s; a minibatch takes 0.2 s.
class Program {
 public:
  Program() {
    shown_.deadline_seconds = 0.5;
    shown_.minibatch_seconds = 0.2;
    shown_.minibatches = 0.0;
  }

  // A request, and the rest of a second.
  std::optional<double> serve(double latency_seconds = 0.1, bool is_late = false,
                              double rest_seconds = 0.9) {
    ++shown_.arrived;
    shown_.queue_length = 1;
    shown_.latency_max_seconds.reset();
    look(0.1);
    ++shown_.served;
    if (is_late) ++shown_.missed;
    shown_.queue_length = 0;
    shown_.latency_max_seconds = latency_seconds;
    return look(rest_seconds);
  }
  std::optional<double> serve_many(int requests, double latency_seconds = 0.1) {
    std::optional<double> allowed;
    for (int i = 0; i < requests; ++i) allowed = serve(latency_seconds);
    return allowed;
  }
  std::optional<double> look(double later_seconds) {
    now_ += later_seconds;
    Telemetry telemetry;
    telemetry.time_seconds = now_;
    telemetry.application.refill(now_) = shown_;
    return gate_.look(telemetry);
  }
  ApplicationTelemetry& shown() { return shown_; }
  MinibatchGate& gate() { return gate_; }

 private:
  MinibatchGate gate_{plain_config()};
  ApplicationTelemetry shown_;
  double now_ = 0.0;
};

}  // namespace

TEST_CASE("a minibatch may take what limit, request and wait leave") {
  Program program;
  const std::optional<double> allowed = program.serve_many(20);
  REQUIRE(allowed);
  CHECK(*allowed < 0.4);
  CHECK(*allowed > 0.25);
}

TEST_CASE("nothing is allowed before some requests are known, nor to who does not train") {
  Program program;
  CHECK_FALSE(program.serve_many(5));
  CHECK(program.serve_many(5));
  program.shown().minibatch_seconds.reset();
  CHECK_FALSE(program.serve());
  program.shown().minibatch_seconds = 0.2;
  CHECK_FALSE(program.serve());  // as if it had just come
  CHECK(program.serve_many(15));
}

TEST_CASE("a margin is kept") {
  MinibatchGateConfig config;
  config.margin = 0.5;
  MinibatchGate wary(config);
  Program program;
  program.serve_many(20);
  Program other;
  other.gate() = wary;
  const auto allowed = other.serve_many(20);
  REQUIRE(allowed);
  CHECK(*allowed == Approx(*program.serve() - 0.25).epsilon(0.02));
}

TEST_CASE("requests that take longer, or come more often, leave less time, or none") {
  Program slow;
  slow.serve_many(20);
  const double before = *slow.serve();
  slow.shown().minibatches = 1.0;
  const auto after = slow.serve(0.35, false, 0.2);  // beside a minibatch of 0.2 s: 0.15 by itself
  REQUIRE(after);
  CHECK(*after < before);
  Program often;
  CHECK(often.serve_many(20));
  often.shown().arrived += 100;
  often.shown().served += 100;
  CHECK_FALSE(often.look(0.1));
  Program tight;
  tight.shown().deadline_seconds = 0.09;
  CHECK_FALSE(tight.serve_many(20));
}

TEST_CASE("too many late requests make training rest") {
  Program program;
  REQUIRE(program.serve_many(20));
  bool rested = false;
  for (int i = 0; i < 3; ++i) rested = !program.serve(0.1, true) || rested;
  CHECK(rested);
  CHECK(program.serve_many(5));
}

TEST_CASE("requests without a limit leave a minute") {
  Program program;
  program.shown().deadline_seconds.reset();
  CHECK(program.serve_many(20) == 60.0);
}

TEST_CASE("a program that begins anew, or is silent, is not known") {
  Program program;
  REQUIRE(program.serve_many(20));
  CHECK_FALSE(program.gate().look({}));
  CHECK_FALSE(program.serve());
  REQUIRE(program.serve_many(20));
  program.shown().arrived = program.shown().served = 0;
  CHECK_FALSE(program.serve());
}
