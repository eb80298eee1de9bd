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

// Times what the present table costs on the first arrivals: who costs more is not run on the rest.
constexpr double kBehind = 1.03;

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
        if (r > 0 && !config_.rows_are_given) try_all(with_other_lengths(r));
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

  // Who is behind on the first arrivals is not run on the others.
  void try_all(const std::vector<QueueTable>& all) {
    std::vector<const QueueTable*> fresh;
    for (const QueueTable& table : all) {
      if (!is_spent() && tried_.try_emplace(table).second) fresh.push_back(&table);
    }
    run_all(fresh, 0, 1);
    std::vector<const QueueTable*> ahead;
    for (const QueueTable& table : all) {
      const auto found = tried_.find(table);
      if (found != tried_.end() && !found->second.is_whole && is_ahead(found->second)) {
        ahead.push_back(&table);
      }
    }
    run_all(ahead, 1, config_.seeds.size());
    for (const QueueTable* table : ahead) take(*table, tried_.at(*table));
    for (const QueueTable& table : all) {
      const auto found = tried_.find(table);
      if (found == tried_.end() || !found->second.is_whole) continue;
      if (score(found->second.figures) < score(at_.figures)) go_to(table, found->second);
    }
  }

  // Of a table: the runs on the first arrivals, or on all of them.
  struct Tried {
    std::vector<RunFigures> runs;
    RunFigures figures;  // pooled
    bool is_whole = false;
  };

  void take(const QueueTable& table, Tried& tried) {
    tried.figures = pooled(tried.runs, config_.run_limits);
    tried.is_whole = true;
    if (at_.runs.empty()) {
      go_to(table, tried);
      first_ = at_;
    }
    const double energy = tried.figures.energy_joules;
    if (tried.figures.feasible && (!best_ || energy < joules(*best_))) {
      best_ = BestQueueTable{table, tried.figures, tried.runs};
    }
  }

  void go_to(const QueueTable& table, const Tried& tried) {
    at_ = BestQueueTable{table, tried.figures, tried.runs};
  }

  // On the first arrivals, with what is late priced: whether they keep the limit by themselves says
  // little of all.
  bool is_ahead(const Tried& tried) const {
    if (at_.runs.empty()) return true;
    const double all = price_joules_.value_or(std::rbegin(kMissPrices)[0] * joules(first_));
    const double price = all / static_cast<double>(config_.seeds.size());
    return priced_joules(tried.runs.front(), config_.run_limits, price) <
           kBehind * priced_joules(at_.runs.front(), config_.run_limits, price);
  }

  // On the arrivals from `begin` to before `end`.
  void run_all(const std::vector<const QueueTable*>& tables, std::size_t begin, std::size_t end) {
    if (tables.empty() || begin >= end) return;
    std::vector<Tried*> tried;
    for (const QueueTable* table : tables) {
      tried.push_back(&tried_.at(*table));
      tried.back()->runs.resize(end);
    }
    const std::size_t seeds = end - begin;
    const auto run_one = [&](std::size_t i) {
      const std::size_t seed = begin + i % seeds;
      tried[i / seeds]->runs[seed] = run_(*tables[i / seeds], config_.seeds[seed]);
    };
    const double share =
        static_cast<double>(tried_.size()) / static_cast<double>(config_.most_tables);
    const auto keep_going = [&](std::size_t) { return !progress_ || progress_(share); };
    if (!run_jobs(tables.size() * seeds, config_.threads, run_one, keep_going)) {
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
  std::map<QueueTable, Tried, TableLess> tried_;
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
