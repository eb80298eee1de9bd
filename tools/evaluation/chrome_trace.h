// Runs as a trace in Chrome's JSON format, which Perfetto (ui.perfetto.dev) and chrome://tracing
// open: a process per governor; in it a row of spans for batches, one per clock for what its
// governor may choose from, and counters for watts, megahertz, degrees and requests in the system.
// Pure functions. Source: "Trace Event Format", Google, 2016.
#pragma once

#include <string>
#include <vector>

#include "controllers/evaluation/run_timeline.h"

namespace flyball {

struct TracedRun {
  std::string name;  // of the governor
  RunTimeline timeline;
};

// One JSON document; times in microseconds, as the format has it.
std::string chrome_trace(const std::vector<TracedRun>& runs);

}  // namespace flyball
