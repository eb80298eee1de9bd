#include "tools/reproduce/published/thinned_grids.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "env/fitting/fit_validation.h"

namespace flyball {

namespace {

constexpr double kPercent = 100.0;
constexpr double kAllowed = 0.5;  // % of energy above the best drawn row
constexpr std::size_t kRepeats = 20;
constexpr std::uint64_t kFirstSeed = 1;
constexpr std::array<double, 3> kNoises = {0.0, 0.02, 0.05};

// In percent, one entry per draw.
struct Regrets {
  std::vector<double> chosen;
  std::vector<double> sampled;

  void add(const Regrets& other) {
    chosen.insert(chosen.end(), other.chosen.begin(), other.chosen.end());
    sampled.insert(sampled.end(), other.sampled.begin(), other.sampled.end());
  }
  double above() const { return mean_spread(chosen).mean - mean_spread(sampled).mean; }
};

Regrets regrets_of(const Measurements& set, double noise) {
  Regrets regrets;
  for (const std::size_t rows : {12U, 20U, 40U}) {
    if (rows < fewest_rows(set.varied.size()) || rows >= set.rows.size()) continue;
    DrawOptions options;
    options.train_rows = rows;
    options.repeats = kRepeats;
    options.seed = kFirstSeed;
    options.noise = noise;
    for (const Draw& draw : draw_and_fit(set, options, nullptr)) {
      if (draw.regret) regrets.chosen.push_back(kPercent * *draw.regret);
      if (draw.sampled_regret) regrets.sampled.push_back(kPercent * *draw.sampled_regret);
    }
  }
  return regrets;
}

}  // namespace

Measurements thinned(const Measurements& set, const LevelSteps& steps) {
  Measurements thin = set;
  thin.varied.clear();
  for (const FitKnob knob : set.varied) {
    const std::vector<double> levels = levels_of(set, knob);
    const std::size_t step = steps.contains(knob) ? steps.at(knob) : 1;
    std::erase_if(thin.rows, [&](const Measurement& row) {
      const auto at = std::find(levels.begin(), levels.end(), Measurements::value(row, knob));
      const auto below = static_cast<std::size_t>(levels.end() - at) - 1;
      return step == 0 ? below > 0 : below % step != 0;
    });
    if (step > 0) {
      thin.varied.push_back(knob);
    } else if (knob != FitKnob::kBatch) {
      thin.held.push_back(knob);
    }
  }
  return thin;
}

void add_thinned_grids(const std::vector<ThinnedGrid>& grids,
                       const std::function<void(const std::string& grid)>& step,
                       ReproductionTable& table) {
  std::array<Regrets, kNoises.size()> by_noise;
  const ThinnedGrid* worst = nullptr;
  double most = 0.0;
  for (const ThinnedGrid& grid : grids) {
    Regrets all;
    for (std::size_t i = 0; i < kNoises.size(); ++i) {
      const Regrets regrets = regrets_of(grid.set, kNoises[i]);
      by_noise[i].add(regrets);
      all.add(regrets);
    }
    if (!worst || all.above() > most) {
      worst = &grid;
      most = all.above();
    }
    step(grid.name);
  }
  for (std::size_t i = 0; i < kNoises.size(); ++i) {
    const std::string on = fmt::format("thinned grids, {:g} % noise: ", kPercent * kNoises[i]);
    const double best = mean_spread(by_noise[i].sampled).mean;
    table.show(on + "regret of the drawn row that measured best", std::nullopt, best, "%");
    table.check_at_most(on + "regret of the choice", best + kAllowed,
                        mean_spread(by_noise[i].chosen).mean, "%");
  }
  if (!worst) return;
  table.check_at_most(
      fmt::format("thinned grids, worst kind ({}): regret above the drawn row's", worst->name),
      kAllowed, most, "%");
  table.note(
      fmt::format("Thinned grids: {} draws each of 12, 20 and 40 rows of {} grids, with noise on "
                  "the drawn rows' times and powers. The rule of the choice was made on grids of "
                  "ViT and of LoudVA's AGX Xavier, with other seeds; the other tables judge it.",
                  kRepeats, grids.size()));
}

}  // namespace flyball
