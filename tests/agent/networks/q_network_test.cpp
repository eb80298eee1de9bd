#include "agent/networks/q_network.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "agent/action_features.h"
#include "env/draw.h"
#include "policies/dense_network.h"
#include "policies/head.h"

using namespace flyball;

namespace {

constexpr std::size_t kInputs = 4;

std::vector<Knob> knobs() {
  return {{.name = "cpu", .levels = {1e8, 2e8, 4e8, 8e8}, .domains = {0}},
          {.name = "gpu", .levels = {1e8, 3e8, 9e8}, .domains = {1}}};
}

QNetworkShape shape(Head head, bool dueling = false) {
  QNetworkShape shape;
  shape.observation_size = kInputs;
  shape.action_count = 12;
  shape.dueling = dueling;
  if (head == Head::kSmooth) shape.phi = action_features(knobs(), 2, {});
  if (head == Head::kBranching) shape.branches = {4, 3};
  return shape;
}

std::vector<QNetworkShape> all_shapes() {
  return {shape(Head::kJoint), shape(Head::kJoint, true), shape(Head::kSmooth),
          shape(Head::kBranching), shape(Head::kBranching, true)};
}

struct Rows {
  std::vector<float> observations;
  std::vector<std::int64_t> actions;
  std::vector<float> targets;
  std::vector<float> weights;
  std::vector<float> errors;

  // Targets: a smooth function of the observation and of both knobs' levels, which act together
  // unless `additive`.
  Rows(std::size_t count, std::uint64_t seed, bool additive = false) : errors(count) {
    std::mt19937_64 random(seed);
    for (std::size_t row = 0; row < count; ++row) {
      for (std::size_t i = 0; i < kInputs; ++i) {
        observations.push_back(static_cast<float>(2.0 * draw_unit(random) - 1.0));
      }
      const std::size_t action = draw_index(random, 12);
      actions.push_back(static_cast<std::int64_t>(action));
      const double cpu = static_cast<double>(action / 3) / 1.5 - 1.0;
      const double gpu = static_cast<double>(action % 3) - 1.0;
      const auto x = static_cast<double>(observations[row * kInputs]);
      const double both = additive ? 0.8 * cpu * cpu + gpu : cpu * gpu;
      targets.push_back(static_cast<float>(0.5 * x + both - 0.7 * gpu * x));
      weights.push_back(1.0F);
    }
  }
  FitRows fit() const { return {observations, actions, targets, weights}; }
};

}  // namespace

// Root of the mean squared error on fresh rows after 800 steps.
double learned_error(const QNetworkShape& shape, QNetworkConfig config, bool additive) {
  config.learning_rate = 3e-3;
  QNetwork network(shape, config, 1);
  for (std::uint64_t step = 0; step < 800; ++step) {
    Rows rows(256, step, additive);
    network.fit(rows.fit(), rows.errors);
  }
  Rows test(256, 99999, additive);
  std::vector<float> values(256 * 12);
  network.predict(test.observations, values);
  double squares = 0.0;
  for (std::size_t row = 0; row < 256; ++row) {
    const auto action = static_cast<std::size_t>(test.actions[row]);
    squares += std::pow(values[row * 12 + action] - test.targets[row], 2.0F);
  }
  return std::sqrt(squares / 256);
}

TEST_CASE("a network of the joint and the smooth head learns a known function") {
  for (const bool dueling : {false, true}) {
    CHECK(learned_error(shape(Head::kJoint, dueling), {}, false) < 0.1);
  }
  CHECK(learned_error(shape(Head::kSmooth), {}, false) < 0.1);
}

TEST_CASE("a branching head learns additive effects, and not how knobs act together") {
  QNetworkConfig config;
  for (const bool dueling : {false, true}) {
    CAPTURE(dueling);
    CHECK(learned_error(shape(Head::kBranching, dueling), config, true) < 0.1);
    CHECK(learned_error(shape(Head::kBranching, dueling), config, false) > 0.3);
  }
  // Each branch fitted to the target alone: the effects come out half as large.
  config.branch_loss = BranchLoss::kEach;
  CHECK(learned_error(shape(Head::kBranching, true), config, true) > 0.3);
}

TEST_CASE("the branching head's joint value is the mean of V + A - mean A over the knobs") {
  QNetworkConfig config;
  config.hidden = {};
  QNetwork network(shape(Head::kBranching, true), config, 2);
  Rows rows(8, 3);
  std::vector<float> values(8 * 12);
  network.predict(rows.observations, values);
  const auto parameters = network.parameters();
  const std::vector<float>& weight = parameters.at("0.weight").values;
  REQUIRE(parameters.at("0.weight").shape == std::vector<std::size_t>{1 + 4 + 3, kInputs});
  for (std::size_t row = 0; row < 8; ++row) {
    std::vector<double> o(8);
    for (std::size_t i = 0; i < 8; ++i) {
      o[i] = static_cast<double>(parameters.at("0.bias").values[i]);
      for (std::size_t c = 0; c < kInputs; ++c) {
        o[i] += static_cast<double>(weight[i * kInputs + c]) *
                static_cast<double>(rows.observations[row * kInputs + c]);
      }
    }
    const double cpu_mean = (o[1] + o[2] + o[3] + o[4]) / 4.0;
    const double gpu_mean = (o[5] + o[6] + o[7]) / 3.0;
    for (std::size_t a = 0; a < 12; ++a) {
      const double cpu = o[0] + o[1 + a / 3] - cpu_mean;
      const double gpu = o[0] + o[5 + a % 3] - gpu_mean;
      CHECK(values[row * 12 + a] == doctest::Approx(0.5 * (cpu + gpu)).epsilon(1e-5));
    }
  }
}

TEST_CASE("gradients reach every parameter of every head") {
  for (const QNetworkShape& form : all_shapes()) {
    for (const double alpha : {0.0, 0.1}) {
      QNetworkConfig config;
      config.cql_alpha = alpha;
      QNetwork network(form, config, 3);
      Rows rows(256, 7);
      network.fit(rows.fit(), rows.errors);
      const auto norms = network.gradient_norms();
      CHECK(norms.size() == 8);
      for (const auto& [name, norm] : norms) {
        CAPTURE(name);
        CHECK(norm > 0.0);
      }
    }
  }
}

TEST_CASE("errors are target minus value before the step") {
  for (const QNetworkShape& form : all_shapes()) {
    QNetwork network(form, {}, 3);
    Rows rows(16, 7);
    std::vector<float> values(16 * 12);
    network.predict(rows.observations, values);
    network.fit(rows.fit(), rows.errors);
    for (std::size_t row = 0; row < 16; ++row) {
      const float value = values[row * 12 + static_cast<std::size_t>(rows.actions[row])];
      CHECK(rows.errors[row] == doctest::Approx(rows.targets[row] - value).epsilon(1e-4));
    }
  }
}

TEST_CASE("CQL raises the cost of actions that were not taken") {
  const auto gap = [](const QNetworkShape& form, double alpha) {
    QNetworkConfig config;
    config.learning_rate = 1e-3;
    config.cql_alpha = alpha;
    QNetwork network(form, config, 5);
    Rows rows(256, 7);
    for (std::size_t row = 0; row < 256; ++row) {
      rows.actions[row] = 4;
      rows.targets[row] = 0.0F;
    }
    for (int step = 0; step < 200; ++step) network.fit(rows.fit(), rows.errors);
    std::vector<float> values(256 * 12);
    network.predict(rows.observations, values);
    double others = 0.0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i % 12 != 4) others += static_cast<double>(values[i]);
    }
    return others / (256.0 * 11.0);
  };
  for (const QNetworkShape& form : all_shapes()) {
    CHECK(gap(form, 0.5) > gap(form, 0.0) + 0.5);
  }
}

TEST_CASE("CQL's values are those that its loss has its minimum at") {
  // One observation, two actions taken equally often with costs 0 and 1. Of the loss
  //   sum_a p_a (q_a - y_a)^2 / 2 + alpha (logsumexp(-q) + sum_a p_a q_a)
  // the derivative vanishes where q_a = y_a - alpha (1 - softmax(-q)_a / p_a): the dearer action,
  // below its share in the soft minimum, is lowered and the cheaper one raised.
  constexpr double kAlpha = 0.2;
  double q0 = 0.0;
  double q1 = 1.0;
  for (int i = 0; i < 500; ++i) {
    const double share = 1.0 / (1.0 + std::exp(q0 - q1));  // of action 0
    q0 = 0.0 - kAlpha * (1.0 - share / 0.5);
    q1 = 1.0 - kAlpha * (1.0 - (1.0 - share) / 0.5);
  }
  REQUIRE(q0 > 0.02);
  REQUIRE(q1 < 0.98);
  for (const bool branching : {false, true}) {
    CAPTURE(branching);
    QNetworkShape form;
    form.observation_size = 1;
    form.action_count = 2;
    if (branching) form.branches = {2};
    QNetworkConfig config;
    config.hidden = {};
    config.learning_rate = 5e-3;
    config.cql_alpha = kAlpha;
    QNetwork network(form, config, 1);
    const std::vector<float> observations(64, 1.0F);
    std::vector<std::int64_t> actions(64);
    std::vector<float> targets(64);
    for (std::size_t row = 0; row < 64; ++row) {
      actions[row] = static_cast<std::int64_t>(row % 2);
      targets[row] = static_cast<float>(row % 2);
    }
    const std::vector<float> weights(64, 1.0F);
    std::vector<float> errors(64);
    for (int step = 0; step < 3000; ++step) {
      network.fit({observations, actions, targets, weights}, errors);
    }
    std::vector<float> values(2);
    network.predict(std::vector<float>{1.0F}, values);
    CHECK(values[0] == doctest::Approx(q0).epsilon(0.01));
    CHECK(values[1] == doctest::Approx(q1).epsilon(0.01));
  }
}

TEST_CASE(
    "with CQL actions that were never seen look dearer than they are, without cheaper ones do") {
  // Additive truth; the cheapest corner was never taken.
  const auto truth = [](std::size_t a) {
    return 1.0 - 0.4 * static_cast<double>(a / 3) / 3.0 - 0.4 * static_cast<double>(a % 3) / 2.0;
  };
  const auto unseen_excess = [&](const QNetworkShape& form, double alpha) {
    QNetworkConfig config;
    config.learning_rate = 3e-3;
    config.cql_alpha = alpha;
    QNetwork network(form, config, 5);
    std::vector<float> values(256 * 12);
    Rows rows(256, 3);
    for (std::size_t row = 0; row < 256; ++row) {
      if (rows.actions[row] / 3 >= 2) rows.actions[row] -= 6;  // CPU levels 2 and 3: never
      rows.targets[row] = static_cast<float>(truth(static_cast<std::size_t>(rows.actions[row])));
    }
    for (int step = 0; step < 400; ++step) network.fit(rows.fit(), rows.errors);
    network.predict(rows.observations, values);
    double excess = 0.0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i % 12 >= 6) excess += (static_cast<double>(values[i]) - truth(i % 12)) / (256.0 * 6.0);
    }
    return excess;
  };
  for (const Head head : {Head::kJoint, Head::kBranching}) {
    CAPTURE(to_string(head));
    const QNetworkShape form = shape(head, head == Head::kBranching);
    CHECK(unseen_excess(form, 0.5) > 0.1);
    CHECK(unseen_excess(form, 0.5) > unseen_excess(form, 0.0) + 0.2);
  }
}

TEST_CASE("following with tau = 1 copies and with tau = 0.5 meets half way") {
  QNetwork a(shape(Head::kSmooth), {}, 1);
  QNetwork b(shape(Head::kSmooth), {}, 2);
  const Tensor before = b.tensors("q").at("q.0.bias");
  const Tensor other = a.tensors("q").at("q.0.bias");
  b.follow(a, 0.5);
  const Tensor half = b.tensors("q").at("q.0.bias");
  for (std::size_t i = 0; i < half.values.size(); ++i) {
    CHECK(half.values[i] ==
          doctest::Approx(0.5 * (before.values[i] + other.values[i])).epsilon(1e-5));
  }
  b.follow(a, 1.0);
  CHECK(b.tensors("q") == a.tensors("q"));
  CHECK(a.clone()->action_count() == 12);
}

TEST_CASE("the daemon's runtime computes what the network does") {
  for (const QNetworkShape& form : all_shapes()) {
    QNetwork network(form, {}, 11);
    DenseNetwork runtime("cost", network.tensors("cost"), form.branches);
    Rows rows(200, 4);
    std::vector<float> values(200 * 12);
    network.predict(rows.observations, values);
    for (std::size_t row = 0; row < 200; ++row) {
      const auto outputs = runtime.evaluate({rows.observations.data() + row * kInputs, kInputs});
      for (std::size_t action = 0; action < 12; ++action) {
        CHECK(outputs[action] == doctest::Approx(values[row * 12 + action]).epsilon(1e-4));
      }
    }
  }
}

TEST_CASE("the same seed gives the same bits") {
  const auto train = [](std::uint64_t seed) {
    QNetwork network(shape(Head::kSmooth), {}, seed);
    for (std::uint64_t step = 0; step < 20; ++step) {
      Rows rows(256, step);
      network.fit(rows.fit(), rows.errors);
    }
    return network.tensors("q");
  };
  CHECK(train(1) == train(1));
  CHECK(train(1) != train(2));
}

TEST_CASE("the BLAS behind LibTorch has a name") { CHECK_FALSE(blas_name().empty()); }

TEST_CASE("a network config's error names the key") {
  QNetworkConfig config;
  config.learning_rate = 0.0;
  CHECK_THROWS_WITH_AS(QNetwork(shape(Head::kJoint), config, 0),
                       "network.learning_rate = 0: must be in (0, 1)", std::invalid_argument);
}

TEST_CASE("the daemon's runtime picks LibTorch's action on 100,000 observations, ties apart") {
  constexpr std::size_t kRows = 2000;
  for (const Head head : {Head::kJoint, Head::kSmooth, Head::kBranching}) {
    CAPTURE(std::string(to_string(head)));
    QNetwork network(shape(head), {}, 21);
    const std::vector<std::size_t> branches = shape(head).branches;
    DenseNetwork runtime("cost", network.tensors("cost"), branches);
    std::vector<float> values(kRows * 12);
    float farthest = 0.0F;
    int different = 0;
    for (std::uint64_t block = 0; block < 50; ++block) {
      Rows rows(kRows, block);
      network.predict(rows.observations, values);
      for (std::size_t row = 0; row < kRows; ++row) {
        const auto ours = runtime.evaluate({rows.observations.data() + row * kInputs, kInputs});
        const std::span<const float> theirs(values.data() + row * 12, 12);
        const auto lowest = std::min_element(ours.begin(), ours.end()) - ours.begin();
        const float least = *std::min_element(theirs.begin(), theirs.end());
        if (theirs[static_cast<std::size_t>(lowest)] > least + 1e-6F) ++different;
        for (std::size_t a = 0; a < 12; ++a) {
          farthest = std::max(farthest, std::abs(ours[a] - theirs[a]));
        }
      }
    }
    CHECK(different == 0);
    CHECK(farthest < 1e-5F);
  }
}
