#include "controllers/evaluation/best_fixed.h"

#include <algorithm>
#include <limits>
#include <map>

#include "controllers/evaluation/miss_price.h"
#include "env/errors.h"
#include "env/job_pool.h"

namespace flyball {

namespace {

constexpr double kStage = 0.6;  // of what is left, as the next settings are counted

using Ranges = std::vector<LevelRange>;

struct RangesLess {
  bool operator()(const Ranges& a, const Ranges& b) const {
    return std::lexicographical_compare(
        a.begin(), a.end(), b.begin(), b.end(), [](const LevelRange& x, const LevelRange& y) {
          return x.floor != y.floor ? x.floor < y.floor : x.ceiling < y.ceiling;
        });
  }
};

class Search {
 public:
  Search(const BestFixedConfig& config, const RangeRunner& run,
         const std::function<bool(double)>& progress)
      : config_(config), run_(run), progress_(progress) {}

  void take_pins(const OracleResult& pins) {
    for (const OraclePoint& point : pins.points) {
      Ranges ranges = config_.limits;
      for (std::size_t g = 0; g < config_.grid.size(); ++g) {
        ranges[config_.grid[g]] = {point.levels[g], point.levels[g]};
      }
      keep({ranges, point.figures, point.runs});
    }
  }

  // Every combination on the grid, the others as in `base`; a knob that `base` pins is pinned.
  void try_grid(const Ranges& base) {
    std::vector<Ranges> all = {base};
    for (const std::size_t k : config_.grid) {
      std::vector<Ranges> longer;
      for (const Ranges& ranges : all) {
        const bool pins = is_only_pinned(k) || base[k].is_pinned();
        for (const LevelRange& range : pins ? pinned(k) : capped(k)) {
          longer.push_back(ranges);
          longer.back()[k] = range;
        }
      }
      all = std::move(longer);
    }
    try_all(all);
  }

  // From the best one: at first late requests have a price, in the end the limit alone counts.
  void descend() {
    if (!best_) return;
    at_ = *best_;
    const double joules = at_.figures.energy_joules;
    for (const double price : kMissPrices) {
      price_joules_ = price * joules;
      improve();
    }
    price_joules_.reset();
    at_ = *best_;
    improve();
  }

  // Whether the best one turns a knob that is not on the grid.
  bool leaves_grid() const {
    if (!best_) return false;
    for (std::size_t k = 0; k < config_.knobs.size(); ++k) {
      const bool on_grid = std::count(config_.grid.begin(), config_.grid.end(), k) > 0;
      if (!on_grid && best_->ranges[k] != config_.limits[k]) return true;
    }
    return false;
  }

  const std::optional<BestFixed>& best() const { return best_; }
  std::size_t tried() const { return tried_.size(); }

 private:
  // One knob after the other, until a round changes nothing.
  void improve() {
    for (Ranges before; before != at_.ranges;) {
      before = at_.ranges;
      for (std::size_t k = 0; k < config_.knobs.size(); ++k) {
        std::vector<Ranges> all;
        std::vector<LevelRange> mine = pinned(k);
        if (!is_only_pinned(k)) {
          const std::vector<LevelRange> caps = capped(k);
          mine.insert(mine.end(), caps.begin(), caps.end());
        }
        for (const LevelRange& range : mine) {
          all.push_back(at_.ranges);
          all.back()[k] = range;
        }
        try_all(all);
      }
    }
  }

  // An application's knob has no resident below a cap.
  bool is_only_pinned(std::size_t k) const { return config_.knobs[k].is_application(); }

  std::vector<LevelRange> pinned(std::size_t k) const {
    std::vector<LevelRange> all;
    for (unsigned l = config_.limits[k].floor; l <= config_.limits[k].ceiling; ++l) {
      all.push_back({static_cast<Level>(l), static_cast<Level>(l)});
    }
    return all;
  }

  std::vector<LevelRange> capped(std::size_t k) const {
    std::vector<LevelRange> all;
    for (unsigned l = config_.limits[k].floor; l <= config_.limits[k].ceiling; ++l) {
      all.push_back({config_.limits[k].floor, static_cast<Level>(l)});
    }
    return all;
  }

  void keep(BestFixed setting) {
    const auto joules = [](const BestFixed& one) { return one.figures.energy_joules; };
    const bool is_best = setting.figures.feasible && (!best_ || joules(setting) < joules(*best_));
    if (is_best) best_ = setting;
    tried_.insert_or_assign(setting.ranges, std::move(setting));
  }

  // What the descent compares.
  double score(const BestFixed& setting) const {
    if (price_joules_) return priced_joules(setting.figures, config_.run_limits, *price_joules_);
    return setting.figures.feasible ? setting.figures.energy_joules
                                    : std::numeric_limits<double>::infinity();
  }

  void try_all(const std::vector<Ranges>& all) {
    std::vector<BestFixed> fresh;
    for (const Ranges& ranges : all) {
      if (!tried_.try_emplace(ranges).second) continue;
      BestFixed& setting = fresh.emplace_back();
      setting.ranges = ranges;
      setting.runs.resize(config_.seeds.size());
    }
    const std::size_t seeds = config_.seeds.size();
    const std::size_t total = fresh.size() * seeds;
    const auto run_one = [&](std::size_t i) {
      fresh[i / seeds].runs[i % seeds] = run_(fresh[i / seeds].ranges, config_.seeds[i % seeds]);
    };
    const auto keep_going = [&](std::size_t done) {
      const double share = static_cast<double>(done) / static_cast<double>(total);
      return !progress_ || progress_(done_ + kStage * (1.0 - done_) * share);
    };
    if (total > 0 && !run_jobs(total, config_.threads, run_one, keep_going)) {
      throw Interrupted("interrupted");
    }
    if (total > 0) done_ += kStage * (1.0 - done_);
    for (BestFixed& setting : fresh) {
      setting.figures = pooled(setting.runs, config_.run_limits);
      keep(std::move(setting));
    }
    for (const Ranges& ranges : all) {
      const BestFixed& setting = tried_.at(ranges);
      if (score(setting) < score(at_)) at_ = setting;
    }
  }

  const BestFixedConfig& config_;
  const RangeRunner& run_;
  const std::function<bool(double)>& progress_;
  std::map<Ranges, BestFixed, RangesLess> tried_;
  std::optional<BestFixed> best_;
  BestFixed at_;  // where the descent is
  std::optional<double> price_joules_;
  double done_ = 0.0;  // as it is told: nobody knows how many rounds there will be
};

}  // namespace

BestFixedSearch search_best_fixed(const BestFixedConfig& config, const OracleResult& pins,
                                  const RangeRunner& run,
                                  const std::function<bool(double)>& progress) {
  Search search(config, run, progress);
  BestFixedSearch result;
  try {
    search.take_pins(pins);
    search.try_grid(config.limits);
    search.descend();
    if (search.leaves_grid()) {
      search.try_grid(search.best()->ranges);
      search.descend();
    }
  } catch (const Interrupted&) {
    result.interrupted = true;
    return result;
  }
  result.best = search.best();
  result.tried = search.tried();
  return result;
}

}  // namespace flyball
