#include "tools/reports/html/replay_page.h"

#include <fmt/format.h>

#include <limits>

#include "tools/reports/html/svg_chart.h"

namespace flyball {

namespace {

constexpr std::size_t kMostPoints = 1000;
constexpr std::size_t kTableRows = 24;

std::string number(const std::optional<double>& value) {
  return value ? fmt::format("{:.4g}", *value) : "-";
}
std::string percent(const std::optional<double>& share) {
  return share ? fmt::format("{:.1f} %", 100.0 * *share) : "-";
}

std::vector<std::string> row_of(const std::string& name, const ReplayComparison& comparison) {
  return {name,
          number(comparison.log.energy_joules),
          number(comparison.replay.energy_joules),
          percent(comparison.energy_error()),
          number(1e3 * comparison.log.latency_seconds(0.95)),
          number(1e3 * comparison.replay.latency_seconds(0.95)),
          percent(comparison.latency_p95_error())};
}

ReportTable stretches(const ReplayReport& report) {
  ReportTable table{
      "The log and its replay",
      {"stretch", "log J", "replay J", "off by", "log p95 ms", "replay p95 ms", "off by"},
      {},
      {}};
  table.rows.push_back(row_of("all", report.overall));
  for (const ReplayBlock& block : report.blocks) {
    table.rows.push_back(
        row_of(fmt::format("from {:.0f} s", block.begin_seconds), block.comparison));
  }
  return table;
}

ReportFigure timeline_figure(std::span<const LogSample> log, std::span<const LogSample> replayed) {
  const std::size_t stride = std::max<std::size_t>(1, log.size() / kMostPoints);
  TimeLines timeline;
  timeline.panels = {{"power, W", {{"log", {}}, {"replay", {}}}},
                     {"gpu, MHz", {{"log", {}}, {"replay", {}}}},
                     {"requests in the system", {{"log", {}}, {"replay", {}}}}};
  for (std::size_t i = 0; i < log.size() && i < replayed.size(); i += stride) {
    timeline.x.push_back(log[i].time_seconds - log.front().time_seconds);
    for (std::size_t side = 0; side < 2; ++side) {
      const LogSample& sample = side == 0 ? log[i] : replayed[i];
      constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();
      timeline.panels[0].lines[side].y.push_back(sample.watts.value_or(kNothing));
      timeline.panels[1].lines[side].y.push_back(sample.gpu_hz ? 1e-6 * *sample.gpu_hz : kNothing);
      timeline.panels[2].lines[side].y.push_back(static_cast<double>(sample.in_system));
    }
  }
  ReportFigure figure;
  figure.title = "The log and its replay over time";
  figure.table.caption = fmt::format("Every {} samples", stride);
  figure.table.header = {"s"};
  for (const TimeLinePanel& panel : timeline.panels) {
    Chart chart{panel.label, "s", panel.label, {}};
    for (const auto& line : panel.lines) {
      figure.table.header.push_back(line.name + ": " + panel.label);
      chart.series.push_back({line.name, timeline.x, line.y, true});
    }
    if (!has_zoom()) figure.svg += svg_chart(chart);
  }
  const std::size_t step = std::max<std::size_t>(1, timeline.x.size() / kTableRows);
  for (std::size_t i = 0; i < timeline.x.size(); i += step) {
    std::vector<std::string>& row = figure.table.rows.emplace_back();
    row.push_back(fmt::format("{:.1f}", timeline.x[i]));
    for (const TimeLinePanel& panel : timeline.panels) {
      for (const auto& line : panel.lines) row.push_back(fmt::format("{:.4g}", line.y[i]));
    }
  }
  figure.timeline = std::move(timeline);
  return figure;
}

}  // namespace

ReportPage replay_page(const ReplayReport& report, std::span<const LogSample> log,
                       std::span<const LogSample> replayed, const std::string& title,
                       const std::string& command) {
  ReportPage page;
  page.title = title;
  page.command = command;
  page.summary.push_back(stretches(report));
  page.remarks.push_back(verdict_text(report));
  page.remarks.push_back(judgement_text(report));
  ReportSection section;
  section.heading = "Over time";
  section.figures.push_back(timeline_figure(log, replayed));
  page.sections.push_back(section);
  return page;
}

}  // namespace flyball
