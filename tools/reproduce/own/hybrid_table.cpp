#include "tools/reproduce/own/hybrid_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <memory>
#include <numeric>

#include "controllers/search/bayes_search.h"
#include "controllers/search/policy_surface.h"
#include "env/statistics.h"
#include "tools/jobs/parallel_jobs.h"
#include "tools/reproduce/common/drawn_seeds.h"
#include "tools/reproduce/common/trained_policy.h"
#include "tools/reproduce/own/saturated_scenario.h"
#include "tools/reproduce/published/bofl_search.h"
#include "tools/reproduce/published/cell_search.h"
#include "tools/reproduce/published/cell_surfaces.h"
#include "tools/reproduce/published/rpe_cells.h"

namespace flyball {

namespace {

constexpr std::uint64_t kSeeds = 20;
constexpr std::size_t kSamples = 25;
constexpr double kSlowdown = 1.2;  // of the highest clocks
constexpr double kSlack = 1.03;
constexpr double kNear = 0.03;
constexpr std::size_t kFew = 10;  // samples
constexpr double kPercent = 100.0;
constexpr double kMostOver = 2.0;  // percent, of a try
constexpr GridNoise kNoise = {0.015, 0.005, 0};
constexpr double kLogSeconds = 7200.0;
constexpr std::uint64_t kLogSeed = 1;

enum Arm : std::uint8_t { kPolicies, kOtherWorkload, kOtherBoard, kPhysics, kNothing };
constexpr std::array<const char*, 5> kArms = {
    "the board's other policies", "a policy of another workload", "a policy of another board",
    "the board's physics", "nothing"};

struct HybridCell {
  RpeCell which;
  CellSurface truth;
  std::shared_ptr<const PolicyFile> policy;

  std::string name() const { return fmt::format("{} {}", which.board, which.workload); }
};

HybridCell make_cell(const RpeCell& which) {
  TrainConfig training = saturated_training("saturated", which);
  training.validation.reset();
  const Scenario scenario = saturated_scenario(which, training, kRpeRequests);
  SimulatedLogConfig log;
  log.duration_seconds = kLogSeconds;
  log.seed = kLogSeed;
  const TrainedPolicy trained =
      train_policy(training, simulate_data(training, scenario, log), kLogSeed);
  return {which, cell_surface(rpe_scenario(which), {which.batch}, 1), trained.policy};
}

// The next workload of the same board, by turns; or the next board's same workload.
const HybridCell& other_of(const std::vector<HybridCell>& cells, std::size_t at, Arm arm) {
  const auto is_wanted = [&](const HybridCell& cell) {
    const bool same_board = std::string_view(cell.which.board) == cells[at].which.board;
    const bool same_work = std::string_view(cell.which.workload) == cells[at].which.workload;
    return arm == kOtherWorkload ? same_board : same_work;
  };
  for (std::size_t step = 1; step < cells.size(); ++step) {
    const HybridCell& cell = cells[(at + step) % cells.size()];
    if (is_wanted(cell)) return cell;
  }
  return cells[at];
}

WorkloadSurface belief(const std::vector<HybridCell>& cells, std::size_t at, Arm arm) {
  const HybridCell& other = other_of(cells, at, arm);
  return policy_surface(other.name(), *other.policy, cells[at].truth.space, cells[at].which.board);
}

SurfacePrior prior_of(const std::vector<HybridCell>& cells, std::size_t at, Arm arm) {
  const SearchSpace& space = cells[at].truth.space;
  if (arm == kPhysics) return generic_prior(space);
  if (arm == kNothing) return flat_prior(space);
  if (arm != kPolicies) {
    return learned_prior(space, std::vector<WorkloadSurface>{belief(cells, at, arm)});
  }
  std::vector<WorkloadSurface> others;
  for (const HybridCell& cell : cells) {
    const bool is_other = std::string_view(cell.which.workload) != cells[at].which.workload;
    if (!is_other || std::string_view(cell.which.board) != cells[at].which.board) continue;
    others.push_back(policy_surface(cell.name(), *cell.policy, space, cells[at].which.board));
  }
  return learned_prior(space, others);
}

// Of one arm, over the cells of a board (or all) and the seeds.
struct ArmFigures {
  std::vector<double> samples;
  std::vector<double> gaps;  // %
  double worst_try = -std::numeric_limits<double>::infinity();
  double over = 0.0;  // final choices
};

void add(const HybridTrial& trial, ArmFigures& figures) {
  figures.samples.push_back(trial.samples);
  figures.gaps.push_back(kPercent * trial.gap);
  figures.worst_try = std::max(figures.worst_try, trial.worst_try);
  figures.over += trial.is_over ? 1.0 : 0.0;
}

void add_arm(const std::string& name, const ArmFigures& figures, bool is_judged,
             ReproductionTable& table) {
  table.show(name + ": samples until within 3 %, median", std::nullopt,
             interpolated_quantile(figures.samples, 0.5), "samples");
  table.show(name + ": above the best after 10 samples, median", std::nullopt,
             interpolated_quantile(figures.gaps, 0.5), "%");
  if (!is_judged) return;
  table.show(name + ": above the best after 10 samples, nine of ten", std::nullopt,
             interpolated_quantile(figures.gaps, 0.9), "%");
  table.check_at_most(name + ": slowest try over the limit", kMostOver,
                      kPercent * figures.worst_try, "%");
  table.check_at_most(name + ": final choices over the limit", 0.0, figures.over, "runs");
}

// Of the policies' own choices, without a sample: energy above the best, where they keep the limit.
void add_unrefined(const std::vector<HybridCell>& cells, Arm arm, ReproductionTable& table) {
  std::vector<double> gaps;
  double over = 0.0;
  for (std::size_t at = 0; at < cells.size(); ++at) {
    const CellSurface& truth = cells[at].truth;
    const double limit = kSlowdown * truth.surface.seconds[truth.space.start()];
    const std::size_t choice = believed_best(truth.space, belief(cells, at, arm), kSlowdown);
    if (truth.surface.seconds[choice] > limit) {
      over += 1.0;
      continue;
    }
    const SearchProblem problem{truth.space, limit, {}};
    gaps.push_back(
        kPercent *
        (truth.surface.joules[choice] / least_joules(problem, truth.surface, 1.0 / kSlack) - 1.0));
  }
  const std::string name = fmt::format("{}, not refined", kArms[arm]);
  table.show(name + ": over the limit", std::nullopt, over, fmt::format("of {}", cells.size()));
  if (gaps.empty()) return;
  table.show(name + ": else above the best, median", std::nullopt, interpolated_quantile(gaps, 0.5),
             "%");
}

std::vector<RpeCell> chosen(Effort effort) {
  const std::span<const RpeCell> all = rpe_cells();
  if (effort == Effort::kAll) return {all.begin(), all.end()};
  std::vector<RpeCell> some;
  for (const RpeCell& cell : all) {
    const std::string_view work = cell.workload;
    if (work == "resnet18" || work == "bert_tiny") some.push_back(cell);
  }
  return some;
}

}  // namespace

HybridTrial try_hybrid(const SearchProblem& problem, const WorkloadSurface& surface,
                       std::size_t samples, const GridNoise& noise) {
  const double limit = *problem.limit_seconds;
  const double best = least_joules(problem, surface, 1.0 / kSlack);
  BayesSearch search(problem, {.mode = SearchMode::kCertified});
  HybridTrial trial;
  trial.worst_try = -1.0;
  std::vector<double> gaps;
  for (std::size_t number = 0; number < samples; ++number) {
    const std::optional<std::size_t> next = search.propose();
    if (next) {
      trial.worst_try = std::max(trial.worst_try, surface.seconds[*next] / limit - 1.0);
      search.observe(measure(surface, *next, noise, number));
    }
    const std::size_t choice = *search.best();
    trial.is_over = surface.seconds[choice] > limit;
    gaps.push_back(trial.is_over ? std::numeric_limits<double>::infinity()
                                 : surface.joules[choice] / best - 1.0);
    if (!next) break;
  }
  trial.gap = gaps[std::min(kFew, gaps.size()) - 1];
  trial.samples = static_cast<double>(samples_until(gaps, kNear).value_or(samples + 1));
  return trial;
}

std::size_t believed_best(const SearchSpace& space, const WorkloadSurface& belief,
                          double slowdown) {
  std::size_t best = space.start();
  for (std::size_t c = 0; c < space.size(); ++c) {
    if (belief.seconds[c] > slowdown * belief.seconds[space.start()]) continue;
    if (belief.joules[c] < belief.joules[best]) best = c;
  }
  return best;
}

void reproduce_hybrid(const HybridOptions& options, ReproductionTable& table) {
  std::vector<std::uint64_t> seeds(kSeeds);
  std::iota(seeds.begin(), seeds.end(), std::uint64_t{1});
  if (options.seeds) seeds = drawn_seeds(options.date, *options.seeds);
  const std::vector<RpeCell> which = chosen(options.effort);
  std::vector<std::optional<HybridCell>> made(which.size());
  run_parallel("hybrid: policies", which.size(), options.threads, [&](std::size_t i) {
    made[i] = make_cell(which[i]);
    return made[i]->name();
  });
  std::vector<HybridCell> cells;
  for (auto& cell : made) cells.push_back(std::move(*cell));
  const std::size_t arms = kArms.size();
  std::vector<std::vector<HybridTrial>> trials(cells.size() * arms);
  run_parallel("hybrid: searches", trials.size(), options.threads, [&](std::size_t job) {
    const std::size_t at = job / arms;
    const CellSurface& truth = cells[at].truth;
    const SearchProblem problem{truth.space, kSlowdown * truth.surface.seconds[truth.space.start()],
                                prior_of(cells, at, static_cast<Arm>(job % arms))};
    GridNoise noise = kNoise;
    for (const std::uint64_t seed : seeds) {
      noise.seed = seed;
      trials[job].push_back(try_hybrid(problem, truth.surface, kSamples, noise));
    }
    return cells[at].name();
  });
  std::array<ArmFigures, kArms.size()> all;
  std::map<std::string, std::array<ArmFigures, kArms.size()>> by_board;
  for (std::size_t job = 0; job < trials.size(); ++job) {
    for (const HybridTrial& trial : trials[job]) {
      add(trial, all[job % arms]);
      add(trial, by_board[cells[job / arms].which.board][job % arms]);
    }
  }
  for (std::size_t arm = 0; arm < arms; ++arm) add_arm(kArms[arm], all[arm], true, table);
  for (const auto& [board, figures] : by_board) {
    for (std::size_t arm = 0; arm < arms; ++arm) {
      add_arm(fmt::format("{}, {}", board, kArms[arm]), figures[arm], false, table);
    }
  }
  for (const Arm arm : {kOtherWorkload, kOtherBoard}) add_unrefined(cells, arm, table);
  const auto median = [&](Arm arm) { return interpolated_quantile(all[arm].samples, 0.5); };
  for (const Arm arm : {kPhysics, kNothing}) {
    table.check_at_most(fmt::format("samples with {} over those with {}, medians",
                                    kArms[kOtherWorkload], kArms[arm]),
                        1.0, median(kOtherWorkload) / median(arm), "x");
  }
  table.note(fmt::format(
      "{} of RPE's cells, {} seeds{}, certified, within {:g} times the latency of the highest "
      "clocks,\nat most {} samples with {:g} % of noise. Near is within 3 % of the best setting "
      "that has 3 % of\nslack, from then on; a search that is not near at the end counts as {}. "
      "The policies are those\nof the recipe `saturated`, trained on two simulated hours: of all "
      "other workloads on the board,\nof the next one in RPE's order, or of the same workload on "
      "the next board. Not refined: the setting that\nthe policy itself takes for the best within "
      "the "
      "limit. Settings are judged by the simulated\nboard's answers without noise.",
      cells.size(), seeds.size(),
      options.seeds ? fmt::format(", drawn from \"{}\"", options.date) : "", kSlowdown, kSamples,
      kPercent * kNoise.error, kSamples + 1));
}

}  // namespace flyball
