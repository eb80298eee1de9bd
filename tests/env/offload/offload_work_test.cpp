#include "env/offload/offload_work.h"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace flyball;
using doctest::Approx;

TEST_CASE("where nothing is sent the edge does all, and nothing goes over the link") {
  const OffloadWork work;
  CHECK(edge_factor(work, 0.0) == 1.0);
  CHECK(sent_bytes(work, 0.0, 4) == 0.0);
  CHECK(answer_seconds(work, 0.0, 4) == 0.0);
}

TEST_CASE(
    "what is sent costs its bytes and a header for every request, and spares the edge its part") {
  OffloadWork work;
  work.feature_bytes = 1000;
  work.header_bytes = 50;
  work.edge_floor = 0.2;
  work.attention = 0.05;
  work.cloud_seconds = 0.01;
  work.round_trip_seconds = 0.02;
  CHECK(edge_factor(work, 0.5) == Approx(0.2 + 0.4 + 0.05));
  CHECK(edge_factor(work, 1.0) == Approx(0.25));
  CHECK(sent_bytes(work, 0.5, 4) == Approx(4 * 550.0));
  CHECK(answer_seconds(work, 0.5, 4) == Approx(0.04));
}

TEST_CASE("an offload configuration's error names the key") {
  OffloadConfig config;
  config.work.feature_bytes = 0.0;
  CHECK_THROWS_WITH_AS(validate(config), doctest::Contains("offload.feature_bytes"),
                       std::invalid_argument);
  config = {};
  config.default_share = 1.5;
  CHECK_THROWS_WITH_AS(validate(config), doctest::Contains("offload.default_share"),
                       std::invalid_argument);
}
