// A sweep as an HTML report. Pure function.
#pragma once

#include <string>

#include "tools/reports/html/report_page.h"
#include "tools/reports/sweep_report.h"

namespace flyball {

ReportPage sweep_page(const SweepReport& report, const std::string& command);

}  // namespace flyball
