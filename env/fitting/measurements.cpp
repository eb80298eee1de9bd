#include "env/fitting/measurements.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "env/errors.h"
#include "env/fitting/unused_columns.h"
#include "env/nearest_name.h"
#include "env/statistics.h"

namespace flyball {

namespace {

constexpr double kTableTolerance = 0.01;  // how far from a table's entry a frequency may be
// What a Jetson module can draw; outside it the unit is wrong.
constexpr double kLeastWatts = 0.1;
constexpr double kMostWatts = 300.0;
// A batch is some kernel launches at least, and nobody waits that long for one request. Slower or
// faster work is taken where the unit is told.
constexpr double kLeastBatchSeconds = 2e-4;
constexpr double kMostRequestSeconds = 30.0;
constexpr double kMostTimeSpread = 1e5;  // from the median
// How far power and energy over time may differ, where a file has both.
constexpr double kMostDisagreement = 0.2;

struct FrequencyRole {
  ColumnRole role;
  FitKnob knob;
  double OperatingPoint::*member;
};
constexpr std::array<FrequencyRole, 3> kFrequencies = {{
    {ColumnRole::kCpu, FitKnob::kCpu, &OperatingPoint::cpu_hz},
    {ColumnRole::kGpu, FitKnob::kGpu, &OperatingPoint::gpu_hz},
    {ColumnRole::kEmc, FitKnob::kEmc, &OperatingPoint::emc_hz},
}};

double nearest(const std::vector<double>& table, double value) {
  return table[level_nearest(table, value)];
}

bool is_entry(const std::vector<double>& table, double hertz) {
  return std::abs(nearest(table, hertz) / hertz - 1.0) <= kTableTolerance;
}

// Reads the rows of one file; one instance per call of read_measurements().
class Reader {
 public:
  Reader(const MeasurementSource& source, const Board& board)
      : source_(source), board_(board), table_(read_csv_table(source.file)) {
    columns_ = choose_columns(table_, source.columns);
    for (const FitKnob knob : source.left_out) {
      std::erase_if(columns_, [&](const ColumnChoice& choice) {
        const bool is_left_out = std::string(to_string(choice.role)) == to_string(knob) ||
                                 (knob == FitKnob::kBatch && choice.role == ColumnRole::kClients);
        if (is_left_out) left_out_.push_back(choice);
        return is_left_out;
      });
    }
    text_rows_ = filtered(table_, source.filters);
    settle_roles();
  }

  Measurements read() {
    set_.file = source_.file;
    for (const TextRow& text : text_rows_) set_.rows.push_back(read_row(text));
    check_power_unit();
    check_time_unit();
    check_time_rows();
    check_agreement();
    set_knobs();
    const std::vector<std::size_t> firsts = first_of_setting();
    find_unused(firsts);
    join_duplicates(firsts);
    check_identifiable();
    describe();
    return std::move(set_);
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    throw DataError(fmt::format("{}: {}", table_.file.string(), message));
  }

  std::optional<ColumnChoice> role(ColumnRole role) const { return find_role(columns_, role); }

  // Of several columns that say the same, the one that was told, else the first of `roles`.
  std::optional<ColumnChoice> one_of(std::initializer_list<ColumnRole> roles) const {
    std::optional<ColumnChoice> chosen;
    for (const ColumnRole candidate : roles) {
      const std::optional<ColumnChoice> found = role(candidate);
      if (found && (!chosen || (found->was_told && !chosen->was_told))) chosen = found;
    }
    return chosen;
  }

  void settle_roles() {
    count_ = one_of({ColumnRole::kBatch, ColumnRole::kClients});
    const bool has_clients = count_ && count_->role == ColumnRole::kClients;
    set_.load = has_clients ? LoadKind::kClients : LoadKind::kBatches;
    time_ = has_clients ? role(ColumnRole::kThroughput)
                        : one_of({ColumnRole::kTime, ColumnRole::kThroughput});
    power_ = one_of({ColumnRole::kPower, ColumnRole::kEnergy, ColumnRole::kRequestEnergy});
    if (!time_) {
      missing(has_clients ? "clients are given, so a column with the throughput is needed"
                          : "no column with the time per batch or the throughput",
              has_clients ? "throughput" : "time");
    }
    if (!power_) missing("no column with power or energy", "power");
    for (const FrequencyRole& entry : kFrequencies) {
      const Domain* domain = nullptr;
      for (const Domain& candidate : board_.domains) {
        if (std::string(to_string(candidate.kind)) == to_string(entry.knob)) domain = &candidate;
      }
      if (domain != nullptr) set_.highest.*entry.member = domain->frequencies_hz.back();
    }
  }

  [[noreturn]] void missing(const std::string& what, const char* role) const {
    throw DataError(fmt::format("{}:{}: {}; name one with --column {}=NAME:UNIT (columns: {})",
                                table_.file.string(), table_.header_line, what, role,
                                join_names(table_.columns)));
  }

  // In SI; above 0.
  double read(const TextRow& text, const ColumnChoice& choice) const {
    const std::size_t column = *table_.find(choice.column);
    const double value = table_.number(text, column);
    if (!(value > 0.0)) {
      const bool is_power = choice.role == ColumnRole::kPower ||
                            choice.role == ColumnRole::kEnergy ||
                            choice.role == ColumnRole::kRequestEnergy;
      throw DataError(
          table_.where(text, column) +
          fmt::format("{} = {} {}: must be above 0{}", to_string(choice.role), value, choice.unit,
                      is_power ? " (was idle power subtracted, or a sensor's sign lost?)" : ""));
    }
    return value * choice.factor;
  }

  double read_frequency(const TextRow& text, const ColumnChoice& choice, FitKnob knob) const {
    const double hertz = read(text, choice);
    const std::vector<double>& levels =
        board_.knobs[find_knob(board_.knobs, to_string(knob))].levels;
    if (is_entry(levels, hertz)) return nearest(levels, hertz);
    std::string cause;
    for (const auto& [factor, unit] :
         {std::pair{1e3, "kHz"}, {1e6, "MHz"}, {1e9, "GHz"}, {1.0, "Hz"}}) {
      if (is_entry(levels, hertz / choice.factor * factor)) {
        cause = fmt::format("; it is one in {}: --column {}={}:{}", unit, to_string(choice.role),
                            choice.column, unit);
        break;
      }
    }
    throw DataError(table_.where(text, *table_.find(choice.column)) +
                    fmt::format("{:g} MHz is no {} frequency of {} (nearest: {:g} MHz){}",
                                hertz / 1e6, to_string(knob), board_.id,
                                nearest(levels, hertz) / 1e6, cause));
  }

  Measurement read_row(const TextRow& text) const {
    Measurement row;
    row.line = text.line;
    row.point = set_.highest;
    for (const FrequencyRole& entry : kFrequencies) {
      if (const auto choice = role(entry.role)) {
        row.point.*entry.member = read_frequency(text, *choice, entry.knob);
      }
    }
    row.requests = count_ ? read(text, *count_) : source_.batch;
    // By Little's law half of the clients wait while the other half is served.
    if (set_.load == LoadKind::kClients) row.requests *= 0.5;
    const double time = read(text, *time_);
    row.seconds = time_->role == ColumnRole::kThroughput ? row.batch() / time : time;
    row.watts = watts_of(row, *power_, read(text, *power_));
    return row;
  }

  static double watts_of(const Measurement& row, const ColumnChoice& choice, double value) {
    if (choice.role == ColumnRole::kPower) return value;
    const double requests = choice.role == ColumnRole::kEnergy ? 1.0 : row.batch();
    return value * requests / row.seconds;
  }

  // All rows off: the unit. One row off: that row.
  void check_power_unit() const {
    for (const Measurement& row : set_.rows) {
      if (row.watts >= kLeastWatts && row.watts <= kMostWatts) continue;
      const auto off = std::count_if(set_.rows.begin(), set_.rows.end(), [](const Measurement& r) {
        return r.watts < kLeastWatts || r.watts > kMostWatts;
      });
      const bool is_power = power_->role == ColumnRole::kPower;
      const bool is_high = row.watts > kMostWatts;
      const std::string cause =
          is_power ? fmt::format("is the column in {}? --column power={}:{}", is_high ? "mW" : "W",
                                 power_->column, is_high ? "mW" : "W")
                   : fmt::format("energy over time; is {} in {}, or {} in another unit?",
                                 power_->column, is_high ? "mJ" : "J", time_->column);
      throw DataError(fmt::format(
          "{}:{}: column {}: {:g} W, a Jetson draws {} to {} W ({} of {} rows are off): {}",
          table_.file.string(), row.line, power_->column, row.watts, kLeastWatts, kMostWatts, off,
          set_.rows.size(), off == 1 ? "off by 1000 in this row?" : cause));
    }
  }

  // By the median, so that a few odd rows are left to the fit.
  void check_time_unit() const {
    if (time_->was_told) return;
    std::vector<double> batches;
    std::vector<double> requests;
    for (const Measurement& row : set_.rows) {
      batches.push_back(row.seconds);
      requests.push_back(row.seconds / row.batch());
    }
    const double batch = upper_median(batches);
    const double request = upper_median(requests);
    if (batch >= kLeastBatchSeconds && request <= kMostRequestSeconds) return;
    throw DataError(fmt::format(
        "{}: column {}: {:g} s per batch (median), {:g} s per request; expected at least {} s per "
        "batch and at most {} s per request: is the column off by 1000? Tell its unit, --column "
        "{}={}:UNIT; told, it is taken as it is",
        table_.file.string(), time_->column, batch, request, kLeastBatchSeconds,
        kMostRequestSeconds, to_string(time_->role), time_->column));
  }

  // What no setting of a board can do to the time.
  void check_time_rows() const {
    std::vector<double> seconds;
    for (const Measurement& row : set_.rows) seconds.push_back(row.seconds);
    const double typical = upper_median(seconds);
    for (const Measurement& row : set_.rows) {
      const double ratio = row.seconds / typical;
      if (ratio <= kMostTimeSpread && ratio >= 1.0 / kMostTimeSpread) continue;
      throw DataError(
          fmt::format("{}:{}: column {}: {:g} s per batch, {:g} s is usual here: leave "
                      "rows that failed out of the file",
                      table_.file.string(), row.line, time_->column, row.seconds, typical));
    }
  }

  // Where power and energy are both given, the second has to fit the first.
  void check_agreement() const {
    for (const ColumnRole candidate :
         {ColumnRole::kPower, ColumnRole::kEnergy, ColumnRole::kRequestEnergy}) {
      const std::optional<ColumnChoice> other = role(candidate);
      if (!other || candidate == power_->role) continue;
      std::vector<double> ratios;
      for (std::size_t i = 0; i < set_.rows.size(); ++i) {
        const Measurement& row = set_.rows[i];
        ratios.push_back(watts_of(row, *other, read(text_rows_[i], *other)) / row.watts);
      }
      const double ratio = upper_median(ratios);
      if (std::abs(ratio - 1.0) <= kMostDisagreement) continue;
      throw DataError(fmt::format(
          "{}: column {} asks for {:g} times the power of column {} (median): power times time is "
          "energy, so one of {}, {} and {} is off or in another unit",
          table_.file.string(), other->column, ratio, power_->column, other->column, power_->column,
          time_->column));
    }
  }

  void set_knobs() {
    for (const FitKnob knob : {FitKnob::kCpu, FitKnob::kGpu, FitKnob::kEmc, FitKnob::kBatch}) {
      if (levels_of(set_, knob).size() > 1) {
        set_.varied.push_back(knob);
      } else if (knob != FitKnob::kBatch) {
        set_.held.push_back(knob);
      }
    }
  }

  // Which rows were measured under one setting, as far as the columns in use tell: the first of
  // them, for every row.
  std::vector<std::size_t> first_of_setting() const {
    using Key = std::tuple<double, double, double, double>;
    std::map<Key, std::size_t> first;
    std::vector<std::size_t> firsts;
    for (const Measurement& row : set_.rows) {
      const Key key{row.point.cpu_hz, row.point.gpu_hz, row.point.emc_hz, row.requests};
      firsts.push_back(first.try_emplace(key, firsts.size()).first->second);
    }
    return firsts;
  }

  void find_unused(const std::vector<std::size_t>& firsts) {
    ColumnUse use;
    use.settings = firsts;
    for (const std::vector<ColumnChoice>* choices : {&columns_, &left_out_}) {
      for (const ColumnChoice& choice : *choices) {
        use.used.push_back(*table_.find(choice.column));
        use.used_knobs.emplace_back(to_string(choice.role));
      }
    }
    for (const std::string& name : source_.ignored) {
      const std::optional<std::size_t> column = table_.find(name);
      if (!column) {
        fail(fmt::format("--ignore {}: no such column (there are: {})", name,
                         join_names(table_.columns)));
      }
      use.used.push_back(*column);
    }
    unused_ = unused_columns(table_, text_rows_, use, board_);
  }

  // Two rows of one setting: what else tells them apart, and whether a mean of them makes sense.
  void check_repeated(const TextRow& row, const TextRow& first) const {
    std::string settings;
    std::string readings;
    for (const UnusedColumn& column : unused_) {
      if (!differ_in(table_, row, first, column.column)) continue;
      const std::string& name = table_.columns[column.column];
      if (column.is_setting) {
        settings += fmt::format("; not used: the column {}: {} (or --ignore {})", column.text,
                                column.advice, name);
      } else {
        readings += (readings.empty() ? "" : ", ") + name;
      }
    }
    const std::string where = fmt::format("{}:{}: the same setting as line {}",
                                          table_.file.string(), row.line, first.line);
    if (!settings.empty()) throw DataError(where + settings);
    if (source_.duplicates == Duplicates::kMean) return;
    if (!readings.empty()) readings = fmt::format(" (not used: {})", readings);
    throw DataError(fmt::format("{}{}; --duplicates mean takes repeated measurements together",
                                where, readings));
  }

  void join_duplicates(const std::vector<std::size_t>& firsts) {
    std::map<std::size_t, std::pair<std::size_t, double>> joined_at;  // where it is, how many
    std::vector<Measurement> joined;
    for (std::size_t i = 0; i < firsts.size(); ++i) {
      const Measurement& row = set_.rows[i];
      const auto [it, is_new] = joined_at.try_emplace(firsts[i], joined.size(), 1.0);
      if (is_new) {
        joined.push_back(row);
        continue;
      }
      check_repeated(text_rows_[i], text_rows_[firsts[i]]);
      Measurement& known = joined[it->second.first];
      const double n = it->second.second++;
      known.seconds += (row.seconds - known.seconds) / (n + 1.0);
      known.watts += (row.watts - known.watts) / (n + 1.0);
    }
    set_.rows = std::move(joined);
  }

  void check_identifiable() const {
    if (set_.varied.empty()) {
      fail(
          "no knob was varied: every row has the same cpu, gpu, emc and batch, so nothing can be "
          "said of their influence" +
          not_used());
    }
    const std::size_t fewest = fewest_rows(set_.varied.size());
    if (set_.rows.size() < fewest) {
      fail(fmt::format("{} rows, at least {} are needed where {} knobs vary", set_.rows.size(),
                       fewest, set_.varied.size()));
    }
    for (std::size_t a = 0; a < set_.varied.size(); ++a) {
      for (std::size_t b = a + 1; b < set_.varied.size(); ++b) check_apart(a, b);
    }
  }

  // "; not used though it varies: the column ...", for every such column.
  std::string not_used() const {
    std::string text;
    for (const UnusedColumn& column : unused_) {
      text += fmt::format("; not used though it varies: the column {}{}", column.text,
                          column.is_setting ? ": " + column.advice : "");
    }
    return text;
  }

  // Two knobs that always move together cannot be told apart.
  void check_apart(std::size_t a, std::size_t b) const {
    std::set<std::pair<double, double>> pairs;
    for (const Measurement& row : set_.rows) {
      pairs.emplace(Measurements::value(row, set_.varied[a]),
                    Measurements::value(row, set_.varied[b]));
    }
    const std::size_t most =
        std::max(levels_of(set_, set_.varied[a]).size(), levels_of(set_, set_.varied[b]).size());
    if (pairs.size() > most) return;
    fail(fmt::format(
        "{} and {} always move together: which of them matters cannot be told; sweep "
        "them apart, or leave one out of the model with --without {}",
        to_string(set_.varied[a]), to_string(set_.varied[b]), to_string(set_.varied[b])));
  }

  void describe() {
    for (const std::optional<ColumnChoice>& choice :
         {role(ColumnRole::kCpu), role(ColumnRole::kGpu), role(ColumnRole::kEmc), count_, time_,
          power_}) {
      if (!choice) continue;
      set_.notes.push_back(fmt::format("{} is column {}{}{}", to_string(choice->role),
                                       choice->column,
                                       choice->unit.empty() ? "" : " in " + choice->unit,
                                       choice->was_told ? "" : " (recognised by its name)"));
    }
    for (const UnusedColumn& column : unused_) {
      set_.notes.push_back(fmt::format("not used though it varies: the column {}{}", column.text,
                                       column.is_setting ? ": " + column.advice : ""));
    }
    if (std::find(set_.varied.begin(), set_.varied.end(), FitKnob::kBatch) == set_.varied.end()) {
      const double batch = set_.rows.front().batch();
      set_.notes.push_back(fmt::format(
          "{}: every row is taken for a batch of {:g}, and a batch of n for n/{:g} of its work",
          count_ ? "batch was never varied" : "no batch column", batch, batch));
    }
    for (const FitKnob knob : set_.varied) {
      if (levels_of(set_, knob).size() == 2) {
        set_.notes.push_back(
            fmt::format("{} has two levels only: what lies between is guesswork", to_string(knob)));
      }
    }
  }

  const MeasurementSource& source_;
  const Board& board_;
  CsvTable table_;
  std::vector<ColumnChoice> columns_;
  std::vector<ColumnChoice> left_out_;  // told to be, with --without
  std::optional<ColumnChoice> count_;
  std::optional<ColumnChoice> time_;
  std::optional<ColumnChoice> power_;
  std::vector<TextRow> text_rows_;
  std::vector<UnusedColumn> unused_;
  Measurements set_;
};

}  // namespace

double Measurements::value(const Measurement& row, FitKnob knob) {
  switch (knob) {
    case FitKnob::kCpu: return row.point.cpu_hz;
    case FitKnob::kGpu: return row.point.gpu_hz;
    case FitKnob::kEmc: return row.point.emc_hz;
    case FitKnob::kBatch: return row.requests;
  }
  return 0.0;
}

std::size_t fewest_rows(std::size_t varied_knobs) { return 4 + 4 * varied_knobs; }

std::vector<double> levels_of(const Measurements& set, FitKnob knob) {
  std::set<double> levels;
  for (const Measurement& row : set.rows) levels.insert(Measurements::value(row, knob));
  return {levels.begin(), levels.end()};
}

Measurements read_measurements(const MeasurementSource& source, const Board& board) {
  return Reader(source, board).read();
}

}  // namespace flyball
