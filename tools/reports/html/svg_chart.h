// Figures of reports as SVG that stands in an HTML page: colours are the page's CSS variables, so
// they follow its light and dark scheme. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace flyball {

struct ChartSeries {
  std::string name;
  std::vector<double> x;
  std::vector<double> y;  // as many
  bool is_line = true;    // connected, in the order given; otherwise points
};

struct Chart {
  std::string title;  // what a screen reader says of it
  std::string x_label;
  std::string y_label;
  std::vector<ChartSeries> series;
};

// Axes, grid, legend. Series without a finite point are left out.
std::string svg_chart(const Chart& chart);

// A bar per row, split into parts: how long each clock was at each level.
struct SharedBars {
  std::string title;
  std::vector<std::string> rows;
  std::vector<std::string> parts;           // low to high: light to dark
  std::vector<std::vector<double>> shares;  // [row][part], 0..1
};
std::string svg_bars(const SharedBars& bars);

struct HeatMap {
  std::string title;
  std::string x_label;
  std::string y_label;
  std::vector<std::string> x;
  std::vector<std::string> y;
  std::vector<std::vector<std::optional<double>>> values;   // [y][x]
  std::optional<std::pair<std::size_t, std::size_t>> mark;  // {x, y}: the best one
};
std::string svg_heat_map(const HeatMap& map);

// Text inside HTML or XML, and inside a quoted attribute.
std::string html_text(std::string_view text);

}  // namespace flyball
