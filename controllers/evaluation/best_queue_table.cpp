#include "controllers/evaluation/best_queue_table.h"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>
#include <utility>

#include "controllers/evaluation/miss_price.h"
#include "env/errors.h"
#include "env/job_pool.h"

namespace flyball {

namespace {

// Where a row may begin besides its neighbours.
constexpr std::uint64_t kLengths[] = {1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64, 128};

struct TableLess {
  bool operator()(const QueueTable& a, const QueueTable& b) const {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), row_less);
  }
  static bool row_less(const QueueTableRow& a, const QueueTableRow& b) {
    if (a.least_requests != b.least_requests) return a.least_requests < b.least_requests;
    for (std::size_t k = 0; k < a.setting.size(); ++k) {
      const LevelRange& x = a.setting[k];
      const LevelRange& y = b.setting[k];
      if (!(x == y)) return std::tie(x.floor, x.ceiling) < std::tie(y.floor, y.ceiling);
    }
    return false;
  }
};

class Search {
 public:
  Search(const QueueTableConfig& config, const TableRunner& run,
         const std::function<bool(double)>& progress)
      : config_(config), run_(run), progress_(progress) {}

  void begin(const std::vector<LevelRange>& fixed) {
    QueueTable table;
    for (const std::uint64_t least : config_.least_requests) {
      QueueTableRow& row = table.emplace_back();
      row.least_requests = least;
      row.setting.resize(fixed.size());
      for (std::size_t k = 0; k < fixed.size(); ++k) row.setting[k] = fixed[k];
    }
    at_.table = table;
    try_all({table});
  }

  void descend() {
    for (const double price : kMissPrices) {
      price_joules_ = price * joules(first_);
      improve();
    }
    if (!best_) return;
    price_joules_.reset();
    at_ = *best_;
    improve();
  }

  const std::optional<BestQueueTable>& best() const { return best_; }
  std::size_t tried() const { return tried_.size(); }

 private:
  // One coordinate after the other, until a round changes nothing.
  void improve() {
    for (QueueTable before; before != at_.table && !is_spent();) {
      before = at_.table;
      for (std::size_t r = 0; r < before.size(); ++r) {
        for (std::size_t k = 0; k < config_.knobs.size(); ++k) try_all(with_other_ranges(r, k));
        if (r > 0) try_all(with_other_lengths(r));
      }
    }
  }

  std::vector<QueueTable> with_other_ranges(std::size_t row, std::size_t k) const {
    std::vector<QueueTable> all;
    const LevelRange& limits = config_.limits[k];
    const auto take = [&](unsigned floor, unsigned ceiling) {
      QueueTable& table = all.emplace_back(at_.table);
      table[row].setting[k] = {static_cast<Level>(floor), static_cast<Level>(ceiling)};
    };
    for (unsigned level = limits.floor; level <= limits.ceiling; ++level) {
      take(level, level);
      // An application's knob has no resident below a cap.
      if (!config_.knobs[k].is_application()) take(limits.floor, level);
    }
    return all;
  }

  std::vector<QueueTable> with_other_lengths(std::size_t row) const {
    std::vector<QueueTable> all;
    const QueueTable& table = at_.table;
    for (const std::uint64_t least : kLengths) {
      const bool is_above = least > table[row - 1].least_requests;
      const bool is_below = row + 1 == table.size() || least < table[row + 1].least_requests;
      if (!is_above || !is_below) continue;
      all.push_back(table);
      all.back()[row].least_requests = least;
    }
    return all;
  }

  bool is_spent() const { return tried_.size() >= config_.most_tables; }

  void try_all(const std::vector<QueueTable>& all) {
    std::vector<BestQueueTable> fresh;
    for (const QueueTable& table : all) {
      if (is_spent() || !tried_.try_emplace(table).second) continue;
      BestQueueTable& one = fresh.emplace_back();
      one.table = table;
      one.runs.resize(config_.seeds.size());
    }
    if (!fresh.empty()) run_all(fresh);
    for (BestQueueTable& table : fresh) {
      table.figures = pooled(table.runs, config_.run_limits);
      if (at_.runs.empty()) at_ = first_ = table;
      if (table.figures.feasible && (!best_ || joules(table) < joules(*best_))) best_ = table;
      tried_[table.table] = table.figures;
    }
    for (const QueueTable& table : all) {
      const auto found = tried_.find(table);
      if (found == tried_.end() || score(found->second) >= score(at_.figures)) continue;
      at_.table = table;
      at_.figures = found->second;
    }
  }

  void run_all(std::vector<BestQueueTable>& fresh) {
    const std::size_t seeds = config_.seeds.size();
    const auto run_one = [&](std::size_t i) {
      BestQueueTable& table = fresh[i / seeds];
      table.runs[i % seeds] = run_(table.table, config_.seeds[i % seeds]);
    };
    const std::size_t before = tried_.size() - fresh.size();
    const auto keep_going = [&](std::size_t done) {
      const double tables =
          static_cast<double>(before) + static_cast<double>(done) / static_cast<double>(seeds);
      return !progress_ || progress_(tables / static_cast<double>(config_.most_tables));
    };
    if (!run_jobs(fresh.size() * seeds, config_.threads, run_one, keep_going)) {
      throw Interrupted("interrupted");
    }
  }

  static double joules(const BestQueueTable& table) { return table.figures.energy_joules; }

  // What is compared. Without a price only what keeps the limits counts.
  double score(const RunFigures& figures) const {
    if (price_joules_) return priced_joules(figures, config_.run_limits, *price_joules_);
    return figures.feasible ? figures.energy_joules : std::numeric_limits<double>::infinity();
  }

  const QueueTableConfig& config_;
  const TableRunner& run_;
  const std::function<bool(double)>& progress_;
  std::map<QueueTable, RunFigures, TableLess> tried_;
  std::optional<double> price_joules_;
  BestQueueTable first_;
  BestQueueTable at_;
  std::optional<BestQueueTable> best_;
};

}  // namespace

QueueTableSearch search_queue_table(const QueueTableConfig& config,
                                    const std::vector<LevelRange>& fixed, const TableRunner& run,
                                    const std::function<bool(double)>& progress) {
  Search search(config, run, progress);
  QueueTableSearch result;
  try {
    search.begin(fixed);
    search.descend();
  } catch (const Interrupted&) {
    result.interrupted = true;
    return result;
  }
  result.best = search.best();
  result.tried = search.tried();
  return result;
}

}  // namespace flyball
