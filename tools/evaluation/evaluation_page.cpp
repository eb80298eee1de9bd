#include "tools/evaluation/evaluation_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "env/statistics.h"
#include "tools/reports/across_report.h"
#include "tools/reports/evaluation_report.h"
#include "tools/reports/html/oracle_figures.h"
#include "tools/reports/html/svg_chart.h"

namespace flyball {

namespace {

constexpr std::size_t kPoints = 600;                                   // of a time line
constexpr std::size_t kTableRows = 24;                                 // of the table behind it
constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();  // in a picture: a gap

std::string number(double value) { return fmt::format("{:.4g}", value); }

ReportFigure front_figure(const Evaluation& evaluation) {
  ReportFigure figure;
  figure.title = "Energy against latency";
  figure.table.caption = "Mean latency and energy per request";
  figure.table.header = {"governor", "mean s", "J/request"};
  Chart chart{figure.title, "mean latency, s", "energy, J per request", {}};
  for (const GovernorResult& result : evaluation.results) {
    if (result.runs.empty()) continue;
    const RunFigures& figures = result.figures;
    chart.series.push_back(
        {result.name, {figures.latency_mean_seconds}, {figures.energy_per_request}, false});
    figure.table.rows.push_back(
        {result.name, number(figures.latency_mean_seconds), number(figures.energy_per_request)});
  }
  if (evaluation.oracle) {
    const ChartSeries front = front_series(*evaluation.oracle);
    for (std::size_t i = 0; i < front.x.size(); ++i) {
      figure.table.rows.push_back(
          {fmt::format("{}, {}", front.name, i + 1), number(front.x[i]), number(front.y[i])});
    }
    chart.series.push_back(front);
  }
  figure.svg = svg_chart(chart);
  return figure;
}

// The knobs whose combinations were all tried, in the order of the points' levels.
std::vector<Knob> oracle_knobs_of(const EvaluatedScenario& result) {
  std::vector<Knob> turned;
  for (const std::string& name : result.evaluation.oracle_knobs) {
    for (const Knob& knob : result.scenario.board.board.knobs) {
      if (knob.name == name) turned.push_back(knob);
    }
  }
  return turned;
}

ReportFigure residency_figure(const Evaluation& evaluation, std::size_t d) {
  const Domain& domain = evaluation.domains[d];
  ReportFigure figure;
  figure.title = fmt::format("How long {} was at which clock", domain.name);
  SharedBars bars;
  bars.title = figure.title;
  figure.table.caption = "Share of the time, %";
  figure.table.header = {"governor"};
  for (const double hertz : domain.frequencies_hz) {
    bars.parts.push_back(fmt::format("{:g} MHz", 1e-6 * hertz));
    figure.table.header.push_back(bars.parts.back());
  }
  for (const GovernorResult& result : evaluation.results) {
    if (result.figures.residency_seconds.size() != evaluation.domains.size()) continue;
    bars.rows.push_back(result.name.substr(0, kNameWidth));
    bars.shares.push_back(result.figures.residency(d));
    std::vector<std::string>& row = figure.table.rows.emplace_back();
    row.push_back(result.name);
    for (const double share : bars.shares.back()) row.push_back(fmt::format("{:.1f}", 100 * share));
  }
  figure.svg = svg_bars(bars);
  return figure;
}

// For every governor: the share of its runs that save at least so much.
ReportFigure profile_figure(const std::vector<AcrossGovernor>& governors) {
  ReportFigure figure;
  figure.title = "Performance profile";
  figure.table.caption = "Share of the runs that save at least so much of stock's energy";
  figure.table.header = {"saving, %"};
  Chart chart{figure.title, "saving at least, %", "share of the runs", {}};
  for (const AcrossGovernor& governor : governors) {
    figure.table.header.push_back(governor.name);
    chart.series.push_back({governor.name, {}, {}, true});
  }
  for (int percent = -30; percent <= 60; percent += 2) {
    std::vector<std::string> row = {std::to_string(percent)};
    for (std::size_t g = 0; g < governors.size(); ++g) {
      const double share = share_at_least(governors[g].savings, 0.01 * percent);
      chart.series[g].x.push_back(percent);
      chart.series[g].y.push_back(share);
      row.push_back(fmt::format("{:.2f}", share));
    }
    if (percent % 10 == 0) figure.table.rows.push_back(std::move(row));
  }
  figure.svg = svg_chart(chart);
  return figure;
}

ReportSection section_of(const EvaluatedScenario& result, const std::vector<TracedRun>& runs) {
  const Evaluation& evaluation = result.evaluation;
  ReportSection section;
  section.heading = headline(result);
  section.tables = evaluation_tables(evaluation);
  section.figures.push_back(front_figure(evaluation));
  if (evaluation.oracle) {
    if (auto topology = topology_figure(oracle_knobs_of(result), *evaluation.oracle)) {
      section.figures.push_back(*std::move(topology));
    }
  }
  for (std::size_t d = 0; d < evaluation.domains.size(); ++d) {
    section.figures.push_back(residency_figure(evaluation, d));
  }
  if (!runs.empty()) {
    section.figures.push_back(timeline_figure(
        fmt::format("How seed {} of {} went", result.plan.seeds.front(), result.named), runs,
        kPoints));
  }
  return section;
}

// One panel: what `value` says of every run.
template <typename Value>
TimeLinePanel panel_of(const std::string& label, const std::vector<TracedRun>& runs,
                       const std::vector<std::vector<TimelineMoment>>& thin, std::size_t count,
                       const Value& value) {
  TimeLinePanel panel{label, {}};
  for (std::size_t r = 0; r < runs.size(); ++r) {
    TimeLinePanel::Line line{runs[r].name, std::vector<double>(count, kNothing)};
    for (std::size_t i = 0; i < thin[r].size(); ++i) {
      line.y[i] = std::round(1e4 * value(thin[r][i])) / 1e4;
    }
    panel.lines.push_back(std::move(line));
  }
  return panel;
}

ReportTable table_of(const TimeLines& timeline) {
  ReportTable table;
  table.caption = "Means over time; of the queue the longest";
  table.header = {"s"};
  for (const TimeLinePanel& panel : timeline.panels) {
    for (const auto& line : panel.lines) table.header.push_back(line.name + ": " + panel.label);
  }
  const std::size_t stride = std::max<std::size_t>(1, timeline.x.size() / kTableRows);
  for (std::size_t i = 0; i < timeline.x.size(); i += stride) {
    std::vector<std::string>& row = table.rows.emplace_back();
    row.push_back(number(timeline.x[i]));
    for (const TimeLinePanel& panel : timeline.panels) {
      for (const auto& line : panel.lines) {
        row.push_back(std::isfinite(line.y[i]) ? number(line.y[i]) : "-");
      }
    }
  }
  return table;
}

}  // namespace

ReportFigure timeline_figure(const std::string& title, const std::vector<TracedRun>& runs,
                             std::size_t points) {
  double end = 0.0;
  for (const TracedRun& run : runs) end = std::max(end, run.timeline.end_seconds);
  const double stride = std::max(end, 1e-9) / static_cast<double>(points);
  std::vector<std::vector<TimelineMoment>> thin;
  std::size_t count = 0;
  for (const TracedRun& run : runs) {
    thin.push_back(thinned(run.timeline, stride));
    count = std::max(count, thin.back().size());
  }
  TimeLines timeline;
  for (std::size_t i = 0; i < count; ++i) {
    timeline.x.push_back(std::round(1e3 * stride * static_cast<double>(i)) / 1e3);
  }
  const auto add = [&](const std::string& label, const auto& value) {
    timeline.panels.push_back(panel_of(label, runs, thin, count, value));
  };
  add("power, W", [](const TimelineMoment& moment) { return moment.watts; });
  for (std::size_t d = 0; d < runs.front().timeline.domains.size(); ++d) {
    add(runs.front().timeline.domains[d].name + ", MHz",
        [d](const TimelineMoment& moment) { return 1e-6 * moment.hertz[d]; });
  }
  add("requests in the system",
      [](const TimelineMoment& moment) { return static_cast<double>(moment.in_system); });
  add("junction, C", [](const TimelineMoment& moment) { return moment.celsius; });
  ReportFigure figure;
  figure.title = title;
  for (const TimeLinePanel& panel : timeline.panels) {
    Chart chart{panel.label, "s", panel.label, {}};
    for (const auto& line : panel.lines) {
      chart.series.push_back({line.name, timeline.x, line.y, true});
    }
    if (!has_zoom()) figure.svg += svg_chart(chart);
  }
  figure.table = table_of(timeline);
  figure.timeline = std::move(timeline);
  return figure;
}

ReportPage evaluation_page(const EvaluationRequest& request,
                           const std::vector<EvaluatedScenario>& results,
                           const std::vector<std::vector<TracedRun>>& timelines) {
  ReportPage page;
  page.title = results.size() == 1 ? results.front().scenario.title
                                   : fmt::format("{} scenarios evaluated", results.size());
  page.command = request.command;
  if (results.size() > 1) {
    std::vector<ScenarioEvaluation> evaluations;
    for (const EvaluatedScenario& result : results) {
      evaluations.push_back({result.named, result.evaluation});
    }
    page.summary.push_back(across_table(evaluations));
    page.sections.push_back(
        {"Across the scenarios", {}, {}, {profile_figure(across_scenarios(evaluations))}});
  } else {
    page.summary.push_back(evaluation_tables(results.front().evaluation).front());
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    page.sections.push_back(
        section_of(results[i], i < timelines.size() ? timelines[i] : std::vector<TracedRun>{}));
  }
  return page;
}

}  // namespace flyball
