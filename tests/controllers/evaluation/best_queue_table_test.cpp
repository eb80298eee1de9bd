#include "controllers/evaluation/best_queue_table.h"

#include <doctest/doctest.h>

#include <atomic>

using namespace flyball;

namespace {

const std::vector<LevelRange> kFastest = {{3, 3}};

QueueTableConfig one_clock() {
  QueueTableConfig config;
  config.knobs = {{"gpu", {1.0, 2.0, 3.0, 4.0}, {0}}};
  config.limits = {{0, 3}};
  config.seeds = {5, 6};
  config.run_limits.in_time_share = 0.9;
  config.least_requests = {0, 2};
  return config;
}

// Half of the time nothing waits, a quarter each one or three requests. Every one is cheapest at
// the lowest clock; but with three waiting a clock below the third level is late for 20 of 100, and
// with one waiting the lowest clock is late for 8.
RunFigures run(const QueueTable& table, std::uint64_t /*seed*/) {
  const auto level = [&](std::uint64_t requests) {
    return table[row_for(table, requests)].setting[0].ceiling;
  };
  RunFigures figures;
  figures.served = 100;
  figures.seconds = 1.0;
  figures.energy_joules = 100.0 + 10.0 * level(0) + 5.0 * level(1) + 5.0 * level(3);
  figures.missed = (level(3) < 2 ? 20U : 0U) + (level(1) < 1 ? 8U : 0U);
  return figures;
}

Level level_at(const BestQueueTable& best, std::uint64_t requests) {
  return best.table[row_for(best.table, requests)].setting[0].ceiling;
}

}  // namespace

TEST_CASE("each length gets the cheapest setting that the limit allows it") {
  const QueueTableSearch search = search_queue_table(one_clock(), kFastest, run);
  REQUIRE(search.best);
  CHECK(level_at(*search.best, 0) == 0);
  CHECK(level_at(*search.best, 1) == 0);  // 8 of 100 late: allowed
  CHECK(level_at(*search.best, 3) == 2);
  CHECK(search.best->figures.energy_joules == 2 * 110.0);  // of both seeds
  CHECK(search.best->figures.feasible);
}

TEST_CASE("a row moves to the length that needs its setting") {
  QueueTableConfig config = one_clock();
  config.least_requests = {0, 1};
  const QueueTableSearch search = search_queue_table(config, kFastest, run);
  REQUIRE(search.best);
  CHECK(search.best->table[1].least_requests > 1);
  CHECK(search.best->table[1].least_requests <= 3);
  CHECK(search.best->figures.energy_joules == 2 * 110.0);
}

TEST_CASE("the application's knob is pinned in every row") {
  QueueTableConfig config = one_clock();
  config.knobs.push_back({"batch", {1.0, 2.0}, {}});
  config.limits.push_back({0, 1});
  std::atomic<int> unpinned = 0;
  const TableRunner watch = [&](const QueueTable& table, std::uint64_t seed) {
    for (const QueueTableRow& row : table) unpinned += row.setting[1].is_pinned() ? 0 : 1;
    return run(table, seed);
  };
  CHECK(search_queue_table(config, {{3, 3}, {1, 1}}, watch).best);
  CHECK(unpinned == 0);
}

TEST_CASE("the best table is the same on one thread and on several") {
  QueueTableConfig config = one_clock();
  const QueueTableSearch one = search_queue_table(config, kFastest, run);
  config.threads = 3;
  const QueueTableSearch three = search_queue_table(config, kFastest, run);
  CHECK(one.best->table == three.best->table);
  CHECK(one.tried == three.tried);
}

TEST_CASE("no more tables are tried than allowed, the best of those is what there is") {
  QueueTableConfig config = one_clock();
  config.most_tables = 3;
  std::atomic<int> runs = 0;
  const TableRunner count = [&](const QueueTable& table, std::uint64_t seed) {
    ++runs;
    return run(table, seed);
  };
  const QueueTableSearch search = search_queue_table(config, kFastest, count);
  CHECK(search.tried == 3);
  CHECK(runs.load() == 5);  // one is behind on the first arrivals, and not run on the others
  CHECK(search.best);
}

TEST_CASE("nothing feasible gives no best table, an interruption says so") {
  QueueTableConfig config = one_clock();
  config.run_limits.in_time_share = 1.1;
  CHECK_FALSE(search_queue_table(config, kFastest, run).best);
  const QueueTableSearch stopped =
      search_queue_table(one_clock(), kFastest, run, [](double) { return false; });
  CHECK(stopped.interrupted);
  CHECK_FALSE(stopped.best);
}
