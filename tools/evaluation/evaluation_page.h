// An evaluation as an HTML report: tables first, then per scenario energy against latency, how long
// each clock was where, and how the first seed's runs went. Pure function.
#pragma once

#include <vector>

#include "tools/evaluation/chrome_trace.h"
#include "tools/evaluation/evaluated_scenario.h"
#include "tools/reports/html/report_page.h"

namespace flyball {

// `timelines`: per result, of the first seed; empty: no time lines.
ReportPage evaluation_page(const EvaluationRequest& request,
                           const std::vector<EvaluatedScenario>& results,
                           const std::vector<std::vector<TracedRun>>& timelines);

// Power, clocks, queue and temperature of runs side by side, every so many seconds that there are
// at most `points`.
ReportFigure timeline_figure(const std::string& title, const std::vector<TracedRun>& runs,
                             std::size_t points);

}  // namespace flyball
