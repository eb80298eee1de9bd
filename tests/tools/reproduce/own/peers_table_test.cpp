#include "tools/reproduce/own/peers_table.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace flyball;
using doctest::Approx;

namespace {

PeerRun run(double saving, double in_time) {
  return {{saving, in_time, 1000, 0.0}, {saving, in_time, 1000}};
}

// One seed; everybody saves a tenth in time, which is just what is asked.
PeersCase small_case() {
  PeersCase which;
  which.which.name = "small";
  which.which.scenario.objective.in_time_share = 0.99;
  which.stock_in_time = 0.995;
  PeerRuns runs;
  for (const std::string& learner : learner_names()) runs[learner] = run(0.10, 0.99);
  which.runs = {runs};
  return which;
}

ReproductionRow row(const PeersCase& which, const std::string& name) {
  ReproductionTable table("peers");
  add_peer_rows({which}, table);
  const auto it = std::ranges::find(table.rows(), "small: " + name, &ReproductionRow::name);
  REQUIRE_MESSAGE(it != table.rows().end(), name);
  return *it;
}

const std::string kBeyond = "flyball beyond the best of the others, medians";

}  // namespace

TEST_CASE("ours and least squares come first, then the recipes there are") {
  const std::vector<std::string> names = learner_names();
  CHECK(names == std::vector<std::string>{"flyball", "least squares", "drldo", "geardvfs",
                                          "tabular", "ztt"});
}

TEST_CASE("ours has to save as much as the best of the others") {
  PeersCase which = small_case();
  CHECK(row(which, kBeyond).holds);
  which.runs[0]["ztt"] = run(0.13, 0.99);
  CHECK(row(which, kBeyond).ours == Approx(-3.0));
  CHECK_FALSE(row(which, kBeyond).holds);
}

TEST_CASE("who is late saves nothing, and is shown with and without the guard") {
  PeersCase which = small_case();
  which.runs[0]["ztt"] = run(0.5, 0.98);
  which.runs[0]["ztt"].guarded.in_time = 0.9875;
  CHECK(row(which, "ztt, guarded, saves, median").ours == 0.0);
  CHECK(row(which, "ztt, guarded, in time, worst").ours == Approx(98.75));
  CHECK(row(which, "ztt, without the guard, in time, worst").ours == Approx(98.0));
  CHECK(row(which, kBeyond).holds);
}

TEST_CASE("what was kept comes back as it was") {
  const PeerRuns runs = {{"ztt", run(0.1, 0.99)}};
  const auto kept = nlohmann::json::parse(nlohmann::json(runs).dump()).get<PeerRuns>();
  CHECK(kept.at("ztt").guarded.saving == 0.1);
  CHECK(kept.at("ztt").guarded.guarded_share == 0.0);
  CHECK_FALSE(kept.at("ztt").bare.guarded_share.has_value());
}
