// flyball trace as a user would run it.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/program_run.h"
#include "tests/support/temporary_file.h"

using namespace flyball;

TEST_CASE("trace makes arrivals that a scenario is evaluated on") {
  std::string log = "start_ms,took_ms\n";
  for (int i = 0; i < 40; ++i) log += fmt::format("{},80\n", 5000 + 250 * i);
  const TemporaryFile requests(log);
  const TemporaryFile trace;
  const Outcome made = flyball_stdout(
      fmt::format("trace --requests {} --column arrival=start_ms:ms --column latency=took_ms:ms -o "
                  "{} --json",
                  requests.path(), trace.path()));
  REQUIRE(made.exit_code == 0);
  const auto figures = nlohmann::json::parse(made.output);
  CHECK(figures["requests"] == 40);
  CHECK(figures["span_seconds"] == 9.75);
  CHECK(figures["busiest_second"] == 4);
  const Outcome evaluated = flyball_stdout(
      "evaluate --scenario trace-xavier-nx --governors stock --json --set arrivals.file=" +
      trace.path());
  REQUIRE(evaluated.exit_code == 0);
  CHECK(nlohmann::json::parse(evaluated.output).dump().find("\"served\":120") != std::string::npos);
}

TEST_CASE("trace draws as many seconds as asked, the same for the same seed") {
  std::string log = "arrival,latency\n";
  for (int i = 0; i < 40; ++i) log += fmt::format("{},0.08\n", 0.25 * i + 0.1 * (i % 3));
  const TemporaryFile requests(log);
  const auto drawn = [&](const std::string& options) {
    return flyball_stdout(fmt::format("trace --requests {0} --requests {0} --json --draw 600 {1}",
                                      requests.path(), options))
        .output;
  };
  CHECK(nlohmann::json::parse(drawn(""))["span_seconds"].get<double>() > 590.0);
  CHECK(drawn("--seed 1") == drawn("--seed 1"));
  CHECK(drawn("--seed 1") != drawn("--seed 2"));
  const std::string twice = fmt::format("trace --requests {0} --requests {0}", requests.path());
  CHECK(flyball_stderr(twice).exit_code == 2);
}

TEST_CASE("a rate that one moment does not have is absent, and not 0") {
  const TemporaryFile requests("arrival,latency\n1,0.1\n1,0.2\n");
  const auto figures =
      nlohmann::json::parse(flyball_stdout("trace --json --requests " + requests.path()).output);
  CHECK(figures["requests_per_second"].is_null());
  CHECK(flyball_stdout("trace --requests " + requests.path()).output.find("all at one moment") !=
        std::string::npos);
}

TEST_CASE("trace refuses aggregates and says what to record instead") {
  const TemporaryFile requests(
      "Concurrency,Inferences/Second,Client Send,p50 latency,p95 latency\n1,50,10,20000,22000\n");
  const Outcome outcome = flyball_stderr("trace --requests " + requests.path());
  CHECK(outcome.exit_code == 3);
  CHECK(outcome.output.find("perf_analyzer") != std::string::npos);
}

TEST_CASE("trace does not replace its own input") {
  const TemporaryFile requests("arrival,latency\n1,0.1\n");
  CHECK(flyball_stderr(fmt::format("trace --requests {0} -o {0}", requests.path())).exit_code == 2);
}
