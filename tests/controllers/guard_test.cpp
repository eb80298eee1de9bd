#include "controllers/guard.h"

#include <doctest/doctest.h>

#include "tests/support/allocation_counter.h"
#include "tests/support/error_text.h"
#include "tests/support/sample_policy.h"

using namespace flyball;

namespace {

constexpr double kPeriod = 0.1;

// A serving application, told in hand-made telemetry: ten decisions a second, deadlines of 0.5 s.
class Serving {
 public:
  explicit Serving(const GuardConfig& config) : guard_(config) {
    application.deadline_seconds = 0.5;
    application.slack_seconds = 0.2;
  }

  std::optional<GuardCause> decide() {
    telemetry_.time_seconds += kPeriod;
    if (knows_application) telemetry_.application.refill(telemetry_.time_seconds) = application;
    return guard_.watch(telemetry_, view);
  }
  // So many decisions, each serving requests of which some are missed. How many the policy made.
  int serve(int decisions, std::uint64_t requests = 1, std::uint64_t missed = 0) {
    int by_policy = 0;
    for (int i = 0; i < decisions; ++i) {
      application.arrived += requests;
      application.served += requests;
      application.missed += missed;
      by_policy += decide() ? 0 : 1;
    }
    return by_policy;
  }
  void make_overdue() { application.slack_seconds = -0.01; }
  void serve_what_is_overdue() { application.slack_seconds.reset(); }
  Guard& guard() { return guard_; }

  ApplicationTelemetry application;
  PolicyView view;
  bool knows_application = true;

 private:
  Guard guard_;
  Telemetry telemetry_;
};

GuardConfig latency_limit(double seconds) {
  GuardConfig config;
  config.latency_limit_seconds = seconds;
  return config;
}

}  // namespace

TEST_CASE("an overdue request ends the policy's turn until half a second after it was served") {
  Serving serving{GuardConfig{}};
  CHECK(!serving.decide());
  serving.make_overdue();
  for (int i = 0; i < 10; ++i) {
    CHECK(serving.decide() == GuardCause::kOverdue);
    CHECK(serving.guard().is_urgent());
  }
  serving.serve_what_is_overdue();
  for (int i = 0; i < 4; ++i) CHECK(serving.decide() == GuardCause::kOverdue);
  CHECK(!serving.guard().is_urgent());
  while (serving.decide()) {
  }
  const GuardReport& report = serving.guard().report();
  CHECK(report.turns == 1);
  CHECK(report.guarded_seconds[0] == doctest::Approx(1.5).epsilon(0.1));
  CHECK(report.guarded_share() == doctest::Approx(report.guarded_seconds[0] / report.seconds));
}

TEST_CASE("a policy that has the highest clocks anyway is left to it") {
  Serving serving{GuardConfig{}};
  serving.view.has_room = false;
  serving.make_overdue();
  CHECK(serving.serve(1000, 1, 1) == 1000);  // all are missed; nobody could do better
}

TEST_CASE("misses cost trust where the policy left clocks unused since they came") {
  for (const bool had_room : {false, true}) {
    CAPTURE(had_room);
    Serving serving{GuardConfig{}};
    serving.view.has_room = had_room;
    serving.serve(100);
    serving.make_overdue();
    serving.view.has_room = false;  // late it does what it can
    serving.serve(10, 1, 1);
    serving.serve_what_is_overdue();
    const int by_policy = serving.serve(100);
    CHECK((by_policy == 0) == had_room);
    CHECK((serving.decide() == GuardCause::kMisses) == had_room);
  }
}

TEST_CASE("misses that were over between two decisions count as well") {
  Serving serving{GuardConfig{}};
  serving.serve(100);
  serving.serve(2, 5, 5);
  CHECK(serving.decide() == GuardCause::kMisses);
}

TEST_CASE("misses that the limit allows cost no trust") {
  for (const int one_in : {200, 20}) {
    CAPTURE(one_in);
    Serving serving{GuardConfig{}};
    int by_policy = 0;
    for (int i = 1; i <= 1000; ++i) by_policy += serving.serve(1, 10, 10 * i % one_in == 0 ? 1 : 0);
    CHECK((by_policy == 1000) == (one_in == 200));
  }
}

TEST_CASE("a queue of twice what was ever served within a deadline is too long") {
  Serving serving{GuardConfig{}};
  serving.serve(100, 2);  // ten within a deadline; what is older fades
  serving.application.queue_length = 12;
  CHECK(!serving.decide());
  serving.application.queue_length = 30;
  CHECK(serving.decide() == GuardCause::kQueue);
}

TEST_CASE(
    "a queue that grew too long, or an overdue request, cannot wait where clocks are unused") {
  Serving serving({});
  serving.serve(30);
  Telemetry now;
  now.time_seconds = 100.0;
  ApplicationTelemetry& application = now.application.refill(100.0);
  application = serving.application;
  CHECK_FALSE(serving.guard().cannot_wait(now));
  application.queue_length = 100;
  CHECK(serving.guard().cannot_wait(now));
  application.queue_length = 0;
  application.slack_seconds = -0.01;
  CHECK(serving.guard().cannot_wait(now));
  serving.view.has_room = false;
  serving.serve(1);
  CHECK_FALSE(serving.guard().cannot_wait(now));
}

TEST_CASE("a long queue without deadlines is none of the guard's business") {
  Serving serving{GuardConfig{}};
  serving.application.deadline_seconds.reset();
  serving.application.slack_seconds.reset();
  serving.application.queue_length = 64;  // a client that keeps so many in flight
  CHECK(serving.serve(1000) == 1000);
}

TEST_CASE("a mean latency above the limit costs trust") {
  for (const double latency : {0.9, 1.04, 1.3}) {
    CAPTURE(latency);
    Serving serving{latency_limit(1.0)};
    std::optional<GuardCause> cause;
    for (int i = 0; i < 2000 && !cause; ++i) {
      serving.application.served += 1;
      serving.application.in_system_seconds += latency;
      cause = serving.decide();
    }
    CHECK((cause == GuardCause::kLatency) == (latency > 1.1));
  }
}

TEST_CASE("where the policy predicts that no action keeps the limit it does not decide") {
  Serving serving{GuardConfig{}};
  serving.knows_application = false;  // nothing else can be known
  CHECK(!serving.decide());
  serving.view.is_feasible = false;
  CHECK(serving.decide() == GuardCause::kInfeasible);
  CHECK(serving.decide() == GuardCause::kInfeasible);
}

TEST_CASE("in a state that the policy was not trained on it does not decide") {
  Serving serving{GuardConfig{}};
  CHECK(!serving.decide());
  serving.view.is_known = false;
  CHECK(serving.decide() == GuardCause::kUnknown);
}

TEST_CASE("rules without telemetry are off") {
  Serving serving{latency_limit(1e-6)};
  serving.knows_application = false;
  CHECK(serving.serve(1000, 1, 1) == 1000);
}

TEST_CASE("an application that begins anew is not taken for misses") {
  Serving serving{latency_limit(1.0)};
  CHECK(serving.serve(100) == 100);
  serving.application.served = 0;
  serving.application.arrived = 0;
  CHECK(serving.serve(100) == 100);
}

TEST_CASE("a reset guard has seen nothing, and its report goes on") {
  Serving serving{GuardConfig{}};
  serving.serve(10, 1, 1);
  CHECK(serving.decide() == GuardCause::kMisses);
  serving.guard().reset();
  CHECK(!serving.decide());
  CHECK(serving.guard().report().turns == 1);
}

TEST_CASE("the limits are those that the policy was trained for") {
  PolicyFile file = sample_policy();
  CHECK(*guard_config(file.metadata).latency_limit_seconds == 1.4);
  file.metadata.constraint = ConstraintLimit{ConstraintKind::kMissRate, 0.05};
  CHECK(guard_config(file.metadata).miss_limit == 0.05);
  CHECK(!guard_config(file.metadata).latency_limit_seconds);
  file.metadata.constraint.reset();
  CHECK(guard_config(file.metadata).miss_limit == 0.01);
  file.metadata.training = PolicyTraining{};
  CHECK(guard_config(file.metadata).miss_limit == 0.01);
  file.metadata.training->in_time_share = 0.95;
  CHECK(guard_config(file.metadata).miss_limit == doctest::Approx(0.05));
  file.metadata.training->in_time_share = 1.0;  // of which no guard could spare one
  CHECK(guard_config(file.metadata).miss_limit == 0.01);
}

TEST_CASE("watching allocates nothing") {
  Serving serving{latency_limit(1.0)};
  serving.decide();
  const std::size_t before = allocation_count();
  for (int i = 0; i < 200; ++i) {
    serving.application.slack_seconds = i % 50 == 0 ? -1.0 : 1.0;
    serving.view.is_feasible = i % 7 != 0;
    serving.decide();
  }
  CHECK(allocation_count() == before);
}

TEST_CASE("a guard whose numbers make no sense is refused by the key") {
  GuardConfig config;
  config.miss_limit = 0.0;
  CHECK(error_text([&] { Guard{config}; }) == "guard.miss_limit = 0: must be > 0");
  config = {};
  config.trust.repay_share = -1.0;
  CHECK(error_text([&] { Guard{config}; }) == "guard.trust.repay_share = -1: must be in (0, 1]");
}

TEST_CASE("while others have the clocks by turns, what they miss is not the policy's fault") {
  Serving serving(latency_limit(0.1));
  serving.serve(100);
  serving.view = {.has_room = false, .decides = false};
  serving.serve(10);               // what came under the policy
  for (int i = 0; i < 200; ++i) {  // stock is late all the time
    serving.application.in_system_seconds += 1.0;
    CHECK(serving.serve(1, 1, 1) == 1);
  }
  const double watched = serving.guard().report().seconds;
  serving.view = {};
  CHECK(serving.serve(50) == 50);
  CHECK(serving.guard().report().seconds < watched + 5.5);
  CHECK(serving.guard().report().turns == 0);
  serving.view = {.has_room = false, .decides = true};
  for (int i = 0; i < 200; ++i) {
    serving.application.in_system_seconds += 1.0;
    serving.serve(1, 1, 1);
  }
  CHECK(serving.guard().report().turns == 1);
}
