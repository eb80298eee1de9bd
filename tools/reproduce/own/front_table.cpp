#include "tools/reproduce/own/front_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/networks/q_network.h"
#include "env/errors.h"
#include "env/output_file.h"
#include "env/statistics.h"
#include "tools/config/train_config.h"
#include "tools/progress.h"
#include "tools/reproduce/common/constraint_rules.h"
#include "tools/reproduce/common/line_chart.h"
#include "tools/reproduce/own/front_deadline.h"
#include "tools/reproduce/own/front_policy.h"
#include "tools/reproduce/own/saturated_scenario.h"

namespace flyball {

namespace {

constexpr std::uint64_t kRequests = 2 * kRpeRequests;

// Allowed regret, a share of stock's cost: as for the cells, the larger of a share of the oracle's
// saving and a floor; and what the policy's margin alone costs, because close to stock's latency
// energy falls by a percent for each percent of latency.
constexpr double kOfSaving = 0.05;
constexpr double kFloor = 0.0025;

constexpr double kLooseFactor = 2.0;  // the limit while eta is swept

// A line of the front: what one knob of the preference traces.
struct Sweep {
  std::string name;
  std::vector<FrontPoint> points;
};

Sweep eta_sweep(std::span<const double> etas) {
  Sweep sweep{"eta", {}};
  for (const double eta : etas) sweep.points.push_back({eta, kLooseFactor});
  return sweep;
}

Sweep limit_sweep(std::span<const double> factors) {
  Sweep sweep{"limit", {}};
  for (const double factor : factors) sweep.points.push_back({1.0, factor});
  return sweep;
}

std::string name_of(const Sweep& sweep, const FrontPoint& point) {
  return sweep.name == "eta" ? fmt::format("eta {:g}", point.eta)
                             : fmt::format("limit {:g} x stock", point.limit_factor);
}

FrontBoard front_board(const char* board, const char* workload, std::vector<int> modes) {
  const std::span<const RpeCell> cells = rpe_cells();
  const auto cell = std::find_if(cells.begin(), cells.end(), [&](const RpeCell& c) {
    return std::string_view(c.board) == board && std::string_view(c.workload) == workload;
  });
  FrontBoard front;
  front.name = fmt::format("{} {}", board, workload);
  front.training = saturated_training("preferences", *cell);
  front.scenario = saturated_scenario(*cell, front.training, kRequests);
  front.modes = std::move(modes);
  return front;
}

template <typename Field>
std::vector<double> each(const std::vector<FrontResult>& results, Field field) {
  std::vector<double> values;
  for (const FrontResult& result : results) values.push_back(result.*field);
  return values;
}

void add_rows(const std::string& name, const std::vector<FrontResult>& results,
              ReproductionTable& table) {
  const auto percent = [](double share) { return 100.0 * share; };
  const std::vector<double> regrets = each(results, &FrontResult::regret);
  const double saving = upper_median(each(results, &FrontResult::oracle_saving));
  table.show(name + ": best fixed setting saves", std::nullopt, percent(saving), "%");
  const double price = upper_median(each(results, &FrontResult::margin_price));
  table.check_at_most(name + ": regret, median",
                      percent(std::max(kOfSaving * saving, kFloor) + price),
                      percent(upper_median(regrets)), "% of stock");
  table.show(name + ": regret, worst seed", std::nullopt,
             percent(*std::max_element(regrets.begin(), regrets.end())), "% of stock");
  const std::vector<double> latencies = each(results, &FrontResult::latency_of_limit);
  table.check_at_most(name + ": latency of the limit, worst seed", 100.0,
                      percent(*std::max_element(latencies.begin(), latencies.end())), "%");
}

// The policies' medians and spread, and the oracles'.
void add_lines(const Sweep& sweep, const std::vector<std::vector<FrontResult>>& points,
               ChartPanel& panel) {
  ChartLine policy{"policy, " + sweep.name, {}, {}, {}, {}};
  ChartLine oracle{"best fixed setting, " + sweep.name, {}, {}, {}, {}};
  for (const std::vector<FrontResult>& results : points) {
    const std::vector<double> energies = each(results, &FrontResult::energy);
    policy.x.push_back(upper_median(each(results, &FrontResult::latency)));
    policy.y.push_back(upper_median(energies));
    policy.low.push_back(*std::min_element(energies.begin(), energies.end()));
    policy.high.push_back(*std::max_element(energies.begin(), energies.end()));
    oracle.x.push_back(upper_median(each(results, &FrontResult::oracle_latency)));
    oracle.y.push_back(upper_median(each(results, &FrontResult::oracle_energy)));
  }
  panel.lines.push_back(std::move(policy));
  panel.lines.push_back(std::move(oracle));
}

struct Plan {
  std::uint64_t seeds = 1;
  std::vector<FrontBoard> boards;
  std::vector<Sweep> sweeps;
};

Plan plan_of(Effort effort) {
  Plan plan;
  plan.boards.push_back(front_board("nano-4gb", "resnet18", {0, 1}));
  if (effort == Effort::kQuick) {
    plan.sweeps = {eta_sweep({{0.0, 0.5, 1.0}}), limit_sweep({{1.1, 1.4}})};
    return plan;
  }
  plan.seeds = 3;
  plan.boards.push_back(front_board("xavier-nx-8gb", "distilbert", {2, 3, 5}));
  plan.sweeps = {eta_sweep({{0.0, 0.25, 0.5, 0.75, 1.0}}),
                 limit_sweep({{1.05, 1.1, 1.2, 1.4, 2.0}})};
  return plan;
}

// Trains the board's policies and judges each on every point of every mode.
void run_board(const FrontBoard& board, const Plan& plan, unsigned threads,
               ReproductionTable& table, std::vector<ChartPanel>& panels) {
  Progress progress("front " + board.name, static_cast<double>(plan.seeds + board.modes.size()));
  double done = 0.0;
  std::vector<std::shared_ptr<const PolicyFile>> policies;
  for (std::uint64_t seed = 1; seed <= plan.seeds; ++seed) {
    policies.push_back(train_front_policy(board, seed));
    progress.update(++done, fmt::format("policy {} trained", seed));
  }
  for (const int id : board.modes) {
    const FrontMode mode = measure_mode(board, id, threads);
    ChartPanel panel{fmt::format("{}, {}", board.name, mode.name),
                     "latency, of stock's",
                     "energy, of stock's",
                     {}};
    for (const Sweep& sweep : plan.sweeps) {
      std::vector<std::vector<FrontResult>> points;
      for (const FrontPoint& point : sweep.points) {
        std::vector<FrontResult> results;
        for (const auto& policy : policies) results.push_back(judge_point(mode, point, *policy));
        add_rows(fmt::format("{} {}, {}", board.name, mode.name, name_of(sweep, point)), results,
                 table);
        points.push_back(std::move(results));
      }
      add_lines(sweep, points, panel);
    }
    panels.push_back(std::move(panel));
    progress.update(++done, mode.name);
  }
}

void write_plot(const std::vector<ChartPanel>& panels, const std::filesystem::path& path) {
  write_output(path, line_chart(panels));
}

}  // namespace

void reproduce_front(const FrontOptions& options, ReproductionTable& table) {
  set_torch_threads(1);
  const Plan plan = plan_of(options.effort);
  std::vector<ChartPanel> panels;
  for (const FrontBoard& board : plan.boards) {
    run_board(board, plan, options.threads, table, panels);
  }
  if (options.effort == Effort::kAll) {
    reproduce_deadlines({plan.seeds, options.threads}, table);
    compare_constraint_rules(plan.seeds, table);
  }
  if (options.plot) write_plot(panels, *options.plot);
  table.note(fmt::format(
      "One policy per board and seed ({}), learned from {:g} s of simulated log a mode, modes\n"
      "drawn at random, {:g} % of it under random settings; asked for each eta (limit {:g} x "
      "stock's\n"
      "mean latency) and each limit (eta 1) in each mode. Savings and regrets are of stock's cost "
      "in\n"
      "that mode, eta E / E_ref + (1 - eta) L / L_ref; the best fixed setting is searched anew "
      "for\n"
      "each point among all that the mode allows.\n"
      "mask, multiplier: the constraint kept by either rule, same logs and networks; of the limit\n"
      "used: mean latency against its limit, or late requests against those that may be.",
      plan.seeds, plan.boards.front().log_seconds, 100.0 * plan.boards.front().random_share,
      kLooseFactor));
}

}  // namespace flyball
