#include "tools/preference_options.h"

#include <doctest/doctest.h>

#include <string>

#include "env/errors.h"
#include "tests/support/error_text.h"
#include "tests/support/sample_policy.h"

using namespace flyball;

namespace {

Preference parsed(const std::string& arguments) {
  CLI::App app;
  Preference preference;
  add_preference_options(app, preference);
  app.parse(arguments);
  return preference;
}

std::string refusal(const std::string& arguments) {
  return error_text([&] { parsed(arguments); });
}

// Serves eta from 0.2 to 0.8, and one limit of the mean latency.
PolicyFile serving_policy() {
  PolicyFile file = sample_policy();
  file.metadata.served_eta = ServedRange{0.2, 0.8};
  return file;
}

}  // namespace

TEST_CASE("what is not given is absent: the policy stays as it was trained") {
  const Preference preference = parsed("");
  CHECK_FALSE(preference.eta.has_value());
  CHECK_FALSE(preference.latency_limit_seconds.has_value());
  CHECK_FALSE(preference.miss_limit.has_value());
}

TEST_CASE("each option fills its own part of the preference") {
  CHECK(parsed("--eta 0.3").eta == 0.3);
  CHECK_FALSE(parsed("--eta 0.3").miss_limit.has_value());
  CHECK(parsed("--latency-limit 0.25").latency_limit_seconds == 0.25);
  const Preference all = parsed("--miss-limit 0.01 --eta 0 --latency-limit 2");
  CHECK(all.eta == 0.0);
  CHECK(all.latency_limit_seconds == 2.0);
  CHECK(all.miss_limit == 0.01);
}

TEST_CASE("the ends of a range are in it, what lies beyond is refused with the range") {
  CHECK(parsed("--eta 1").eta == 1.0);
  CHECK(parsed("--miss-limit 1").miss_limit == 1.0);
  CHECK(refusal("--eta 1.01") == "--eta: \"1.01\" is not a number from 0 to 1");
  CHECK(refusal("--eta=-0.1") == "--eta: \"-0.1\" is not a number from 0 to 1");
  CHECK(refusal("--eta nan") == "--eta: \"nan\" is not a number from 0 to 1");
  CHECK(refusal("--miss-limit 0") == "--miss-limit: \"0\" is not a number from 1e-09 to 1");
  CHECK(refusal("--latency-limit 0") ==
        "--latency-limit: \"0\" is not a number from 1e-09 to 1000000000");
  CHECK(refusal("--latency-limit soon").starts_with("--latency-limit: \"soon\" is not a number"));
}

TEST_CASE("a policy is given what it serves, and left alone where nothing is asked") {
  const PolicyFile file = serving_policy();
  CHECK(preferred(file, {}, "p.flyball").metadata.reward.eta == file.metadata.reward.eta);
  Preference preference;
  preference.eta = 0.4;
  const PolicyFile given = preferred(file, preference, "p.flyball");
  CHECK(given.metadata.reward.eta == 0.4);
  CHECK(given.metadata.encoder.eta == 0.4);
  CHECK(given.tensors.size() == file.tensors.size());
}

TEST_CASE("what a policy does not serve is the configuration's error and names the policy") {
  const PolicyFile file = serving_policy();
  Preference preference;
  preference.eta = 0.9;
  CHECK_THROWS_AS(preferred(file, preference, "p.flyball"), ConfigError);
  CHECK(error_text([&] { preferred(file, preference, "p.flyball"); }) ==
        "p.flyball: eta = 0.9: the policy serves 0.2 to 0.8");
  preference = {};
  preference.latency_limit_seconds = 2.0;
  CHECK(error_text([&] { preferred(file, preference, "p.flyball"); }) ==
        "p.flyball: latency limit = 2: the policy serves 1.4 alone");
  preference = {};
  preference.miss_limit = 0.1;
  CHECK(error_text([&] { preferred(file, preference, "p.flyball"); }) ==
        "p.flyball: miss limit = 0.1: the policy has none");
}
