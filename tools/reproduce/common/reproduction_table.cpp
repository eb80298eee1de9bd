#include "tools/reproduce/common/reproduction_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

namespace flyball {

namespace {

constexpr double kRounding = 1e-9;  // a figure that is its limit was summed in another order

nlohmann::ordered_json or_null(const std::optional<double>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json();
}

// Counts as they are, the rest with four significant digits or one decimal.
std::string figure(double value) {
  if (value == std::floor(value) && std::abs(value) < 1e9) return fmt::format("{:.0f}", value);
  return std::abs(value) >= 1000.0 ? fmt::format("{:.1f}", value) : fmt::format("{:.4g}", value);
}

std::string figure(const std::optional<double>& value) { return value ? figure(*value) : "-"; }

const char* to_string(RowCheck check) {
  switch (check) {
    case RowCheck::kDifference: return "difference";
    case RowCheck::kAtLeast: return "at_least";
    case RowCheck::kAtMost: return "at_most";
    case RowCheck::kShown: return "shown";
  }
  return "";
}

std::string allowed_text(const ReproductionRow& row) {
  if (row.check == RowCheck::kAtLeast) return "or more";
  if (row.check == RowCheck::kAtMost) return "or less";
  return figure(row.allowed);
}

}  // namespace

std::optional<double> ReproductionRow::difference() const {
  if (!published) return std::nullopt;
  return ours - *published;
}

RowText to_cells(const ReproductionRow& row) {
  std::string verdict = row.check == RowCheck::kShown ? "shown" : row.holds ? "holds" : "FAILS";
  if (row.low && row.high) {
    verdict += fmt::format(", {} .. {}", figure(row.low), figure(row.high));
  }
  return {figure(row.published), figure(row.ours), figure(row.difference()), allowed_text(row),
          std::move(verdict)};
}

void ReproductionTable::check(std::string name, double published, double ours, std::string unit,
                              double allowed) {
  const bool holds = std::abs(ours - published) <= allowed;
  rows_.push_back(
      {std::move(name), published, ours, std::move(unit), RowCheck::kDifference, allowed, holds});
}

void ReproductionTable::check_share(std::string name, double published, double ours,
                                    std::string unit, double allowed) {
  check(std::move(name), published, ours, std::move(unit), allowed * std::abs(published));
}

void ReproductionTable::check_at_least(std::string name, double minimum, double ours,
                                       std::string unit) {
  rows_.push_back({std::move(name), minimum, ours, std::move(unit), RowCheck::kAtLeast,
                   std::nullopt, ours >= minimum});
}

void ReproductionTable::check_at_most(std::string name, double maximum, double ours,
                                      std::string unit) {
  rows_.push_back({std::move(name), maximum, ours, std::move(unit), RowCheck::kAtMost, std::nullopt,
                   ours <= maximum + kRounding * std::abs(maximum)});
}

void ReproductionTable::show(std::string name, std::optional<double> published, double ours,
                             std::string unit) {
  rows_.push_back(
      {std::move(name), published, ours, std::move(unit), RowCheck::kShown, std::nullopt, true});
}

void ReproductionTable::show_interval(std::string name, double ours, double low, double high,
                                      std::string unit) {
  show(std::move(name), std::nullopt, ours, std::move(unit));
  rows_.back().low = low;
  rows_.back().high = high;
}

bool ReproductionTable::holds() const {
  return std::all_of(rows_.begin(), rows_.end(), [](const auto& row) { return row.holds; });
}

std::string ReproductionTable::to_text() const {
  std::size_t width = 4;
  for (const ReproductionRow& row : rows_) width = std::max(width, row.name.size());
  std::string text = fmt::format("{:<{}}  {:>10} {:>10} {:>10} {:>9}  {:<8}\n", name_, width,
                                 "published", "ours", "difference", "allowed", "unit");
  for (const ReproductionRow& row : rows_) {
    const RowText cells = to_cells(row);
    text += fmt::format("{:<{}}  {:>10} {:>10} {:>10} {:>9}  {:<8} {}\n", row.name, width,
                        cells.published, cells.ours, cells.difference, cells.allowed, row.unit,
                        cells.verdict);
  }
  for (const std::string& sentence : notes_) text += sentence + '\n';
  return text;
}

nlohmann::ordered_json ReproductionTable::to_json() const {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const ReproductionRow& row : rows_) {
    rows.push_back({{"name", row.name},
                    {"published", or_null(row.published)},
                    {"ours", row.ours},
                    {"difference", or_null(row.difference())},
                    {"unit", row.unit},
                    {"check", to_string(row.check)},
                    {"allowed", or_null(row.allowed)},
                    {"holds", row.holds}});
    if (row.low && row.high) {
      rows.back()["low"] = *row.low;
      rows.back()["high"] = *row.high;
    }
  }
  return {{"table", name_}, {"rows", rows}, {"notes", notes_}};
}

}  // namespace flyball
