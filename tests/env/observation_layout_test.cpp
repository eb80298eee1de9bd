#include "env/observation_layout.h"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "env/observation.h"
#include "tests/support/error_text.h"

using namespace flyball;

namespace {

using Names = std::vector<std::string>;

// Two knobs of the board and one of the application.
std::vector<Knob> three_knobs() {
  return {{"cpu", {1e8, 2e8}, {0}}, {"gpu", {1e8, 2e8, 4e8}, {1}}, {"batch", {1, 2, 4}, {}}};
}

EncoderConfig nothing() {
  EncoderConfig config;
  config.with_effective = config.with_utilization = config.with_previous_action = false;
  config.with_t_as = config.with_vector_to_go = false;
  return config;
}

EncoderConfig everything() {
  EncoderConfig config;
  config.with_queue = config.with_arrivals = config.with_slack = config.with_deadline = true;
  config.with_power = config.with_temperature = config.with_eta = config.with_limit = true;
  config.with_mode = config.with_action_age = true;
  return config;
}

constexpr auto kLastFeature = static_cast<int>(Feature::kVectorToGo);

}  // namespace

TEST_CASE("components stand in the order of the features, each for every knob in turn") {
  CHECK(ObservationLayout(everything(), three_knobs()).names() == Names{"effective.cpu",
                                                                        "effective.gpu",
                                                                        "effective.batch",
                                                                        "utilization.cpu",
                                                                        "utilization.gpu",
                                                                        "queue",
                                                                        "arrivals",
                                                                        "slack.present",
                                                                        "slack",
                                                                        "deadline.present",
                                                                        "deadline",
                                                                        "power",
                                                                        "temperature",
                                                                        "eta",
                                                                        "limit",
                                                                        "floor.cpu",
                                                                        "floor.gpu",
                                                                        "ceiling.cpu",
                                                                        "ceiling.gpu",
                                                                        "cpus_online",
                                                                        "previous_action.cpu",
                                                                        "previous_action.gpu",
                                                                        "previous_action.batch",
                                                                        "action_age",
                                                                        "t_as",
                                                                        "vector_to_go.cpu",
                                                                        "vector_to_go.gpu",
                                                                        "vector_to_go.batch"});
}

TEST_CASE("every component is found at its place, and no two at the same") {
  const ObservationLayout layout(everything(), three_knobs());
  std::vector<bool> found(layout.size());
  for (int f = 0; f <= kLastFeature; ++f) {
    const auto feature = static_cast<Feature>(f);
    for (std::size_t k = 0; k < 3; ++k) {
      const auto at = layout.offset(feature, k);
      if (!at) continue;
      REQUIRE(*at < layout.size());
      CHECK_FALSE(found[*at]);
      found[*at] = true;
    }
  }
  CHECK(found == std::vector<bool>(28, true));
}

TEST_CASE("a feature is found by its id and knob") {
  const ObservationLayout layout(everything(), three_knobs());
  CHECK(layout.size() == 28);
  CHECK(layout.offset(Feature::kEffective, 2) == 2);
  CHECK(layout.offset(Feature::kUtilization, 1) == 4);
  CHECK(layout.offset(Feature::kQueue) == 5);
  CHECK(layout.offset(Feature::kVectorToGo, 2) == 27);
}

TEST_CASE("the application's knob has no load and no limits, a board's feature no second knob") {
  const ObservationLayout layout(everything(), three_knobs());
  for (const Feature feature : {Feature::kUtilization, Feature::kFloor, Feature::kCeiling}) {
    CHECK_FALSE(layout.offset(feature, 2).has_value());
  }
  CHECK_FALSE(layout.offset(Feature::kQueue, 1).has_value());
}

TEST_CASE("a group that is left out has no component, and the others move up") {
  EncoderConfig config = nothing();
  config.with_power = config.with_t_as = true;
  const ObservationLayout layout(config, three_knobs());
  CHECK(layout.names() == Names{"power", "t_as"});
  CHECK(layout.offset(Feature::kPower) == 0);
  CHECK(layout.offset(Feature::kThinkTime) == 1);
  CHECK_FALSE(layout.offset(Feature::kEffective, 0).has_value());
  CHECK_FALSE(layout.offset(Feature::kQueue).has_value());
}

TEST_CASE("slack and deadline each come with whether there is one") {
  EncoderConfig config = nothing();
  config.with_slack = true;
  CHECK(ObservationLayout(config, {}).names() == Names{"slack.present", "slack"});
  config.with_deadline = true;
  CHECK(ObservationLayout(config, {}).size() == 4);
}

TEST_CASE("an observation of nothing is refused, also where it is of knobs and there are none") {
  const std::string empty = "observation: every group is left out";
  CHECK(error_text([] { ObservationLayout(nothing(), three_knobs()); }) == empty);
  EncoderConfig config = nothing();
  config.with_effective = true;
  CHECK(error_text([&] { ObservationLayout(config, {}); }) == empty);
  CHECK_THROWS_AS(ObservationLayout(nothing(), {}), std::invalid_argument);
}

TEST_CASE("a configuration that is not valid is refused by its key and range") {
  EncoderConfig config;
  config.period_seconds = 0.0;
  CHECK(error_text([&] { ObservationLayout(config, three_knobs()); }) ==
        "encoder.period_seconds = 0: must be > 0");
  config = EncoderConfig();
  config.eta = 1.5;
  CHECK(error_text([&] { ObservationLayout(config, three_knobs()); }) ==
        "encoder.eta = 1.5: must be in [0, 1]");
}

TEST_CASE("names of a log are found in any order, and strangers hold no feature") {
  const ObservationLayout layout(Names{"speed", "t_as", "effective.gpu", "effective.npu", "queue"},
                                 three_knobs());
  CHECK(layout.size() == 5);
  CHECK(layout.names()[0] == "speed");
  CHECK(layout.offset(Feature::kThinkTime) == 1);
  CHECK(layout.offset(Feature::kEffective, 1) == 2);
  CHECK(layout.offset(Feature::kQueue) == 4);
  CHECK_FALSE(layout.offset(Feature::kEffective, 0).has_value());
  CHECK_FALSE(layout.offset(Feature::kPower).has_value());
}

TEST_CASE("the names that a configuration makes are those that it is read by") {
  const ObservationLayout written(everything(), three_knobs());
  const ObservationLayout read(written.names(), three_knobs());
  for (int f = 0; f <= kLastFeature; ++f) {
    for (std::size_t k = 0; k < 3; ++k) {
      CHECK(read.offset(static_cast<Feature>(f), k) == written.offset(static_cast<Feature>(f), k));
    }
  }
}

TEST_CASE("without names or knobs there is nothing to find") {
  const ObservationLayout layout(Names{}, {});
  CHECK(layout.size() == 0);
  CHECK_FALSE(layout.offset(Feature::kEffective).has_value());
  CHECK_FALSE(layout.offset(Feature::kQueue).has_value());
}
