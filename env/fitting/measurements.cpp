#include "env/fitting/measurements.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "env/errors.h"
#include "env/fitting/measurement_checks.h"
#include "env/fitting/one_source.h"
#include "env/fitting/unused_columns.h"
#include "env/nearest_name.h"

namespace flyball {

namespace {

constexpr double kTableTolerance = 0.01;  // how far from a table's entry a frequency may be
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
    text_rows_ = filtered(table_, source.filters);
    // First: another device's rows would not fit the board's tables.
    require_one_source(table_, text_rows_, source.ignored);
    columns_ = choose_columns(table_, source.columns);
    for (const FitKnob knob : source.left_out) {
      std::erase_if(columns_, [&](const ColumnChoice& choice) {
        const bool is_left_out = std::string(to_string(choice.role)) == to_string(knob) ||
                                 (knob == FitKnob::kBatch && choice.role == ColumnRole::kClients);
        if (is_left_out) left_out_.push_back(choice);
        return is_left_out;
      });
    }
    settle_roles();
  }

  Measurements read() {
    set_.file = source_.file;
    for (const TextRow& text : text_rows_) set_.rows.push_back(read_row(text));
    check_power_unit(set_, *power_, *time_);
    check_time_unit(set_, *time_);
    check_time_rows(set_, *time_);
    check_agreement();
    set_knobs();
    const std::vector<std::size_t> firsts = first_of_setting();
    find_unused(firsts);
    join_duplicates(firsts);
    check_identifiable(set_, unused_);
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
    if (!power_) {
      missing(
          "no column with power or energy, and times alone say nothing of what a setting costs: "
          "note the module's power beside each row (tegrastats prints it)",
          "power");
    }
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

  // Where power and energy are both given, the second has to fit the first.
  void check_agreement() const {
    for (const ColumnRole candidate :
         {ColumnRole::kPower, ColumnRole::kEnergy, ColumnRole::kRequestEnergy}) {
      const std::optional<ColumnChoice> other = role(candidate);
      if (!other || candidate == power_->role) continue;
      std::vector<double> watts;
      for (std::size_t i = 0; i < set_.rows.size(); ++i) {
        watts.push_back(watts_of(set_.rows[i], *other, read(text_rows_[i], *other)));
      }
      check_same_power(set_, {*power_, *time_, *other}, watts);
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
      check_repeated({table_, unused_, source_.duplicates}, text_rows_[i], text_rows_[firsts[i]]);
      Measurement& known = joined[it->second.first];
      const double n = it->second.second++;
      known.seconds += (row.seconds - known.seconds) / (n + 1.0);
      known.watts += (row.watts - known.watts) / (n + 1.0);
    }
    set_.rows = std::move(joined);
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
