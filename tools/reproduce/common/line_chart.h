// Lines with bands as an SVG picture: panels side by side, one legend. Pure functions.
#pragma once

#include <string>
#include <vector>

namespace flyball {

struct ChartLine {
  std::string name;
  std::vector<double> x;
  std::vector<double> y;
  std::vector<double> low;  // the band; empty for none
  std::vector<double> high;
};

struct ChartPanel {
  std::string title;
  std::string x_label;
  std::string y_label;
  std::vector<ChartLine> lines;  // the same names in every panel share a colour and the legend
};

// Requires: at least one panel, lines with as many y as x.
std::string line_chart(const std::vector<ChartPanel>& panels);

}  // namespace flyball
