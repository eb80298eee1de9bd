// A daemon's status (tools/daemon/status_sink.h) as Prometheus reads it from a text file: the
// exposition format, https://prometheus.io/docs/instrumenting/exposition_formats. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace flyball {

// What the status does not tell is left out, so that a figure that is absent is no zero. SI units,
// as their names say. `is_well`: flyball_up.
std::string metrics_text(const nlohmann::ordered_json& status, double age_seconds, bool is_well);

}  // namespace flyball
