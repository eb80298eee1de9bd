// `flyball inspect LOG.csv`: what a telemetry log shows, before anything is learned from it.
#pragma once

#include <string>

#include "tools/commands/inspect_dataset.h"

namespace flyball {

// Reads all of it and prints. Throws what TelemetryLogReader throws, and Interrupted.
void inspect_log(const std::string& path, InspectFormat format);

}  // namespace flyball
