#include "env/logs/board_csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "env/csv/csv_reader.h"
#include "env/excerpt.h"
#include "env/logs/json_rows.h"
#include "env/logs/line_times.h"
#include "env/logs/log_error.h"
#include "env/logs/time_stamp.h"
#include "env/text_file.h"

namespace flyball {

namespace {

struct Column {
  std::size_t index = 0;
  BoardColumn meaning;
};

// Reads the rows of one file; one instance per file.
class Reader {
 public:
  Reader(const CsvFile& file, const Board& board, std::span<const BoardColumn> told)
      : file_(file), board_(board) {
    for (BoardColumn& column : choose_board_columns(file, board, told)) {
      const std::size_t index = *file.find(column.column);
      columns_.push_back({index, std::move(column)});
    }
    require_columns();
  }

  BoardCsv read(const TegrastatsOptions& options) {
    std::vector<Slot> slots;
    for (const CsvRow& row : file_.rows) {
      TegrastatsSample sample;
      sample.line = row.line;
      for (const Column& column : columns_) take(row, column, sample.values);
      slots.push_back({csv_.log.samples.size()});
      csv_.log.samples.push_back(std::move(sample));
    }
    if (csv_.log.samples.empty()) fail("a header and no rows");
    place_lines(slots, file_.file, options, csv_.log);
    check_time_unit();
    describe();
    return std::move(csv_);
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    throw LogError(file_.file, file_.header_line, 1, message);
  }
  bool has(BoardRole role) const {
    return std::any_of(columns_.begin(), columns_.end(),
                       [&](const Column& column) { return column.meaning.role == role; });
  }
  bool has(BoardRole role, std::string_view target) const {
    return std::any_of(columns_.begin(), columns_.end(), [&](const Column& column) {
      return column.meaning.role == role && column.meaning.target == target;
    });
  }

  void require_columns() const {
    if (has(BoardRole::kClock) || has(BoardRole::kPower) || has(BoardRole::kLoad)) return;
    fail(fmt::format(
        "this is neither tegrastats' output nor a table with columns that are known: name them "
        "with --column ROLE=NAME:UNIT, as in time=t:ms gpu=clk:MHz load.gpu=util:% "
        "power.{}=total:mW (there are: {})",
        board_.rails.empty() ? "RAIL" : board_.rails.front(),
        excerpt(fmt::format("{}", fmt::join(file_.columns, ", ")), 200)));
  }

  void take(const CsvRow& row, const Column& column, TegrastatsLine& line) const {
    const std::string& cell = row.cells[column.index];
    if (is_absent_cell(cell)) return;
    const BoardColumn& meaning = column.meaning;
    if (meaning.role == BoardRole::kTime) {
      line.stamp = time(row, column);
      return;
    }
    const bool is_off = cell == "OFF" || cell == "off" || cell == "na";
    const double value = is_off ? 0.0 : file_.number(row, column.index) * meaning.factor;
    switch (meaning.role) {
      case BoardRole::kClock: take_clock(row, column, value, line); break;
      case BoardRole::kLoad: take_load(row, column, is_off, value, line); break;
      case BoardRole::kPower:
        if (!is_off) line.rails.push_back({meaning.target, value, value, std::nullopt});
        break;
      default:
        if (!is_off) line.temperatures.push_back({meaning.target, value});
    }
  }

  TimeStamp time(const CsvRow& row, const Column& column) const {
    const double factor = column.meaning.factor;
    if (factor != 0.0) {
      const double seconds = file_.number(row, column.index) * factor;
      if (seconds < 0.0) file_.fail(row, column.index, "a time of 0 or more");
      return {seconds >= kLeastEpochSeconds ? StampKind::kUtc : StampKind::kRelative, seconds,
              true};
    }
    std::string cell = row.cells[column.index];
    if (csv_number(cell, file_.dialect)) std::replace(cell.begin(), cell.end(), ',', '.');
    const auto stamp = parse_time_stamp(cell);
    if (!stamp) file_.fail(row, column.index, "a time: epoch, ISO 8601 or HH:MM:SS");
    return *stamp;
  }

  TegrastatsEngine& engine(const std::string& target, TegrastatsLine& line) const {
    const std::string name = target == "gpu" ? "GR3D_FREQ" : "EMC_FREQ";
    const auto found = std::find_if(line.engines.begin(), line.engines.end(),
                                    [&](const TegrastatsEngine& e) { return e.name == name; });
    if (found != line.engines.end()) return *found;
    line.engines.push_back({name, false, {}, {}});
    return line.engines.back();
  }

  std::vector<TegrastatsCpu>& cpus(TegrastatsLine& line) const {
    line.cpus.resize(static_cast<std::size_t>(board_.cpus), TegrastatsCpu{true, {}, 0.0});
    return line.cpus;
  }

  void take_clock(const CsvRow& row, const Column& column, double hertz,
                  TegrastatsLine& line) const {
    if (hertz < 0.0) file_.fail(row, column.index, "a clock of 0 or more");
    if (column.meaning.target != "cpu") {
      engine(column.meaning.target, line).frequencies_hz = {hertz};
      return;
    }
    for (TegrastatsCpu& cpu : cpus(line)) cpu.frequency_hz = cpu.online ? hertz : 0.0;
  }

  void take_load(const CsvRow& row, const Column& column, bool is_off, double load,
                 TegrastatsLine& line) const {
    constexpr double kRounding = 1.005;
    if (load < 0.0 || load > kRounding) file_.fail(row, column.index, "a load from 0 to 100 %");
    load = std::min(load, 1.0);
    const std::string& target = column.meaning.target;
    if (!target.starts_with("cpu")) {
      TegrastatsEngine& shown = engine(target, line);
      shown.off = is_off;
      shown.load = load;
      return;
    }
    for (std::size_t i = 0; i < cpus(line).size(); ++i) {
      TegrastatsCpu& cpu = line.cpus[i];
      if (target != "cpu" && target != fmt::format("cpu{}", i)) continue;
      cpu.online = !is_off;
      if (is_off) cpu.frequency_hz = 0.0;
      cpu.load.reset();
      if (!is_off) cpu.load = load;
    }
  }

  // The column of times whose unit nobody told, where it holds no moments but plain numbers.
  const Column* guessed_time() const {
    for (const Column& column : columns_) {
      if (column.meaning.role != BoardRole::kTime || column.meaning.factor != 0.0) continue;
      const auto& stamp = csv_.log.first_stamp;
      return stamp && stamp->kind == StampKind::kRelative ? &column : nullptr;
    }
    return nullptr;
  }

  // Boards are looked at every second or so; rows minutes apart are milliseconds.
  void check_time_unit() const {
    constexpr double kMostSeconds = 90.0;
    const Column* const time = guessed_time();
    if (time == nullptr || csv_.log.interval_seconds < kMostSeconds) return;
    const std::string name = excerpt(time->meaning.column);
    fail(
        fmt::format("if the column {} is in seconds, the rows are {:g} s apart: tell its unit, as "
                    "in --column time={}:ms (s, ms, us, ns, iso)",
                    name, csv_.log.interval_seconds, name));
  }

  void describe() {
    std::vector<std::string> taken;
    for (const Column& column : columns_) {
      const BoardColumn& m = column.meaning;
      taken.push_back(fmt::format("{} is {}{}{}", excerpt(m.column), name_of(m.role),
                                  m.target.empty() ? "" : " of " + m.target,
                                  &column == guessed_time() ? " in s" : ""));
    }
    csv_.notes.push_back(fmt::format("{}", fmt::join(taken, ", ")));
    const bool is_jtop = file_.find("jetson_clocks") && file_.find("nvp model");
    if (!has(BoardRole::kClock)) {
      csv_.notes.push_back(
          std::string(is_jtop ? "jtop's logger holds no clocks" : "no column holds clocks") +
          ": record with tegrastats to learn from the log");
    }
    if (!has(BoardRole::kPower)) csv_.notes.push_back("no column holds the power of a rail");
    describe_unused();
    for (const char* target : {"cpu", "gpu", "emc"}) {
      if (has(BoardRole::kClock) && !has(BoardRole::kClock, target)) {
        csv_.notes.push_back(fmt::format("no column holds the clock of {}", target));
      }
    }
  }

  // Columns of readings that were not taken, and how to have them taken.
  void describe_unused() {
    std::vector<std::string> unused;
    for (std::size_t i = 0; i < file_.columns.size(); ++i) {
      const std::string& name = file_.columns[i];
      const bool is_taken = std::any_of(columns_.begin(), columns_.end(),
                                        [&](const Column& c) { return c.index == i; });
      if (!is_taken && says_reading(name)) unused.push_back(excerpt(name));
    }
    if (unused.empty()) return;
    csv_.notes.push_back(
        fmt::format("not used: {} (--column gpu=NAME:MHz, power.{}=NAME:mW, ... takes one)",
                    fmt::join(unused, ", "), board_.rails.empty() ? "RAIL" : board_.rails.front()));
  }

  static const char* name_of(BoardRole role) {
    switch (role) {
      case BoardRole::kTime: return "the time";
      case BoardRole::kClock: return "the clock";
      case BoardRole::kLoad: return "the load";
      case BoardRole::kPower: return "the power";
      default: return "the temperature";
    }
  }

  const CsvFile& file_;
  const Board& board_;
  std::vector<Column> columns_;
  BoardCsv csv_;
};

}  // namespace

bool is_tegrastats(std::string_view text) {
  constexpr int kLinesSeen = 20;  // some may be cut or binary
  bool has_text = false;
  for (int i = 0; i < kLinesSeen && !text.empty(); ++i) {
    const std::string_view shown = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(shown.size() + 1, text.size()));
    has_text = has_text || !shown.empty();
    TegrastatsLine line;
    if (!parse_tegrastats_line(shown, line) || shown.find("RAM ") != shown.npos) return true;
  }
  return !has_text;
}

BoardCsv parse_board_csv(const std::string& path, std::string text, const Board& board,
                         std::span<const BoardColumn> told, const TegrastatsOptions& options) {
  const std::size_t lost = empty_lost_lines(text);
  check_text(path, text);
  const CsvFile file =
      is_json(text) ? read_json_rows(path, text) : parse_csv_file(path, std::move(text));
  BoardCsv csv = Reader(file, board, told).read(options);
  if (lost > 0) {
    csv.notes.push_back(
        fmt::format("{} lines hold NULs, as after a power cut, and are left out", lost));
  }
  if (file.cut_line) {
    csv.notes.push_back(fmt::format("line {} is cut and left out", *file.cut_line));
  } else if (!file.rows.empty() && !file.rows.back().has_end) {
    csv.notes.push_back(
        fmt::format("line {} has no end: its last value may be cut", file.rows.back().line));
  }
  return csv;
}

}  // namespace flyball
