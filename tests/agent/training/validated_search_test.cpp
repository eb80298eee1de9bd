#include "agent/training/validated_search.h"

#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

using namespace flyball;

namespace {

ValidationConfig every(std::uint64_t steps) {
  ValidationConfig config;
  config.scenario = "anything";
  config.every_steps = steps;
  return config;
}

// Gives these figures one after the other.
MeasurePolicy in_turn(std::vector<ValidationFigures> figures) {
  return [figures, next = std::size_t{0}](const PolicyFile&) mutable { return figures.at(next++); };
}

ValidationFigures kept(double saving) { return {saving, 0.1, 1.0, true}; }
ValidationFigures broken(double in_time) { return {0.5, 0.1, in_time, false}; }

// Keeps the bytes of every field by name, and gives them back.
class Memory final : public StateVisitor {
 public:
  void visit_bytes(const std::string& name, std::span<std::byte> bytes) override {
    const auto [it, is_new] = fields_.try_emplace(name, bytes.begin(), bytes.end());
    if (!is_new) std::copy(it->second.begin(), it->second.end(), bytes.begin());
  }

 private:
  std::map<std::string, std::vector<std::byte>> fields_;
};

}  // namespace

TEST_CASE("a measurement is due every so many steps and at the last one, never twice at one") {
  ValidatedSearch search(every(100), {in_turn({kept(0.1), kept(0.1)})}, 1.0);
  CHECK_FALSE(search.is_due(0, false));
  CHECK_FALSE(search.is_due(50, false));
  CHECK(search.is_due(50, true));
  CHECK(search.is_due(100, false));
  search.measure({}, 100);
  CHECK_FALSE(search.is_due(100, true));
  CHECK_FALSE(search.is_due(150, false));
  CHECK(search.is_due(200, false));
}

TEST_CASE("the best policy is remembered with its step") {
  ValidatedSearch search(every(1), {in_turn({broken(0.9), kept(0.1), kept(0.05), kept(0.2)})}, 1.0);
  search.measure({}, 1);
  CHECK(search.is_best());  // the first is, whatever it is
  search.measure({}, 2);
  CHECK(search.is_best());
  search.measure({}, 3);
  CHECK_FALSE(search.is_best());
  CHECK(search.best_step() == 2);
  search.measure({}, 4);
  CHECK(search.best()->saving == 0.2);
}

TEST_CASE("patience ends it after so many measurements without a better one") {
  ValidationConfig config = every(1);
  config.patience = 2;
  ValidatedSearch search(config, {in_turn({kept(0.2), kept(0.1), kept(0.1)})}, 1.0);
  search.measure({}, 1);
  search.measure({}, 2);
  CHECK_FALSE(search.has_ended());
  search.measure({}, 3);
  CHECK(search.has_ended());
}

TEST_CASE("a miss gets dearer where limits are broken and cheaper where they are kept") {
  ValidationConfig config = every(1);
  config.price_step = 2.0;
  ValidatedSearch search(config, {in_turn({broken(0.9), broken(0.95), kept(0.1)})}, 1.0);
  CHECK(search.miss_penalty() == 1.0);
  search.measure({}, 1);
  CHECK(search.miss_penalty() == 2.0);
  search.measure({}, 2);
  CHECK(search.miss_penalty() == 4.0);
  search.measure({}, 3);
  CHECK(search.miss_penalty() == doctest::Approx(4.0 / std::pow(2.0, 1.0 / 1.5)));  // less far back
}

TEST_CASE("the price closes in where limits are kept and broken in turn, and is not stuck there") {
  ValidationConfig config = every(1);
  config.price_step = 2.0;
  std::vector<ValidationFigures> figures;
  for (int i = 0; i < 6; ++i) figures.insert(figures.end(), {kept(0.1), broken(0.9)});
  figures.resize(16, broken(0.9));  // then a dearer miss is needed
  ValidatedSearch search(config, {in_turn(figures)}, 1.0);
  std::vector<double> prices;
  for (std::uint64_t step = 1; step <= figures.size(); ++step) {
    search.measure({}, step);
    prices.push_back(search.miss_penalty());
  }
  CHECK(prices[11] / prices[10] == doctest::Approx(std::pow(2.0, 1.0 / 6.5)));  // 11 turns
  CHECK(prices[15] / prices[14] == doctest::Approx(std::pow(2.0, 1.0 / 6.5)));
  CHECK(prices[15] > 1.5 * prices[11]);
}

TEST_CASE("without a step the price stays") {
  ValidatedSearch search(every(1), {in_turn({broken(0.9)})}, 1.5);
  search.measure({}, 1);
  CHECK(search.miss_penalty() == 1.5);
}

TEST_CASE("restored, a search goes on where it was") {
  ValidationConfig config = every(1);
  config.price_step = 2.0;
  config.patience = 2;
  ValidatedSearch first(config, {in_turn({kept(0.2), kept(0.1)})}, 1.0);
  first.measure({}, 1);
  first.measure({}, 2);
  Memory memory;
  first.visit_state(memory);
  ValidatedSearch second(config, {in_turn({broken(0.9)})}, 1.0);
  second.visit_state(memory);
  CHECK(second.miss_penalty() == 0.25);
  CHECK(second.best()->saving == 0.2);
  CHECK(second.best_step() == 1);
  CHECK_FALSE(second.is_due(2, true));
  second.measure({}, 3);
  CHECK(second.has_ended());
  CHECK(second.miss_penalty() == doctest::Approx(0.25 * std::pow(2.0, 1.0 / 1.5)));
}

TEST_CASE("a search begins with the best constant policy where that is asked for, and once") {
  PolicyFile file;
  file.metadata.knobs = {{"gpu", {1, 2}, false}};
  file.metadata.support = {1, 1};
  const auto by_level = [](const PolicyFile& policy) {
    return policy.metadata.support[0] != 0 ? kept(0.2) : kept(0.1);
  };
  ValidatedSearch without(every(1), {by_level}, 1.0);
  CHECK_FALSE(without.begin(file));
  ValidationConfig config = every(1);
  config.constants = true;
  config.price_step = 2.0;
  ValidatedSearch search(config, {by_level}, 1.0);
  const auto constant = search.begin(file);
  REQUIRE(constant);
  CHECK(constant->metadata.support == std::vector<std::uint8_t>{1, 0});
  CHECK(search.best()->saving == 0.2);
  CHECK(search.best_step() == 0);
  CHECK(search.miss_penalty() == 1.0);  // nothing was learned yet
  CHECK_FALSE(search.begin(file));
  Memory memory;
  search.visit_state(memory);
  ValidatedSearch restored(config, {by_level}, 1.0);
  restored.visit_state(memory);
  CHECK(restored.best()->saving == 0.2);
  CHECK_FALSE(restored.begin(file));
}

TEST_CASE("what would be the best is asked again, and is not kept where that does not confirm it") {
  std::size_t asked = 0;
  PolicyJudge judge{in_turn({kept(0.3), kept(0.1), kept(0.05), kept(0.2)})};
  judge.confirm = [&](const PolicyFile&) { return ++asked > 1; };
  ValidationConfig config = every(1);
  config.price_step = 2.0;
  ValidatedSearch search(config, judge, 1.0);
  CHECK_FALSE(search.measure({}, 1).feasible);
  CHECK(search.miss_penalty() == 2.0);  // as where a limit was broken
  search.measure({}, 2);
  CHECK(search.is_best());
  search.measure({}, 3);  // no better: not asked
  CHECK(asked == 2);
  search.measure({}, 4);
  CHECK(search.best()->saving == 0.2);
  CHECK(asked == 3);
}
