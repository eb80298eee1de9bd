#include "tools/reproduce/published/cell_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <random>

#include "env/draw.h"
#include "tools/jobs/parallel_jobs.h"
#include "tools/progress.h"
#include "tools/reproduce/common/drawn_seeds.h"
#include "tools/reproduce/common/median_rows.h"
#include "tools/reproduce/common/pinned_runs.h"
#include "tools/reproduce/published/bofl_search.h"
#include "tools/reproduce/published/cell_surfaces.h"
#include "tools/reproduce/published/polythrottle_cells.h"
#include "tools/reproduce/published/polythrottle_table.h"
#include "tools/reproduce/published/rpe_cells.h"

namespace flyball {

namespace {

constexpr std::uint64_t kSeeds = 20;
constexpr double kPercent = 100.0;
constexpr double kNear = 0.03;  // of the best setting's energy
constexpr GridNoise kNoise = {0.015, 0.005, 0};

constexpr std::size_t kRpeSamples = 25;
constexpr double kRpeCellsAsked = 16.0;  // of 18
constexpr std::size_t kPolySamples = 15;
constexpr std::size_t kMostSamples = 200;  // that random search is given
constexpr double kShareOfRandom = 1.0 / 3.0;
constexpr double kPaperSaving = 36.0;  // %
constexpr double kRelaxed = 4.0;       // PolyThrottle's target where batches are allowed
const std::vector<std::size_t> kBatches = {1, 2, 4, 8, 16};

constexpr std::size_t kTrackedSteps = 500;
constexpr std::size_t kLateSteps = 10;
constexpr double kRegretShare = 0.5;

// What is searched: the problem and the board's answers.
struct Cell {
  std::string name;
  SearchProblem problem;
  WorkloadSurface surface;
  double saving = 0.0;  // of the best setting within the limit, against stock; 0..1
};

// Cells whose prior is made of the other workloads on the same board.
std::vector<Cell> with_priors(std::vector<std::pair<std::string, CellSurface>> surfaces) {
  std::vector<Cell> cells;
  for (const auto& [board, own] : surfaces) {
    std::vector<WorkloadSurface> others;
    for (const auto& [other_board, other] : surfaces) {
      if (other_board == board && other.surface.workload != own.surface.workload) {
        others.push_back(other.surface);
      }
    }
    cells.push_back({board + ' ' + own.surface.workload,
                     {own.space, std::nullopt, learned_prior(own.space, others)},
                     own.surface});
  }
  return cells;
}

std::vector<Cell> rpe_problems(unsigned threads) {
  std::vector<std::pair<std::string, CellSurface>> surfaces;
  Progress progress("searches: surfaces of RPE", static_cast<double>(rpe_cells().size()));
  for (const RpeCell& cell : rpe_cells()) {
    surfaces.emplace_back(cell.board, cell_surface(rpe_scenario(cell), {cell.batch}, threads));
    progress.update(static_cast<double>(surfaces.size()));
  }
  return with_priors(std::move(surfaces));
}

// One after the other with batches of 1 and a target, or with larger ones and a relaxed target.
std::vector<Cell> polythrottle_problems(bool with_batches, unsigned threads) {
  std::vector<std::pair<std::string, CellSurface>> surfaces;
  std::vector<RunFigures> stock;
  Progress progress("searches: surfaces of PolyThrottle",
                    static_cast<double>(polythrottle_cells().size()));
  for (const PolythrottleCell& cell : polythrottle_cells()) {
    const Scenario scenario = polythrottle_scenario(cell, 20);
    stock.push_back(run_stock(scenario).figures);
    surfaces.emplace_back(
        cell.board,
        cell_surface(scenario, with_batches ? kBatches : std::vector<std::size_t>{1}, threads));
    progress.update(static_cast<double>(surfaces.size()));
  }
  std::vector<Cell> cells = with_priors(std::move(surfaces));
  for (std::size_t i = 0; i < cells.size(); ++i) {
    Cell& cell = cells[i];
    cell.name += with_batches ? ", batches allowed" : ", batch 1";
    cell.problem.limit_seconds = kPolythrottleLatencyFactor * stock[i].latency_mean_seconds *
                                 (with_batches ? kRelaxed : 1.0);
    cell.saving = 1.0 - least_joules(cell.problem, cell.surface, 1.0) / stock[i].energy_per_request;
  }
  return cells;
}

// Of every cell, search and seed.
using Trials = std::vector<std::vector<std::vector<std::vector<double>>>>;

Trials run_trials(const std::string& label, const std::vector<Cell>& cells, std::size_t samples,
                  const std::vector<std::uint64_t>& seeds, unsigned threads) {
  const std::size_t kinds = search_kinds().size();
  Trials trials(cells.size(), {kinds, std::vector<std::vector<double>>(seeds.size())});
  run_parallel(label, cells.size() * kinds * seeds.size(), threads, [&](std::size_t job) {
    const std::size_t seed = job % seeds.size();
    const std::size_t kind = job / seeds.size() % kinds;
    const std::size_t which = job / seeds.size() / kinds;
    const Cell& cell = cells[which];
    GridNoise noise = kNoise;
    noise.seed = seeds[seed];
    const auto search = search_kinds()[kind].make(cell.problem, {SearchMode::kProbing, noise.seed});
    const bool is_random = search->name() == "random";
    trials[which][kind][seed] = gaps_by_sample(*search, cell.problem, cell.surface,
                                               is_random ? kMostSamples : samples, noise);
    return cell.name;
  });
  return trials;
}

// Of each seed; one that does not come near counts as one more than it was given.
std::vector<double> until_near(const std::vector<std::vector<double>>& trials) {
  std::vector<double> all;
  for (const std::vector<double>& gaps : trials) {
    all.push_back(static_cast<double>(samples_until(gaps, kNear).value_or(gaps.size() + 1)));
  }
  return all;
}

void add_rpe(const std::vector<Cell>& cells, const Trials& trials, ReproductionTable& table) {
  for (std::size_t kind = 0; kind < search_kinds().size(); ++kind) {
    const std::string name = search_kinds()[kind].name;
    double near = 0.0;
    double worst = 0.0;
    for (std::size_t which = 0; which < cells.size(); ++which) {
      std::vector<double> gaps;
      for (const std::vector<double>& seed : trials[which][kind]) {
        gaps.push_back(kPercent * seed[std::min(kRpeSamples, seed.size()) - 1]);
      }
      near += median(gaps) <= kPercent * kNear ? 1.0 : 0.0;
      worst = std::max(worst, median(gaps));
    }
    const std::string row = "RPE, " + name + ": cells within 3 % after 25 samples";
    if (name == "thompson" || name == "descent") {
      table.check_at_least(row, kRpeCellsAsked, near, "of 18");
    } else {
      table.show(row, std::nullopt, near, "of 18");
    }
    table.show("RPE, " + name + ": worst cell, above the best", std::nullopt, worst, "%");
  }
}

void add_polythrottle(const std::vector<Cell>& cells, const Trials& trials,
                      ReproductionTable& table) {
  for (std::size_t which = 0; which < cells.size(); ++which) {
    const std::string& name = cells[which].name;
    table.show(name + ": best setting saves of stock's energy", kPaperSaving,
               kPercent * cells[which].saving, "%");
    double random = 0.0;
    double bayes = 0.0;
    for (std::size_t kind = 0; kind < search_kinds().size(); ++kind) {
      const std::string search = search_kinds()[kind].name;
      const double samples = median(until_near(trials[which][kind]));
      if (search == "random") random = samples;
      if (search == "bayes") {
        bayes = samples;
      } else {
        table.show(fmt::format("{}: {}, samples until within 3 %", name, search), std::nullopt,
                   samples, "samples");
      }
    }
    table.check_at_most(name + ": bayes, samples until within 3 %", kPolySamples, bayes, "samples");
    table.check_at_most(name + ": bayes, samples of random search's", kShareOfRandom,
                        bayes / random, "x");
  }
}

void add_tracking(const std::vector<Cell>& cells, const std::vector<std::uint64_t>& seeds,
                  unsigned threads, ReproductionTable& table) {
  std::vector<double> shares(cells.size() * seeds.size());
  run_parallel("searches: changing weights", shares.size(), threads, [&](std::size_t job) {
    const Cell& cell = cells[job / seeds.size()];
    GridNoise noise = kNoise;
    noise.seed = seeds[job % seeds.size()];
    const TrackingRegret regret = track(
        cell.problem, cell.surface,
        drawn_phases(cell.surface, cell.problem.space.start(), kTrackedSteps, noise.seed), noise);
    shares[job] = regret.tracker / regret.late;
    return cell.name;
  });
  double kept = 0.0;
  double worst = 0.0;
  for (std::size_t which = 0; which < cells.size(); ++which) {
    const auto first = shares.begin() + static_cast<std::ptrdiff_t>(which * seeds.size());
    const double share = median({first, first + static_cast<std::ptrdiff_t>(seeds.size())});
    kept += share <= kRegretShare ? 1.0 : 0.0;
    worst = std::max(worst, share);
  }
  table.check_at_most("changing weights: regret over that of switching 10 steps late, median",
                      kRegretShare, median(shares), "x");
  table.show("changing weights: cells in which the median is at most a half", std::nullopt, kept,
             "of 18");
  table.show("changing weights: worst cell", std::nullopt, worst, "x");
}

double relative(double value, double least) { return value / least - 1.0; }

}  // namespace

std::vector<double> gaps_by_sample(Search& search, const SearchProblem& problem,
                                   const WorkloadSurface& surface, std::size_t samples,
                                   const GridNoise& noise) {
  const double optimum = least_joules(problem, surface, 1.0);
  std::vector<double> gaps;
  while (gaps.size() < samples) {
    const std::optional<std::size_t> next = search.propose();
    if (next) search.observe(measure(surface, *next, noise, gaps.size()));
    const std::size_t best = *search.best();
    const bool is_over = problem.limit_seconds && surface.seconds[best] > *problem.limit_seconds;
    gaps.push_back(is_over ? std::numeric_limits<double>::infinity()
                           : relative(surface.joules[best], optimum));
    if (!next) break;
  }
  return gaps;
}

std::optional<std::size_t> samples_until(const std::vector<double>& gaps, double near) {
  std::size_t until = gaps.size();
  while (until > 0 && gaps[until - 1] <= near) --until;
  if (until == gaps.size()) return std::nullopt;
  return until + 1;
}

std::vector<WeightPhase> drawn_phases(const WorkloadSurface& surface, std::size_t start,
                                      std::size_t steps, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<WeightPhase> phases;
  bool is_high = draw_unit(random) < 0.5;
  for (std::size_t done = 0; done < steps; is_high = !is_high) {
    WeightPhase phase;
    phase.steps = std::min(steps - done, 20 + static_cast<std::size_t>(60.0 * draw_unit(random)));
    const double of_time = 0.5 * draw_unit(random) + (is_high ? 0.5 : 0.0);
    phase.weights = {(1.0 - of_time) / surface.joules[start], of_time / surface.seconds[start]};
    done += phase.steps;
    phases.push_back(phase);
  }
  return phases;
}

TrackingRegret track(const SearchProblem& problem, const WorkloadSurface& surface,
                     const std::vector<WeightPhase>& phases, const GridNoise& noise) {
  CostTracker tracker(problem, noise.seed);
  TrackingRegret regret;
  std::size_t step = 0;
  CostWeights known = phases.front().weights;
  std::optional<std::size_t> former;  // the best of the phase before
  for (const WeightPhase& phase : phases) {
    const auto cost = [&](std::size_t c) {
      return phase.weights.of(surface.joules[c], surface.seconds[c]);
    };
    std::size_t best = 0;
    for (std::size_t c = 1; c < problem.space.size(); ++c) {
      if (cost(c) < cost(best)) best = c;
    }
    for (std::size_t i = 0; i < phase.steps; ++i) {
      const std::size_t played = tracker.choose(known);
      tracker.observe(measure(surface, played, noise, step++));
      regret.tracker += cost(played) - cost(best);
      if (former && i < kLateSteps) regret.late += cost(*former) - cost(best);
      known = phase.weights;
    }
    former = best;
  }
  return regret;
}

void reproduce_searches(const CellSearchOptions& options, ReproductionTable& table) {
  std::vector<std::uint64_t> seeds(kSeeds);
  std::iota(seeds.begin(), seeds.end(), std::uint64_t{1});
  if (options.seeds) seeds = drawn_seeds(options.date, *options.seeds);
  const std::vector<Cell> rpe = rpe_problems(options.threads);
  add_rpe(rpe, run_trials("searches: RPE", rpe, kRpeSamples, seeds, options.threads), table);
  add_tracking(rpe, seeds, options.threads, table);
  for (const bool with_batches : {false, true}) {
    const std::vector<Cell> cells = polythrottle_problems(with_batches, options.threads);
    add_polythrottle(
        cells,
        run_trials("searches: PolyThrottle", cells, 3 * kPolySamples, seeds, options.threads),
        table);
  }
  table.note(fmt::format(
      "{} seeds per cell and search{}. A sample has {:g} % of noise. Settings are judged by the "
      "board's\nanswers without noise: the simulated boards of RPE's and PolyThrottle's cells, "
      "every "
      "level of\ntheir tables. A cell's prior is made of the other workloads on its board. RPE: "
      "CPU "
      "and GPU, no\nlimit. PolyThrottle: CPU, GPU and memory; batch 1 within {:g} times stock's "
      "latency, or batches\nof 1 to 16 within {:g} times that (the paper gives no targets). "
      "Samples "
      "until within 3 %: from\nthen on the choice stays within it, by the median seed; random "
      "search "
      "is given {}, the others {}.\nChanging weights: {} steps in phases of 20 to 80 with other "
      "weights of energy and time, by\nturns mostly energy and mostly time; who plays is told of a "
      "step's weights after it.",
      seeds.size(), options.seeds ? fmt::format(", drawn from \"{}\"", options.date) : "",
      kPercent * kNoise.error, kPolythrottleLatencyFactor, kRelaxed, kMostSamples, 3 * kPolySamples,
      kTrackedSteps));
}

}  // namespace flyball
