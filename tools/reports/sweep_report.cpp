#include "tools/reports/sweep_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <optional>

#include "controllers/evaluation/evaluation.h"
#include "tools/reports/evaluation_report.h"

namespace flyball {

namespace {

using nlohmann::ordered_json;

constexpr std::size_t kMostColumns = 20;  // of the map, so that it fits a screen

// One setting against stock: energy saved, and how much longer a request takes.
struct Change {
  double saving = 0.0;
  double latency = 0.0;
};

Change change(const RunFigures& stock, const RunFigures& figures) {
  return {saving_against(stock, figures),
          figures.latency_mean_seconds / stock.latency_mean_seconds - 1.0};
}

double value(const SweepReport& report, const OraclePoint& point, std::size_t knob) {
  return report.knobs[knob].levels[point.levels[knob]];
}

std::string mode_text(const SweepReport& report) {
  return report.mode ? std::to_string(*report.mode) : "max";
}

std::string label(const SweepReport& report, const OraclePoint& point) {
  std::string text;
  for (std::size_t k = 0; k < report.knobs.size(); ++k) {
    text += fmt::format("{} {:g} ", report.knobs[k].name, value(report, point, k) / 1e6);
  }
  return text + "MHz";
}

std::string line(const std::string& label, const RunFigures& stock, const RunFigures& figures) {
  const Change against = change(stock, figures);
  return fmt::format("{:<38} {:>10.2f} {:>9.2f} {:>8.2f} {:>10.4f} {:>+9.1f} % {:>+9.1f} %\n",
                     label, figures.energy_joules, figures.seconds, figures.mean_power_watts,
                     figures.latency_mean_seconds, 100.0 * against.saving, 100.0 * against.latency);
}

ordered_json point_json(const SweepReport& report, std::size_t index) {
  const OraclePoint& point = report.table.points[index];
  const Change against = change(report.stock, point.figures);
  ordered_json json;
  for (std::size_t k = 0; k < report.knobs.size(); ++k) {
    json[report.knobs[k].name + "_hz"] = value(report, point, k);
  }
  json.update(to_json(point.figures));
  json["saving"] = against.saving;
  json["latency_change"] = against.latency;
  return json;
}

// The cheapest energy of a CPU and GPU level over all levels of the other knobs.
double cheapest(const SweepReport& report, Level cpu, Level gpu) {
  double joules = std::numeric_limits<double>::infinity();
  for (const OraclePoint& point : report.table.points) {
    if (point.levels[0] != cpu || point.levels[1] != gpu || !point.figures.finished) continue;
    joules = std::min(joules, point.figures.energy_joules);
  }
  return joules;
}

// The levels of a knob that were swept; every so many of them where there are more than `most`.
std::vector<Level> swept_levels(const SweepReport& report, std::size_t knob, std::size_t most) {
  std::vector<Level> levels;
  for (const OraclePoint& point : report.table.points) levels.push_back(point.levels[knob]);
  std::sort(levels.begin(), levels.end());
  levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
  const std::size_t stride = (levels.size() + most - 1) / most;
  std::vector<Level> shown;
  for (std::size_t i = 0; i < levels.size(); i += stride) shown.push_back(levels[i]);
  return shown;
}

// Energy over CPU (down) and GPU frequency (across), in percent above the minimum.
std::string map_text(const SweepReport& report) {
  const double minimum = report.table.points[*report.table.best].figures.energy_joules;
  const std::vector<Level> gpu_levels = swept_levels(report, 1, kMostColumns);
  std::string text =
      fmt::format("energy, % above the minimum{}\n{:>9}",
                  report.knobs.size() > 2 ? ", at the best memory clock" : "", "cpu\\gpu");
  for (const Level gpu : gpu_levels) {
    text += fmt::format("{:>6.0f}", report.knobs[1].levels[gpu] / 1e6);
  }
  text += " MHz\n";
  for (const Level cpu : swept_levels(report, 0, std::numeric_limits<Level>::max())) {
    text += fmt::format("{:>9.0f}", report.knobs[0].levels[cpu] / 1e6);
    for (const Level gpu : gpu_levels) {
      const double joules = cheapest(report, cpu, gpu);
      text += std::isfinite(joules) ? fmt::format("{:>6.1f}", 100.0 * (joules / minimum - 1.0))
                                    : fmt::format("{:>6}", "-");
    }
    text += '\n';
  }
  return text;
}

}  // namespace

std::string to_text(const SweepReport& report) {
  const std::vector<OraclePoint>& points = report.table.points;
  std::string text = fmt::format("{}, mode {}, {}: {} settings, {} requests in batches of {}\n",
                                 report.board_title, mode_text(report), report.workload,
                                 points.size(), report.requests, report.batch);
  text += fmt::format("{:<38} {:>10} {:>9} {:>8} {:>10} {:>11} {:>11}\n", "", "energy J", "time s",
                      "W", "latency s", "saving", "latency");
  text += line("stock", report.stock, report.stock);
  if (report.table.best) {
    const OraclePoint& best = points[*report.table.best];
    text += fmt::format("minimum of {} settings\n", points.size());
    text += line(label(report, best), report.stock, best.figures);
  }
  text += "Pareto front of energy and latency, fastest first\n";
  for (const std::size_t i : report.front) {
    text += line(label(report, points[i]), report.stock, points[i].figures);
  }
  if (report.table.best) text += map_text(report);
  return text;
}

std::string to_csv(const SweepReport& report) {
  std::string text;
  for (const Knob& knob : report.knobs) text += knob.name + "_hz,";
  text +=
      "batch,requests_per_second,energy_per_request_joules,mean_power_watts,"
      "latency_mean_seconds,saving_share,latency_change_share,pareto\n";
  const std::vector<OraclePoint>& points = report.table.points;
  std::vector<bool> on_front(points.size(), false);
  for (const std::size_t i : report.front) on_front[i] = true;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const RunFigures& figures = points[i].figures;
    const Change against = change(report.stock, figures);
    for (std::size_t k = 0; k < report.knobs.size(); ++k) {
      text += fmt::format("{},", value(report, points[i], k));
    }
    fmt::format_to(std::back_inserter(text), "{},{},{},{},{},{},{},{}\n", report.batch,
                   static_cast<double>(figures.served) / figures.seconds,
                   figures.energy_per_request, figures.mean_power_watts,
                   figures.latency_mean_seconds, against.saving, against.latency,
                   on_front[i] ? 1 : 0);
  }
  return text;
}

ordered_json to_json(const SweepReport& report) {
  ordered_json json = {{"flyball", FLYBALL_VERSION},  {"board", report.board},
                       {"nvpmodel", nullptr},         {"workload", report.workload},
                       {"requests", report.requests}, {"batch", report.batch}};
  if (report.mode) {
    json["nvpmodel"] = *report.mode;
  } else {
    json["nvpmodel"] = "max";
  }
  json["stock"] = to_json(report.stock);
  if (report.table.best) json["minimum"] = point_json(report, *report.table.best);
  for (std::size_t i = 0; i < report.table.points.size(); ++i) {
    json["points"].push_back(point_json(report, i));
  }
  for (const std::size_t i : report.front) json["pareto"].push_back(point_json(report, i));
  return json;
}

}  // namespace flyball
