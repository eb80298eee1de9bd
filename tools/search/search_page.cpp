#include "tools/search/search_page.h"

#include <fmt/format.h>

#include "tools/reports/html/svg_chart.h"

namespace flyball {

namespace {

const std::vector<std::string> kHeader = {"sample", "setting", "mean s", "J/request", "error"};

std::vector<std::string> row_of(const std::string& name, const SearchSample& sample,
                                const SearchSpace& space) {
  return {name, space.text(sample.candidate), fmt::format("{:.4g}", sample.seconds),
          fmt::format("{:.4g}", sample.joules), fmt::format("{:.1f} %", 100.0 * sample.error)};
}

ReportTable sample_table(const SearchReport& report, const SearchSpace& space) {
  ReportTable table{"What was measured, in this order", kHeader, {}, {}};
  for (std::size_t i = 0; i < report.samples.size(); ++i) {
    table.rows.push_back(row_of(std::to_string(i + 1), report.samples[i], space));
  }
  return table;
}

// One figure per what was measured, with the limit as a line.
ReportFigure figure_of(const SearchReport& report, const SearchSpace& space, const char* title,
                       double SearchSample::*value, std::optional<double> limit) {
  ReportFigure figure;
  figure.title = title;
  figure.table = sample_table(report, space);
  ChartSeries samples{"sample", {}, {}, true};
  for (std::size_t i = 0; i < report.samples.size(); ++i) {
    samples.x.push_back(static_cast<double>(i + 1));
    samples.y.push_back(report.samples[i].*value);
  }
  Chart chart{title, "sample", title, {samples}};
  if (limit && !samples.x.empty()) {
    chart.series.push_back({"limit", {1.0, samples.x.back()}, {*limit, *limit}, true});
  }
  figure.svg = svg_chart(chart);
  return figure;
}

}  // namespace

ReportPage search_page(const SearchReport& report, const SearchSpace& space,
                       const std::string& command) {
  ReportPage page;
  page.title = fmt::format("{} on {}, searched by {}", report.what, report.board, report.search);
  page.command = command;
  ReportTable summary{"The first sample, and the best one", kHeader, {}, {}};
  if (!report.samples.empty()) {
    summary.rows.push_back(row_of("first", report.samples.front(), space));
  }
  if (report.best) {
    if (const SearchSample* best = report.sample_of(*report.best)) {
      summary.rows.push_back(row_of("best", *best, space));
    }
  }
  page.summary.push_back(summary);
  if (!report.is_feasible()) page.remarks.push_back("no setting that was tried keeps the limit");
  ReportSection section;
  section.heading = fmt::format("{} of {} settings measured", report.samples.size(), space.size());
  section.figures.push_back(
      figure_of(report, space, "Energy, J per request", &SearchSample::joules, std::nullopt));
  section.figures.push_back(
      figure_of(report, space, "Mean latency, s", &SearchSample::seconds, report.limit_seconds));
  page.sections.push_back(section);
  return page;
}

}  // namespace flyball
