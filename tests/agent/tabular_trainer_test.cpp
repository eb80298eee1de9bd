#include "agent/tabular_trainer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "policies/dense_policy.h"
#include "tests/agent/concurrent_table.h"
#include "tests/agent/noisy_log.h"
#include "tests/support/error_text.h"
#include "tests/support/state_store.h"
#include "tests/support/temporary_directory.h"

using namespace flyball;

namespace {

bool always(const TrainingProgress&) { return true; }

// Of the chain: its state, encoded far from its neighbours, and the action that runs.
std::vector<float> seen(std::size_t state, std::size_t previous) {
  return {0.3F * static_cast<float>(state) - 0.9F, 0.7F * static_cast<float>(previous) - 0.5F};
}

std::size_t drawn(const ConcurrentTable::Row& chances, std::mt19937_64& random) {
  double left = draw_unit(random);
  std::size_t state = 0;
  while (state + 1 < chances.size() && left >= chances[state]) left -= chances[state++];
  return state;
}

// Random decisions on a chain whose values are known; energy is the cost.
TrainingSet chain_log(const ConcurrentTable& table, std::size_t delay, std::size_t decisions) {
  TrainingSet set;
  set.board = "test";
  set.knobs = {{"gpu", {1e8, 2e8, 3e8}, {0}}};
  set.limits = {{0, 2}};
  set.period_seconds = 1.0;
  set.observation_names = {"queue", "arrivals"};
  set.logs = {"chain"};
  std::mt19937_64 random(5);
  std::size_t state = 0;
  std::size_t previous = 0;
  for (std::size_t i = 0; i < decisions; ++i) {
    const std::size_t action = draw_index(random, ConcurrentTable::kActions);
    const auto outcome = table.decide(state, previous, action, delay);
    const std::size_t next = drawn(outcome.at_end, random);
    Transition t;
    t.observation = seen(state, previous);
    t.next_observation = seen(next, action);
    t.action = static_cast<std::uint32_t>(action);
    t.before_effect = {0.25, outcome.before, 0.0, 0.0, 0.0};
    t.after_effect = {0.75, outcome.after, 0.0, 1.0, 0.0};
    t.effect_seconds = 0.25 * static_cast<double>(delay);
    t.seconds = 1.0;
    set.transitions.push_back(t);
    state = next;
    previous = action;
  }
  return set;
}

TrainerConfig chain_config() {
  TrainerConfig config;
  config.kind = LearnerKind::kTabular;
  config.head = Head::kJoint;
  config.cells = 6;
  config.least_rate = 0.002;
  config.learner.gamma = ConcurrentTable::kGamma;
  config.steps = 12000;
  return config;
}

EncoderConfig chain_encoder() {
  EncoderConfig config;
  config.with_effective = config.with_utilization = false;
  config.with_previous_action = config.with_t_as = config.with_vector_to_go = false;
  config.with_queue = config.with_arrivals = true;
  return config;
}

// Two knobs; what each costs adds up, and depends on a busy or an idle moment. In idle ones the
// highest level of the first knob was never tried.
TrainingSet two_knobs() {
  TrainingSet set;
  set.board = "test";
  set.knobs = {{"cpu", {1e8, 2e8, 3e8}, {0}}, {"gpu", {1e8, 2e8, 3e8, 4e8}, {1}}};
  set.limits = {{0, 2}, {0, 3}};
  set.period_seconds = 1.0;
  set.observation_names = {"queue"};
  set.logs = {"two"};
  std::mt19937_64 random(5);
  for (std::size_t i = 0; i < 4000; ++i) {
    const bool busy = draw_index(random, 2) == 1;
    const std::size_t cpu = draw_index(random, busy ? 3 : 2);
    const std::size_t gpu = draw_index(random, 4);
    const double cost = busy ? 5.0 - static_cast<double>(cpu + gpu)
                             : 1.0 + static_cast<double>(cpu) + (gpu == 1 ? 0.0 : 0.5);
    Transition t;
    t.observation = t.next_observation = {busy ? 1.0F : 0.0F};
    t.action = static_cast<std::uint32_t>(4 * cpu + gpu);
    t.after_effect = {1.0, cost, 0.0, 1.0, 0.0};
    t.seconds = 1.0;
    set.transitions.push_back(t);
  }
  return set;
}

TrainerConfig two_knobs_config(Head head) {
  TrainerConfig config;
  config.kind = LearnerKind::kTabular;
  config.head = head;
  config.cells = 2;
  config.steps = 200;
  config.least_rate = 0.005;
  return config;
}

EncoderConfig queue_encoder() {
  EncoderConfig config = chain_encoder();
  config.with_arrivals = false;
  return config;
}

}  // namespace

TEST_CASE("the table comes to the values of value iteration, with a delay and without") {
  const ConcurrentTable table(11);
  for (const std::size_t delay : {0, 2}) {
    CAPTURE(delay);
    const TrainerConfig config = chain_config();
    const TrainingSet set = chain_log(table, delay, 100000);
    TabularTrainer trainer(config, set);
    trainer.run(1000, always);
    const auto exact = table.exact(delay);
    // Values are per request: a discounted sum times what of it is one decision's.
    const double share = 1.0 - ConcurrentTable::kGamma;
    double worst = 0.0;
    ConcurrentTable::for_each([&](std::size_t s, std::size_t p, std::size_t a) {
      const double value = trainer.value(seen(s, p), static_cast<std::uint32_t>(a)).value();
      worst = std::max(worst, std::abs(value - share * exact[s][p][a]) / (share * exact[s][p][a]));
    });
    CHECK(worst < 0.02);
  }
}

TEST_CASE("the policy file decides and predicts as the table does, and costs what is least") {
  const ConcurrentTable table(11);
  TabularTrainer trainer(chain_config(), chain_log(table, 2, 100000));
  trainer.run(1000, always);
  const TemporaryDirectory directory;
  save_policy(directory.path() / "table.flyball", trainer.policy(chain_encoder(), "test"));
  DensePolicy policy(load_policy(directory.path() / "table.flyball"));
  const auto decide = [&](std::size_t state, std::size_t previous) {
    return policy.decide(seen(state, previous));
  };
  for (std::size_t s = 0; s < ConcurrentTable::kStates; ++s) {
    const std::size_t action = decide(s, 1);
    for (std::uint32_t a = 0; a < ConcurrentTable::kActions; ++a) {
      CHECK(policy.predicted(a).cost ==
            doctest::Approx(*trainer.value(seen(s, 1), a)).epsilon(1e-5));
      CHECK(policy.predicted(action).cost <= policy.predicted(a).cost);
    }
  }
  const auto exact = table.exact(2);
  const double least = table.mean_cost(
      [&](std::size_t s, std::size_t p) { return ConcurrentTable::cheapest(exact[s][p]); }, 2);
  CHECK(table.mean_cost(decide, 2) < 1.006 * least);
}

TEST_CASE(
    "a table per knob finds the cheapest level of each, and what was not tried is not chosen") {
  for (const Head head : {Head::kBranching, Head::kJoint}) {
    CAPTURE(to_string(head));
    TabularTrainer trainer(two_knobs_config(head), two_knobs());
    trainer.run(50, always);
    CHECK(trainer.cells().size() == 2);
    DensePolicy policy(trainer.policy(queue_encoder(), "test"));
    CHECK(policy.decide(std::vector{1.0F}) == 4 * 2 + 3);  // busy: both high
    CHECK(policy.decide(std::vector{0.0F}) == 1);          // idle: the CPU low, the GPU at 1
    CHECK_FALSE(trainer.value(std::vector{0.0F}, 4 * 2).has_value());
    CHECK(policy.predicted(4 * 2 + 1).cost > policy.predicted(4 * 1 + 0).cost);
    CHECK(trainer.supported() == 12);
  }
}

TEST_CASE(
    "what a cell was shown too seldom is not chosen there, and without any it is as anywhere") {
  TrainingSet set = two_knobs();
  Transition cheap = set.transitions.front();
  cheap.observation = cheap.next_observation = {0.0F};
  cheap.action = 4 * 2 + 1;
  cheap.after_effect = {1.0, 0.0, 0.0, 1.0, 0.0};
  for (int i = 0; i < 9; ++i) set.transitions.push_back(cheap);
  TrainerConfig config = two_knobs_config(Head::kJoint);
  const auto idle = [&] {
    TabularTrainer trainer(config, set);
    trainer.run(50, always);
    return DensePolicy(trainer.policy(queue_encoder(), "v")).decide(std::vector{0.0F});
  };
  config.cell_minimum = 9;
  CHECK(idle() == 4 * 2 + 1);
  config.cell_minimum = 10;
  CHECK(idle() == 1);
  config.cell_minimum = 1000000;
  CHECK(idle() == 4 * 2 + 3);  // mostly tried in busy moments, where it is best
}

TEST_CASE("an unseen state is decided by what was learned of all of them") {
  TrainingSet set = two_knobs();
  set.observation_names = {"queue", "arrivals"};
  for (Transition& t : set.transitions) {
    t.observation.push_back(t.observation[0]);
    t.next_observation = t.observation;
  }
  TrainerConfig config = two_knobs_config(Head::kJoint);
  config.least_rate = 1e-6;
  TabularTrainer trainer(config, set);
  trainer.run(50, always);
  DensePolicy policy(trainer.policy(chain_encoder(), "test"));
  policy.decide(std::vector{1.0F, 0.0F});  // the lowest levels: two of five times in busy moments
  CHECK(policy.predicted(0).cost == doctest::Approx(0.4 * 5.0 + 0.6 * 1.5).epsilon(0.05));
  policy.decide(std::vector{0.0F, 0.0F});
  CHECK(policy.predicted(0).cost == doctest::Approx(1.5).epsilon(0.01));
}

TEST_CASE("a price of a miss that rises is learned from there on") {
  TrainingSet set = two_knobs();
  for (Transition& t : set.transitions) t.after_effect.missed = t.action / 4 == 0 ? 1.0 : 0.0;
  TrainerConfig config = two_knobs_config(Head::kBranching);
  config.steps = 4000;
  TabularTrainer trainer(config, set);
  trainer.run(1, [](const TrainingProgress& p) { return p.step < 1000; });
  const auto idle_cpu = [&] {
    return DensePolicy(trainer.policy(queue_encoder(), "v")).decide(std::vector{0.0F}) / 4;
  };
  CHECK(trainer.steps() == 1000);
  CHECK(idle_cpu() == 0);
  trainer.set_miss_penalty(10.0);
  trainer.run(1000, always);
  CHECK(idle_cpu() == 1);
}

TEST_CASE("resumed from what was saved it goes on to the same bits") {
  const TrainingSet set = two_knobs();
  const TrainerConfig config = two_knobs_config(Head::kJoint);
  TabularTrainer whole(config, set);
  whole.run(50, always);
  TabularTrainer first(config, set);
  first.run(50, [](const TrainingProgress& p) { return p.step < 100; });
  StateStore store;
  StoreSaver saver(store);
  first.visit_state(saver);
  TabularTrainer second(config, set);
  StoreRestorer restorer(store);
  second.visit_state(restorer);
  CHECK(second.steps() == 100);
  second.run(50, always);
  CHECK(second.policy(queue_encoder(), "v").tensors == whole.policy(queue_encoder(), "v").tensors);
}

TEST_CASE("the estimate is of the chosen actions, against what the log did") {
  const TrainerConfig config = two_knobs_config(Head::kJoint);
  const TrainingSet set = two_knobs();
  TabularTrainer trainer(config, set);
  trainer.run(50, always);
  const TrainingEstimate estimate = trainer.estimate(prepared(config, set));
  CHECK_FALSE(estimate.against_residents);
  CHECK(estimate.behaviour_cost == doctest::Approx((2.5 + 1.875) / 2.0).epsilon(0.03));
  CHECK(estimate.policy_cost == doctest::Approx((0.0 + 1.0) / 2.0).epsilon(0.05));
}

TEST_CASE("where nothing is to be seen, the policy is one setting") {
  TrainingSet set = noisy_log::make(600);
  for (Transition& t : set.transitions) t.observation = t.next_observation = {0.0F, 0.0F, 0.0F};
  TrainerConfig config = two_knobs_config(Head::kJoint);
  config.objective.per_request = true;
  TabularTrainer trainer(config, set);
  trainer.run(50, always);
  DensePolicy policy(trainer.policy(noisy_log::encoder(), "test"));
  const std::size_t level = policy.decide(std::vector<float>{1.0F, 0.01F, 0.0F});
  CHECK(noisy_log::energy(level) < 1.03 * noisy_log::energy(1));
}

TEST_CASE("what a table cannot do is refused, naming key and way out") {
  const auto refusal = [](auto change) {
    TrainerConfig config = two_knobs_config(Head::kJoint);
    change(config);
    return error_text([&] { validate(config); });
  };
  CHECK(refusal([](auto&) {}) == "no error");
  CHECK(refusal([](auto& c) { c.head = Head::kSmooth; }) ==
        "network.head: must be \"joint\" or \"branching\": a table (learner.kind = \"tabular\") "
        "cannot do otherwise; learner.kind = \"dqn\" can");
  CHECK(refusal([](auto& c) {
          c.constraint_head = Head::kJoint;
        }).starts_with("network.constraint_head: "));
  CHECK(refusal([](auto& c) { c.learner.backup = Backup::kDvfo; }).starts_with("learner.backup: "));
  CHECK(
      refusal([](auto& c) { c.learner.iterate_rho = true; }).starts_with("learner.iterate_rho: "));
  CHECK(refusal([](auto& c) {
          c.objective.constraint = ConstraintLimit{ConstraintKind::kMissRate, 0.1};
        }).starts_with("objective.constraint: "));
  CHECK(refusal([](auto& c) {
          c.objective.eta_range = {0.0, 1.0};
        }).starts_with("objective.eta_range: "));
  CHECK(refusal([](auto& c) {
          c.objective.per_request = true;
          c.learner.n_step = 2;
        }).starts_with("learner.n_step = 2: "));
  CHECK(refusal([](auto& c) { c.cells = 0; }).find("cells") != std::string::npos);
  CHECK(refusal([](auto& c) { c.cell_minimum = 0; }).find("cell_minimum") != std::string::npos);
  CHECK(refusal([](auto& c) { c.least_rate = 0.0; }).find("least_rate") != std::string::npos);
}

TEST_CASE("more cells than a table should have are refused, with their number") {
  TrainingSet set = two_knobs();
  set.observation_names = {"queue", "arrivals", "power"};
  std::mt19937_64 random(1);
  for (Transition& t : set.transitions) {
    for (int i = 0; i < 2; ++i) t.observation.push_back(static_cast<float>(draw_unit(random)));
    t.next_observation = {0.0F, t.observation[2], t.observation[1]};
  }
  TrainerConfig config = two_knobs_config(Head::kJoint);
  config.cells = 64;
  const std::string text = error_text([&] { TabularTrainer(config, set); });
  CHECK(text.starts_with("learner.cells = 64: 3 inputs cut so make "));
  CHECK(text.ends_with(" cells in the data, 4096 is most"));
}

TEST_CASE("observations that tell the mode are refused, and so is a set without transitions") {
  TrainingSet set = two_knobs();
  set.observation_names = {"floor.cpu", "ceiling.cpu", "floor.gpu", "ceiling.gpu"};
  for (Transition& t : set.transitions) {
    t.observation = t.next_observation = {-1.0F, 1.0F, -1.0F, 1.0F};
  }
  const TrainerConfig config = two_knobs_config(Head::kJoint);
  CHECK(error_text([&] { TabularTrainer(config, set); }).starts_with("observation.with_mode: "));
  CHECK(error_text([&] {
          TabularTrainer(config, TrainingSet{});
        }).starts_with("nothing to learn from"));
}
