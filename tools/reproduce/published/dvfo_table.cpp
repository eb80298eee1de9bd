#include "tools/reproduce/published/dvfo_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "agent/networks/q_network.h"
#include "tools/jobs/parallel_jobs.h"
#include "tools/reproduce/common/drawn_seeds.h"
#include "tools/reproduce/common/median_rows.h"
#include "tools/reproduce/published/dvfo_policy.h"
#include "tools/reproduce/published/dvfo_world.h"

namespace flyball {

namespace {

constexpr std::uint64_t kRequests = 8;         // pinned: without noise one is like the other
constexpr std::uint64_t kStockRequests = 400;  // the governors have to settle
constexpr double kDefaultMegabits = 5.0;
constexpr double kDefaultEta = 0.5;
constexpr std::array kMegabits = {0.5, 1.0, 2.0, 4.0, 5.0, 8.0};
constexpr std::array kEtas = {0.0, 0.3, 0.5, 0.6, 1.0};
constexpr std::array kAppealRates = {0.1, 0.3, 0.5};
constexpr double kUsualAppealRate = 0.3;
constexpr double kWithinOptimum = 1e-9;
constexpr std::uint64_t kTuningRequests = 3000;
constexpr std::uint64_t kJudgedRequests = 20000;
constexpr double kPolicyMargin = 2.0;  // %

// What can be compared, at one bandwidth.
struct DvfoSystems {
  DvfoCost edge_only;
  DvfoCost cloud_features;
  DvfoCost cloud_jpeg;
  DvfoCost cloud_picture;
  DvfoPoint drldo;                  // CPU clock and share
  std::vector<DvfoPoint> all;       // every clock and share
  std::vector<DvfoPoint> all_jpeg;  // every clock, all of the JPEG sent
  const DvfoPoint& best(double eta) const { return cheapest(all, edge_only, eta); }
  const DvfoPoint& best_jpeg(double eta) const { return cheapest(all_jpeg, edge_only, eta); }
};

Scenario scenario_of(const DvfoCell& cell, DvfoSends sends, double megabits,
                     std::uint64_t requests = kRequests) {
  return dvfo_scenario(cell, sends, ConstantBandwidth{megabits * 1e6}, requests);
}

DvfoCost stock_cost(const DvfoCell& cell, DvfoSends sends, double megabits, double share) {
  return under_stock(scenario_of(cell, sends, megabits, kStockRequests), share);
}

// Of a picture all is sent: the share is no choice.
Scenario whole_jpeg(const DvfoCell& cell, double megabits) {
  Scenario scenario = scenario_of(cell, DvfoSends::kJpeg, megabits);
  scenario.application.offload->default_share = 1.0;
  return scenario;
}

DvfoSystems systems_of(const DvfoCell& cell, double megabits, unsigned threads) {
  const Scenario features = scenario_of(cell, DvfoSends::kFeatures, megabits);
  DvfoSystems systems;
  systems.edge_only = stock_cost(cell, DvfoSends::kFeatures, megabits, 0.0);
  systems.cloud_features = stock_cost(cell, DvfoSends::kFeatures, megabits, 1.0);
  systems.cloud_jpeg = stock_cost(cell, DvfoSends::kJpeg, megabits, 1.0);
  systems.cloud_picture = stock_cost(cell, DvfoSends::kPicture, megabits, 1.0);
  const Scenario settled = scenario_of(cell, DvfoSends::kFeatures, megabits, kStockRequests);
  systems.drldo =
      cheapest(dvfo_sweep(settled, {"cpu", kOffloadKnob}, threads), systems.edge_only, kDefaultEta);
  systems.all = dvfo_sweep(features, {"cpu", "gpu", "emc", kOffloadKnob}, threads);
  systems.all_jpeg = dvfo_sweep(whole_jpeg(cell, megabits), {"cpu", "gpu", "emc"}, threads);
  return systems;
}

// AppealNet decides by a head of the edge's own network, which has run by then: who appeals pays
// for both.
DvfoCost appealing(const DvfoSystems& systems, const DvfoCost& cloud, double rate) {
  return {systems.edge_only.joules + rate * cloud.joules,
          systems.edge_only.seconds + rate * cloud.seconds};
}

struct NamedCost {
  std::string name;
  DvfoCost cost;
  std::optional<double> published_saving;  // of its energy by DVFO, in percent
};

std::vector<NamedCost> baselines(const DvfoSystems& systems) {
  std::vector<NamedCost> all = {
      {"Edge-only", systems.edge_only, 43.0},
      {"Cloud-only, features", systems.cloud_features, 39.0},
      {"Cloud-only, JPEG", systems.cloud_jpeg, std::nullopt},
      {"Cloud-only, JPEG, best clocks", systems.best_jpeg(kDefaultEta).cost, std::nullopt}};
  for (const double rate : kAppealRates) {
    const bool is_usual = rate == kUsualAppealRate;
    all.push_back({fmt::format("AppealNet, {:.0f} % appeal", 100.0 * rate),
                   appealing(systems, systems.cloud_picture, rate),
                   is_usual ? std::optional(31.0) : std::nullopt});
    all.push_back({fmt::format("AppealNet with JPEG, {:.0f} % appeal", 100.0 * rate),
                   appealing(systems, systems.cloud_jpeg, rate), std::nullopt});
  }
  all.push_back({"DRLDO, best CPU clock and share", systems.drldo.cost, 18.0});
  return all;
}

double percent_below(double ours, double theirs) { return 100.0 * (1.0 - ours / theirs); }

void add_cost(const std::string& name, const DvfoCost& cost, const DvfoCost& reference,
              ReproductionTable& table) {
  table.show(name + ", energy", {}, 1e3 * cost.joules, "mJ");
  table.show(name + ", latency", {}, 1e3 * cost.seconds, "ms");
  table.show(name + ", cost", {}, weighted(cost, reference, kDefaultEta), "");
}

double share_of(const DvfoPoint& point) { return dvfo_shares()[point.levels.back()]; }

void add_systems(const DvfoCell& cell, const DvfoSystems& systems, ReproductionTable& table) {
  const std::string name = cell.name;
  const DvfoPoint& best = systems.best(kDefaultEta);
  const std::vector<NamedCost> others = baselines(systems);
  for (const NamedCost& other : others) {
    add_cost(name + ": " + other.name, other.cost, systems.edge_only, table);
  }
  add_cost(name + ": best clocks and share", best.cost, systems.edge_only, table);
  table.show(name + ": share that it sends", {}, share_of(best), "");
  for (const NamedCost& other : others) {
    table.show(name + ": best clocks and share below " + other.name + ", energy",
               other.published_saving, percent_below(best.cost.joules, other.cost.joules), "%");
    table.show(name + ": best clocks and share below " + other.name + ", latency", {},
               percent_below(best.cost.seconds, other.cost.seconds), "%");
  }
  for (const char* weaker : {"Edge-only", "Cloud-only, features", "DRLDO"}) {
    const auto other = std::find_if(others.begin(), others.end(), [&](const NamedCost& one) {
      return one.name.starts_with(weaker);
    });
    table.check_at_most(
        name + ": cost of best clocks and share, of " + weaker + "'s", 1.0,
        weighted(best.cost, systems.edge_only, kDefaultEta) /
            (weighted(other->cost, systems.edge_only, kDefaultEta) + kWithinOptimum),
        "");
  }
}

void add_etas(const DvfoCell& cell, const DvfoSystems& systems, ReproductionTable& table) {
  for (const double eta : kEtas) {
    const DvfoPoint& best = systems.best(eta);
    const std::string name = fmt::format("{}, eta {:g}: ", cell.name, eta);
    table.show(name + "share", {}, share_of(best), "");
    table.show(name + "energy below Edge-only", {},
               percent_below(best.cost.joules, systems.edge_only.joules), "%");
    table.show(name + "latency below Edge-only", {},
               percent_below(best.cost.seconds, systems.edge_only.seconds), "%");
  }
}

// Adds the rows of one bandwidth; whether the JPEG is cheaper than any share of the features.
bool add_bandwidth(const DvfoCell& cell, const DvfoSystems& systems, double megabits,
                   ReproductionTable& table) {
  const std::string name = fmt::format("{}, {:g} Mbit/s: ", cell.name, megabits);
  const DvfoPoint& best = systems.best(kDefaultEta);
  const DvfoPoint& jpeg = systems.best_jpeg(kDefaultEta);
  table.show(name + "share", {}, share_of(best), "");
  table.show(name + "latency below Cloud-only, features", {},
             percent_below(best.cost.seconds, systems.cloud_features.seconds), "%");
  const double ours = weighted(best.cost, systems.edge_only, kDefaultEta);
  const double theirs = weighted(jpeg.cost, systems.edge_only, kDefaultEta);
  table.show(name + "cost, of Edge-only's", {}, ours, "");
  table.show(name + "cost of Cloud-only with JPEG at best clocks, of Edge-only's", {}, theirs, "");
  return theirs < ours;
}

// The policies of one seed against what does not learn: costs, of Edge-only's.
struct LearnedRun {
  double learned = 0.0;
  double bandit = 0.0;
  double fixed = 0.0;              // one setting for all bandwidths
  double table = 0.0;              // the best setting of each bandwidth, looked up
  std::vector<double> above_best;  // the learned one at constant bandwidths, over the best's
};

// What is known without learning: the best setting of each bandwidth and the best of all, by walks
// that nothing is judged on.
struct KnownSettings {
  DvfoTable table;
  std::vector<Level> fixed;
};

Scenario constant_scenario(const DvfoCell& cell, double megabits, std::uint64_t requests) {
  Scenario scenario = dvfo_changing(cell, requests);
  scenario.application.offload->bandwidth = ConstantBandwidth{megabits * 1e6};
  return scenario;
}

// Of the whole tables, from which a policy chooses, too.
std::vector<Level> best_setting(const Scenario& scenario, const DvfoCost& reference,
                                unsigned threads) {
  const std::vector<std::string>& knobs = scenario.control.knobs;
  const std::vector<DvfoPoint> coarse = dvfo_sweep(scenario, knobs, threads);
  const DvfoPoint& near = cheapest(coarse, reference, kDefaultEta);
  return cheapest(dvfo_sweep_around(scenario, knobs, near, threads), reference, kDefaultEta).levels;
}

KnownSettings known_settings(const DvfoCell& cell, const DvfoCost& reference, unsigned threads) {
  KnownSettings known;
  for (const double megabits : kMegabits) {
    Scenario scenario = constant_scenario(cell, megabits, kRequests);
    scenario.service_noise = 0.0;
    known.table.rows.push_back({megabits * 1e6, best_setting(scenario, reference, threads)});
  }
  known.fixed = best_setting(dvfo_changing(cell, kTuningRequests), reference, threads);
  return known;
}

LearnedRun learned_run(const DvfoCell& cell, const KnownSettings& known, const DvfoCost& reference,
                       std::uint64_t seed) {
  const DvfoPolicies policies = train_dvfo(cell, kDefaultEta, seed);
  const Scenario walk = dvfo_changing(cell, kJudgedRequests);
  const std::uint64_t other = seed + 1;  // arrivals and noise that were not learned from
  const auto cost = [&](const DvfoCost& one) { return weighted(one, reference, kDefaultEta); };
  LearnedRun run;
  run.learned = cost(under_policy(walk, *policies.learned, other));
  run.bandit = cost(under_policy(walk, *policies.bandit, other));
  run.fixed = cost(under_fixed(walk, known.fixed, other));
  run.table = cost(under_table(walk, known.table, other));
  for (const DvfoTable::Row& row : known.table.rows) {
    const Scenario constant =
        constant_scenario(cell, row.bits_per_second / 1e6, kJudgedRequests / 4);
    const double best = cost(under_fixed(constant, row.levels, other));
    run.above_best.push_back(100.0 *
                             (cost(under_policy(constant, *policies.learned, other)) / best - 1.0));
  }
  return run;
}

void add_learned(const DvfoOptions& options, ReproductionTable& table) {
  set_torch_threads(1);
  const DvfoCell& cell = dvfo_cells().back();
  const DvfoCost reference =
      under_stock(constant_scenario(cell, kDefaultMegabits, kStockRequests), 0.0);
  const KnownSettings known = known_settings(cell, reference, options.threads);
  const std::vector<std::uint64_t> seeds = drawn_seeds(options.date, options.seeds);
  std::vector<LearnedRun> runs(seeds.size());
  run_parallel("dvfo policies", runs.size(), options.threads, [&](std::size_t i) {
    runs[i] = learned_run(cell, known, reference, seeds[i]);
    return fmt::format("seed {}", i + 1);
  });
  const std::string name = std::string(cell.name) + ", bandwidth walks: ";
  const auto all = [&](auto member) {
    std::vector<double> values;
    for (const LearnedRun& run : runs) values.push_back(run.*member);
    return values;
  };
  show_median(table, name + "best fixed setting and share, cost", all(&LearnedRun::fixed), "");
  show_median(table, name + "best setting of each bandwidth, cost", all(&LearnedRun::table), "");
  show_median(table, name + "linear bandit, cost", all(&LearnedRun::bandit), "");
  show_median(table, name + "learned policy, cost", all(&LearnedRun::learned), "");
  std::vector<double> gains;
  for (const LearnedRun& run : runs) gains.push_back(100.0 * (1.0 - run.learned / run.fixed));
  show_median(table, name + "learned policy below the best fixed", gains);
  table.check_at_least(name + "learned policy below the best fixed, median", 0.0, median(gains),
                       "%");
  std::vector<double> against_stock;
  for (const LearnedRun& run : runs) against_stock.push_back(100.0 * (1.0 - run.learned));
  show_median(table, name + "learned policy below Edge-only under stock", against_stock);
  for (std::size_t row = 0; row < known.table.rows.size(); ++row) {
    std::vector<double> above;
    for (const LearnedRun& run : runs) above.push_back(run.above_best[row]);
    table.check_at_most(fmt::format("{}, {:g} Mbit/s: learned policy above the best fixed, median",
                                    cell.name, known.table.rows[row].bits_per_second / 1e6),
                        kPolicyMargin, median(above), "%");
  }
  table.note(fmt::format(
      "Learned policies: {} seeds drawn from {}, each a log of two hours with half of it explored, "
      "a network\nand a walk of its own; medians with 95 % bootstrap intervals. They turn the "
      "clocks of CPU and GPU and the\nshare twice a second. The best fixed setting was chosen on "
      "another walk, of every level of the tables near the best of ten each.",
      runs.size(), options.date));
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : "; ") + name;
  return text.empty() ? "nowhere" : text;
}

}  // namespace

void reproduce_dvfo(const DvfoOptions& options, ReproductionTable& table) {
  const bool is_quick = options.effort == Effort::kQuick;
  std::vector<std::string> jpeg_wins;
  std::vector<std::string> nothing_sent;
  for (const DvfoCell& cell : dvfo_cells()) {
    if (is_quick && &cell != &dvfo_cells().back()) continue;
    for (const double megabits : kMegabits) {
      if (is_quick && megabits != kDefaultMegabits) continue;
      const DvfoSystems systems = systems_of(cell, megabits, options.threads);
      if (megabits == kDefaultMegabits) {
        add_systems(cell, systems, table);
        add_etas(cell, systems, table);
      }
      const std::string place = fmt::format("{} at {:g} Mbit/s", cell.name, megabits);
      if (add_bandwidth(cell, systems, megabits, table)) jpeg_wins.push_back(place);
      if (share_of(systems.best(kDefaultEta)) == 0.0) nothing_sent.push_back(place);
    }
  }
  if (!is_quick) add_learned(options, table);
  table.note(
      "Cloud-only with JPEG is cheaper than any share of the features: " + listed(jpeg_wins) + ".");
  table.note("The best share of the features is none: " + listed(nothing_sent) + ".");
  table.note(
      "At given clocks energy and latency are straight lines over the share that is sent, with a "
      "step at 0:\nthe cheapest share is none, the least, or all. What speaks for a share in "
      "between is accuracy.");
  table.note(
      "Costs are eta E / E_ref + (1 - eta) L / L_ref of one inference, Edge-only being the\n"
      "reference. Edge-only and Cloud-only run under the stock governors. Clocks have ten levels "
      "each, as\nin the paper, and shares eleven; DRLDO has the CPU's clock and the share. There "
      "is no noise, so there\nare no intervals. lambda changes accuracy alone (`flyball reproduce "
      "offload`). Times of the networks,\nradio (1 W), round trip (10 ms) and cloud are "
      "assumed.");
}

}  // namespace flyball
