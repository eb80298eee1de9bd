// The slow link: when segments leave it, and edge and cloud with flyball-link, or the kernel's own
// link, between them.
#include <unistd.h>

#include <cstdlib>

#include "tests/support/program_run.h"
#include "tests/support/skip.h"
#include "tests/tools/offload/processes.h"
#include "tools/offload/link_relay.h"

using namespace flyball;

namespace {

constexpr std::size_t kRequests = 240;

Words steady_requests() {
  return {
      "--requests", std::to_string(kRequests), "--rate", "100", "--deadline", "0.2", "--most-rest",
      "0.2"};
}

void check_all_answered(const EdgeResult& result) {
  CHECK(result.figures["answered"] == kRequests);
  CHECK(result.figures["missed"].get<std::size_t>() <= kRequests / 50);
}

std::size_t fallbacks(const EdgeResult& result, const char* cause) {
  return result.figures["fallbacks"][cause].get<std::size_t>();
}

// An outage, or what comes near to one: some are late, the others do not wait for it.
void check_survived(const EdgeResult& result) {
  check_all_answered(result);
  CHECK(fallbacks(result, "late") >= 1);
  CHECK(fallbacks(result, "late") <= 10);
  CHECK(fallbacks(result, "resting") >= 20);
  CHECK(result.sources.front() == "fused");
  CHECK(result.sources.back() == "fused");
}

}  // namespace

TEST_CASE("segments leave one after the other, at the rate of the moment, and not in an outage") {
  const BandwidthTrace trace(BandwidthSteps{{{0.0, 8000.0}, {10.0, 800.0}}, {}});
  const std::vector<LinkOutage> outages = {{4.0, 6.0}};
  double free_seconds = 0.0;
  const auto end = [&](double now, double bytes) {
    return segment_end_seconds(trace, outages, now, bytes, free_seconds);
  };
  CHECK(end(1.0, 500.0) == doctest::Approx(1.5));
  CHECK(end(1.0, 500.0) == doctest::Approx(2.0));  // behind the first
  CHECK(end(3.0, 500.0) == doctest::Approx(3.5));
  CHECK(end(3.5, 1000.0) == doctest::Approx(6.5));   // half of it before the outage
  CHECK(end(6.5, 4000.0) == doctest::Approx(15.0));  // the last 500 bytes at a tenth of the rate
  free_seconds = 0.0;
  CHECK(end(5.0, 500.0) == doctest::Approx(6.5));
}

TEST_CASE("a link that cannot be is refused") {
  LinkRelayOptions options;
  options.bandwidth.steps = {{0.0, 1e6}};
  CHECK_NOTHROW(validate(options));
  options.outages = {{2.0, 1.0}};
  CHECK_THROWS_AS(validate(options), std::invalid_argument);
  options.outages = {{1.0, 2.0}, {1.5, 3.0}};
  CHECK_THROWS_AS(validate(options), std::invalid_argument);
  options.outages.clear();
  options.loss = 1.0;
  CHECK_THROWS_AS(validate(options), std::invalid_argument);
  options.loss = 0.0;
  options.bandwidth.steps = {{1.0, 1e6}};
  CHECK_THROWS_AS(validate(options), std::invalid_argument);
  const auto code = [](const std::string& arguments) {
    return run_program("flyball-link", arguments, "2>/dev/null").exit_code;
  };
  CHECK(code("") == 2);
  CHECK(code("--to nowhere") == 2);
  CHECK(code("--to localhost:1 --then 5") == 2);
  CHECK(code("--to localhost:1 --then 5:x") == 2);
  CHECK(code("--to localhost:1 --down 3:2") == 2);
  CHECK(code("--to localhost:1 --listen 192.0.2.1:1") == 4);
  CHECK(code("--to localhost:1 --for 0") == 0);
}

TEST_CASE("a link that goes down in the middle of a request costs no answer, and is used again") {
  const OffloadFolder folder;
  const CloudProcess cloud(folder);
  LinkProcess link(folder, cloud, {"--rate", "1e6", "--down", "0.8:1.6"});
  EdgeProcess edge(folder, link.address(), steady_requests());
  check_survived(edge.result());
}

TEST_CASE("a link that becomes too slow for a request costs no answer, and is used again") {
  const OffloadFolder folder;
  const CloudProcess cloud(folder);
  LinkProcess link(folder, cloud, {"--rate", "8e6", "--then", "0.8:1e4", "--then", "1.5:8e6"});
  EdgeProcess edge(folder, link.address(), steady_requests());
  check_survived(edge.result());
}

TEST_CASE("after a step from 8 to 0.5 Mbit/s requests go on, and the edge has noticed") {
  const OffloadFolder folder;
  const CloudProcess cloud(folder);
  LinkProcess link(folder, cloud, {"--rate", "8e6", "--then", "1.2:5e5", "--loss", "0.001"});
  const EdgeResult result =
      EdgeProcess(folder, link.address(), joined(steady_requests(), {"--share", "1"})).result();
  check_all_answered(result);
  CHECK(result.figures["fused"].get<std::size_t>() > kRequests / 2);
  const double bandwidth = result.figures["bandwidth_bits_per_second"];
  CHECK(bandwidth > 1e5);
  CHECK(bandwidth < 1.5e6);
  const nlohmann::json counts = link.end();
  CHECK(counts["connections"] >= 1);
  CHECK(counts["forward_bytes"] > result.figures["sent_bytes"]);
}

TEST_CASE("the kernel's own link between two namespaces can be cut and mended") {
  const std::string script = std::string("FLYBALL_LINK=test") + std::to_string(getpid()) + " " +
                             FLYBALL_SOURCE_DIR "/tools/offload/shaped-link.sh ";
  const auto shell = [&](const std::string& words) {
    return WEXITSTATUS(std::system((script + words + " 2>/dev/null").c_str()));
  };
  const int up = shell("up 8mbit");
  if (up == 77) {
    skip_test("namespaces and token buckets need root and a kernel that has them");
    return;
  }
  REQUIRE(up == 0);
  const Words inside = {"/bin/bash", FLYBALL_SOURCE_DIR "/tools/offload/shaped-link.sh", "run"};
  setenv("FLYBALL_LINK", ("test" + std::to_string(getpid())).c_str(), 1);
  {
    const OffloadFolder folder;
    const CloudProcess cloud(folder, {}, {joined(inside, {"cloud"}), "10.77.0.2", 0});
    EdgeProcess edge(folder, cloud.address(), steady_requests(), joined(inside, {"edge"}));
    edge.wait_for(40);
    CHECK(shell("cut") == 0);
    edge.wait_for(100);
    CHECK(shell("mend") == 0);
    edge.wait_for(150);
    CHECK(shell("rate 2mbit") == 0);
    check_survived(edge.result());
  }
  CHECK(shell("down") == 0);
}
