#include "tools/daemon/metrics.h"

#include <fmt/format.h>

#include <array>

namespace flyball {

namespace {

using nlohmann::ordered_json;

struct Metric {
  const char* key;  // of the status, or of a knob in it
  const char* name;
  const char* type;
  const char* help;
};

constexpr std::array kFigures = {
    Metric{"seconds", "flyball_run_seconds", "gauge", "How long this run has lasted."},
    Metric{"power_watts", "flyball_power_watts", "gauge", "Mean power in the last second."},
    Metric{"latency_seconds", "flyball_latency_seconds", "gauge",
           "Mean time in the system of the requests of the last second."},
    Metric{"queue", "flyball_queue_requests", "gauge", "Requests that wait."},
    Metric{"served", "flyball_served_total", "counter", "Requests since the start."},
    Metric{"missed", "flyball_missed_total", "counter", "Requests that were late."},
    Metric{"left_to_kernel", "flyball_left_to_kernel_total", "counter",
           "Decisions that were left to the kernel's governors."},
    Metric{"guarded_share", "flyball_guarded_share", "gauge",
           "Share of time in which the policy's guard kept the kernel's governors."},
    Metric{"reloads", "flyball_reloads_total", "counter", "How often a reload was asked for."}};

constexpr std::array kKnobFigures = {
    Metric{"now", "flyball_knob", "gauge", "What a knob runs at: hertz, or requests of a batch."},
    Metric{"floor", "flyball_knob_floor", "gauge", "The floor that is asked for."},
    Metric{"ceiling", "flyball_knob_ceiling", "gauge", "The ceiling that is asked for."},
    Metric{"lowest", "flyball_knob_lowest", "gauge", "The lowest that the limits in force allow."},
    Metric{"highest", "flyball_knob_highest", "gauge", "The highest that they allow."}};

constexpr std::array kCanaryFigures = {
    Metric{"share", "flyball_canary_share", "gauge",
           "Share of the time for the policy beside stock."},
    Metric{"pairs", "flyball_canary_pairs_total", "counter", "Pairs of slices compared."},
    Metric{"saving", "flyball_canary_saving", "gauge", "Share of the energy that it saves."},
    Metric{"saving_low", "flyball_canary_saving_low", "gauge", "It saves more, with confidence."},
    Metric{"saving_high", "flyball_canary_saving_high", "gauge",
           "It saves less, with confidence."}};

constexpr std::array kTexts = {"board", "governor", "mode"};

std::string label(const char* name, const std::string& value) {
  std::string text = fmt::format("{}=\"", name);
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    text += c == '\n' ? ' ' : c;
  }
  return text + '"';
}

std::string head(const Metric& metric) {
  return fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n", metric.name, metric.type, metric.help);
}

std::string line(const char* name, const std::string& labels, double value) {
  return labels.empty() ? fmt::format("{} {}\n", name, value)
                        : fmt::format("{}{{{}}} {}\n", name, labels, value);
}

const ordered_json* number_in(const ordered_json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? &*found : nullptr;
}

std::string figure(const ordered_json& status, const Metric& metric) {
  const ordered_json* value = number_in(status, metric.key);
  if (value == nullptr) return {};
  return head(metric) + line(metric.name, "", value->get<double>());
}

std::string knob_figures(const ordered_json& knobs, const Metric& metric) {
  std::string lines;
  for (const ordered_json& knob : knobs) {
    if (!knob.is_object()) continue;
    const ordered_json* value = number_in(knob, metric.key);
    if (value == nullptr) continue;
    lines += line(metric.name, label("knob", knob.value("name", "")), value->get<double>());
  }
  return lines.empty() ? lines : head(metric) + lines;
}

std::string information(const ordered_json& status) {
  std::string labels;
  for (const char* key : kTexts) {
    const auto found = status.find(key);
    if (found == status.end() || !found->is_string()) continue;
    if (!labels.empty()) labels += ',';
    labels += label(key, found->get<std::string>());
  }
  if (labels.empty()) return {};
  return head({"", "flyball_info", "gauge", "Which board, governor and power mode."}) +
         line("flyball_info", labels, 1.0);
}

std::string thermal_figures(const ordered_json& status) {
  const auto thermal = status.find("thermal");
  if (thermal == status.end() || !thermal->is_object()) return {};
  const std::string state = thermal->value("state", "off");
  if (state == "off") return {};
  std::string text =
      head({"", "flyball_thermal_lowering", "gauge", "Whether ceilings are lowered for heat."}) +
      line("flyball_thermal_lowering", "", state == "lowering" ? 1.0 : 0.0);
  return text +
         figure(*thermal, {"celsius", "flyball_thermal_celsius", "gauge",
                           "Of the zone that is nearest to its limit."}) +
         figure(*thermal, {"limit_celsius", "flyball_thermal_limit_celsius", "gauge",
                           "The limit of that zone."});
}

// What became of it is a number each, as Prometheus has it.
std::string canary_figures(const ordered_json& status) {
  const auto canary = status.find("canary");
  if (canary == status.end() || !canary->is_object()) return {};
  const std::string verdict = canary->value("verdict", "");
  std::string text = head({"", "flyball_canary_verdict", "gauge",
                           "1 for what has been found of the policy beside stock."});
  for (const char* one : {"undecided", "kept", "rolled back"}) {
    text += line("flyball_canary_verdict", label("verdict", one), verdict == one ? 1.0 : 0.0);
  }
  for (const Metric& metric : kCanaryFigures) text += figure(*canary, metric);
  return text;
}

}  // namespace

std::string metrics_text(const ordered_json& status, double age_seconds, bool is_well) {
  const std::string state = status.value("state", "none");
  std::string text = head({"", "flyball_up", "gauge", "Whether a flyballd runs and is well."}) +
                     line("flyball_up", "", is_well ? 1.0 : 0.0);
  if (state == "none") return text;
  text += head({"", "flyball_status_age_seconds", "gauge", "Since it told its status."}) +
          line("flyball_status_age_seconds", "", age_seconds);
  if (!is_well) return text;  // figures of one that is gone are not those of now
  text += information(status);
  text +=
      head({"", "flyball_paused", "gauge", "Whether the clocks are the kernel's for a pause."}) +
      line("flyball_paused", "", state == "paused" ? 1.0 : 0.0);
  text += head({"", "flyball_decides", "gauge", "1 the governor decides, 0 the kernel."}) +
          line("flyball_decides", "", status.value("decided_by", "") == "governor" ? 1.0 : 0.0);
  for (const Metric& metric : kFigures) text += figure(status, metric);
  text += canary_figures(status) + thermal_figures(status);
  const auto knobs = status.find("knobs");
  if (knobs == status.end() || !knobs->is_array()) return text;
  for (const Metric& metric : kKnobFigures) text += knob_figures(*knobs, metric);
  return text;
}

}  // namespace flyball
