#include "tools/training/train_page.h"

#include <fmt/format.h>

#include <cstdlib>
#include <sstream>
#include <utility>

#include "env/text_file.h"
#include "tools/reports/html/svg_chart.h"

namespace flyball {

namespace {

constexpr std::size_t kTableRows = 40;

// Columns of numbers under names, the first of them the step.
struct Curves {
  std::vector<std::string> names;
  std::vector<std::vector<double>> rows;
};

Curves read_curves(const std::filesystem::path& file) {
  Curves curves;
  if (!std::filesystem::exists(file)) return curves;
  std::istringstream lines(read_text_file(file));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream cells(line);
    const bool is_head = curves.names.empty();
    std::vector<double> row;
    for (std::string cell; std::getline(cells, cell, ',');) {
      if (is_head) {
        curves.names.push_back(cell);
      } else {
        row.push_back(cell.empty() ? 0.0 : std::strtod(cell.c_str(), nullptr));
      }
    }
    if (!is_head && row.size() == curves.names.size()) curves.rows.push_back(std::move(row));
  }
  return curves;
}

ReportTable table_of(const Curves& curves, const std::string& caption) {
  ReportTable table{caption, curves.names, {}, {}};
  const std::size_t stride = std::max<std::size_t>(1, curves.rows.size() / kTableRows);
  for (std::size_t i = 0; i < curves.rows.size(); i += stride) {
    std::vector<std::string>& row = table.rows.emplace_back();
    for (const double value : curves.rows[i]) row.push_back(fmt::format("{:.5g}", value));
  }
  if (stride > 1) table.notes.push_back(fmt::format("every {} rows", stride));
  return table;
}

// A figure per column.
void add_figures(const Curves& curves, const std::string& what, ReportSection& section) {
  for (std::size_t c = 1; c < curves.names.size(); ++c) {
    ChartSeries line{curves.names[c], {}, {}, true};
    for (const auto& row : curves.rows) {
      line.x.push_back(row[0]);
      line.y.push_back(row[c]);
    }
    ReportFigure figure;
    figure.title = fmt::format("{}: {}", what, curves.names[c]);
    figure.svg = svg_chart({figure.title, "step", curves.names[c], {line}});
    Curves own{{curves.names[0], curves.names[c]}, {}};
    for (const auto& row : curves.rows) own.rows.push_back({row[0], row[c]});
    figure.table = table_of(own, figure.title);
    section.figures.push_back(std::move(figure));
  }
}

void add_section(const Curves& curves, const std::string& heading, ReportPage& page) {
  if (curves.rows.empty()) return;
  ReportSection section;
  section.heading = heading;
  add_figures(curves, heading, section);
  page.sections.push_back(std::move(section));
}

}  // namespace

ReportPage train_page(const std::filesystem::path& run, const std::string& policy,
                      const std::string& command) {
  const Curves losses = read_curves(run / "losses.csv");
  const Curves validation = read_curves(run / "validation.csv");
  ReportPage page;
  page.title = fmt::format("The training of {}", policy);
  page.command = command;
  const Curves& shown = validation.rows.empty() ? losses : validation;
  Curves last{shown.names, {}};
  if (!shown.rows.empty()) last.rows.push_back(shown.rows.back());
  page.summary.push_back(table_of(last, "The last measurement"));
  if (validation.rows.empty()) page.remarks.push_back("no scenario was measured on meanwhile");
  if (losses.rows.empty()) page.remarks.push_back("fitted in one step: there are no losses");
  add_section(validation, "Measured while training", page);
  add_section(losses, "Losses", page);
  return page;
}

}  // namespace flyball
