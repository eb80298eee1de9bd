#include "tools/reports/html/fit_page.h"

#include <fmt/format.h>

#include "tools/reports/html/svg_chart.h"

namespace flyball {

namespace {

constexpr std::size_t kMostRows = 200;  // of the table behind the figure

std::string percent(double share) { return fmt::format("{:.2f} %", 100.0 * share); }

std::vector<std::string> row_of(const std::string& name, const PredictionErrors& errors) {
  return {name,
          std::to_string(errors.rows),
          percent(errors.time_mean),
          percent(errors.power_mean),
          percent(errors.energy_mean),
          percent(errors.time_worst),
          percent(errors.energy_worst)};
}

const std::vector<std::string> kHeader = {
    "what is predicted", "rows", "time", "power", "energy", "worst time", "worst energy"};

ReportTable error_table(const FitReport& report) {
  ReportTable table{"Mean errors, |predicted / measured - 1|", kHeader, {}, {}};
  if (report.fit) table.rows.push_back(row_of("the rows that were fitted", report.fitted));
  if (report.validation) {
    table.rows.push_back(row_of("rows left out", report.validation->rows));
    for (const CrossValidation::OfKnob& knob : report.validation->frequencies) {
      table.rows.push_back(
          row_of(fmt::format("levels of {} left out", to_string(knob.knob)), knob.errors));
    }
  }
  for (const Draw& draw : report.draws) {
    table.rows.push_back(row_of(fmt::format("all but those of draw {}", draw.seed), draw.errors));
  }
  return table;
}

// Measured and predicted energy per batch of every row.
ReportFigure energy_figure(const FitReport& report) {
  ReportFigure figure;
  figure.title = "Energy, predicted against measured";
  figure.table.caption = "Energy per batch, J";
  figure.table.header = {"line of the file", "measured", "predicted"};
  ChartSeries points{"a row", {}, {}, false};
  ChartSeries equal{"equal", {}, {}, true};
  for (const Measurement& row : report.set.rows) {
    const RowPrediction predicted = report.fit->predict(row);
    const double joules = predicted.seconds * predicted.watts;
    points.x.push_back(row.joules());
    points.y.push_back(joules);
    equal.x.push_back(row.joules());
    equal.y.push_back(row.joules());
    if (figure.table.rows.size() < kMostRows) {
      figure.table.rows.push_back({std::to_string(row.line), fmt::format("{:.4g}", row.joules()),
                                   fmt::format("{:.4g}", joules)});
    }
  }
  if (report.set.rows.size() > kMostRows) {
    figure.table.notes.push_back(
        fmt::format("the first {} of {} rows", kMostRows, report.set.rows.size()));
  }
  figure.svg = svg_chart({figure.title, "measured, J", "predicted, J", {points, equal}});
  return figure;
}

}  // namespace

ReportPage fit_page(const FitReport& report, const std::string& command) {
  ReportPage page;
  page.title = fmt::format("A workload fitted to {} on {}", report.set.file.filename().string(),
                           report.board);
  page.command = command;
  page.summary.push_back(error_table(report));
  page.remarks = report.set.notes;
  for (const std::string& warning : held_knob_warnings(report.set)) page.remarks.push_back(warning);
  if (report.fit) {
    ReportSection section;
    section.heading = fmt::format("{} rows", report.set.rows.size());
    section.figures.push_back(energy_figure(report));
    page.sections.push_back(section);
  }
  return page;
}

}  // namespace flyball
