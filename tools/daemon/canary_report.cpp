#include "tools/daemon/canary_report.h"

#include <fmt/format.h>

namespace flyball {

namespace {

using nlohmann::ordered_json;

std::optional<double> missed_share(const CanarySlice& slice) {
  if (!slice.has_requests || slice.cost.served <= 0.0) return std::nullopt;
  return slice.cost.missed / slice.cost.served;
}

const char* words_of(CanaryCause cause) {
  switch (cause) {
    case CanaryCause::kNone: return "";
    case CanaryCause::kMisses: return "what is asked of it is missed more than under stock";
    case CanaryCause::kNoSaving: return "it saves nothing that is worth it";
    case CanaryCause::kNotProven: return "no saving was proven";
    case CanaryCause::kMissesLater: return "it was kept, and has come to miss more than stock";
    case CanaryCause::kEnergyLater: return "it was kept, and has come to take more than stock";
  }
  return "";
}

template <typename Value>
ordered_json json_of(const std::optional<Value>& value) {
  return value ? ordered_json(*value) : nullptr;
}

}  // namespace

CanaryReport report_of(const CanaryTrial& trial) {
  const CanaryMemory& memory = trial.memory();
  CanaryReport report;
  report.verdict = memory.verdict;
  report.share = trial.share();
  report.pairs = memory.pairs.size() + memory.watched;
  report.left_out = memory.left_out;
  report.by_power = memory.by_power > 0;
  report.confidence = trial.config().confidence;
  report.saving = trial.saving();
  report.saving_low = trial.saving_low();
  report.saving_high = trial.saving_high();
  report.missed = missed_share(memory.learned);
  report.stock_missed = missed_share(memory.stock);
  if (memory.cause != CanaryCause::kNone) {
    report.reason = fmt::format("{}: {}", words_of(memory.cause), comparison_text(report));
  }
  return report;
}

std::string comparison_text(const CanaryReport& report) {
  const std::string left_out =
      report.left_out == 0
          ? std::string()
          : fmt::format("; {} pairs were left out, without power or at unequal load",
                        report.left_out);
  if (report.pairs == 0) return "no pair of slices has been compared yet" + left_out;
  std::string text =
      fmt::format("after {} pairs of slices saves {:.1f} % of {} ({:g} % sure: {:.1f} to {:.1f} %)",
                  report.pairs, 100.0 * report.saving,
                  report.by_power ? "power at equal load" : "energy per request",
                  100.0 * report.confidence, 100.0 * report.saving_low, 100.0 * report.saving_high);
  if (report.missed && report.stock_missed) {
    text += fmt::format(", missed {:.2f} %, stock {:.2f} %", 100.0 * *report.missed,
                        100.0 * *report.stock_missed);
  }
  return text + left_out;
}

std::string to_text(const CanaryReport& report) {
  if (report.verdict == CanaryVerdict::kRolledBack) {
    return fmt::format("canary: rolled back, the kernel's governors decide: {}", report.reason);
  }
  return fmt::format("canary: {}, the policy has {:.0f} % of the time: {}",
                     to_string(report.verdict), 100.0 * report.share, comparison_text(report));
}

ordered_json to_json(const CanaryReport& report) {
  return {{"verdict", to_string(report.verdict)},
          {"reason", report.reason.empty() ? ordered_json(nullptr) : ordered_json(report.reason)},
          {"share", report.share},
          {"pairs", report.pairs},
          {"pairs_left_out", report.left_out},
          {"compares", report.by_power ? "power at equal load" : "energy per request"},
          {"confidence", report.confidence},
          {"saving", report.saving},
          {"saving_low", report.saving_low},
          {"saving_high", report.saving_high},
          {"missed_share", json_of(report.missed)},
          {"stock_missed_share", json_of(report.stock_missed)}};
}

}  // namespace flyball
