#include "policies/preference.h"

#include <doctest/doctest.h>

#include <stdexcept>

#include "tests/support/sample_policy.h"

using namespace flyball;

namespace {

// Serves eta from 0.2 to 0.8 and limits from 1 to 2.5; was trained with 1.4.
PolicyFile ranged_policy() {
  PolicyFile file = sample_policy();
  file.metadata.served_eta = ServedRange{0.2, 0.8};
  file.metadata.served_limit = ServedRange{1.0, 2.5};
  file.metadata.reward.eta = 0.5;
  file.metadata.encoder.eta = 0.5;
  return file;
}

}  // namespace

TEST_CASE("an eta that is served is what the policy weighs by and what it observes") {
  const PolicyFile asked = with_preference(ranged_policy(), {0.8, {}, {}});
  CHECK(asked.metadata.reward.eta == 0.8);
  CHECK(asked.metadata.encoder.eta == 0.8);
  CHECK(asked.metadata.constraint->limit == 1.4);
}

TEST_CASE("a limit that is served takes the trained one's place") {
  const PolicyFile asked = with_preference(ranged_policy(), {{}, 2.5, {}});
  CHECK(asked.metadata.constraint->limit == 2.5);
  CHECK(asked.metadata.encoder.limit == 2.5);
  CHECK(asked.metadata.reward.eta == 0.5);
}

TEST_CASE("what a network predicts that is told the limit moves by the difference, with margin") {
  PolicyFile file = ranged_policy();
  const double before = file.metadata.constraint_output.offset;
  CHECK(with_preference(file, {{}, 2.4, {}}).metadata.constraint_output.offset == before);
  file.metadata.encoder.with_limit = true;
  CHECK(with_preference(file, {{}, 2.4, {}}).metadata.constraint_output.offset ==
        doctest::Approx(before + 0.99 * (2.4 - 1.4)));
}

TEST_CASE("networks and support stay as they are, and no preference changes nothing") {
  const PolicyFile file = ranged_policy();
  const PolicyFile asked = with_preference(file, {0.3, 1.2, {}});
  CHECK(asked.metadata.support == file.metadata.support);
  REQUIRE(asked.tensors.size() == file.tensors.size());
  for (const auto& [name, tensor] : file.tensors) {
    CHECK(asked.tensors.at(name).values == tensor.values);
  }
  const PolicyFile same = with_preference(file, {});
  CHECK(same.metadata.reward.eta == 0.5);
  CHECK(same.metadata.constraint->limit == 1.4);
}

TEST_CASE("what a policy does not serve is refused with what it does") {
  const PolicyFile ranged = ranged_policy();
  CHECK_THROWS_WITH_AS(with_preference(ranged, {0.9, {}, {}}),
                       "eta = 0.9: the policy serves 0.2 to 0.8", std::invalid_argument);
  CHECK_THROWS_WITH_AS(with_preference(ranged, {{}, 0.9, {}}),
                       "latency limit = 0.9: the policy serves 1 to 2.5", std::invalid_argument);
  CHECK_THROWS_WITH_AS(with_preference(ranged, {{}, 0.0, {}}), "latency limit = 0: must be > 0",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(with_preference(ranged, {{}, {}, 0.05}),
                       "miss limit = 0.05: the policy has none", std::invalid_argument);
}

TEST_CASE("a policy without ranges serves what it was trained for alone") {
  const PolicyFile file = sample_policy();
  CHECK_NOTHROW((void)with_preference(file, {file.metadata.reward.eta, 1.4, {}}));
  CHECK_THROWS_WITH_AS((void)with_preference(file, {{}, 1.5, {}}),
                       "latency limit = 1.5: the policy serves 1.4 alone", std::invalid_argument);
}
