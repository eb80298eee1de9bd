#include "tools/training/training_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <vector>

#include "agent/trainer.h"
#include "agent/training/policy_report.h"
#include "agent/training/training_data.h"

namespace flyball {

using nlohmann::ordered_json;

namespace {

std::string text_of(const ordered_json& data) {
  std::string text;
  text +=
      fmt::format("data      {} transitions ({} under random settings) from {} rows, {} spans\n",
                  data["transitions"].get<std::size_t>(), data["random"].get<std::size_t>(),
                  data["rows"].get<std::size_t>(), data["spans"].get<std::size_t>());
  text += fmt::format(
      "left out  {} spans in which residents changed levels, {} with nothing to credit,\n"
      "          {} without power, {} that lack what is observed\n",
      data["levels_changed"].get<std::size_t>(), data["nothing_to_credit"].get<std::size_t>(),
      data["without_power"].get<std::size_t>(), data["not_observed"].get<std::size_t>());
  return text;
}

}  // namespace

std::string text_of_data(const TrainingSet& set) {
  std::string text = text_of(to_json(set));
  for (const DataSource& source : set.sources) {
    if (!source.power_is_spread) continue;
    text +=
        fmt::format("power     read every {:.3g} s, spread over the rows by clocks and load: {}\n",
                    source.power_seconds.value_or(0.0), source.name);
  }
  const SpanCost& residents = set.residents;
  if (residents.served <= 0.0) return text;
  text += fmt::format("residents {:.4g} J per request, latency {:.4g} s, missed {:.4g}\n",
                      residents.energy_joules.value() / residents.served,
                      residents.in_system_seconds / residents.served,
                      residents.missed / residents.served);
  return text;
}

std::string text_of_training(const ordered_json& report) {
  std::string text = text_of(report["data"]);
  text += fmt::format("support   {} of {} settings were seen and may be chosen\n",
                      report["support"]["settings"].get<std::size_t>(),
                      report["support"]["of"].get<std::size_t>());
  if (report["learner"] == word_of(LearnerKind::kLeastSquares)) {
    text += fmt::format("training  least squares in {:.2f} s\n", report["seconds"].get<double>());
  } else {
    text += fmt::format(
        "training  {} steps in {:.1f} s ({}){}\n", report["steps"].get<std::uint64_t>(),
        report["seconds"].get<double>(), report["blas"].get<std::string>(),
        report["stopped_early"].get<bool>() ? "; stopped early, no better policy came" : "");
  }
  const auto& estimate = report["estimate"];
  text += fmt::format(
      "estimate  {:.1f} % less cost per request than the log's {}: what the networks\n"
      "          predict on the log, not a measurement; flyball evaluate measures\n",
      100.0 * estimate["saving"].get<double>(), estimate["against"].get<std::string>());
  if (estimate.contains("limit")) {
    text += fmt::format("          constraint {:.4g} (residents {:.4g}, limit {:.4g})\n",
                        estimate["policy_constraint"].get<double>(),
                        estimate["behaviour_constraint"].get<double>(),
                        estimate["limit"].get<double>());
  }
  if (report.contains("validation")) {
    const auto& measured = report["validation"];
    text += fmt::format(
        "measured  {:.1f} % less energy than stock on {} (seed {}), {}; best at step {}\n",
        100.0 * measured["saving"].get<double>(), measured["scenario"].get<std::string>(),
        measured["seed"].get<std::uint64_t>(),
        measured["feasible"].get<bool>() ? "limits kept" : "limits NOT kept",
        measured["best_step"].get<std::uint64_t>());
  }
  text += text_of_check(report["log_check"]);
  if (report["refused"].empty()) {
    text += fmt::format("policy    {}\n", report["policy"].get<std::string>());
  }
  text += fmt::format("run       {}\n", report["run_directory"].get<std::string>());
  return text;
}

std::string text_of_seeds(const ordered_json& summary) {
  std::string text;
  const char* kind = summary["measured"].get<bool>() ? "measured" : "estimated by the networks";
  for (const auto& seed : summary["seeds"]) {
    text +=
        fmt::format("seed {:<4} {:6.2f} % saved, {} steps{}\n", seed["seed"].get<std::uint64_t>(),
                    100.0 * seed["saving"].get<double>(), seed["steps"].get<std::uint64_t>(),
                    seed.value("feasible", true) ? "" : ", limits NOT kept");
  }
  const auto& saving = summary["saving"];
  text += fmt::format(
      "saving    median {:.2f} %, interquartile range {:.2f}, worst {:.2f} % ({})\n",
      100.0 * saving["median"].get<double>(), 100.0 * saving["interquartile_range"].get<double>(),
      100.0 * saving["worst"].get<double>(), kind);
  if (summary.contains("policy")) {
    text += fmt::format("policy    {} (seed {}, the middle one)\n",
                        summary["policy"].get<std::string>(),
                        summary["median_seed"].get<std::uint64_t>());
  } else {
    text += fmt::format("partial   seeds {} are not finished\n",
                        fmt::join(summary["unfinished"].get<std::vector<std::uint64_t>>(), ", "));
  }
  return text;
}

}  // namespace flyball
