// Figures of a sweep over settings, for reports. Pure functions.
#pragma once

#include <optional>
#include <vector>

#include "controllers/evaluation/static_oracle.h"
#include "env/knob.h"
#include "tools/reports/html/report_page.h"
#include "tools/reports/html/svg_chart.h"

namespace flyball {

// Energy per request over two knobs, the best one marked; of a third the cheapest of its levels.
// `knobs`: in the order of the points' levels. Absent for fewer than two knobs, or no points.
std::optional<ReportFigure> topology_figure(const std::vector<Knob>& knobs,
                                            const OracleResult& oracle);

// The settings that nothing beats in both, as a line: mean latency, energy per request.
ChartSeries front_series(const OracleResult& oracle);

}  // namespace flyball
