#include "tools/reports/html/sweep_page.h"

#include <fmt/format.h>

#include "tools/reports/html/oracle_figures.h"

namespace flyball {

namespace {

std::string setting_of(const SweepReport& report, const OraclePoint& point) {
  std::string text;
  for (std::size_t k = 0; k < report.knobs.size(); ++k) {
    text += fmt::format("{}{} {:.0f} MHz", text.empty() ? "" : ", ", report.knobs[k].name,
                        1e-6 * report.knobs[k].levels[point.levels[k]]);
  }
  return text;
}

std::vector<std::string> row_of(const std::string& name, const RunFigures& figures,
                                const RunFigures& stock) {
  return {name, fmt::format("{:.4g}", figures.energy_per_request),
          fmt::format("{:.4g}", figures.mean_power_watts),
          fmt::format("{:.4g}", figures.latency_mean_seconds),
          fmt::format("{:.1f} %", 100.0 * (1.0 - figures.energy_joules / stock.energy_joules))};
}

const std::vector<std::string> kHeader = {"setting", "J/request", "W", "mean s", "saving"};

ReportFigure front_figure(const SweepReport& report) {
  ReportFigure figure;
  figure.title = "Energy against latency";
  figure.table = {"The settings that nothing beats in both", kHeader, {}, {}};
  Chart chart{figure.title, "mean latency, s", "energy, J per request", {}};
  ChartSeries all{"every setting", {}, {}, false};
  for (const OraclePoint& point : report.table.points) {
    if (point.figures.served == 0) continue;
    all.x.push_back(point.figures.latency_mean_seconds);
    all.y.push_back(point.figures.energy_per_request);
  }
  chart.series = {
      all,
      {"stock", {report.stock.latency_mean_seconds}, {report.stock.energy_per_request}, false},
      front_series(report.table)};
  figure.svg = svg_chart(chart);
  for (const std::size_t i : report.front) {
    const OraclePoint& point = report.table.points[i];
    figure.table.rows.push_back(row_of(setting_of(report, point), point.figures, report.stock));
  }
  return figure;
}

}  // namespace

ReportPage sweep_page(const SweepReport& report, const std::string& command) {
  ReportPage page;
  page.title = fmt::format("{} on {}, every fixed setting", report.workload, report.board_title);
  page.command = command;
  ReportTable summary{"Stock and the cheapest setting", kHeader, {}, {}};
  summary.rows.push_back(row_of("stock", report.stock, report.stock));
  if (report.table.best) {
    const OraclePoint& best = report.table.points[*report.table.best];
    summary.rows.push_back(row_of(setting_of(report, best), best.figures, report.stock));
  }
  page.summary.push_back(summary);
  ReportSection section;
  section.heading = fmt::format("{} settings", report.table.points.size());
  if (auto topology = topology_figure(report.knobs, report.table)) {
    section.figures.push_back(*std::move(topology));
  }
  section.figures.push_back(front_figure(report));
  page.sections.push_back(section);
  return page;
}

}  // namespace flyball
