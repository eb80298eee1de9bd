#include "tools/search/search_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace flyball {

namespace {

constexpr double kPercent = 100.0;

std::string seconds_text(double seconds) {
  return seconds < 1.0 ? fmt::format("{:.4g} ms", 1e3 * seconds) : fmt::format("{:.4g} s", seconds);
}

std::string verdict(const SearchReport& report, const SearchSample& sample) {
  if (report.limit_seconds && sample.seconds > *report.limit_seconds) {
    return fmt::format("{:.1f} % over", kPercent * (sample.seconds / *report.limit_seconds - 1.0));
  }
  return report.best == sample.candidate ? "best" : "";
}

std::string outcome(const SearchReport& report, const SearchSpace& space) {
  if (!report.best) return "nothing was measured\n";
  const SearchSample& best = *report.sample_of(*report.best);
  std::string text = fmt::format("best: {}: {}, {:.4g} J per request", space.text(*report.best),
                                 seconds_text(best.seconds), best.joules);
  const SearchSample* start = report.sample_of(space.start());
  if (start != nullptr && *report.best != space.start()) {
    text += fmt::format(" ({:+.1f} % energy, {:+.1f} % latency against the highest clocks)",
                        kPercent * (best.joules / start->joules - 1.0),
                        kPercent * (best.seconds / start->seconds - 1.0));
  }
  if (!report.is_feasible())
    text += "\nno setting that was tried keeps the limit: this is the fastest";
  return text + "\n";
}

}  // namespace

const SearchSample* SearchReport::sample_of(std::size_t candidate) const {
  const auto found = std::ranges::find(samples, candidate, &SearchSample::candidate);
  return found == samples.end() ? nullptr : &*found;
}

bool SearchReport::is_feasible() const {
  const SearchSample* sample = best ? sample_of(*best) : nullptr;
  return sample != nullptr && (!limit_seconds || sample->seconds <= *limit_seconds);
}

std::string to_text(const SearchReport& report, const SearchSpace& space) {
  std::string text = fmt::format("{}, {}: {} of {} settings by {}", report.board, report.what,
                                 report.samples.size(), space.size(), report.search);
  if (!report.prior.empty()) text += fmt::format(", prior of {}", report.prior);
  if (report.limit_seconds) {
    text += fmt::format("; limit {} per request", seconds_text(*report.limit_seconds));
  }
  if (report.resumed > 0) text += fmt::format("; {} of an earlier run", report.resumed);
  text += "\n";
  std::size_t width = 7;
  for (const SearchSample& sample : report.samples) {
    width = std::max(width, space.text(sample.candidate).size());
  }
  text += fmt::format("{:>3}  {:<{}}  {:>10}  {:>10}  {:>6}\n", "#", "setting", width, "latency",
                      "J/request", "error");
  for (std::size_t i = 0; i < report.samples.size(); ++i) {
    const SearchSample& sample = report.samples[i];
    std::string line =
        fmt::format("{:>3}  {:<{}}  {:>10}  {:>10.4g}  {:>4.1f} %  {}", i + 1,
                    space.text(sample.candidate), width, seconds_text(sample.seconds),
                    sample.joules, kPercent * sample.error, verdict(report, sample));
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text + outcome(report, space);
}

nlohmann::ordered_json to_json(const SearchReport& report, const SearchSpace& space) {
  nlohmann::ordered_json json;
  json["board"] = report.board;
  json["what"] = report.what;
  json["search"] = report.search;
  if (!report.prior.empty()) json["prior"] = report.prior;
  if (report.limit_seconds) json["limit_seconds"] = *report.limit_seconds;
  json["settings"] = space.size();
  json["resumed"] = report.resumed;
  json["interrupted"] = report.interrupted;
  const auto setting = [&](std::size_t candidate) {
    nlohmann::ordered_json values;
    for (std::size_t k = 0; k < space.knob_count(); ++k) {
      values[space.knobs()[k].name] = space.value(candidate, k);
    }
    return values;
  };
  json["samples"] = nlohmann::ordered_json::array();
  for (const SearchSample& sample : report.samples) {
    json["samples"].push_back({{"setting", setting(sample.candidate)},
                               {"latency_seconds", sample.seconds},
                               {"joules_per_request", sample.joules},
                               {"error", sample.error}});
  }
  if (report.best) {
    const SearchSample& best = *report.sample_of(*report.best);
    json["best"] = {{"setting", setting(*report.best)},
                    {"latency_seconds", best.seconds},
                    {"joules_per_request", best.joules},
                    {"feasible", report.is_feasible()}};
  }
  return json;
}

}  // namespace flyball
