// A table of published figures beside ours. Values.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace flyball {

enum class RowCheck { kDifference, kAtLeast, kAtMost, kShown };

struct ReproductionRow {
  std::string name;
  std::optional<double> published;  // or the limit; absent: nothing to compare with
  double ours = 0.0;
  std::string unit;
  RowCheck check = RowCheck::kShown;
  std::optional<double> allowed;  // of a kDifference, in the row's unit
  bool holds = true;
  std::optional<double> low = std::nullopt;  // of an interval around ours
  std::optional<double> high = std::nullopt;

  std::optional<double> difference() const;  // ours - published
};

// A row's figures as they are printed; "-" for what is absent.
struct RowText {
  std::string published;
  std::string ours;
  std::string difference;
  std::string allowed;
  std::string verdict;  // holds | FAILS | shown, with the interval where the row has one
};
RowText to_cells(const ReproductionRow& row);

class ReproductionTable {
 public:
  explicit ReproductionTable(std::string name) : name_(std::move(name)) {}

  // Holds if ours differs from the published figure by at most `allowed`.
  void check(std::string name, double published, double ours, std::string unit, double allowed);
  // As check(); `allowed` is a share of the published figure (0.1: 10 %).
  void check_share(std::string name, double published, double ours, std::string unit,
                   double allowed);
  // Holds if ours is at least `minimum`, which stands in the published column.
  void check_at_least(std::string name, double minimum, double ours, std::string unit);
  // Holds if ours is at most `maximum`, which stands in the published column.
  void check_at_most(std::string name, double maximum, double ours, std::string unit);
  // Beside each other, without a verdict.
  void show(std::string name, std::optional<double> published, double ours, std::string unit);
  // Without a published figure, with the interval in which it lies by 95 %.
  void show_interval(std::string name, double ours, double low, double high, std::string unit);
  // A sentence under the table.
  void note(std::string text) { notes_.push_back(std::move(text)); }

  const std::string& name() const { return name_; }
  const std::vector<ReproductionRow>& rows() const { return rows_; }
  const std::vector<std::string>& notes() const { return notes_; }
  bool holds() const;

  std::string to_text() const;
  // {"table", "rows": [{"name", "published", "ours", "difference", "unit", "check", "allowed",
  // "holds"}], "notes"}; check: difference | at_least | at_most | shown; what is absent is null; a
  // row with an interval has "low" and "high", too.
  nlohmann::ordered_json to_json() const;

 private:
  std::string name_;
  std::vector<ReproductionRow> rows_;
  std::vector<std::string> notes_;
};

}  // namespace flyball
