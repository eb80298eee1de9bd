#include "tools/reproduce/published/loudva_policies.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "env/statistics.h"
#include "tools/jobs/parallel_jobs.h"
#include "tools/reproduce/published/loudva_files.h"

namespace flyball {

namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr std::array<std::uint64_t, 3> kSeeds = {21, 22, 23};  // not those of any choice made
constexpr double kLearnSeconds = 7200.0;
constexpr double kCheckSeconds = 600.0;
constexpr double kBlindSeconds = 1200.0;
constexpr std::uint64_t kCheckSeed = 1000;
constexpr std::uint64_t kBlindSeed = 2'000'000'000;
constexpr double kShareOfSaving = 0.95;
constexpr double kLateShare = 0.7;  // of the allowed misses, in validation
constexpr double kSpare = 0.005;    // below what stock keeps

// A run to be judged on.
struct JudgedRun {
  const char* name;
  const char* run;
  std::optional<double> controller_saving;  // percent, of the authors' controller on the board
};

// What is asked of one policy.
struct Wish {
  const char* name;  // of its files
  double limit_scale = 1.0;
  double in_time = 0.0;           // share of the images
  std::vector<std::string> runs;  // whose requests it learns from
  std::vector<JudgedRun> judged;
};

std::vector<Wish> wishes() {
  return {{"recorded",
           1.0,
           0.995,
           {"stock_governor_0", "stock_governor_3"},
           {{"run 0", "stock_governor_0", 13.5}, {"run 3", "stock_governor_3", 22.9}}},
          {"quarter",
           0.25,
           0.992,  // the host alone makes 4 of 538 images late
           {"stock_governor_0"},
           {{"run 0, limits cut to a quarter", "stock_governor_0", std::nullopt}}}};
}

fs::path scenario_of(const LoudvaSteps& steps, const std::string& name, const fs::path& workload,
                     const fs::path& trace, const Wish& wish) {
  const fs::path scaled =
      write_scaled_trace(trace, wish.limit_scale, steps.folder() / (name + "_scaled.csv"));
  return write_loudva_scenario({name, workload, scaled, wish.in_time}, steps.folder());
}

// What `flyball train` is asked: no more than stock keeps on the twin under its margin, as the
// validation multiplies limits by that and leaves three tenths of the allowed misses to spare.
double wish_on_twin(const LoudvaSteps& steps, const Wish& wish, const LoudvaTwin& twin,
                    const fs::path& trace) {
  Wish tightened = wish;
  tightened.limit_scale *= twin.latency_margin;
  const fs::path scenario =
      scenario_of(steps, fmt::format("{}_tightened", wish.name), twin.workload, trace, tightened);
  const double kept =
      steps.evaluate(scenario, {"stock"}).at("stock").at("in_time_share").get<double>();
  return std::min(wish.in_time, 1.0 - (1.0 - kept + kSpare) / kLateShare);
}

// What one policy is trained with.
struct Training {
  std::size_t wish = 0;  // its place among wishes()
  std::uint64_t seed = 0;
  fs::path learn;  // scenario
  fs::path check;  // likewise
  double in_time = 0.0;
};

// A policy per wish and seed: its own log, its own networks; those of a wish are measured on the
// same arrivals.
std::vector<Training> trainings(const LoudvaSteps& steps, const LoudvaTwin& twin) {
  std::vector<Training> all;
  const std::vector<Wish> asked = wishes();
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const Wish& wish = asked[i];
    const fs::path trace = steps.drawn_trace(wish.runs, kCheckSeconds, kCheckSeed);
    const fs::path check =
        scenario_of(steps, fmt::format("{}_check", wish.name), twin.workload, trace, wish);
    const double in_time = wish_on_twin(steps, wish, twin, trace);
    for (const std::uint64_t seed : kSeeds) {
      const fs::path learn =
          scenario_of(steps, fmt::format("{}_{}", wish.name, seed), twin.workload,
                      steps.drawn_trace(wish.runs, kLearnSeconds, seed), wish);
      all.push_back({i, seed, learn, check, in_time});
    }
  }
  return all;
}

// The policies of each wish, as `flyball evaluate` takes them, after the best fixed setting.
std::vector<std::vector<std::string>> train_all(const LoudvaSteps& steps, const LoudvaTwin& twin,
                                                unsigned threads) {
  const std::vector<Training> all = trainings(steps, twin);
  std::vector<fs::path> policies(all.size());
  run_parallel("train", all.size(), threads, [&](std::size_t i) {
    const Training& one = all[i];
    policies[i] = steps.train(steps.explore(one.learn, one.seed), one.check, one.in_time, one.seed);
    return one.learn.stem().string();
  });
  std::vector<std::vector<std::string>> governors(wishes().size(), {"best-fixed"});
  for (std::size_t i = 0; i < all.size(); ++i) governors[all[i].wish].push_back(policies[i]);
  return governors;
}

struct Spread {
  double median = 0.0;
  double worst = 0.0;
};

Spread spread_of(const json& governors, const char* key) {
  std::vector<double> values;
  for (const json& governor : governors) values.push_back(100.0 * governor.at(key).get<double>());
  return {upper_median(values), *std::min_element(values.begin(), values.end())};
}

enum class Rows : std::uint8_t { kChecked, kShown };

// On one trace.
void add_rows(const std::string& name, const json& evaluation, Rows rows,
              ReproductionTable& table) {
  const bool is_checked = rows == Rows::kChecked;
  const double asked_in_time = evaluation.at("limits").at("in_time_share").get<double>();
  const json& stock = evaluation.at("stock");
  json policies = evaluation.at("governors");
  const json fixed = policies.front();
  policies.erase(policies.begin());
  const double kept = 100.0 * stock.at("in_time_share").get<double>();
  table.show(name + ": energy under stock", std::nullopt, stock.at("energy_joules").get<double>(),
             "J");
  table.show(name + ": stock in time", std::nullopt, kept, "%");
  std::optional<double> asked;
  if (fixed.contains("saving")) {
    const double saving = 100.0 * fixed.at("saving").get<double>();
    table.show(name + ": best fixed setting saves", std::nullopt, saving, "%");
    asked = kShareOfSaving * saving;
  }
  const Spread saving = spread_of(policies, "saving");
  const Spread in_time = spread_of(policies, "in_time_share");
  const double least = 100.0 * std::min(asked_in_time, kept / 100.0);
  if (is_checked && asked) {
    table.check_at_least(name + ": policy saves", *asked, saving.median, "%");
  } else {
    table.show(name + ": policy saves", asked, saving.median, "%");
  }
  if (is_checked) {
    table.check_at_least(name + ": policy in time", least, in_time.median, "%");
  } else {
    table.show(name + ": policy in time", least, in_time.median, "%");
  }
  table.show(name + ": policy saves, worst seed", asked, saving.worst, "%");
  table.show(name + ": policy in time, worst seed", least, in_time.worst, "%");
}

// On the requests as recorded, and drawn anew.
void add_judged(const LoudvaSteps& steps, const fs::path& plant, const Wish& wish,
                const std::vector<std::string>& governors, ReproductionTable& table) {
  for (const JudgedRun& judged : wish.judged) {
    const std::string file = fmt::format("{}_{}", wish.name, judged.run);
    const fs::path recorded = scenario_of(steps, file, plant, steps.trace(judged.run), wish);
    add_rows(judged.name, steps.evaluate(recorded, governors), Rows::kChecked, table);
    if (judged.controller_saving) {
      table.show(fmt::format("{}: the authors' controller saved", judged.name), std::nullopt,
                 *judged.controller_saving, "%");
    }
    const fs::path drawn =
        scenario_of(steps, file + "_drawn", plant,
                    steps.drawn_trace({judged.run}, kBlindSeconds, kBlindSeed), wish);
    add_rows(std::string(judged.name) + ", drawn anew", steps.evaluate(drawn, governors),
             Rows::kShown, table);
  }
}

}  // namespace

void add_loudva_policies(const LoudvaSteps& steps, const LoudvaTwin& twin, const LoudvaWorld& world,
                         unsigned threads, ReproductionTable& table) {
  const fs::path plant = write_loudva_plant(world, steps.folder());
  const std::vector<std::vector<std::string>> governors = train_all(steps, twin, threads);
  const std::vector<Wish> asked = wishes();
  for (std::size_t i = 0; i < asked.size(); ++i) {
    add_judged(steps, plant, asked[i], governors[i], table);
  }
  table.note(
      "Policies: by `flyball trace --draw`, `simulate` with random settings and `train` without a "
      "recipe, all on the twin, which also judges while they are trained, under its margin; they "
      "are asked for no more in time than stock keeps there. Then `flyball evaluate` judges them, "
      "guarded, on the plant made of the board's sweep, which nothing was chosen by. The median of "
      "the seeds is checked against 95 % of the saving of the best fixed setting there, and the "
      "share in time against what is asked or what stock keeps, whichever is less. Limits of a "
      "quarter have policies of their own. Drawn anew: twenty minutes made of stretches of the "
      "run. The "
      "energy is that until the last request is served. The authors' controller ran on the board, "
      "against the board's stock governor.");
}

}  // namespace flyball
