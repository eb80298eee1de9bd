#include "tools/reports/html/oracle_figures.h"

#include <fmt/format.h>

#include <algorithm>

namespace flyball {

namespace {

std::string megahertz(double hertz) { return fmt::format("{:.0f}", 1e-6 * hertz); }

// The levels of one knob that points are of, ascending.
std::vector<Level> levels_of(const OracleResult& oracle, std::size_t knob) {
  std::vector<Level> levels;
  for (const OraclePoint& point : oracle.points) levels.push_back(point.levels[knob]);
  std::sort(levels.begin(), levels.end());
  levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
  return levels;
}

std::size_t place_of(const std::vector<Level>& levels, Level level) {
  return static_cast<std::size_t>(std::lower_bound(levels.begin(), levels.end(), level) -
                                  levels.begin());
}

}  // namespace

std::optional<ReportFigure> topology_figure(const std::vector<Knob>& knobs,
                                            const OracleResult& oracle) {
  if (knobs.size() < 2 || oracle.points.empty()) return std::nullopt;
  const std::vector<Level> rows = levels_of(oracle, 0);
  const std::vector<Level> columns = levels_of(oracle, 1);
  ReportFigure figure;
  figure.title = "Energy over the clocks";
  HeatMap map;
  map.title = "Energy per request over the clocks; dark is more, the frame is the best setting";
  map.x_label = knobs[1].name + ", MHz";
  map.y_label = knobs[0].name + ", MHz";
  for (const Level level : columns) map.x.push_back(megahertz(knobs[1].levels[level]));
  for (const Level level : rows) map.y.push_back(megahertz(knobs[0].levels[level]));
  map.values.assign(rows.size(), std::vector<std::optional<double>>(columns.size()));
  for (std::size_t i = 0; i < oracle.points.size(); ++i) {
    const OraclePoint& point = oracle.points[i];
    const std::size_t row = place_of(rows, point.levels[0]);
    const std::size_t column = place_of(columns, point.levels[1]);
    std::optional<double>& value = map.values[row][column];
    const double joules = point.figures.energy_per_request;
    if (point.figures.served > 0 && (!value || joules < *value)) value = joules;
    if (oracle.best == i) map.mark = {{column, row}};
  }
  figure.svg = svg_heat_map(map);
  figure.table.caption =
      fmt::format("J per request; rows: {}, columns: {}", map.y_label, map.x_label);
  figure.table.header = {map.y_label};
  figure.table.header.insert(figure.table.header.end(), map.x.begin(), map.x.end());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    std::vector<std::string>& cells = figure.table.rows.emplace_back();
    cells.push_back(map.y[row]);
    for (const auto& value : map.values[row]) {
      cells.push_back(value ? fmt::format("{:.4g}", *value) : "-");
    }
  }
  return figure;
}

ChartSeries front_series(const OracleResult& oracle) {
  ChartSeries front;
  front.name = "best pinned settings";
  for (const std::size_t i : pareto_front(oracle.points)) {
    front.x.push_back(oracle.points[i].figures.latency_mean_seconds);
    front.y.push_back(oracle.points[i].figures.energy_per_request);
  }
  return front;
}

}  // namespace flyball
