#include "tools/reproduce/published/bofl.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "env/errors.h"
#include "env/fitting/fit_validation.h"
#include "tools/interrupt.h"
#include "tools/progress.h"
#include "tools/reproduce/common/drawn_seeds.h"
#include "tools/reproduce/published/bofl_bandit.h"
#include "tools/reproduce/published/thinned_grids.h"
#include "tools/search/measured_grid.h"

namespace flyball {

namespace {

constexpr std::size_t kRepeats = 5;
constexpr std::uint64_t kFirstSeed = 1;
constexpr double kPercent = 100.0;

struct Job {
  std::string name;
  Measurements set;
};

void add_jobs(const std::filesystem::path& file, std::vector<Job>& jobs) {
  for (MeasuredJob& job : read_measured_jobs(file)) {
    jobs.push_back({fmt::format("{} {}", job.device, job.workload), std::move(job.set)});
  }
}

std::vector<Job> load_jobs(const std::filesystem::path& data) {
  std::set<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(data)) {
    if (entry.path().extension() == ".csv") files.insert(entry.path());
  }
  std::vector<Job> jobs;
  for (const std::filesystem::path& file : files) add_jobs(file, jobs);
  if (jobs.empty()) throw DataError(fmt::format("{}: no CSV files", data.string()));
  return jobs;
}

void stop_if_interrupted() {
  if (interrupted()) throw Interrupted("interrupted");
}

// Figures of many draws, in percent.
struct Figures {
  std::vector<double> time;
  std::vector<double> energy;
  std::vector<double> regret;

  void add(const Figures& other) {
    time.insert(time.end(), other.time.begin(), other.time.end());
    energy.insert(energy.end(), other.energy.begin(), other.energy.end());
    regret.insert(regret.end(), other.regret.begin(), other.regret.end());
  }
};

Figures draws(const Job& job, std::size_t rows, ResidualKind residual) {
  DrawOptions options;
  options.train_rows = rows;
  options.repeats = kRepeats;
  options.seed = kFirstSeed;
  options.residual = residual;
  Figures figures;
  for (const Draw& draw : draw_and_fit(job.set, options, [](double) { return !interrupted(); })) {
    figures.time.push_back(kPercent * draw.errors.time_mean);
    figures.energy.push_back(kPercent * draw.errors.energy_mean);
    if (draw.regret) figures.regret.push_back(kPercent * *draw.regret);
  }
  stop_if_interrupted();
  return figures;
}

void show_spread(const std::string& row, const std::vector<double>& values,
                 ReproductionTable& table) {
  table.show(row + ", least of the draws", std::nullopt, mean_spread(values).least, "%");
  table.show(row + ", most of the draws", std::nullopt, mean_spread(values).most, "%");
}

struct DrawLimits {
  std::optional<double> time;
  std::optional<double> energy;
  double regret = 0.0;
};

void add_draws(const std::vector<Job>& jobs, std::size_t rows, const DrawLimits& limits,
               Progress& progress, ReproductionTable& table) {
  Figures all;
  Figures formulas;
  const std::string on = fmt::format("{} rows: ", rows);
  for (const Job& job : jobs) {
    const Figures figures = draws(job, rows, ResidualKind::kGaussianProcess);
    formulas.add(draws(job, rows, ResidualKind::kNone));
    table.show(on + job.name + ": time error", std::nullopt, mean_spread(figures.time).mean, "%");
    table.show(on + job.name + ": energy error", std::nullopt, mean_spread(figures.energy).mean,
               "%");
    table.show(on + job.name + ": regret", std::nullopt, mean_spread(figures.regret).mean, "%");
    all.add(figures);
    progress.update(static_cast<double>(table.rows().size()), job.name);
  }
  const auto add = [&](const char* what, const std::vector<double>& values,
                       std::optional<double> limit) {
    if (limit) {
      table.check_at_most(on + what, *limit, mean_spread(values).mean, "%");
    } else {
      table.show(on + what, std::nullopt, mean_spread(values).mean, "%");
    }
    show_spread(on + what, values, table);
  };
  add("mean time error", all.time, limits.time);
  add("mean energy error", all.energy, limits.energy);
  add("mean regret", all.regret, limits.regret);
  table.show(on + "formulas alone: time error", std::nullopt, mean_spread(formulas.time).mean, "%");
  table.show(on + "formulas alone: energy error", std::nullopt, mean_spread(formulas.energy).mean,
             "%");
  table.show(on + "formulas alone: regret", std::nullopt, mean_spread(formulas.regret).mean, "%");
}

// Kinds of small sweeps that people make: one knob, two, few levels of all.
std::vector<ThinnedGrid> thinned_grids(const std::vector<Job>& jobs) {
  const std::vector<std::pair<std::string, LevelSteps>> kinds = {
      {"gpu alone", {{FitKnob::kCpu, 0}, {FitKnob::kEmc, 0}}},
      {"cpu alone", {{FitKnob::kGpu, 0}, {FitKnob::kEmc, 0}}},
      {"cpu and gpu", {{FitKnob::kCpu, 3}, {FitKnob::kEmc, 0}}},
      {"gpu and emc", {{FitKnob::kCpu, 0}}},
      {"cpu and emc", {{FitKnob::kCpu, 2}, {FitKnob::kGpu, 0}}},
      {"few levels of all", {{FitKnob::kCpu, 7}, {FitKnob::kGpu, 4}, {FitKnob::kEmc, 2}}}};
  std::vector<ThinnedGrid> grids;
  for (const Job& job : jobs) {
    for (const auto& [name, steps] : kinds) {
      grids.push_back({job.name + ", " + name, thinned(job.set, steps)});
    }
  }
  return grids;
}

PredictionErrors held_out(const Job& job, std::span<const FitKnob> knobs, std::size_t offset) {
  stop_if_interrupted();
  const HeldOut rows = hold_out_thirds(job.set, knobs, offset);
  return prediction_errors(fit_rows(job.set, rows.train, ResidualKind::kGaussianProcess),
                           rows.test);
}

void add_held_out(const std::vector<Job>& jobs, Progress& progress, ReproductionTable& table) {
  std::vector<double> time;
  std::vector<double> energy;
  for (const Job& job : jobs) {
    for (std::size_t offset = 0; offset < 3; ++offset) {
      const PredictionErrors errors = held_out(job, job.set.varied, offset);
      const std::string row =
          fmt::format("held out every third, from {}: {}: ", offset + 1, job.name);
      time.push_back(kPercent * errors.time_mean);
      energy.push_back(kPercent * errors.energy_mean);
      table.show(row + "time error", std::nullopt, time.back(), "%");
      table.show(row + "energy error", std::nullopt, energy.back(), "%");
      progress.update(static_cast<double>(table.rows().size()), job.name);
    }
  }
  table.check_at_most("held out every third: mean time error", 4.0, mean_spread(time).mean, "%");
  table.check_at_most("held out every third: mean energy error", 4.0, mean_spread(energy).mean,
                      "%");
}

}  // namespace

void reproduce_bofl(const std::filesystem::path& data, ReproductionTable& table) {
  const std::vector<Job> jobs = load_jobs(data);
  const auto count = static_cast<double>(jobs.size());
  Progress progress("bofl", 30.0 + 12.0 * count);
  add_draws(jobs, 100, {3.5, 2.5, 1.5}, progress, table);
  add_draws(jobs, 20, {std::nullopt, std::nullopt, 4.0}, progress, table);
  add_held_out(jobs, progress, table);
  const auto step = [&](const std::string& grid) {
    stop_if_interrupted();
    progress.update(static_cast<double>(table.rows().size()), grid);
  };
  add_thinned_grids(thinned_grids(jobs), step, table);
  table.note(fmt::format(
      "Random rows: {} draws per job with the seeds {} to {}; errors are means over the rows that "
      "were not drawn, regret is the energy of the setting that the fit would choose over the true "
      "least. Held out: of each knob every third level, beginning with the first, second or third; "
      "the fit sees only rows whose three levels are all kept and is asked for all others. The "
      "energies leave out two of the module's rails: ratios count, not joules.",
      kRepeats, kFirstSeed, kFirstSeed + kRepeats - 1));
}

namespace {

constexpr std::uint64_t kBanditDraws = 30;
constexpr double kBanditRegret = 1.5;  // % of energy
constexpr double kBanditKept = 95.0;   // % of the draws

std::vector<std::uint64_t> bandit_seeds(const BanditOptions& options) {
  if (options.seeds) return drawn_seeds(options.date, *options.seeds);
  std::vector<std::uint64_t> seeds(kBanditDraws);
  std::iota(seeds.begin(), seeds.end(), kFirstSeed);
  return seeds;
}

struct BanditFigures {
  std::vector<double> regret;
  std::vector<double> excess;
  std::vector<double> best_tried;

  double kept() const {
    const auto count = std::count_if(excess.begin(), excess.end(), [](double e) { return e <= 0; });
    return kPercent * static_cast<double>(count) / static_cast<double>(excess.size());
  }
};

}  // namespace

void reproduce_bofl_bandit(const BanditOptions& options, ReproductionTable& table) {
  const BanditConfig config;
  const std::vector<std::uint64_t> seeds = bandit_seeds(options);
  BanditFigures all;
  for (const Job& job : load_jobs(options.data)) {
    BanditFigures of_job;
    for (const std::uint64_t seed : seeds) {
      stop_if_interrupted();
      const BanditDraw draw = draw_bandit(job.set, config, seed);
      for (BanditFigures* figures : {&of_job, &all}) {
        figures->regret.push_back(kPercent * draw.regret);
        figures->excess.push_back(kPercent * draw.excess);
        figures->best_tried.push_back(kPercent * draw.best_tried);
      }
    }
    const std::string name = "bandit: " + job.name;
    table.show(name + ": regret", std::nullopt, mean_spread(of_job.regret).mean, "%");
    table.show(name + ": best setting tried", std::nullopt, mean_spread(of_job.best_tried).mean,
               "%");
    table.show(name + ": limit kept", std::nullopt, of_job.kept(), "%");
  }
  table.check_at_most("bandit: mean regret", kBanditRegret, mean_spread(all.regret).mean, "%");
  table.show("bandit: most regret of the draws", std::nullopt, mean_spread(all.regret).most, "%");
  table.check_at_least("bandit: limit kept", kBanditKept, all.kept(), "%");
  table.show("bandit: time above the limit, worst", std::nullopt, mean_spread(all.excess).most,
             "%");
  table.note(fmt::format(
      "Bandit: {} settings tried once each, with {:g} % of noise on time and energy; least "
      "squares\n"
      "chooses among them and their neighbours, two levels away in any knob. Limit: {:g} times "
      "the\n"
      "time with every clock at its highest. {} draws per job{}. Regret is the true energy of the\n"
      "chosen setting over the least that keeps the limit.",
      config.settings, kPercent * config.noise, config.limit_factor, seeds.size(),
      options.seeds ? fmt::format(", seeds drawn from \"{}\"", options.date) : ""));
}

}  // namespace flyball
