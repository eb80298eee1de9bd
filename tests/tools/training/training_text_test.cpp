#include "tools/training/training_text.h"

#include <doctest/doctest.h>

using namespace flyball;
using nlohmann::ordered_json;

namespace {

ordered_json two_seeds() {
  return ordered_json::parse(R"({
    "measured": true, "median_seed": 4, "policy": "p.flyball",
    "seeds": [{"seed": 3, "saving": 0.105, "steps": 500, "feasible": false},
              {"seed": 4, "saving": 0.125, "steps": 750}],
    "saving": {"median": 0.125, "interquartile_range": 0.005, "worst": 0.105}})");
}

}  // namespace

TEST_CASE("seeds are told one by one, then their spread and the policy that was taken") {
  CHECK(text_of_seeds(two_seeds()) ==
        "seed 3     10.50 % saved, 500 steps, limits NOT kept\n"
        "seed 4     12.50 % saved, 750 steps\n"
        "saving    median 12.50 %, interquartile range 0.50, worst 10.50 % (measured)\n"
        "policy    p.flyball (seed 4, the middle one)\n");
}

TEST_CASE("seeds that were cut short are named instead of a policy") {
  ordered_json summary = two_seeds();
  summary.erase("policy");
  summary["measured"] = false;
  summary["unfinished"] = {5, 6};
  const std::string text = text_of_seeds(summary);
  CHECK(text.find("(estimated by the networks)\npartial   seeds 5, 6 are not finished\n") !=
        std::string::npos);
  CHECK(text.find("policy ") == std::string::npos);
}

TEST_CASE("data that nobody served shows no residents") {
  TrainingSet set;
  CHECK(text_of_data(set).starts_with("data      0 transitions (0 under random settings)"));
  CHECK(text_of_data(set).find("\nresidents ") == std::string::npos);
  set.residents.served = 10.0;
  set.residents.energy_joules = 25.0;
  set.residents.in_system_seconds = 5.0;
  CHECK(text_of_data(set).ends_with("residents 2.5 J per request, latency 0.5 s, missed 0\n"));
}
