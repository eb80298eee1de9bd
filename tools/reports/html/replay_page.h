// A replay beside its log as an HTML report. Pure function.
#pragma once

#include <span>
#include <string>

#include "tools/reports/html/report_page.h"
#include "tools/reports/replay_report.h"

namespace flyball {

// `log` and `replayed`: the samples that the report is of, the same rows.
ReportPage replay_page(const ReplayReport& report, std::span<const LogSample> log,
                       std::span<const LogSample> replayed, const std::string& title,
                       const std::string& command);

}  // namespace flyball
