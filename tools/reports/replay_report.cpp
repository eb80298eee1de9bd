#include "tools/reports/replay_report.h"

#include <fmt/format.h>

#include <optional>

#include "env/fitting/logged_first_uses.h"

namespace flyball {

namespace {

using nlohmann::ordered_json;

std::string number(std::optional<double> value, int digits) {
  return value ? fmt::format("{:.{}f}", *value, digits) : "-";
}

std::string percent(std::optional<double> share) {
  return share ? fmt::format("{:+.1f} %", 100.0 * *share) : "-";
}

std::optional<double> in_megahertz(std::optional<double> hertz) {
  if (!hertz) return std::nullopt;
  return *hertz / 1e6;
}

std::optional<double> in_percent(std::optional<double> share) {
  if (!share) return std::nullopt;
  return 100.0 * *share;
}

std::optional<double> difference(std::optional<double> log, std::optional<double> replay) {
  if (!log || !replay) return std::nullopt;
  return *replay - *log;
}

std::string points(std::optional<double> value, int digits, const char* unit) {
  return value ? fmt::format("{:+.{}f} {}", *value, digits, unit) : "-";
}

std::optional<double> latency(const StretchFigures& figures, double q) {
  if (figures.sorted_latencies.empty()) return std::nullopt;
  return figures.latency_seconds(q);
}

std::optional<double> ratio_off(std::optional<double> log, std::optional<double> replay) {
  if (!log || !replay || *log <= 0.0) return std::nullopt;
  return *replay / *log - 1.0;
}

std::string line(const char* name, const std::string& log, const std::string& replay,
                 const std::string& off) {
  return fmt::format("{:<22}{:>12}{:>12}{:>14}\n", name, log, replay, off);
}

std::string overall_text(const ReplayComparison& both) {
  const StretchFigures& log = both.log;
  const StretchFigures& replay = both.replay;
  std::string text = line("", "log", "replay", "off by");
  text += line("energy J", number(log.energy_joules, 1), number(replay.energy_joules, 1),
               percent(both.energy_error()));
  text += line("mean GPU clock MHz", number(in_megahertz(log.gpu_hz), 0),
               number(in_megahertz(replay.gpu_hz), 0),
               points(in_megahertz(both.gpu_hz_error()), 0, "MHz"));
  for (const auto& [name, q] : {std::pair{"p50 latency s", 0.5}, {"p95 latency s", 0.95}}) {
    text += line(name, number(latency(log, q), 4), number(latency(replay, q), 4),
                 percent(ratio_off(latency(log, q), latency(replay, q))));
  }
  if (!log.untuned_latencies.empty() &&
      log.untuned_latencies.size() < log.sorted_latencies.size()) {
    text +=
        line("p95 without tuning", number(log.untuned_latency_seconds(0.95), 4),
             number(replay.untuned_latency_seconds(0.95), 4), percent(both.untuned_p95_error()));
  }
  text += line("GPU busy %", number(in_percent(log.gpu_busy), 1),
               number(in_percent(replay.gpu_busy), 1),
               points(in_percent(difference(log.gpu_busy, replay.gpu_busy)), 1, "points"));
  text += line("CPU cores busy", number(log.cpu_busy, 2), number(replay.cpu_busy, 2),
               points(replay.cpu_busy - log.cpu_busy, 2, ""));
  text += line("late or given up %", number(100.0 * log.missed_share(), 2),
               number(100.0 * replay.missed_share(), 2),
               points(100.0 * (replay.missed_share() - log.missed_share()), 2, "points"));
  text +=
      line("requests served", fmt::format("{}", log.served), fmt::format("{}", replay.served), "");
  return text;
}

std::string block_text(const ReplayBlock& block) {
  const ReplayComparison& both = block.comparison;
  return fmt::format("{:>8.0f} {:>8.0f}{:>11}{:>10}{:>10}{:>10}{:>12}{:>10}\n", block.begin_seconds,
                     both.log.seconds, number(both.log.energy_joules, 1),
                     percent(both.energy_error()), number(in_megahertz(both.log.gpu_hz), 0),
                     points(in_megahertz(both.gpu_hz_error()), 0, ""),
                     number(latency(both.log, 0.95), 4), percent(both.latency_p95_error()));
}

template <typename T>
ordered_json or_null(std::optional<T> value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}

ordered_json between(const std::optional<ErrorInterval>& interval) {
  return interval ? ordered_json::array({interval->low, interval->high}) : ordered_json(nullptr);
}

ordered_json to_json(const StretchFigures& figures) {
  return {
      {"seconds", figures.seconds},
      {"energy_joules", or_null(figures.energy_joules)},
      {"gpu_hz", or_null(figures.gpu_hz)},
      {"latency_p50_seconds", or_null(latency(figures, 0.5))},
      {"latency_p95_seconds", or_null(latency(figures, 0.95))},
      {"served_after_tuning", figures.sorted_latencies.size() - figures.untuned_latencies.size()},
      {"gpu_busy", or_null(figures.gpu_busy)},
      {"cpu_busy_cores", figures.cpu_busy},
      {"served", figures.served},
      {"missed_share", figures.missed_share()}};
}

ordered_json to_json(const ReplayComparison& comparison) {
  return {{"log", to_json(comparison.log)},
          {"replay", to_json(comparison.replay)},
          {"energy_error", or_null(comparison.energy_error())},
          {"gpu_hz_error", or_null(comparison.gpu_hz_error())},
          {"latency_p95_error", or_null(comparison.latency_p95_error())},
          {"untuned_p95_error", or_null(comparison.untuned_p95_error())}};
}

}  // namespace

ReplayReport replay_report(std::span<const LogSample> log, std::span<const LogSample> replay,
                           std::size_t blocks) {
  ReplayReport report;
  report.overall = compare(log, replay);
  for (const std::span<const LogSample> block : cut_in_time(log, blocks)) {
    const auto first = static_cast<std::size_t>(block.data() - log.data());
    report.blocks.push_back({block.front().time_seconds - log.front().time_seconds,
                             compare(block, replay.subspan(first, block.size()))});
  }
  report.judgement = judge_replay(log, replay);
  return report;
}

std::string to_text(const ReplayReport& report) {
  std::string text = overall_text(report.overall);
  if (report.blocks.size() < 2) return text;
  text += fmt::format("by block\n{:>8} {:>8}{:>11}{:>10}{:>10}{:>10}{:>12}{:>10}\n", "from s",
                      "seconds", "J", "off by", "GPU MHz", "off by", "p95 s", "off by");
  for (const ReplayBlock& block : report.blocks) text += block_text(block);
  return text;
}

std::string verdict_text(const ReplayReport& report) {
  const std::vector<std::string> short_of = report.shortcomings();
  const ReplayTolerances& allowed = report.tolerances;
  if (short_of.empty()) {
    return fmt::format("it replays: within {:g} % energy, {:g} MHz, {:g} % p95 latency\n",
                       100.0 * allowed.energy_share, allowed.gpu_hz / 1e6,
                       100.0 * allowed.latency_p95_share);
  }
  std::string text = "it does not replay:\n";
  for (const std::string& sentence : short_of) text += fmt::format("  {}\n", sentence);
  return text;
}

std::string judgement_text(const ReplayReport& report) {
  const ReplayJudgement& judgement = report.judgement;
  const auto between = [](const std::optional<ErrorInterval>& interval, double unit) {
    return interval ? fmt::format("{:+.1f} .. {:+.1f}", interval->low / unit, interval->high / unit)
                    : std::string("-");
  };
  std::string text =
      fmt::format("95 % by blocks: energy {} %, GPU clock {} MHz, p95 latency {} %\n",
                  between(judgement.energy, 0.01), between(judgement.gpu_hz, 1e6),
                  between(judgement.latency_p95, 0.01));
  if (judgement.verdict(report.tolerances) == ReplayVerdict::kCannotTell) {
    text += "cannot tell: the log's blocks disagree by more than is allowed\n";
  }
  return text;
}

ordered_json to_json(const ReplayReport& report) {
  const ReplayJudgement& judgement = report.judgement;
  ordered_json json = {{"replays", report.shortcomings().empty()},
                       {"verdict", to_string(judgement.verdict(report.tolerances))},
                       {"energy_error_between", between(judgement.energy)},
                       {"gpu_hz_error_between", between(judgement.gpu_hz)},
                       {"latency_p95_error_between", between(judgement.latency_p95)},
                       {"latency_margin", judgement.latency_margin()},
                       {"shortcomings", report.shortcomings()},
                       {"overall", to_json(report.overall)},
                       {"blocks", ordered_json::array()}};
  for (const ReplayBlock& block : report.blocks) {
    ordered_json entry = to_json(block.comparison);
    entry["begin_seconds"] = block.begin_seconds;
    json["blocks"].push_back(std::move(entry));
  }
  return json;
}

std::string first_uses_text(std::span<const Occupation> first_uses) {
  if (first_uses.empty()) return {};
  double seconds = 0.0;
  for (const Occupation& occupation : first_uses) seconds += occupation.seconds;
  return fmt::format(
      "taken from the log: {} times the server tuned itself, {:.1f} s and {:.0f} J in all\n",
      first_uses.size(), seconds, joules_of(first_uses));
}

ordered_json to_json(std::span<const Occupation> first_uses) {
  ordered_json json = ordered_json::array();
  for (const Occupation& occupation : first_uses) {
    json.push_back({{"time_seconds", occupation.time_seconds},
                    {"seconds", occupation.seconds},
                    {"watts", occupation.watts}});
  }
  return json;
}

}  // namespace flyball
